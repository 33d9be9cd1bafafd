//! A binding as a row, and the checksum that it carries.
//!
//! Law: a row gives the binding that was written, or is refused.

use core::net::Ipv4Addr;

use crc32fast::Hasher;
use rusqlite::types::ValueRef;
use rusqlite::{Row, Statement};

use crate::lease::{Binding, BindingState, ClientKey, MAX_IDENTIFIER, Octets, Subnet};
use crate::packet::CHADDR_SIZE;
use crate::time::Instant;

/// The columns, in the order of [`bind`] and [`read`].
pub(super) const COLUMNS: &str = "address, subnet, prefix, state, htype, chaddr, client_htype, client, \
                                  host_name, relay, since, expires, number, checksum";
/// The parameters of a statement that takes [`COLUMNS`].
pub(super) const PLACES: &str = "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?";
/// The longest value of an option, in octets.
const MAX_VALUE: usize = 255;

/// A binding and the number of the batch that wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) binding: Binding,
    pub(super) number: u64,
    pub(super) checksum: u32,
}

/// Why a row is no binding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RowError {
    /// A column holds what it can't.
    Column(&'static str),
    /// The columns are not those that were written.
    Checksum,
}

/// The checksum over all other columns: CRC-32 (IEEE) over their octets, each part of no fixed length behind its length.
pub(super) fn checksum(binding: &Binding, number: u64) -> u32 {
    let mut fixed = [0; 37];
    let (client_htype, client) = client_columns(&binding.client);
    let tag = client_htype.map_or([0, 0], |htype| [1, htype]);
    let parts: [&[u8]; 7] = [
        &binding.address.octets(),
        &binding.subnet.network().octets(),
        &[binding.subnet.prefix(), state_number(binding.state), binding.htype],
        &tag,
        &number.to_le_bytes(),
        &binding.since.as_micros().to_le_bytes(),
        &binding.expires.as_micros().to_le_bytes(),
    ];
    let mut rest = fixed.as_mut_slice();
    for part in parts {
        let Some((start, after)) = rest.split_at_mut_checked(part.len()) else { break };
        start.copy_from_slice(part);
        rest = after;
    }
    let mut hasher = Hasher::new();
    hasher.update(&fixed);
    for part in [Some(client), Some(&binding.chaddr), binding.host_name.as_deref(), binding.relay.as_deref()]
    {
        // No part is that long, so that it stands for one that is not there.
        let length = part.map_or(u16::MAX, |octets| u16::try_from(octets.len()).unwrap_or(u16::MAX - 1));
        hasher.update(&length.to_le_bytes());
        hasher.update(part.unwrap_or_default());
    }
    hasher.finalize()
}

/// Binds a row to a statement whose parameters are [`COLUMNS`].
pub(super) fn bind(
    statement: &mut Statement<'_>,
    binding: &Binding,
    number: u64,
    checksum: u32,
) -> rusqlite::Result<()> {
    let (client_htype, client) = client_columns(&binding.client);
    statement.raw_bind_parameter(1, u32::from(binding.address))?;
    statement.raw_bind_parameter(2, u32::from(binding.subnet.network()))?;
    statement.raw_bind_parameter(3, binding.subnet.prefix())?;
    statement.raw_bind_parameter(4, state_number(binding.state))?;
    statement.raw_bind_parameter(5, binding.htype)?;
    statement.raw_bind_parameter(6, &*binding.chaddr)?;
    statement.raw_bind_parameter(7, client_htype)?;
    statement.raw_bind_parameter(8, client)?;
    statement.raw_bind_parameter(9, binding.host_name.as_deref())?;
    statement.raw_bind_parameter(10, binding.relay.as_deref())?;
    statement.raw_bind_parameter(11, binding.since.as_micros().cast_signed())?;
    statement.raw_bind_parameter(12, binding.expires.as_micros().cast_signed())?;
    statement.raw_bind_parameter(13, number.cast_signed())?;
    statement.raw_bind_parameter(14, checksum)
}

/// A row of [`COLUMNS`], checked by its checksum.
pub(super) fn read(row: &Row<'_>) -> Result<Record, RowError> {
    record(values(row))
}

