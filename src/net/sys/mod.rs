//! What the standard library has no call for: the interfaces of the machine, and sockets that tell and choose them.
//!
//! These two files are the only ones with unsafe code; what they give is safe to use.

mod interfaces;
mod sockets;

pub(super) use interfaces::{Entry, Family, entries};
pub(super) use sockets::{Pktinfo, bind_packets, is_forbidden, poll, receive, send, tell_interfaces};
