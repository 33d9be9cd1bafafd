//! What the event script is told: its arguments and its environment.

use core::fmt;
use core::net::Ipv4Addr;

use crate::lease::ClientKey;
use crate::packet::HardwareAddress;
use crate::time::Instant;

/// The longest host name in octets (RFC 1123 §2.1).
const MAX_NAME: usize = 255;
/// The longest label in octets (RFC 1035 §2.3.4).
const MAX_LABEL: usize = 63;

/// What has become of a lease. Shown as the script's first argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A client has an address that it did not have.
    Add,
    /// A client has the address that it had: a renewal, or a lease that is found when the server starts.
    Old,
    /// A client has an address no longer.
    Del,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Action::Add => "add",
            Action::Old => "old",
            Action::Del => "del",
        })
    }
}

/// A hardware address as dnsmasq tells it: `02:00:00:00:00:01`, or with the type in front, `06-02:00:00:00:00:01`,
/// if that is not Ethernet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hardware {
    /// Field htype.
    pub htype: u8,
    /// The first hlen octets of field chaddr.
    pub chaddr: Box<[u8]>,
}

impl fmt::Display for Hardware {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.htype != 1 {
            write!(f, "{:02x}-", self.htype)?;
        }
        HardwareAddress(&self.chaddr).fmt(f)
    }
}

/// What has become of a lease, with all that the script is told. Octets are as they came; they are cleaned on the
/// way out, in [`News::arguments`] and [`News::environment`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// What.
    pub action: Action,
    /// Why, in a word of the program's own: `bound`, `renewed`, `released`, `expired`, `declined`, `start`.
    pub reason: &'static str,
    /// When.
    pub at: Instant,
    /// The address.
    pub address: Ipv4Addr,
    /// Who has or had it.
    pub client: ClientKey,
    /// The client's hardware address, if it is known.
    pub hardware: Option<Hardware>,
    /// When the lease ends or ended.
    pub expires: Instant,
    /// The host name that the client gave (option 12), as it came.
    pub host_name: Option<Box<[u8]>>,
    /// The vendor class identifier (option 60), as it came.
    pub vendor_class: Option<Box<[u8]>>,
    /// The relay agent through which the client asked.
    pub relay: Option<Ipv4Addr>,
    /// The relay agent information (option 82), as it came.
    pub relay_information: Option<Box<[u8]>>,
    /// The address that clients know the server by.
    pub server: Option<Ipv4Addr>,
}

impl News {
    /// `add|old|del MAC IP [NAME]`. Without a hardware address the first octets of the client identifier stand for
    /// it, of type 00 as dnsmasq has it.
    #[must_use]
    pub fn arguments(&self) -> Vec<String> {
        let hardware = match (&self.hardware, &self.client) {
            (Some(hardware), _) => hardware.to_string(),
            (None, ClientKey::Hardware { htype, chaddr }) => {
                Hardware { htype: *htype, chaddr: chaddr.clone() }.to_string()
            }
            (None, ClientKey::Identifier(octets)) => format!("00-{}", HardwareAddress(octets)),
        };
        let mut arguments = vec![self.action.to_string(), hardware, self.address.to_string()];
        arguments.extend(self.name());
        arguments
    }

    /// `DHCPSIM_…` for all that is known, and the names that udhcpc has for the same values.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let octets = |octets: &[u8]| HardwareAddress(octets).to_string();
        let infinite = self.expires.is_never();
        let left = self.expires.since(self.at).as_secs();
        let lease = if infinite { "infinite".to_owned() } else { left.to_string() };
        let expires = if infinite { "never".to_owned() } else { self.expires.as_secs().to_string() };
        let identifier = match &self.client {
            ClientKey::Identifier(identifier) => Some(octets(identifier)),
            ClientKey::Hardware { .. } => None,
        };
        let hex = |value: &Option<Box<[u8]>>| value.as_deref().map(octets);
        let address = |address: Option<Ipv4Addr>| address.map(|address| address.to_string());
        let known = [
            ("DHCPSIM_ACTION", Some(self.action.to_string())),
            ("DHCPSIM_REASON", Some(self.reason.to_owned())),
            ("DHCPSIM_IP", Some(self.address.to_string())),
            ("DHCPSIM_MAC", self.hardware.as_ref().map(ToString::to_string)),
            ("DHCPSIM_CLIENT_ID", identifier),
            ("DHCPSIM_HOSTNAME", self.name()),
            ("DHCPSIM_TIME_REMAINING", Some(lease.clone())),
            ("DHCPSIM_LEASE_EXPIRES", Some(expires)),
            ("DHCPSIM_SERVER_ID", address(self.server)),
            ("DHCPSIM_RELAY_ADDRESS", address(self.relay)),
            ("DHCPSIM_RELAY_INFORMATION", hex(&self.relay_information)),
            ("DHCPSIM_VENDOR_CLASS", hex(&self.vendor_class)),
            ("ip", Some(self.address.to_string())),
            ("lease", Some(lease)),
            ("hostname", self.name()),
            ("serverid", address(self.server)),
        ];
        known.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    fn name(&self) -> Option<String> {
        host_name(self.host_name.as_deref()?)
    }
}

