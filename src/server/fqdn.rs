//! The answer to option 81 of a server that updates no DNS (RFC 4702 §4).

/// Bit S: the server shall update, or has updated, the A record.
const SERVER: u8 = 1;
/// Bit O: the server overrides what the client wants of bit S.
const OVERRIDE: u8 = 2;
/// Bit E: the name is in DNS encoding.
pub(super) const ENCODED: u8 = 4;
/// Bit N: the server updates nothing.
const NO_UPDATE: u8 = 8;

/// Option 81 for a client that sent this one: nobody but the client updates the DNS; a name without a domain gets the
/// configured one. None if the client's is too short to be one.
pub(super) fn answer(request: &[u8], domain: Option<&[u8]>) -> Option<Vec<u8>> {
    let [flags, _, _, name @ ..] = request else { return None };
    let overridden = if flags & SERVER != 0 { OVERRIDE } else { 0 };
    // RCODE1 and RCODE2 are 255 (§2.2).
    let mut answer = vec![flags & ENCODED | NO_UPDATE | overridden, 255, 255];
    answer.extend_from_slice(name);
    let Some(domain) = domain.filter(|_| !name.is_empty()) else { return Some(answer) };
    match flags & ENCODED {
        0 if !name.contains(&b'.') => {
            answer.push(b'.');
            answer.extend_from_slice(domain);
        }
        ENCODED if name.last() != Some(&0) => {
            for label in domain.split(|octet| *octet == b'.').filter(|label| !label.is_empty()) {
                answer.push(u8::try_from(label.len()).ok().filter(|length| *length < 64)?);
                answer.extend_from_slice(label);
            }
            answer.push(0);
        }
        _ => {}
    }
    Some(answer).filter(|answer| answer.len() <= 255)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_but_the_client_updates_the_dns() {
        type Case<'a> = (&'a [u8], Option<&'a [u8]>, Option<&'a [u8]>);
        let cases: [Case<'_>; 6] = [
            (b"\x05\0\0\x02pc\x03lab\0", None, Some(b"\x0e\xff\xff\x02pc\x03lab\0")),
            (b"\x04\0\0\x02pc", Some(b"lab.example"), Some(b"\x0c\xff\xff\x02pc\x03lab\x07example\0")),
            (b"\x08\0\0", Some(b"lab"), Some(b"\x08\xff\xff")),
            (b"\0\0\0pc", Some(b"lab"), Some(b"\x08\xff\xffpc.lab")),
            (b"\x01\0\0pc.lab", Some(b"other"), Some(b"\x0a\xff\xffpc.lab")),
            (b"\0\0", None, None),
        ];
        for (request, domain, want) in cases {
            assert_eq!(want.map(<[u8]>::to_vec), answer(request, domain), "{request:?}");
        }
    }
}
