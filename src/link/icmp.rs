//! ICMP echo (RFC 792): the conflict check of RFC 2131 §3.1 step 2 where ARP does not reach.

use super::checksum::{Sum, adds_up};

const ECHO: u8 = 8;
const ECHO_REPLY: u8 = 0;

/// An echo request, or the reply to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Echo<'a> {
    /// True for a reply.
    pub reply: bool,
    /// Which asker.
    pub id: u16,
    /// Which of its questions.
    pub sequence: u16,
    /// What comes back as it was sent.
    pub data: &'a [u8],
}

impl<'a> Echo<'a> {
    /// The ICMP message, checksum right.
    #[must_use]
    pub fn icmp(&self) -> Vec<u8> {
        let kind = if self.reply { ECHO_REPLY } else { ECHO };
        let numbers = [self.id.to_be_bytes(), self.sequence.to_be_bytes()].concat();
        let checksum = Sum::default().add(&[kind, 0, 0, 0]).add(&numbers).add(self.data).checksum();
        [&[kind, 0][..], &checksum.to_be_bytes(), &numbers, self.data].concat()
    }

    /// Reads an ICMP message; none if it is no echo, cut, or does not add up.
    #[must_use]
    pub fn read(icmp: &'a [u8]) -> Option<Echo<'a>> {
        let (head, data) = icmp.split_first_chunk::<8>()?;
        let [kind, code, _, _, i, d, s, q] = *head;
        let is_echo = matches!(kind, ECHO | ECHO_REPLY) && code == 0 && adds_up(icmp);
        is_echo.then_some(Echo {
            reply: kind == ECHO_REPLY,
            id: u16::from_be_bytes([i, d]),
            sequence: u16::from_be_bytes([s, q]),
            data,
        })
    }

    /// Reads the IPv4 packet around an ICMP message, as raw sockets give it.
    #[must_use]
    pub fn read_ipv4(packet: &'a [u8]) -> Option<Echo<'a>> {
        let head = packet.first_chunk::<20>()?;
        let [v, _, _, _, _, _, f, g, _, protocol, ..] = *head;
        let length = usize::from(v & 0x0f) * 4;
        let whole = u16::from_be_bytes([f, g]) & 0x3fff == 0;
        let fits = v >> 4 == 4 && length >= head.len() && protocol == 1 && whole;
        fits.then(|| packet.get(length..)).flatten().and_then(Echo::read)
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    const ECHO: Echo<'static> = Echo { reply: true, id: 0x1234, sequence: 2, data: b"abc" };

    #[test]
    fn an_echo_is_read_back_with_and_without_its_ipv4_header() {
        let icmp = ECHO.icmp();
        assert_eq!("0000296712340002616263", hex::encode(&icmp));
        assert_eq!(Some(ECHO), Echo::read(&icmp));
        for options in [0, 4, 40] {
            let mut packet = vec![0; 20 + options];
            packet[0] = 0x45 + u8::try_from(options / 4).unwrap();
            packet[9] = 1;
            packet.extend_from_slice(&icmp);
            assert_eq!(Some(ECHO), Echo::read_ipv4(&packet), "{options} octets of options");
        }
    }

    #[test]
    fn what_is_cut_changed_or_something_else_is_no_echo() {
        let icmp = ECHO.icmp();
        for length in 0..icmp.len() {
            assert_eq!(None, Echo::read(&icmp[..length]), "{length} octets");
        }
        for at in 0..icmp.len() {
            let mut other = icmp.clone();
            other[at] ^= 0x40;
            assert_eq!(None, Echo::read(&other), "octet {at} changed");
        }
        let mut packet = vec![0x4f, 0, 0, 0, 0, 0, 0, 0, 0, 1];
        packet.resize(40, 0);
        assert_eq!(None, Echo::read_ipv4(&packet), "a header longer than the packet");
    }
}
