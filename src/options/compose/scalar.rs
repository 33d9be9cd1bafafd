//! Values of fixed size from words.

use core::net::{Ipv4Addr, Ipv6Addr};

use super::hex;
use crate::options::Code;
use crate::options::layout::{Names, Scalar};

pub(super) fn expectation(scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::Flag => "true or false",
        Scalar::U8 { names: [], .. } => "a number from 0 to 255",
        Scalar::U16 { names: [], .. } => "a number from 0 to 65535",
        Scalar::U8 { .. } | Scalar::U16 { .. } | Scalar::OneOf(_) => {
            "a number or one of its registered names"
        }
        Scalar::U32 => "a number from 0 to 4294967295",
        Scalar::I32 => "a number from -2147483648 to 2147483647",
        Scalar::Seconds => "a time: 3600, 90s, 1h30m, 2d or infinite",
        Scalar::Time => "seconds since 1970-01-01 00:00 UTC",
        Scalar::Address => "an IPv4 address",
        Scalar::Address6 => "an IPv6 address",
        Scalar::Octets(_) => "hex digits in pairs",
        Scalar::Letters(_) => "text",
        Scalar::Code => "an option's name or its code from 0 to 255",
        Scalar::Bits(_) => "flags: names with | between them, or a number",
    }
}

pub(super) fn encode(scalar: Scalar, text: &str) -> Option<Vec<u8>> {
    Some(match scalar {
        Scalar::Flag => match text {
            "true" | "1" | "on" | "yes" => vec![1],
            "false" | "0" | "off" | "no" => vec![0],
            _ => return None,
        },
        Scalar::Letters(size) => Some(text.as_bytes().to_vec()).filter(|octets| octets.len() == size)?,
        Scalar::U8 { names, .. } | Scalar::OneOf(names) => vec![u8::try_from(number(names, text)?).ok()?],
        Scalar::U16 { names, .. } => u16::try_from(number(names, text)?).ok()?.to_be_bytes().to_vec(),
        Scalar::U32 | Scalar::Time => number(&[], text)?.to_be_bytes().to_vec(),
        Scalar::I32 => text.parse::<i32>().ok()?.to_be_bytes().to_vec(),
        Scalar::Seconds => seconds(text)?.to_be_bytes().to_vec(),
        Scalar::Address => text.parse::<Ipv4Addr>().ok()?.octets().to_vec(),
        Scalar::Address6 => text.parse::<Ipv6Addr>().ok()?.octets().to_vec(),
        Scalar::Octets(size) => hex(text).filter(|octets| octets.len() == size)?,
        Scalar::Code => vec![Code::parse(text)?.0],
        Scalar::Bits(names) => {
            let bits = text.split('|').try_fold(0, |bits, flag| Some(bits | number(names, flag.trim())?))?;
            vec![u8::try_from(bits).ok()?]
        }
    })
}

pub(super) fn number(names: Names, text: &str) -> Option<u32> {
    let named = names.iter().find(|(_, name)| name.eq_ignore_ascii_case(text));
    match (named, text.strip_prefix("0x")) {
        (Some((number, _)), _) => Some(*number),
        (None, Some(digits)) => u32::from_str_radix(digits, 16).ok(),
        (None, None) => text.parse().ok(),
    }
}

/// `3600`, `90s`, `1h30m`, `2d`, `1w`, `infinite`; `None` if it is none of these or needs more than 32 bits.
#[must_use]
pub fn seconds(text: &str) -> Option<u32> {
    if text.eq_ignore_ascii_case("infinite") || text.eq_ignore_ascii_case("infinity") {
        return Some(u32::MAX);
    }
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let mut rest = text;
    let mut total = 0u32;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|char: char| !char.is_ascii_digit()).filter(|&digits| digits > 0)?;
        let (number, unit) = rest.split_at_checked(digits)?;
        let scale = match unit.chars().next()? {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return None,
        };
        total = total.checked_add(number.parse::<u32>().ok()?.checked_mul(scale)?)?;
        rest = unit.get(1..)?;
    }
    Some(total)
}
