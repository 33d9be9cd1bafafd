//! What the load generator and the responder have in common: batches of datagrams, and messages as octets.

pub mod batch;
pub mod message;
