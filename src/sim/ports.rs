//! The ports of DHCP (RFC 2131 §4.1).

/// Of servers and relay agents.
pub(super) const SERVER_PORT: u16 = 67;
/// Of clients.
pub(super) const CLIENT_PORT: u16 = 68;