/// A host name that obeys RFC 1123 §2.1: labels of letters, digits and inner hyphens. Trailing NULs, which RFC 2132
/// §2 has receivers delete, are deleted, and so is one final dot; anything else is no name.
#[must_use]
pub fn host_name(octets: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(octets).ok()?.trim_end_matches('\0');
    let text = text.strip_suffix('.').unwrap_or(text);
    let inner = |octet: &u8| octet.is_ascii_alphanumeric() || *octet == b'-';
    let label = |label: &str| {
        (1..=MAX_LABEL).contains(&label.len())
            && label.as_bytes().iter().all(inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // Four numbers and dots are an address, not a name (RFC 1123 §2.1).
    let valid = text.len() <= MAX_NAME && text.split('.').all(label) && text.parse::<Ipv4Addr>().is_err();
    valid.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn news() -> News {
        News {
            action: Action::Add,
            reason: "bound",
            at: Instant::from_secs(100),
            address: Ipv4Addr::new(192, 0, 2, 100),
            client: ClientKey::Identifier([1, 2, 0xff].into()),
            hardware: Some(Hardware { htype: 1, chaddr: [2, 0, 0, 0, 0, 1].into() }),
            expires: Instant::from_secs(3700),
            host_name: Some(b"alice".as_slice().into()),
            vendor_class: None,
            relay: None,
            relay_information: None,
            server: Some(Ipv4Addr::new(192, 0, 2, 1)),
        }
    }

    #[test]
    fn names_obey_rfc_1123_or_are_not_there() {
        let long = format!("{}.{}", "a".repeat(63), "b".repeat(63));
        for name in ["alice", "a-1", "3com", "alice.example.", "A.example", &long] {
            assert_eq!(Some(name.trim_end_matches('.').to_owned()), host_name(name.as_bytes()), "{name}");
        }
        assert_eq!(Some("alice".to_owned()), host_name(b"alice\0\0"));
        let too_long = [long.as_str(), &long, "c"].join(".");
        for name in [
            b"".as_slice(),
            b"\0",
            b".",
            b"a..b",
            b"-a",
            b"a-",
            b"a b",
            b"a_b",
            b"a\nb",
            b"$(id)",
            b"`id`",
            b"a;id",
            b"a|b",
            b"a&b",
            b"a'b",
            b"a\"b",
            b"() { :;}; id",
            b"../../etc",
            b"a\x1b[m",
            b"a\x7f",
            b"a\0b",
            b"\xff\xfe",
            "\u{e9}t\u{e9}".as_bytes(),
            "a\u{202e}b".as_bytes(),
            b"192.0.2.1",
            b"%n%s",
            b"a=b",
            b"*",
            &[b'a'; 64],
            &[b'a'; 255],
            too_long.as_bytes(),
        ] {
            assert_eq!(None, host_name(name), "{}", crate::options::text::Escaped(name));
        }
    }

    #[test]
    fn everything_that_a_client_sends_is_hex_or_a_name() {
        let hostile: Box<[u8]> = (0..=255).collect();
        let news = News {
            client: ClientKey::Identifier(hostile[1..].into()),
            host_name: Some(hostile.clone()),
            vendor_class: Some(hostile.clone()),
            relay_information: Some(hostile),
            ..news()
        };
        let fixed = |text: &str| {
            text.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b':' | b'-' | b'.'))
        };
        assert!(news.arguments().iter().all(|argument| fixed(argument)));
        let environment = news.environment();
        assert!(environment.iter().all(|(_, value)| fixed(value)), "{environment:?}");
        let has = |wanted: &str| environment.iter().any(|(name, _)| *name == wanted);
        assert!(has("DHCPSIM_VENDOR_CLASS") && !has("DHCPSIM_HOSTNAME") && !has("hostname"));
    }

    #[test]
    fn arguments_are_those_of_dnsmasq() {
        assert_eq!(["add", "02:00:00:00:00:01", "192.0.2.100", "alice"], *news().arguments());
        let foreign = Some(Hardware { htype: 6, chaddr: [2, 1].into() });
        let nameless = News { action: Action::Del, hardware: foreign, host_name: None, ..news() };
        assert_eq!(["del", "06-02:01", "192.0.2.100"], *nameless.arguments());
        let unknown = News { action: Action::Old, hardware: None, host_name: None, ..news() };
        assert_eq!(["old", "00-01:02:ff", "192.0.2.100"], *unknown.arguments());
    }

    #[test]
    fn times_are_seconds() {
        let value = |news: &News, wanted: &str| {
            news.environment().into_iter().find(|(name, _)| *name == wanted).map(|(_, value)| value)
        };
        assert_eq!(Some("3600".to_owned()), value(&news(), "lease"));
        assert_eq!(Some("3700".to_owned()), value(&news(), "DHCPSIM_LEASE_EXPIRES"));
        let infinite = News { expires: Instant::NEVER, ..news() };
        assert_eq!(Some("infinite".to_owned()), value(&infinite, "DHCPSIM_TIME_REMAINING"));
        assert_eq!(Some("never".to_owned()), value(&infinite, "DHCPSIM_LEASE_EXPIRES"));
    }
}
