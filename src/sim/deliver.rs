//! From a frame on a segment to the endpoint that it is for.

use core::net::Ipv4Addr;

use super::node::{Host, SegmentId, place};
use super::peek;
use super::ports::{CLIENT_PORT, SERVER_PORT};
use super::world::World;
use crate::endpoint::{Arrived, InUse, Input};
use crate::link::{self, Arp, Datagram, LinkType, Mac};
use crate::packet::MessageType;

/// Where the destination, the source and the IPv4 header stand in a frame.
const ETHERNET: usize = 14;

impl World {
    /// A frame has come to the end of its way.
    pub(super) fn arrive(&mut self, slot: u32) {
        let flight = self.flights.take(slot);
        let segment = SegmentId(flight.segment);
        let up = self.segments.get(place(segment.0)).is_some_and(|segment| segment.up);
        let octets = match up {
            true => self.deliver(segment, flight.octets),
            false => flight.octets,
        };
        self.flights.put_back(slot, octets);
    }

    fn deliver(&mut self, segment: SegmentId, mut frame: Vec<u8>) -> Vec<u8> {
        let Some(to) = frame.first_chunk::<6>().copied().map(Mac) else { return frame };
        if let Some(Host::Router(_)) = Host::of(to) {
            self.forward(&mut frame);
            return frame;
        }
        if let Some(arp) = Arp::read(&frame) {
            self.arp(segment, to, &arp);
            return frame;
        }
        let Ok(datagram) = link::datagram(LinkType::Ethernet, &frame) else { return frame };
        match Host::of(to) {
            _ if to == Mac::BROADCAST => self.broadcast(segment, &frame, &datagram),
            Some(Host::Node(node, port)) => self.hand_to_node(node, port, &datagram),
            Some(Host::Customer(number)) if self.is_on(number, segment) => {
                self.hand_to_customer(number, &datagram)
            }
            _ => {}
        }
        frame
    }

    /// To the server port: to whoever serves or relays. To the client port: to the client whose hardware address the
    /// message has, since all others would ignore it for having another, at great cost where they are a million.
    fn broadcast(&mut self, segment: SegmentId, frame: &[u8], datagram: &Datagram<'_>) {
        match datagram.destination.port() {
            SERVER_PORT => {
                let from = datagram.macs.source.and_then(Host::of);
                for place_of in 0.. {
                    let there = self.segments.get(place(segment.0));
                    let Some((node, port)) = there.and_then(|there| there.listeners.get(place_of).copied())
                    else {
                        break;
                    };
                    if from != Some(Host::Node(node, port)) {
                        self.hand_to_node(node, port, datagram);
                    }
                }
            }
            CLIENT_PORT => match peek::chaddr(frame).and_then(Host::of) {
                Some(Host::Customer(number)) if self.is_on(number, segment) => {
                    self.hand_to_customer(number, datagram);
                }
                _ => {}
            },
            _ => {}
        }
    }

    fn is_on(&self, customer: u32, segment: SegmentId) -> bool {
        let population = self.customers.get(place(customer)).map(|customer| customer.population);
        let population = population.and_then(|number| self.populations.get(place(number)));
        population.is_some_and(|population| population.segment == segment)
    }

    fn hand_to_node(&mut self, node: u32, number: u16, datagram: &Datagram<'_>) {
        let Some(there) = self.nodes.get(place(node)).filter(|node| node.plugged) else { return };
        let Some(port) = there.ports.get(usize::from(number)) else { return };
        let arrived = Arrived { interface: Some(u32::from(number) + 1), local: port.address };
        // What was granted while these were on their way was granted to nobody: a renewal that was overtaken by the end.
        let gives_up = matches!(peek::kind(datagram.payload), MessageType::RELEASE | MessageType::DECLINE);
        if gives_up && !there.is_rogue() {
            self.law.sent(self.now, datagram.payload);
        }
        let input = Input::Datagram {
            from: datagram.source,
            to: *datagram.destination.ip(),
            arrived,
            payload: datagram.payload,
        };
        self.tell_node(node, input);
    }

