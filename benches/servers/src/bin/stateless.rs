//! The least that a server can do: an OFFER or ACK from the message alone, nothing remembered, nothing stored.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use servers::batch::{Socket, address};
use servers::message::{ACK, DISCOVER, OFFER, REQUEST, option};

fn main() {
    let own: Ipv4Addr = std::env::args().nth(1).expect("ADDRESS").parse().expect("an address");
    let mut socket = Socket::bind(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 67), 8 << 20).expect("port 67");
    let mut reply = Vec::new();
    loop {
        socket.wait(Duration::from_secs(1));
        let count = socket.receive();
        for number in 0..count {
            let Some(giaddr) = answer(socket.get(number), own, &mut reply) else { continue };
            socket.push(SocketAddrV4::new(giaddr, 67)).extend_from_slice(&reply);
        }
        socket.flush();
    }
}

/// Writes the answer to a relayed message; where it goes.
fn answer(octets: &[u8], own: Ipv4Addr, reply: &mut Vec<u8>) -> Option<Ipv4Addr> {
    let [kind] = option(octets, 53)? else { return None };
    let giaddr = address(octets.get(24..28)?);
    let (kind, yiaddr) = match *kind {
        DISCOVER => (OFFER, [own.octets()[0], own.octets()[1], octets[32] | 16, octets[33]]),
        REQUEST => {
            let asked = option(octets, 50).unwrap_or(&octets[12..16]);
            (ACK, asked.try_into().ok()?)
        }
        _ => return None,
    };
    reply.clear();
    reply.extend_from_slice(&octets[..240]);
    reply[0] = 2;
    reply[16..20].copy_from_slice(&yiaddr);
    let [a, b, c, d] = own.octets();
    reply.extend_from_slice(&[53, 1, kind, 54, 4, a, b, c, d, 51, 4, 0, 0, 0x0e, 0x10, 1, 4, 255, 255, 0, 0]);
    reply.extend_from_slice(&[
        3, 4, a, b, c, d, 6, 4, a, b, c, d, 58, 4, 0, 0, 7, 8, 59, 4, 0, 0, 0x0c, 0x4e, 255,
    ]);
    if reply.len() < 300 {
        reply.resize(300, 0);
    }
    Some(giaddr)
}