/// The binding of a row of [`COLUMNS`] that has no checksum yet.
pub(super) fn unsigned(row: &Row<'_>) -> Result<Binding, RowError> {
    parts(values(row)).map(|record| record.binding)
}

fn values<'a>(row: &'a Row<'_>) -> [ValueRef<'a>; 14] {
    let value = |index| row.get_ref(index).unwrap_or(ValueRef::Null);
    [
        value(0),
        value(1),
        value(2),
        value(3),
        value(4),
        value(5),
        value(6),
        value(7),
        value(8),
        value(9),
        value(10),
        value(11),
        value(12),
        value(13),
    ]
}

/// The binding that the values of [`COLUMNS`] are, checked by its checksum.
pub(super) fn record(values: [ValueRef<'_>; 14]) -> Result<Record, RowError> {
    let record = parts(values)?;
    match checksum(&record.binding, record.number) == record.checksum {
        true => Ok(record),
        false => Err(RowError::Checksum),
    }
}

fn parts(values: [ValueRef<'_>; 14]) -> Result<Record, RowError> {
    let [address, subnet, prefix, state, htype, chaddr, client_htype, client, name, relay, rest @ ..] =
        values;
    let [since, expires, number, sum] = rest;
    let address = Ipv4Addr::from(small::<u32>(address, "address")?);
    let network = Ipv4Addr::from(small::<u32>(subnet, "subnet")?);
    let subnet = Subnet::of(network, small(prefix, "prefix")?)
        .filter(|subnet| subnet.network() == network && subnet.contains(address))
        .ok_or(RowError::Column("subnet"))?;
    let client = octets(client, "client", MAX_IDENTIFIER)?.ok_or(RowError::Column("client"))?;
    let client = match client_htype {
        ValueRef::Null => ClientKey::Identifier(client),
        htype => ClientKey::Hardware { htype: small(htype, "client_htype")?, chaddr: client },
    };
    let binding = Binding {
        address,
        subnet,
        client,
        htype: small(htype, "htype")?,
        chaddr: octets(chaddr, "chaddr", CHADDR_SIZE)?.ok_or(RowError::Column("chaddr"))?,
        host_name: octets(name, "host_name", MAX_VALUE)?,
        relay: octets(relay, "relay", MAX_VALUE)?,
        state: state_of(small(state, "state")?).ok_or(RowError::Column("state"))?,
        since: Instant::from_micros(integer(since, "since")?.cast_unsigned()),
        expires: Instant::from_micros(integer(expires, "expires")?.cast_unsigned()),
    };
    let number = integer(number, "number")?.cast_unsigned();
    Ok(Record { binding, number, checksum: small(sum, "checksum")? })
}

fn client_columns(client: &ClientKey) -> (Option<u8>, &[u8]) {
    match client {
        ClientKey::Identifier(octets) => (None, octets),
        ClientKey::Hardware { htype, chaddr } => (Some(*htype), chaddr),
    }
}

fn state_number(state: BindingState) -> u8 {
    match state {
        BindingState::Bound => 1,
        BindingState::Released => 2,
        BindingState::Declined => 3,
    }
}

fn state_of(number: u8) -> Option<BindingState> {
    [BindingState::Bound, BindingState::Released, BindingState::Declined]
        .into_iter()
        .find(|state| state_number(*state) == number)
}

fn integer(value: ValueRef<'_>, name: &'static str) -> Result<i64, RowError> {
    value.as_i64().map_err(|_| RowError::Column(name))
}

fn small<T: TryFrom<i64>>(value: ValueRef<'_>, name: &'static str) -> Result<T, RowError> {
    T::try_from(integer(value, name)?).map_err(|_| RowError::Column(name))
}

fn octets(value: ValueRef<'_>, name: &'static str, most: usize) -> Result<Option<Octets>, RowError> {
    match value {
        ValueRef::Null => Ok(None),
        ValueRef::Blob(octets) if octets.len() <= most => Ok(Some(octets.into())),
        _ => Err(RowError::Column(name)),
    }
}
