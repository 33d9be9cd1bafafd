//! What the server's model finds wrong, in the words of the file.

use core::fmt;

use super::print::seconds;
use crate::options::text::Quoted;
use crate::options::{Code, SUBNET_MASK};
use crate::server::config::Fault;

/// The key that sets a field of a scope.
pub(super) fn key_of(field: &'static str) -> &'static str {
    match field {
        "min_lease" => "min-lease-time",
        "default_lease" => "lease-time",
        "max_lease" => "max-lease-time",
        "renewal_time" => "t1",
        "rebinding_time" => "t2",
        other => other,
    }
}

/// What is wrong.
pub(super) fn message(f: &mut fmt::Formatter<'_>, fault: &Fault) -> fmt::Result {
    match fault {
        Fault::NoNetwork => {
            f.write_str("nobody is served: expected at least one [[subnet]] or [[network]], found none")
        }
        Fault::NoSubnet => f.write_str("expected at least one [[network.subnet]], found none"),
        Fault::SubnetsOverlap(one, other) if one == other => write!(f, "{one} is there twice"),
        Fault::UnknownClass { name, .. } => write!(f, "there is no class {}", Quoted(name.as_bytes())),
        Fault::ClassTwice(name) => write!(f, "another class is called {}", Quoted(name.as_bytes())),
        Fault::InterfaceTwice(name) => {
            write!(f, "interface {} is another network's too", Quoted(name.as_bytes()))
        }
        Fault::InterfaceAgain(name) => {
            write!(f, "interface {} is listed already", Quoted(name.as_bytes()))
        }
        Fault::Disorder { less, less_seconds, more, more_seconds } => write!(
            f,
            "expected {} before {}, found {} and {}",
            key_of(less),
            key_of(more),
            seconds(*less_seconds),
            seconds(*more_seconds)
        ),
        Fault::Unusual { less, less_seconds, more, more_seconds, lease } => {
            let (less, more) = (key_of(less), key_of(more));
            let (small, large) = (seconds(*less_seconds), seconds(*more_seconds));
            write!(
                f,
                "expected {less} before {more}, found {small} and {large} for a lease of {}",
                seconds(*lease)
            )
        }
        Fault::NotConfigurable(code) => write!(f, "option {} ({code}) is not for you to set", code.0),
        Fault::BadValue(_, error) => write!(f, "{error}"),
        other => write!(f, "{other}"),
    }
}

/// What stands under the place.
pub(super) fn label(fault: &Fault) -> &'static str {
    match fault {
        Fault::NoNetwork | Fault::NoSubnet => "nothing to serve",
        Fault::NoHost(_) => "no host can have it",
        Fault::NoHosts(_) => "not for hosts",
        Fault::NothingLeft(..) => "nothing is left of it",
        Fault::RouterInRange(_) => "clients can't have it",
        Fault::NeverBoth => "never with the other",
        Fault::SubnetsOverlap(..) => "has addresses of the other",
        Fault::Reversed(..) => "the first address comes first",
        Fault::Outside(..) => "not in the subnet",
        Fault::NetworkAddress(..) => "the subnet's own address",
        Fault::BroadcastAddress(..) => "the subnet's broadcast address",
        Fault::TooMany { .. } => "the largest range",
        Fault::RangesOverlap(_) => "has addresses of the other",
        Fault::RelayTwice(_) | Fault::InterfaceTwice(_) | Fault::InterfaceAgain(_) | Fault::ClassTwice(_) => {
            "again here"
        }
        Fault::AddressTwice(_) | Fault::ClientTwice => "reserved again here",
        Fault::NoClient => "no client has it",
        Fault::ZeroOctet => "ends at the zero",
        Fault::Empty => "empty",
        Fault::TooLong { .. } => "too long",
        Fault::UnknownClass { .. } => "no such class",
        Fault::TooShort { .. } => "too little",
        Fault::TooLarge { .. } => "too much",
        Fault::Disorder { .. } | Fault::Unusual { .. } => "does not fit",
        Fault::NotConfigurable(_) => "the server or the client sets it",
        Fault::OtherThanSubnets { .. } => "not the subnet's",
        Fault::BadValue(..) => "not what the option holds",
    }
}

/// What stands under the other place.
pub(super) fn other_label(fault: &Fault) -> &'static str {
    match fault {
        Fault::SubnetsOverlap(..) => "the other subnet is here",
        Fault::RouterInRange(_) => "the router is said here",
        Fault::NeverBoth => "the other test is here",
        Fault::RangesOverlap(_) => "the other range is here",
        Fault::AddressTwice(_) | Fault::ClientTwice => "first reserved here",
        Fault::RelayTwice(_) | Fault::InterfaceTwice(_) | Fault::ClassTwice(_) => "first here",
        Fault::Disorder { .. } | Fault::Unusual { .. } => "with this",
        _ => "the subnet is here",
    }
}

/// What to do about it.
pub(super) fn help(fault: &Fault) -> Option<String> {
    Some(match fault {
        Fault::NoNetwork => {
            "add [[subnet]] with subnet = \"192.0.2.0/24\" and ranges = [\"192.0.2.100-192.0.2.199\"]"
                .to_owned()
        }
        Fault::RouterInRange(router) => format!("exclude = [\"{router}\"] leaves it out of the range"),
        Fault::Reversed(first, last) => format!("write \"{last}-{first}\""),
        Fault::Outside(address, _) => {
            format!("add a [[subnet]] that {address} is in, or correct the address")
        }
        Fault::NetworkAddress(..) | Fault::BroadcastAddress(..) => {
            "hosts have the addresses between the subnet's own and its broadcast address (RFC 1122 §3.2.1.3)"
                .to_owned()
        }
        Fault::ClientTwice => "a client has one reservation on a network".to_owned(),
        Fault::UnknownClass { .. } => "add a [[class]] with this name".to_owned(),
        Fault::Disorder { less, .. } if less.ends_with("lease") => {
            "min-lease-time ≤ lease-time ≤ max-lease-time".to_owned()
        }
        Fault::Disorder { .. } => "t1 < t2 < lease-time (RFC 2131 §4.4.5)".to_owned(),
        Fault::Unusual { .. } => {
            "t1 < t2 < lease-time; if not said, lease-time is 1h, t1 half of it and t2 seven eighths \
             (RFC 2131 §4.4.5)"
                .to_owned()
        }
        Fault::OtherThanSubnets { code, .. } if *code == SUBNET_MASK.code => {
            "leave it out: the server gives each client the mask of its subnet (RFC 2132 §3.3)".to_owned()
        }
        Fault::OtherThanSubnets { right, .. } => format!("write \"{right}\" (RFC 2132 §5.3)"),
        Fault::NotConfigurable(code) => own(*code).to_owned(),
        _ => return None,
    })
}

/// How an option gets its value that can't be set.
fn own(code: Code) -> &'static str {
    match code.0 {
        51 => "`lease-time` sets it",
        52 => "the server sets it when options need the fields file and sname (RFC 2132 §9.3)",
        53 => "every message has its own (RFC 2132 §9.6)",
        54 => "`server-id` sets it",
        56 => "a DHCPNAK says why by it (RFC 2132 §9.9)",
        58 => "`t1` sets it",
        59 => "`t2` sets it",
        80 => "`rapid-commit` switches it on",
        82 => "it is the relay agent's, and goes back as it came (RFC 3046 §2.2)",
        118 => "`subnet-selection` switches it on",
        0 | 255 => "pad and end are set where they belong (RFC 2132 §3.1, §3.2)",
        _ => "only clients and relay agents send it",
    }
}
