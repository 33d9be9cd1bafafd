//! The values of the client's flags.

use std::str::FromStr;
use std::time::Duration;

use dhcpsim::options::{Code, TABLE, compose, nearest};

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
