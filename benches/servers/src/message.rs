//! Messages as octets (RFC 2131 §2), as a relay agent sends them on: giaddr set, hops 1.

use std::net::Ipv4Addr;

pub const DISCOVER: u8 = 1;
pub const OFFER: u8 = 2;
pub const REQUEST: u8 = 3;
pub const ACK: u8 = 5;
pub const NAK: u8 = 6;

const COOKIE: [u8; 4] = [99, 130, 83, 99];
/// Subnet mask, router, domain name servers, domain name, lease time, T1, T2.
const WANTED: [u8; 9] = [55, 7, 1, 3, 6, 15, 51, 58, 59];

/// What a client asks.
#[derive(Clone, Copy)]
pub struct Ask {
    pub kind: u8,
    pub xid: u32,
    pub client: u64,
    pub giaddr: Ipv4Addr,
    pub ciaddr: Ipv4Addr,
    /// Options 50 and 54.
    pub selects: Option<(Ipv4Addr, Ipv4Addr)>,
}

/// The hardware address of a client by its number.
pub fn chaddr(client: u64) -> [u8; 6] {
    let [.., a, b, c, d, e] = client.to_be_bytes();
    [2, a, b, c, d, e]
}

/// Writes a message.
pub fn write(out: &mut Vec<u8>, ask: &Ask) {
    out.resize(240, 0);
    out[..4].copy_from_slice(&[1, 1, 6, u8::from(!ask.giaddr.is_unspecified())]);
    out[4..8].copy_from_slice(&ask.xid.to_be_bytes());
    out[12..16].copy_from_slice(&ask.ciaddr.octets());
    out[24..28].copy_from_slice(&ask.giaddr.octets());
    out[28..34].copy_from_slice(&chaddr(ask.client));
    out[236..240].copy_from_slice(&COOKIE);
    out.extend_from_slice(&[53, 1, ask.kind]);
    if let Some((address, server)) = ask.selects {
        out.extend_from_slice(&[50, 4]);
        out.extend_from_slice(&address.octets());
        out.extend_from_slice(&[54, 4]);
        out.extend_from_slice(&server.octets());
    }
    out.extend_from_slice(&WANTED);
    out.push(255);
    if out.len() < 300 {
        out.resize(300, 0);
    }
}

/// The value of an option, where the options are well formed.
pub fn option(octets: &[u8], wanted: u8) -> Option<&[u8]> {
    let mut rest = octets.get(240..)?;
    loop {
        match rest {
            [0, more @ ..] => rest = more,
            [255, ..] | [] => return None,
            [code, length, more @ ..] => {
                let value = more.get(..usize::from(*length))?;
                if *code == wanted {
                    return Some(value);
                }
                rest = &more[value.len()..];
            }
            [_] => return None,
        }
    }
}

/// What was answered.
pub struct Answer {
    pub kind: u8,
    pub xid: u32,
    pub yiaddr: Ipv4Addr,
    pub server: Ipv4Addr,
}

/// Reads an answer.
pub fn read(octets: &[u8]) -> Option<Answer> {
    let xid = u32::from_be_bytes(octets.get(4..8)?.try_into().ok()?);
    let [kind] = option(octets, 53)? else { return None };
    let server = option(octets, 54)
        .filter(|value| value.len() == 4)
        .map_or(Ipv4Addr::UNSPECIFIED, super::batch::address);
    Some(Answer { kind: *kind, xid, yiaddr: super::batch::address(octets.get(16..20)?), server })
}
