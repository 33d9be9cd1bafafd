//! Defaults of the Host Requirements, which a server must tell a client that asks for them and for which nothing is
//! configured (RFC 2131 §4.3.1).

use crate::options::Code;

/// The value that RFC 1122 gives a parameter, by the code of its option, where it gives one.
pub(super) fn host_requirements(code: Code) -> Option<&'static [u8]> {
    Some(match code.0 {
        // IP forwarding and non-local source routing are off (RFC 1122 §3.1, §3.3.5).
        19 | 20 => &[0],
        // A host reassembles 576 octets at least (§3.3.2).
        22 => &[2, 64],
        // The time to live of IP and TCP is 64 (§3.2.1.7 and Assigned Numbers).
        23 | 37 => &[64],
        // Nobody asks for masks by ICMP or answers to that (§3.2.2.9).
        29 | 30 => &[0],
        // Neither trailers nor IEEE 802.3 encapsulation (§2.3.1, §2.3.3).
        34 | 36 => &[0],
        // Keep-alives come every two hours, without a garbage octet (§4.2.3.6).
        38 => &[0, 0, 28, 32],
        39 => &[0],
        _ => return None,
    })
}
