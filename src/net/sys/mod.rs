//! What the standard library has no call for: the interfaces of the machine, and sockets that tell and choose them.
//!
//! These files and `store/sqlite/vfs.rs` are the only ones with unsafe code; what they give is safe to use.

mod batch;
mod interfaces;
mod sockets;

pub(super) use batch::{BATCH, Inbox, Letter, send_all};
pub(super) use interfaces::{Entry, Family, entries};
pub(super) use sockets::{
    Pktinfo, Ready, Waiter, bind_packets, is_forbidden, receive, send, set_receive_buffer, tell_interfaces,
    wait_for,
};
