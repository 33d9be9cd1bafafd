//! The event script: a program that is run when a lease begins, goes on or ends, in the manner of dnsmasq and udhcpc.
//!
//! Law: nothing that a client sends reaches the program but as an argument or a variable of a fixed alphabet, and
//! never through a shell. The program can't delay an answer, pile up, outlive its time, or fill a log.

mod client;
mod ledger;
mod news;
mod run;
mod runner;

pub use client::client_variables;
pub use ledger::Ledger;
pub use news::{Action, News, host_name};
pub use run::{Ended, Report, Script};
pub use runner::{Runner, ScriptCounts};
