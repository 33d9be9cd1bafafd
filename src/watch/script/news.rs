//! What the event script is told: its arguments and its environment.

use core::fmt;
use core::net::Ipv4Addr;

use crate::lease::{Binding, ClientKey};
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

/// What has become of a lease: what the script is told of it. The binding has octets as they came; they are cleaned on
/// the way out, in [`News::arguments`] and [`News::environment`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// What.
    pub action: Action,
    /// Why, in a word of the program's own: `bound`, `renewed`, `released`, `expired`, `declined`, `start`.
    pub reason: &'static str,
    /// When.
    pub at: Instant,
    /// The lease, as it is or was last.
    pub binding: Binding,
    /// The address that clients know the server by, if it has but one.
    pub server: Option<Ipv4Addr>,
}

impl News {
    /// `add|old|del MAC IP [NAME]`.
    #[must_use]
    pub fn arguments(&self) -> Vec<String> {
        let mut arguments = vec![self.action.to_string(), self.mac(), self.binding.address.to_string()];
        arguments.extend(self.name());
        arguments
    }

    /// `DHCPSIM_…` for all that is known, and the names that udhcpc has for the same values.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let Binding { address, subnet, client, expires, relay, .. } = &self.binding;
        let relay = relay.as_deref().unwrap_or_default();
        let infinite = expires.is_never();
        let left = expires.since(self.at).as_secs();
        let lease = if infinite { "infinite".to_owned() } else { left.to_string() };
        let expires = if infinite { "never".to_owned() } else { expires.as_secs().to_string() };
        let identifier = match client {
            ClientKey::Identifier(identifier) => Some(hex(identifier)),
            ClientKey::Hardware { .. } => None,
        };
        let known = [
            ("DHCPSIM_ACTION", Some(self.action.to_string())),
            ("DHCPSIM_REASON", Some(self.reason.to_owned())),
            ("DHCPSIM_IP", Some(address.to_string())),
            ("DHCPSIM_SUBNET", Some(subnet.to_string())),
            ("DHCPSIM_MAC", Some(self.mac())),
            ("DHCPSIM_CLIENT_ID", identifier),
            ("DHCPSIM_HOSTNAME", self.name()),
            ("DHCPSIM_TIME_REMAINING", Some(lease.clone())),
            ("DHCPSIM_LEASE_EXPIRES", Some(expires)),
            ("DHCPSIM_SERVER_ID", self.server.map(|server| server.to_string())),
            ("DHCPSIM_CIRCUIT_ID", sub_option(relay, 1).map(hex)),
            ("DHCPSIM_REMOTE_ID", sub_option(relay, 2).map(hex)),
            ("ip", Some(address.to_string())),
            ("subnet", Some(subnet.mask().to_string())),
            ("lease", Some(lease)),
            ("hostname", self.name()),
            ("serverid", self.server.map(|server| server.to_string())),
        ];
        known.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    /// The hardware address as dnsmasq tells it: `02:00:00:00:00:01`, with the type in front if that is not Ethernet,
    /// `06-02:00:00:00:00:01`; the client identifier behind type 00 if there is none.
    fn mac(&self) -> String {
        let Binding { client, htype, chaddr, .. } = &self.binding;
        match (chaddr.is_empty(), htype, client) {
            (true, _, ClientKey::Identifier(octets)) => format!("00-{}", hex(octets)),
            (_, 1, _) => hex(chaddr),
            (_, htype, _) => format!("{htype:02x}-{}", hex(chaddr)),
        }
    }

    fn name(&self) -> Option<String> {
        host_name(self.binding.host_name.as_deref()?)
    }
}

fn hex(octets: &[u8]) -> String {
    HardwareAddress(octets).to_string()
}

/// The value of a sub-option of option 82, if it is whole.
fn sub_option(mut area: &[u8], wanted: u8) -> Option<&[u8]> {
    loop {
        let (&[code, length], rest) = area.split_first_chunk::<2>()?;
        let (value, rest) = rest.split_at_checked(length.into())?;
        if code == wanted {
            return Some(value);
        }
        area = rest;
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
    use crate::lease::{BindingState, Subnet};

    fn news() -> News {
        let address = Ipv4Addr::new(192, 0, 2, 100);
        let binding = Binding {
            address,
            subnet: Subnet::of(address, 24).unwrap(),
            client: ClientKey::Identifier([1, 2, 0xff].into()),
            htype: 1,
            chaddr: [2, 0, 0, 0, 0, 1].into(),
            host_name: Some(b"alice".as_slice().into()),
            relay: Some([1, 2, 0xaa, 0xbb, 2, 1, 0xcc].into()),
            state: BindingState::Bound,
            since: Instant::from_secs(100),
            expires: Instant::from_secs(3700),
        };
        let server = Some(Ipv4Addr::new(192, 0, 2, 1));
        News { action: Action::Add, reason: "bound", at: Instant::from_secs(100), binding, server }
    }

    fn value(news: &News, wanted: &str) -> Option<String> {
        news.environment().into_iter().find(|(name, _)| *name == wanted).map(|(_, value)| value)
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
        let mut news = news();
        news.binding.client = ClientKey::Identifier(hostile[1..].into());
        news.binding.host_name = Some(hostile.clone().into());
        news.binding.relay = Some([&[1, 253], &hostile[..253]].concat().into());
        let fixed = |text: &str| {
            text.bytes()
                .all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b':' | b'-' | b'.' | b'/'))
        };
        assert!(news.arguments().iter().all(|argument| fixed(argument)));
        let environment = news.environment();
        assert!(environment.iter().all(|(_, value)| fixed(value)), "{environment:?}");
        assert!(value(&news, "DHCPSIM_CIRCUIT_ID").unwrap().starts_with("00:01:02:"));
        assert_eq!(None, value(&news, "DHCPSIM_HOSTNAME").or(value(&news, "hostname")));
        for cut in [[1, 9, 1].as_slice(), &[1], &[]] {
            news.binding.relay = Some(cut.into());
            assert_eq!(None, value(&news, "DHCPSIM_CIRCUIT_ID"), "{cut:?}");
        }
    }

    #[test]
    fn arguments_are_those_of_dnsmasq() {
        let mut news = news();
        assert_eq!(["add", "02:00:00:00:00:01", "192.0.2.100", "alice"], *news.arguments());
        (news.action, news.binding.htype, news.binding.host_name) = (Action::Del, 6, None);
        assert_eq!(["del", "06-02:00:00:00:00:01", "192.0.2.100"], *news.arguments());
        (news.action, news.binding.chaddr) = (Action::Old, [].into());
        assert_eq!(["old", "00-01:02:ff", "192.0.2.100"], *news.arguments());
    }

    #[test]
    fn the_environment_has_what_is_known() {
        let mut news = news();
        for (name, want) in [
            ("DHCPSIM_SUBNET", "192.0.2.0/24"),
            ("subnet", "255.255.255.0"),
            ("lease", "3600"),
            ("DHCPSIM_LEASE_EXPIRES", "3700"),
            ("DHCPSIM_CIRCUIT_ID", "aa:bb"),
            ("DHCPSIM_REMOTE_ID", "cc"),
            ("serverid", "192.0.2.1"),
        ] {
            assert_eq!(Some(want.to_owned()), value(&news, name), "{name}");
        }
        news.binding.expires = Instant::NEVER;
        assert_eq!(Some("infinite".to_owned()), value(&news, "DHCPSIM_TIME_REMAINING"));
        assert_eq!(Some("never".to_owned()), value(&news, "DHCPSIM_LEASE_EXPIRES"));
    }
}