    fn hand_to_customer(&mut self, number: u32, datagram: &Datagram<'_>) {
        let input = Input::Datagram {
            from: datagram.source,
            to: *datagram.destination.ip(),
            arrived: Arrived::default(),
            payload: datagram.payload,
        };
        self.tell_customer(number, input);
    }

    /// A router takes a frame from one segment and puts it on another, with a hop less to live (RFC 1812 §5.3.1).
    fn forward(&mut self, frame: &mut [u8]) {
        let Ok(datagram) = link::datagram(LinkType::Ethernet, frame) else { return };
        let address: Ipv4Addr = *datagram.destination.ip();
        let Some((host, segment)) = self.locate(address) else {
            self.measures.unreachable += 1;
            return;
        };
        let router = Host::Router(segment.0);
        if !hop(frame, host.mac(), router.mac()) {
            return;
        }
        let (slot, mut octets) = self.flights.buffer();
        octets.extend_from_slice(frame);
        self.put(slot, segment, router, octets);
    }

    /// Who has the address that is asked for answers; an answer goes to the endpoint that asked.
    fn arp(&mut self, segment: SegmentId, to: Mac, arp: &Arp) {
        const ASKS: u16 = 1;
        const ANSWERS: u16 = 2;
        if arp.operation == ASKS {
            let Some((host, there)) = self.locate(arp.target) else { return };
            if there != segment || host.mac() == arp.sender_mac {
                return;
            }
            let answer = Arp {
                operation: ANSWERS,
                sender_mac: host.mac(),
                sender: arp.target,
                target_mac: arp.sender_mac,
                target: arp.sender,
            };
            self.put_arp(host, segment, &answer, arp.sender_mac);
            return;
        }
        let input = Input::Probed(arp.sender, InUse::Yes);
        match Host::of(to) {
            Some(Host::Node(node, _)) => self.tell_node(node, input),
            Some(Host::Customer(number)) => self.tell_customer(number, input),
            _ => {}
        }
    }
}

/// Gives a frame its next two hardware addresses and takes a hop from its time to live, with the header checksum as it
/// then must be (RFC 1624 §3); false if it has none left.
fn hop(frame: &mut [u8], to: Mac, from: Mac) -> bool {
    let Some((ethernet, packet)) = frame.split_at_mut_checked(ETHERNET) else { return false };
    let Some((header, _)) = packet.split_first_chunk_mut::<20>() else { return false };
    let [_, _, _, _, _, _, _, _, ttl, _, high, low, ..] = header;
    if *ttl <= 1 {
        return false;
    }
    *ttl -= 1;
    let sum = u32::from(u16::from_be_bytes([*high, *low])) + 0x0100;
    let folded = u16::try_from((sum & 0xffff) + (sum >> 16)).unwrap_or(u16::MAX);
    [*high, *low] = folded.to_be_bytes();
    let macs = to.0.iter().chain(&from.0);
    ethernet.iter_mut().zip(macs).for_each(|(octet, of)| *octet = *of);
    true
}

#[cfg(test)]
mod tests {
    use core::net::SocketAddrV4;

    use super::*;
    use crate::link::{Checksum, Envelope, adds_up};

    #[test]
    fn a_hop_leaves_right_checksums() {
        let at = |last| SocketAddrV4::new(Ipv4Addr::new(192, 0, 2, last), 67);
        for last in 1..=255 {
            let envelope = Envelope {
                source: at(last),
                destination: at(2),
                source_mac: Host::Customer(1).mac(),
                destination_mac: Host::Router(0).mac(),
            };
            let mut frame = envelope.ethernet(b"payload").unwrap();
            assert!(hop(&mut frame, Host::Node(1, 0).mac(), Host::Router(1).mac()));
            assert!(adds_up(&frame[14..34]), "from .{last}");
            assert_eq!(63, frame[22]);
            let datagram = link::datagram(LinkType::Ethernet, &frame).unwrap();
            assert_eq!(Checksum::Right, datagram.checksum);
            assert_eq!(Some(Host::Node(1, 0).mac()), datagram.macs.destination);
        }
    }
}
