//! What is wrong with a configuration, and where in it.

use core::fmt;
use core::net::Ipv4Addr;

use crate::lease::Subnet;
use crate::options::{Code, ValueError};

/// A step of a path into a [`Config`](super::Config).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Step {
    /// A network, by its place.
    Network(usize),
    /// A subnet of the network.
    Subnet(usize),
    /// A range of the subnet.
    Range(usize),
    /// An exclusion of the subnet.
    Exclusion(usize),
    /// A relay agent of the subnet.
    Relay(usize),
    /// A reservation of the subnet.
    Reservation(usize),
    /// A class.
    Class(usize),
    /// A test of the class, or a class of the range.
    Item(usize),
    /// A field of a structure, by its name in this crate.
    Field(&'static str),
    /// An option of a scope.
    Option(Code),
}

/// Where in a [`Config`](super::Config) something stands. Shown as `networks[0].subnets[1].ranges[0]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(pub Vec<Step>);

impl Path {
    /// What stands at `step` of this.
    #[must_use]
    pub fn at(&self, step: Step) -> Path {
        let mut steps = self.0.clone();
        steps.push(step);
        Path(steps)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, step) in self.0.iter().enumerate() {
            let dot = if place == 0 { "" } else { "." };
            match step {
                Step::Network(index) => write!(f, "{dot}networks[{index}]")?,
                Step::Subnet(index) => write!(f, "{dot}subnets[{index}]")?,
                Step::Range(index) => write!(f, "{dot}ranges[{index}]")?,
                Step::Exclusion(index) => write!(f, "{dot}exclusions[{index}]")?,
                Step::Relay(index) => write!(f, "{dot}relays[{index}]")?,
                Step::Reservation(index) => write!(f, "{dot}reservations[{index}]")?,
                Step::Class(index) => write!(f, "{dot}classes[{index}]")?,
                Step::Item(index) => write!(f, "[{index}]")?,
                Step::Field(name) => write!(f, "{dot}{name}")?,
                Step::Option(code) => write!(f, "{dot}options.{code}")?,
            }
        }
        Ok(())
    }
}

/// Something wrong in a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// Where it stands.
    pub at: Path,
    /// What it is in conflict with, if that stands elsewhere.
    pub other: Option<Path>,
    /// What is wrong.
    pub fault: Fault,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.fault)?;
        match &self.other {
            Some(other) => write!(f, " (see {other})"),
            None => Ok(()),
        }
    }
}

impl core::error::Error for ConfigError {}

