//! What waits in the system's receive queue, and what the system threw away because that was full.

use std::fs;
use std::net::SocketAddrV4;

/// The receive queues of UDP sockets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SocketQueue {
    /// Octets that wait, as the system accounts for them.
    pub octets: u64,
    /// Datagrams that found no room since the socket was opened.
    pub drops: u64,
}

impl SocketQueue {
    /// Asks the system for the sockets at these addresses; none where it does not tell.
    #[must_use]
    pub fn of(locals: &[SocketAddrV4]) -> Option<SocketQueue> {
        SocketQueue::find(&fs::read_to_string("/proc/net/udp").ok()?, locals)
    }

    /// Finds the sockets of addresses in the text of `/proc/net/udp`.
    fn find(table: &str, locals: &[SocketAddrV4]) -> Option<SocketQueue> {
        let wanted = |local: &SocketAddrV4| {
            format!("{:08X}:{:04X}", u32::from_ne_bytes(local.ip().octets()), local.port())
        };
        let wanted: Vec<String> = locals.iter().map(wanted).collect();
        let mut found: Option<SocketQueue> = None;
        for line in table.lines().skip(1) {
            let mut columns = line.split_ascii_whitespace();
            if !columns.nth(1).is_some_and(|local| wanted.iter().any(|wanted| wanted == local)) {
                continue;
            }
            // What is left: remote address, state, tx:rx, …; the drops stand last.
            let received = columns.nth(2).and_then(|queues| queues.split_once(':'));
            let octets = received.and_then(|(_, hex)| u64::from_str_radix(hex, 16).ok())?;
            let drops = columns.last().and_then(|drops| drops.parse::<u64>().ok())?;
            let sum = found.get_or_insert_default();
            sum.octets += octets;
            sum.drops += drops;
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn queues_of_one_address_are_added_up() {
        let table = "\
   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
 2311: 0100007F:1A6F 00000000:0000 07 00000000:00000300 00:00000000 00000000     0        0 81 2 00000000 7
 2312: 0100007F:1A6F 00000000:0000 07 00000000:00000100 00:00000000 00000000     0        0 82 2 00000000 1
 2313: 00000000:1A6F 00000000:0000 07 00000000:00000900 00:00000000 00000000     0        0 83 2 00000000 9
";
        let queue = |local: &str| SocketQueue::find(table, &[local.parse().unwrap()]);
        assert_eq!(Some(SocketQueue { octets: 0x400, drops: 8 }), queue("127.0.0.1:6767"));
        assert_eq!(Some(SocketQueue { octets: 0x900, drops: 9 }), queue("0.0.0.0:6767"));
        assert_eq!(None, queue("127.0.0.1:6768"));
    }
}
