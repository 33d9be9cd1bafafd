//! What is bound to a client, as it is stored.

use core::net::Ipv4Addr;
use std::sync::Arc;

use super::agent::{REMOTE_ID, sub_option};
use super::identity::ClientKey;
use super::octets::Octets;
use super::pool::Subnet;
use crate::time::Instant;

/// What a stored binding is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindingState {
    /// The client may use the address until the binding expires.
    Bound,
    /// The client gave the address back (RFC 2131 §4.3.4).
    Released,
    /// The client found the address in use (RFC 2131 §4.3.3); it rests until the binding expires.
    Declined,
}

/// An address and the client it is or was bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The address.
    pub address: Ipv4Addr,
    /// The subnet that it is given on: together with the client, who it is that has it (RFC 2131 §4.2).
    pub subnet: Subnet,
    /// Whose it is.
    pub client: ClientKey,
    /// The client's field htype.
    pub htype: u8,
    /// The client's hardware address, sixteen octets at most.
    pub chaddr: Octets,
    /// Option 12 or the name in option 81 as the client sent it, 255 octets at most.
    pub host_name: Option<Octets>,
    /// Option 82 as the relay agent sent it last, 255 octets at most (RFC 4388 §6.4.2).
    pub relay: Option<Octets>,
    /// What it is worth.
    pub state: BindingState,
    /// When it got that state.
    pub since: Instant,
    /// When that state ends; [`Instant::NEVER`] for an infinite lease.
    pub expires: Instant,
}

impl Binding {
    /// Sub-option 2 of option 82: the far end of the relay agent's line (RFC 3046 §3.2).
    #[must_use]
    pub fn remote_id(&self) -> Option<&[u8]> {
        sub_option(self.relay.as_deref()?, REMOTE_ID)
    }
}

/// What a store is asked to keep. It takes the place of whatever the store has for that address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The binding as it shall be found after a restart.
    pub binding: Arc<Binding>,
}