/// What is wrong with something in a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Nothing is served.
    NoNetwork,
    /// A network has no subnet.
    NoSubnet,
    /// An address that no host can have.
    NoHost(Ipv4Addr),
    /// A subnet of addresses that are for this host alone, for groups, or for nobody.
    NoHosts(Subnet),
    /// A range that is excluded from end to end.
    NothingLeft(Ipv4Addr, Ipv4Addr),
    /// A router whose address a client may get.
    RouterInRange(Ipv4Addr),
    /// A test that no message passes which passes another.
    NeverBoth,
    /// Two subnets have addresses in common.
    SubnetsOverlap(Subnet, Subnet),
    /// The first address is behind the last.
    Reversed(Ipv4Addr, Ipv4Addr),
    /// An address that is not in the subnet.
    Outside(Ipv4Addr, Subnet),
    /// The subnet's own address.
    NetworkAddress(Ipv4Addr, Subnet),
    /// The subnet's broadcast address.
    BroadcastAddress(Ipv4Addr, Subnet),
    /// More addresses than a server may have.
    TooMany {
        /// How many there are.
        found: u64,
        /// How many there may be.
        most: u64,
    },
    /// Two ranges have an address in common.
    RangesOverlap(Ipv4Addr),
    /// A relay agent that chooses another subnet too.
    RelayTwice(Ipv4Addr),
    /// An interface that another network has.
    InterfaceTwice(String),
    /// An interface that is listed twice.
    InterfaceAgain(String),
    /// An address that is reserved twice.
    AddressTwice(Ipv4Addr),
    /// A client that has two reservations on a network.
    ClientTwice,
    /// A hardware address that no client has: all zeros or all ones.
    NoClient,
    /// A name with an octet of zero, which would end it there.
    ZeroOctet,
    /// An identity or a value without octets.
    Empty,
    /// More octets than there is room for.
    TooLong {
        /// How many there are.
        found: usize,
        /// How many there may be.
        most: usize,
    },
    /// No class is called so.
    UnknownClass {
        /// The name.
        name: String,
        /// A class with a name like it.
        nearest: Option<String>,
    },
    /// Another class is called so.
    ClassTwice(String),
    /// A time in seconds that is too short.
    TooShort {
        /// The time.
        found: u64,
        /// The shortest.
        least: u64,
    },
    /// A time in seconds that is too long, or a share that is too large.
    TooLarge {
        /// What is said.
        found: u64,
        /// The most.
        most: u64,
    },
    /// A time in seconds that must not be before or after another.
    Disorder {
        /// What must be less.
        less: &'static str,
        /// Its seconds.
        less_seconds: u32,
        /// What must be more.
        more: &'static str,
        /// Its seconds.
        more_seconds: u32,
    },
    /// T1 or T2 does not stand in order with what counts where the other or the lease time is not said.
    Unusual {
        /// What must be less.
        less: &'static str,
        /// Its seconds.
        less_seconds: u32,
        /// What must be more.
        more: &'static str,
        /// Its seconds.
        more_seconds: u32,
        /// The seconds of a lease whose client does not ask.
        lease: u32,
    },
    /// An option that the server sets itself, or that only clients send.
    NotConfigurable(Code),
    /// A subnet mask or a broadcast address that is not the subnet's.
    OtherThanSubnets {
        /// The option.
        code: Code,
        /// What is said.
        found: Ipv4Addr,
        /// What it is.
        right: Ipv4Addr,
        /// The subnet.
        subnet: Subnet,
    },
    /// An option whose octets do not have its shape.
    BadValue(Code, ValueError),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::NoNetwork => f.write_str("there is no network, so nobody is served"),
            Fault::NoSubnet => f.write_str("the network has no subnet"),
            Fault::NoHost(address) => write!(f, "no host can have address {address}"),
            Fault::NoHosts(subnet) => write!(f, "no client can have an address of {subnet}"),
            Fault::NothingLeft(first, last) => write!(f, "all of {first}-{last} is excluded"),
            Fault::RouterInRange(router) => write!(f, "router {router} is an address to give"),
            Fault::NeverBoth => f.write_str("no message passes this test and the other"),
            Fault::SubnetsOverlap(one, other) => write!(f, "{one} and {other} have addresses in common"),
            Fault::Reversed(first, last) => {
                write!(f, "{first} is behind {last}; the first address comes first")
            }
            Fault::Outside(address, subnet) => write!(f, "{address} is not in {subnet}"),
            Fault::NetworkAddress(address, subnet) => write!(f, "{address} is the own address of {subnet}"),
            Fault::BroadcastAddress(address, subnet) => {
                write!(f, "{address} is the broadcast address of {subnet}")
            }
            Fault::TooMany { found, most } => {
                write!(f, "there are {found} addresses, at most {most} are allowed")
            }
            Fault::RangesOverlap(address) => write!(f, "{address} is in another range too"),
            Fault::RelayTwice(address) => write!(f, "relay {address} chooses another subnet too"),
            Fault::InterfaceTwice(name) => write!(f, "interface {name:?} is another network's too"),
            Fault::InterfaceAgain(name) => write!(f, "interface {name:?} is listed already"),
            Fault::AddressTwice(address) => write!(f, "{address} is reserved twice"),
            Fault::ClientTwice => f.write_str("the client has another reservation on this network"),
            Fault::NoClient => f.write_str("no client has a hardware address of zeros or ones alone"),
            Fault::ZeroOctet => f.write_str("an octet of zero would end the name"),
            Fault::Empty => f.write_str("at least one octet is needed"),
            Fault::TooLong { found, most } => write!(f, "there are {found} octets, at most {most} have room"),
            Fault::UnknownClass { name, nearest: Some(nearest) } => {
                write!(f, "there is no class {name:?}; did you mean {nearest:?}?")
            }
            Fault::UnknownClass { name, nearest: None } => write!(f, "there is no class {name:?}"),
            Fault::ClassTwice(name) => write!(f, "another class is called {name:?}"),
            Fault::TooShort { found, least } => {
                write!(f, "{found} s is too short, at least {least} s are needed")
            }
            Fault::TooLarge { found, most } => write!(f, "{found} is too much, at most {most} is allowed"),
            Fault::Disorder { less, less_seconds, more, more_seconds } => {
                write!(f, "{less} of {less_seconds} s does not stand before {more} of {more_seconds} s")
            }
            Fault::Unusual { less, less_seconds, more, more_seconds, lease } => write!(
                f,
                "{less} of {less_seconds} s does not stand before {more} of {more_seconds} s, as a lease of {lease} s has it"
            ),
            Fault::NotConfigurable(code) => {
                write!(f, "option {} ({code}) is the server's or the client's own", code.0)
            }
            Fault::OtherThanSubnets { code, found, right, subnet } => {
                write!(f, "the {code} of {subnet} is {right}, not {found}")
            }
            Fault::BadValue(code, error) => write!(f, "{code}: {error}"),
        }
    }
}
