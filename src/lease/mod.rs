//! Leases: who a client is, what is bound to it, and which addresses there are (RFC 2131 §2.2, §4.2, §4.3.1).
//!
//! Everything here is bounded by the number of addresses, whatever clients send.

pub mod agent;
mod binding;
mod choice;
mod identity;
mod law;
mod octets;
mod pool;
mod space;
mod table;
mod touch;

pub use binding::{Binding, BindingState, Commit};
pub use choice::{AddressRule, Seek};
pub use identity::{ClientKey, IdentityError, MAX_IDENTIFIER};
pub use law::{LeaseLaw, Violation};
pub use octets::Octets;
pub use pool::{Pool, PoolError, Subnet};
pub use space::{Place, Space};
pub use table::{Crowded, Held, Lapse, Mark, Shares, Source, Standing, Table, Tally};
pub(crate) use touch::touch;
