//! A binding as a journal has it.

use core::fmt;
use core::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::Octets;
use crate::lease::{self, Binding, BindingState, ClientKey, MAX_IDENTIFIER, Subnet};
use crate::packet::CHADDR_SIZE;
use crate::time::Instant;

/// A binding. Times are microseconds on the server's clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Row {
    /// The address.
    pub address: Ipv4Addr,
    /// The subnet that it is given on: its first address.
    pub subnet: Ipv4Addr,
    /// Its prefix.
    pub prefix: u8,
    /// Whose it is.
    pub client: Who,
    /// Field htype.
    pub htype: u8,
    /// Field chaddr.
    pub chaddr: Octets,
    /// The client's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_name: Option<Octets>,
    /// Option 82.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relay: Option<Octets>,
    /// `bound`, `released` or `declined`.
    pub state: State,
    /// When it got that state.
    pub since: u64,
    /// When that state ends; none for an infinite lease.
    pub expires: Option<u64>,
}

/// [`ClientKey`], as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Who {
    /// Option 61.
    Identifier(Octets),
    /// Fields htype and chaddr.
    Hardware(u8, Octets),
}

/// [`BindingState`], as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// The client may use the address.
    Bound,
    /// The client gave it back.
    Released,
    /// The client found it in use.
    Declined,
}

/// What no binding can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowError {
    /// A prefix above 32.
    Prefix(u8),
    /// So many octets of a hardware address.
    Chaddr(usize),
    /// So many octets of option 61, the name or option 82.
    Option(usize),
    /// More bindings than a replay holds.
    TooMany(usize),
    /// A binding of the start behind it.
    Late,
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RowError::Prefix(prefix) => write!(f, "a prefix is 32 at most, not {prefix}"),
            RowError::Chaddr(octets) => {
                write!(f, "a hardware address has {CHADDR_SIZE} octets at most, not {octets}")
            }
            RowError::Option(octets) => write!(f, "an option of {octets} octets, at most 255 are kept"),
            RowError::TooMany(most) => write!(f, "a replay holds {most} bindings of the start at most"),
            RowError::Late => f.write_str("`lease` stands before the first input"),
        }
    }
}

impl core::error::Error for RowError {}

impl From<&ClientKey> for Who {
    fn from(client: &ClientKey) -> Who {
        match client {
            ClientKey::Identifier(octets) => Who::Identifier((&**octets).into()),
            ClientKey::Hardware { htype, chaddr } => Who::Hardware(*htype, (&**chaddr).into()),
        }
    }
}

impl From<&Binding> for Row {
    fn from(binding: &Binding) -> Row {
        let octets = |octets: &Option<lease::Octets>| octets.as_deref().map(Octets::from);
        Row {
            address: binding.address,
            subnet: binding.subnet.network(),
            prefix: binding.subnet.prefix(),
            client: (&binding.client).into(),
            htype: binding.htype,
            chaddr: (&*binding.chaddr).into(),
            host_name: octets(&binding.host_name),
            relay: octets(&binding.relay),
            state: match binding.state {
                BindingState::Bound => State::Bound,
                BindingState::Released => State::Released,
                BindingState::Declined => State::Declined,
            },
            since: binding.since.as_micros(),
            expires: Some(binding.expires.as_micros()).filter(|_| !binding.expires.is_never()),
        }
    }
}

impl Row {
    /// The binding.
    ///
    /// # Errors
    ///
    /// [`RowError`] if it has more octets than one can have.
    pub fn binding(&self) -> Result<Binding, RowError> {
        let chaddr = |octets: &Octets| match octets.0.len() {
            length if length > CHADDR_SIZE => Err(RowError::Chaddr(length)),
            _ => Ok(lease::Octets::from(octets.0.as_slice())),
        };
        let option = |octets: &Octets| match octets.0.len() {
            length if length > MAX_IDENTIFIER => Err(RowError::Option(length)),
            _ => Ok(lease::Octets::from(octets.0.as_slice())),
        };
        let client = match &self.client {
            Who::Identifier(octets) => ClientKey::Identifier(option(octets)?),
            Who::Hardware(htype, octets) => ClientKey::Hardware { htype: *htype, chaddr: chaddr(octets)? },
        };
        Ok(Binding {
            address: self.address,
            subnet: Subnet::of(self.subnet, self.prefix).ok_or(RowError::Prefix(self.prefix))?,
            client,
            htype: self.htype,
            chaddr: chaddr(&self.chaddr)?,
            host_name: self.host_name.as_ref().map(option).transpose()?,
            relay: self.relay.as_ref().map(option).transpose()?,
            state: match self.state {
                State::Bound => BindingState::Bound,
                State::Released => BindingState::Released,
                State::Declined => BindingState::Declined,
            },
            since: Instant::from_micros(self.since),
            expires: self.expires.map_or(Instant::NEVER, Instant::from_micros),
        })
    }
}
