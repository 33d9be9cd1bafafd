//! The values of the client's flags.

use std::net::Ipv4Addr;
use std::str::FromStr;
use std::time::Duration;

use dhcpsim::client::Habits;
use dhcpsim::options::{Code, TABLE, compose, nearest};
use dhcpsim::watch::script::host_name;

/// A hardware address of one to sixteen octets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hardware(pub(super) Vec<u8>);

impl FromStr for Hardware {
    type Err = String;

    fn from_str(text: &str) -> Result<Hardware, String> {
        let octet = |part: &str| match part.len() {
            1 | 2 => u8::from_str_radix(part, 16).ok(),
            _ => None,
        };
        let octets: Option<Vec<u8>> = text.split([':', '-']).map(octet).collect();
        octets.filter(|octets| (1..=16).contains(&octets.len())).map(Hardware).ok_or_else(|| {
            format!("expected octets in hex with colons, such as 02:00:00:00:00:01, found `{text}`")
        })
    }
}

/// A time with a unit that may be `ms`: `500ms`, `10s`, `2m`; without a unit it is seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pause(pub(crate) Duration);

impl FromStr for Pause {
    type Err = String;

    fn from_str(text: &str) -> Result<Pause, String> {
        let millis = text.strip_suffix("ms").and_then(|number| number.parse::<u32>().ok());
        let fraction = || {
            let number = text.strip_suffix('s').unwrap_or(text).parse::<f64>().ok()?;
            Duration::try_from_secs_f64(number).ok()
        };
        let time = match millis {
            Some(millis) => Some(Duration::from_millis(millis.into())),
            None => compose::seconds(text)
                .filter(|seconds| *seconds != u32::MAX)
                .map(|seconds| Duration::from_secs(seconds.into()))
                .or_else(fraction),
        };
        time.map(Pause).ok_or_else(|| format!("expected a time such as 500ms, 10s or 2m, found `{text}`"))
    }
}

/// A client identifier (option 61).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Identifier {
    /// No option 61.
    None,
    /// The option's octets.
    Octets(Vec<u8>),
    /// A DUID, behind an IAID that follows from the hardware address (RFC 4361 §6.1); none for DUID-LL.
    Duid(Option<Vec<u8>>),
}

impl Identifier {
    /// The octets of option 61 for a client with this hardware address.
    pub(super) fn octets(&self, chaddr: &[u8]) -> Option<Vec<u8>> {
        match self {
            Identifier::None => None,
            Identifier::Octets(octets) => Some(octets.clone()),
            Identifier::Duid(duid) => {
                let mut iaid = [0; 4];
                iaid.iter_mut().rev().zip(chaddr.iter().rev()).for_each(|(to, from)| *to = *from);
                let duid = duid.clone().unwrap_or_else(|| [&[0, 3, 0, 1], chaddr].concat());
                Some([&[255], &iaid[..], &duid].concat())
            }
        }
    }
}

impl FromStr for Identifier {
    type Err = String;

    fn from_str(text: &str) -> Result<Identifier, String> {
        let octets = |text: &str| {
            let octet = |part: &str| u8::from_str_radix(part, 16).ok().filter(|_| part.len() == 2);
            text.split(':').map(octet).collect::<Option<Vec<u8>>>().filter(|octets| octets.len() < 250)
        };
        match text {
            "" => Err("expected text, hex octets with colons, duid, duid:HEX or none".to_owned()),
            "none" => Ok(Identifier::None),
            "duid" => Ok(Identifier::Duid(None)),
            text => match (text.strip_prefix("duid:"), octets(text)) {
                (Some(duid), _) => octets(duid)
                    .map(|duid| Identifier::Duid(Some(duid)))
                    .ok_or_else(|| format!("expected a DUID in hex with colons, found `{duid}`")),
                (None, Some(octets)) if text.contains(':') => Ok(Identifier::Octets(octets)),
                // Type 0 stands for what is no hardware address (RFC 2132 §9.14).
                _ if text.len() < 255 => Ok(Identifier::Octets([&[0], text.as_bytes()].concat())),
                _ => Err("option 61 has room for 254 octets of text".to_owned()),
            },
        }
    }
}

/// Option 81: the server updates both records, and the name is in DNS wire form (RFC 4702 §2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fqdn(pub(super) Vec<u8>);

/// A full name.
pub(super) fn fqdn(text: &str) -> Result<Fqdn, String> {
    let name = host_name(text.as_bytes())
        .ok_or_else(|| format!("expected a name of letters, digits, hyphens and dots, found `{text}`"))?;
    let mut octets = vec![0x05, 0, 0];
    for label in name.split('.') {
        octets.push(u8::try_from(label.len()).unwrap_or_default());
        octets.extend_from_slice(label.as_bytes());
    }
    // A name of one label is not full, and has no root at its end.
    octets.extend(name.contains('.').then_some(0));
    Ok(Fqdn(octets))
}

