//! Option 82 as relay agents put it (RFC 3046 §2): sub-options without pad and end.

use core::net::Ipv4Addr;

/// The sub-option that says on which link the client is (RFC 3527 §3).
pub const LINK_SELECTION: u8 = 5;
/// The sub-option that says as whom the server shall answer (RFC 5107 §4).
pub const SERVER_IDENTIFIER_OVERRIDE: u8 = 11;
/// The sub-option that says that the relay agent listens on the port it sends from (RFC 8357 §5.1).
pub const RELAY_SOURCE_PORT: u8 = 19;
/// The sub-option that names the port of the relay agent that the client is on (RFC 3046 §3.1).
pub const CIRCUIT_ID: u8 = 1;
/// The sub-option that names the far end of the relay agent's line (RFC 3046 §3.2).
pub const REMOTE_ID: u8 = 2;

/// The sub-options in the value of option 82, as far as they are whole.
pub fn sub_options(value: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut rest = value;
    core::iter::from_fn(move || {
        let [code, length, after @ ..] = rest else { return None };
        let (octets, after) = after.split_at_checked(usize::from(*length))?;
        rest = after;
        Some((*code, octets))
    })
}

/// The first sub-option of a code.
#[must_use]
pub fn sub_option(value: &[u8], code: u8) -> Option<&[u8]> {
    sub_options(value).find(|(found, _)| *found == code).map(|(_, octets)| octets)
}

/// The address in the first sub-option of a code; none if it does not have four octets.
#[must_use]
pub fn sub_address(value: &[u8], code: u8) -> Option<Ipv4Addr> {
    sub_option(value, code)?.try_into().ok().map(|octets: [u8; 4]| Ipv4Addr::from(octets))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sub_options_have_neither_pad_nor_end_and_may_be_empty() {
        let value = [0, 1, 9, 255, 0, 5, 4, 192, 0, 2, 0, 11, 4, 1];
        let found: Vec<(u8, &[u8])> = sub_options(&value).collect();
        assert_eq!(vec![(0, &[9][..]), (255, &[]), (5, &[192, 0, 2, 0])], found);
        assert_eq!(Some(Ipv4Addr::new(192, 0, 2, 0)), sub_address(&value, LINK_SELECTION));
        assert_eq!(None, sub_address(&value, SERVER_IDENTIFIER_OVERRIDE));
    }
}
