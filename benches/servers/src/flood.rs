//! A flood of DISCOVERs from addresses that never come again, beside renewals of clients that hold leases.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant};

use servers::batch::{BATCH, Socket};
use servers::message::{self, ACK, Ask, DISCOVER, REQUEST};

use crate::Args;
use crate::exchange::{Exchanges, in_flight};
use crate::report::{histogram, json, record};

/// After which a renewal was not answered at the first try.
const PATIENCE: Duration = Duration::from_secs(1);

/// Runs the flood and tells what became of renewals meanwhile, and of newcomers afterwards. Without a socket of its
/// own the flood comes through the relay agent of the known clients.
pub fn run(
    args: &Args,
    socket: Socket,
    own: Option<(Socket, Ipv4Addr)>,
    server: SocketAddrV4,
    giaddr: Ipv4Addr,
) -> Result<String, String> {
    let (rate, known) = (args.number("rate", 25_000)?, args.number("known", 500)?);
    let (renewals, newcomers) = (args.number("renewals", 500)?, args.number("newcomers", 200)?);
    let time = Duration::from_secs(args.number("seconds", 10)?);
    let mut exchanges = Exchanges::new(socket, server, giaddr, 0, known);
    exchanges.held = Some(Vec::new());
    in_flight(&mut exchanges, 16, known, Instant::now() + Duration::from_secs(20));
    let held = exchanges.held.take().unwrap_or_default();
    if held.is_empty() {
        return Err("no client got a lease before the flood".to_owned());
    }

    let flood_giaddr = own.as_ref().map_or(giaddr, |(_, giaddr)| *giaddr);
    let mut flood = own.map(|(socket, _)| socket);
    let start = Instant::now();
    let end = start + time;
    let pause = Duration::from_secs(1) / renewals.max(1) as u32;
    let (mut intended, mut sent, mut invented, mut asked) = (start, 0u64, 1u64 << 32, 0u32);
    let mut pending: HashMap<u32, Instant> = HashMap::new();
    let mut latency = histogram();
    let mut offers = 0u64;
    while Instant::now() < end + PATIENCE {
        let now = Instant::now();
        while intended <= now && intended < end {
            let (client, ciaddr) = held[asked as usize % held.len()];
            asked += 1;
            let xid = 0xd000_0000 | asked;
            let ask = Ask { kind: REQUEST, xid, client, giaddr, ciaddr, selects: None };
            message::write(exchanges.socket.push(server), &ask);
            pending.insert(xid, intended);
            intended += pause;
        }
        exchanges.socket.flush();
        let due = ((now.min(end) - start).as_secs_f64() * rate as f64) as u64;
        let socket = flood.as_mut().unwrap_or(&mut exchanges.socket);
        for _ in 0..(due - sent).min(2 * BATCH as u64) {
            invented += 1;
            let xid = 0x1000_0000 | invented as u32 & 0x0fff_ffff;
            let ask = Ask {
                kind: DISCOVER,
                xid,
                client: invented.wrapping_mul(0x9e37_79b9) & 0xff_ffff_ffff | 0x80_0000_0000,
                giaddr: flood_giaddr,
                ciaddr: Ipv4Addr::UNSPECIFIED,
                selects: None,
            };
            message::write(socket.push(server), &ask);
            sent += 1;
        }
        socket.flush();
        let count = exchanges.socket.receive();
        let now = Instant::now();
        for number in 0..count {
            let Some(answer) = message::read(exchanges.socket.get(number)) else { continue };
            match pending.remove(&answer.xid) {
                Some(intended) if answer.kind == ACK && now - intended <= PATIENCE => {
                    record(&mut latency, now - intended);
                }
                _ => offers += 1,
            }
        }
        if count == 0 {
            exchanges.socket.wait(Duration::from_micros(500));
        }
    }
    let flooded = time.as_secs_f64();

    let start = Instant::now();
    let mut others = Exchanges::new(exchanges.socket, server, giaddr, 1 << 24, newcomers);
    while others.done < newcomers && start.elapsed() < Duration::from_secs(15) {
        let goal = others.begun() + (newcomers - others.done);
        in_flight(&mut others, 16, goal, Instant::now() + Duration::from_secs(2));
        others.expire(Instant::now() + PATIENCE);
    }
    Ok(format!(
        r#"{{"known":{},"renewals":{asked},"answered":{},"share":{:.5},"renewal":{},"flood_rate":{:.0},"flood_sent":{sent},"offers_seen":{offers},"newcomers":{newcomers},"newcomers_served":{},"newcomers_seconds":{:.3}}}"#,
        held.len(),
        latency.len(),
        latency.len() as f64 / f64::from(asked.max(1)),
        json(&latency),
        sent as f64 / flooded,
        others.done,
        start.elapsed().as_secs_f64(),
    ))
}
