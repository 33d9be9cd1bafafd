//! Values of the file: addresses, times, octets. A value that is not what it must be says what was expected and found.

use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::path::PathBuf;

use toml::de::DeValue;

use super::error::Problem;
use super::table::Item;
use crate::lease::Subnet;
use crate::options::compose;

type Parsed<T> = Result<T, Problem>;

pub(crate) const TIME: &str = "a time: seconds, \"90s\", \"1h30m\", \"2d\" or \"infinite\"";
pub(crate) const RANGE: &str = "addresses: \"192.0.2.100-192.0.2.199\", or one address";
const OCTETS: &str = "octets: text, or hex digits as \"hex:0102\" or \"01:02\"";

pub(crate) fn boolean(item: &Item<'_>) -> Parsed<bool> {
    match item.value {
        DeValue::Boolean(flag) => Ok(*flag),
        _ => Err(item.wrong("true or false")),
    }
}

pub(crate) fn text(item: &Item<'_>) -> Parsed<String> {
    item.text().map(str::to_owned).ok_or_else(|| item.wrong("text in quotes"))
}

pub(crate) fn address(item: &Item<'_>) -> Parsed<Ipv4Addr> {
    let address = item.text().and_then(|text| text.parse().ok());
    address.ok_or_else(|| item.wrong("an IPv4 address in quotes"))
}

pub(crate) fn socket_address(item: &Item<'_>) -> Parsed<SocketAddr> {
    let address = item.text().and_then(|text| text.parse().ok());
    address.ok_or_else(|| item.wrong("an address and a port: \"127.0.0.1:9167\""))
}

pub(crate) fn path(item: &Item<'_>) -> Parsed<PathBuf> {
    let path = item.text().filter(|text| !text.is_empty() && !text.contains('\0'));
    path.map(PathBuf::from).ok_or_else(|| item.wrong("a path in quotes"))
}

/// The integer that an item is, if it is one of up to 64 bits.
pub(crate) fn integer(item: &Item<'_>) -> Option<i64> {
    match item.value {
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok(),
        _ => None,
    }
}

/// A number from 0 to `most`.
pub(crate) fn number<T: TryFrom<i64>>(item: &Item<'_>, most: &str) -> Parsed<T> {
    let number = integer(item).and_then(|number| T::try_from(number).ok());
    number.ok_or_else(|| item.wrong(format!("a number from 0 to {most}")))
}

pub(crate) fn port(item: &Item<'_>) -> Parsed<u16> {
    number(item, "65535")
}

/// Whole seconds; `u32::MAX` is infinite.
pub(crate) fn seconds(item: &Item<'_>) -> Parsed<u32> {
    let seconds = match item.value {
        DeValue::String(text) => compose::seconds(text),
        _ => {
            integer(item).and_then(|number| u32::try_from(number).ok()).filter(|seconds| *seconds != u32::MAX)
        }
    };
    let too_large = integer(item).is_some_and(|number| number >= i64::from(u32::MAX));
    seconds.ok_or_else(|| match too_large {
        true => item.wrong("at most 4294967294 seconds, or \"infinite\""),
        false => item.wrong(TIME),
    })
}

/// A time that is waited for.
pub(crate) fn duration(item: &Item<'_>) -> Parsed<Duration> {
    let thousandths = item.text().and_then(|text| text.strip_suffix("ms"));
    match thousandths.and_then(|digits| digits.parse().ok()) {
        Some(milliseconds) => Ok(Duration::from_millis(milliseconds)),
        None => seconds(item).map(|seconds| Duration::from_secs(seconds.into())),
    }
}

pub(crate) fn subnet(item: &Item<'_>) -> Parsed<Subnet> {
    let wrong = || item.wrong("a subnet: \"192.0.2.0/24\"");
    let (address, prefix) = item.text().and_then(|text| text.split_once('/')).ok_or_else(wrong)?;
    let address: Ipv4Addr = address.trim().parse().map_err(|_| wrong())?;
    let prefix = prefix.trim().parse().ok().filter(|prefix| *prefix <= 32);
    let prefix = prefix.ok_or_else(|| item.wrong("a prefix length from 0 to 32 behind the /"))?;
    let subnet = Subnet::of(address, prefix).ok_or_else(wrong)?;
    match subnet.network() {
        network if network == address => Ok(subnet),
        network => Err(Problem::HostBits { network, prefix }),
    }
}

/// Octets: `hex:` and digits, pairs of digits between colons, else the text itself; in quotes within the quotes the
/// text in any case.
pub(crate) fn octets(item: &Item<'_>) -> Parsed<Vec<u8>> {
    let text = item.text().ok_or_else(|| item.wrong(OCTETS))?;
    octets_of(text).ok_or_else(|| item.wrong(OCTETS))
}

pub(crate) fn octets_of(text: &str) -> Option<Vec<u8>> {
    if let Some(digits) = text.strip_prefix("hex:") {
        return compose::hex(digits);
    }
    if let Some(inner) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        return Some(inner.as_bytes().to_vec());
    }
    let pairs = text.contains(':').then(|| compose::hex(text)).flatten();
    Some(pairs.unwrap_or_else(|| text.as_bytes().to_vec()))
}

/// A hardware address, of six octets where it is Ethernet's.
pub(crate) fn hardware(item: &Item<'_>, htype: u8) -> Parsed<Vec<u8>> {
    const ETHERNET: u8 = 1;
    let octets = item.text().and_then(compose::hex);
    match (octets, htype) {
        (Some(octets), ETHERNET) if octets.len() == 6 => Ok(octets),
        (_, ETHERNET) => Err(item.wrong("six octets in hex: \"02:00:00:00:00:01\"")),
        (Some(octets), _) if (1..=16).contains(&octets.len()) => Ok(octets),
        (_, _) => Err(item.wrong("1 to 16 octets in hex")),
    }
}

/// The name of an interface, as the kernel allows it.
pub(crate) fn interface(item: &Item<'_>) -> Parsed<String> {
    let right = |name: &&str| {
        (1..=15).contains(&name.len()) && !name.contains(['/', ':']) && !name.contains(char::is_whitespace)
    };
    let name = item.text().filter(right).map(str::to_owned);
    name.ok_or_else(|| item.wrong("the name of an interface, 15 octets at most"))
}
