//! ARP for IPv4 on Ethernet (RFC 826), as far as the conflict check of RFC 5227 needs it.

use core::net::Ipv4Addr;

use super::Mac;
use super::ethernet::ethertype;

const ETHERTYPE: u16 = 0x0806;
/// Ethernet (1), IPv4 (0x0800), and the lengths of their addresses.
const KIND: [u8; 6] = [0, 1, 8, 0, 6, 4];

/// An ARP packet that ties Ethernet to IPv4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arp {
    /// 1 asks, 2 answers.
    pub operation: u16,
    /// Who sends it.
    pub sender_mac: Mac,
    /// The sender's address; 0.0.0.0 in a probe (RFC 5227 §1.1).
    pub sender: Ipv4Addr,
    /// Whom it is for, in an answer.
    pub target_mac: Mac,
    /// The address that it asks for.
    pub target: Ipv4Addr,
}

impl Arp {
    /// Asks who has an address without claiming any (RFC 5227 §2.1.1).
    #[must_use]
    pub const fn probe(sender_mac: Mac, address: Ipv4Addr) -> Arp {
        Arp {
            operation: 1,
            sender_mac,
            sender: Ipv4Addr::UNSPECIFIED,
            target_mac: Mac([0; 6]),
            target: address,
        }
    }

    /// The Ethernet frame that carries it to a station, without padding.
    #[must_use]
    pub fn ethernet(&self, destination: Mac) -> Vec<u8> {
        [
            &destination.0[..],
            &self.sender_mac.0,
            &ETHERTYPE.to_be_bytes(),
            &KIND,
            &self.operation.to_be_bytes(),
            &self.sender_mac.0,
            &self.sender.octets(),
            &self.target_mac.0,
            &self.target.octets(),
        ]
        .concat()
    }

    /// Reads a frame; none if it carries no ARP for IPv4 on Ethernet, or only a part of it.
    #[must_use]
    pub fn read(frame: &[u8]) -> Option<Arp> {
        let (ethertype, start) = ethertype(frame)?;
        let (kind, rest) = frame.get(start..)?.split_first_chunk::<6>()?;
        let (packet, _) = rest.split_first_chunk::<22>()?;
        let [o, p, a, b, c, d, e, f, s0, s1, s2, s3, g, h, i, j, k, l, t0, t1, t2, t3] = *packet;
        (ethertype == ETHERTYPE && *kind == KIND).then_some(Arp {
            operation: u16::from_be_bytes([o, p]),
            sender_mac: Mac([a, b, c, d, e, f]),
            sender: Ipv4Addr::new(s0, s1, s2, s3),
            target_mac: Mac([g, h, i, j, k, l]),
            target: Ipv4Addr::new(t0, t1, t2, t3),
        })
    }

    /// Whether it shows that a station other than `own` has an address or is about to take it: it speaks as that
    /// address, or probes for it itself (RFC 5227 §2.1.1).
    #[must_use]
    pub fn shows_use_of(&self, address: Ipv4Addr, own: Mac) -> bool {
        let probes = self.operation == 1 && self.sender.is_unspecified() && self.target == address;
        self.sender_mac != own && (self.sender == address || probes)
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    const OWN: Mac = Mac([2, 0, 0, 0, 0, 1]);
    const OTHER: Mac = Mac([2, 0, 0, 0, 0, 2]);
    const ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 7);

    #[test]
    fn a_probe_claims_no_address_and_is_read_back() {
        let probe = Arp::probe(OWN, ADDRESS);
        let frame = probe.ethernet(Mac::BROADCAST);
        let want = [
            "ffffffffffff0200000000010806",
            "0001080006040001",
            "02000000000100000000",
            "000000000000c0000207",
        ];
        let want = want.concat();
        assert_eq!(want, hex::encode(&frame));
        assert_eq!(Some(probe), Arp::read(&frame));
    }

    #[test]
    fn what_is_cut_or_of_another_kind_is_no_arp() {
        let frame = Arp::probe(OWN, ADDRESS).ethernet(Mac::BROADCAST);
        for length in 0..frame.len() {
            assert_eq!(None, Arp::read(&frame[..length]), "{length} octets");
        }
        for at in 12..20 {
            let mut other = frame.clone();
            other[at] ^= 0x10;
            assert_eq!(None, Arp::read(&other), "octet {at} changed");
        }
    }

    #[test]
    fn an_answer_an_announcement_and_another_probe_show_use() {
        let from = |operation, sender_mac, sender, target| {
            Arp { operation, sender_mac, sender, target_mac: OWN, target }.shows_use_of(ADDRESS, OWN)
        };
        let (none, else_where) = (Ipv4Addr::UNSPECIFIED, Ipv4Addr::new(192, 0, 2, 8));
        for (want, found, what) in [
            (true, from(2, OTHER, ADDRESS, none), "an answer"),
            (true, from(1, OTHER, ADDRESS, ADDRESS), "an announcement"),
            (true, from(1, OTHER, ADDRESS, else_where), "its holder asks for somebody else"),
            (true, from(1, OTHER, none, ADDRESS), "another host's probe"),
            (false, from(1, OWN, none, ADDRESS), "our own probe"),
            (false, from(1, OTHER, else_where, ADDRESS), "somebody looks for it"),
            (false, from(2, OTHER, else_where, ADDRESS), "the answer of another address"),
            (false, from(2, OTHER, none, ADDRESS), "an answer of nobody"),
        ] {
            assert_eq!(want, found, "{what}");
        }
    }
}