/// A name that option 12 can have: one octet at least (RFC 2132 §3.14), and no more than fit.
pub(super) fn hostname(text: &str) -> Result<String, String> {
    match text.len() {
        1..=255 => Ok(text.to_owned()),
        0 => Err("expected a name, found nothing; without --hostname none is sent".to_owned()),
        length => Err(format!("option 12 has room for 255 octets, found {length}")),
    }
}

/// An address that one host can have.
pub(super) fn host(text: &str) -> Result<Ipv4Addr, String> {
    text.parse::<Ipv4Addr>()
        .ok()
        .filter(|address| !(address.is_unspecified() || address.is_broadcast() || address.is_multicast()))
        .ok_or_else(|| format!("expected an address that one host can have, found `{text}`"))
}

/// The longest time that a lease is used, which is not under the shortest that is taken.
pub(super) fn longest(text: &str) -> Result<u32, String> {
    let shortest = Habits::default().shortest_lease;
    seconds(text)?.checked_sub(shortest).map(|more| shortest + more).ok_or_else(|| {
        format!("leases under {shortest} s are not taken, and it would use none for longer than {text}")
    })
}

/// A lease time.
pub(super) fn seconds(text: &str) -> Result<u32, String> {
    compose::seconds(text)
        .filter(|seconds| *seconds > 0)
        .ok_or_else(|| format!("expected a time such as 10m, 1h or infinite, found `{text}`"))
}

/// An option by its name or code.
pub(super) fn code(text: &str) -> Result<Code, String> {
    let text = text.trim();
    Code::parse(text).filter(|code| !matches!(*code, Code::PAD | Code::END)).ok_or_else(|| {
        match nearest(text, TABLE.iter().map(|row| row.name)) {
            Some(name) => format!("no option is called `{text}`; did you mean {name}?"),
            None => format!("no option is called `{text}`; `dhcpsim options` lists them"),
        }
    })
}

/// A locally administered unicast address (IEEE 802) that follows from a seed.
pub(crate) fn random_chaddr(seed: u64) -> [u8; 6] {
    // Neighbouring seeds give addresses far apart: the multiplier is that of the golden ratio.
    let [a, b, c, d, e, ..] = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
    [0x02, a, b, c, d, e]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_message_can_have_is_refused() {
        assert!(hostname("").is_err() && hostname(&"a".repeat(256)).is_err());
        assert_eq!(Ok("alice".to_owned()), hostname("alice"));
        for address in ["0.0.0.0", "255.255.255.255", "224.0.0.1", "192.0.2"] {
            assert!(host(address).is_err(), "{address}");
        }
        assert_eq!(Ok(Ipv4Addr::new(192, 0, 2, 1)), host("192.0.2.1"));
        assert_eq!((Ok(5), Ok(u32::MAX)), (longest("5s"), longest("infinite")));
        assert!(longest("4s").is_err());
    }

    #[test]
    fn identifiers_are_text_octets_or_a_duid() {
        let chaddr = [2, 0, 0, 0, 0, 1];
        for (text, want) in [
            ("alice", Some("00616c696365")),
            ("01:02:00", Some("010200")),
            ("a:b", Some("00613a62")),
            ("duid", Some("ff0000000100030001020000000001")),
            ("duid:00:04:aa", Some("ff000000010004aa")),
            ("none", None),
        ] {
            let found = text.parse::<Identifier>().unwrap().octets(&chaddr);
            assert_eq!(want.map(str::to_owned), found.map(hex::encode), "{text}");
        }
        assert!("".parse::<Identifier>().is_err());
        assert!("duid:xy".parse::<Identifier>().is_err());
    }

    #[test]
    fn full_names_are_in_wire_form() {
        assert_eq!("05000005616c696365076578616d706c6500", hex::encode(fqdn("alice.example").unwrap().0));
        assert_eq!("05000005616c696365", hex::encode(fqdn("alice").unwrap().0));
        assert!(fqdn("a b").is_err());
    }

    #[test]
    fn flags_say_what_was_expected() {
        assert_eq!(Ok(Hardware(vec![2, 0, 0, 0, 0, 1])), "02:00:00:00:00:01".parse());
        assert!("02:zz".parse::<Hardware>().is_err());
        for (text, want) in [
            ("500ms", Some(Duration::from_millis(500))),
            ("10s", Some(Duration::from_secs(10))),
            ("10", Some(Duration::from_secs(10))),
            ("1.5s", Some(Duration::from_millis(1500))),
            ("-1", None),
            ("infinite", None),
            ("inf", None),
        ] {
            assert_eq!(want.map(Pause), text.parse().ok(), "{text}");
        }
        assert_eq!(Err("no option is called `roter`; did you mean router?".to_owned()), code("roter"));
    }
}
