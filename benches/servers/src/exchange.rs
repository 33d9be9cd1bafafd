//! Exchanges: DISCOVER, OFFER, REQUEST, ACK; so many at a time, or so many a second.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use servers::batch::Socket;
use servers::message::{self, ACK, Answer, Ask, DISCOVER, NAK, OFFER, REQUEST};

use crate::Args;
use crate::report::{histogram, json, record};

/// After which an exchange is given up.
const PATIENCE: Duration = Duration::from_secs(1);
/// The most exchanges under way: their numbers are the low bits of xid.
const SLOTS: usize = 1 << 12;

#[derive(Clone, Copy)]
struct Slot {
    xid: u32,
    client: u64,
    /// What is waited for: OFFER, ACK, or 0 for nothing.
    awaits: u8,
    intended: Instant,
    sent: Instant,
}

pub struct Exchanges {
    pub socket: Socket,
    server: SocketAddrV4,
    giaddr: Ipv4Addr,
    slots: Vec<Slot>,
    free: Vec<usize>,
    sequence: u32,
    first: u64,
    clients: u64,
    next: u64,
    pub done: u64,
    pub lost: u64,
    pub refused: u64,
    pub offer: Histogram<u64>,
    pub ack: Histogram<u64>,
    pub whole: Histogram<u64>,
    /// The address of each client that was acknowledged, by its number from the first on, if that is wanted.
    pub held: Option<Vec<(u64, Ipv4Addr)>>,
}

impl Exchanges {
    /// Clients by their numbers, from the first on, in a circle.
    pub fn new(
        socket: Socket,
        server: SocketAddrV4,
        giaddr: Ipv4Addr,
        first: u64,
        clients: u64,
    ) -> Exchanges {
        let now = Instant::now();
        let slot = Slot { xid: 0, client: 0, awaits: 0, intended: now, sent: now };
        Exchanges {
            socket,
            server,
            giaddr,
            slots: vec![slot; SLOTS],
            free: (0..SLOTS).rev().collect(),
            sequence: std::process::id(),
            first,
            clients,
            next: 0,
            done: 0,
            lost: 0,
            refused: 0,
            offer: histogram(),
            ack: histogram(),
            whole: histogram(),
            held: None,
        }
    }

    pub fn under_way(&self) -> usize {
        SLOTS - self.free.len()
    }

    /// How many have begun.
    pub fn begun(&self) -> u64 {
        self.next
    }

    /// Begins the exchange of the next client; false if too many are under way.
    pub fn begin(&mut self, now: Instant, intended: Instant) -> bool {
        let Some(number) = self.free.pop() else { return false };
        self.sequence = self.sequence.wrapping_add(1);
        let xid = self.sequence << 12 | number as u32;
        let client = self.first + self.next % self.clients;
        self.next += 1;
        self.slots[number] = Slot { xid, client, awaits: OFFER, intended, sent: now };
        let ask = Ask {
            kind: DISCOVER,
            xid,
            client,
            giaddr: self.giaddr,
            ciaddr: Ipv4Addr::UNSPECIFIED,
            selects: None,
        };
        message::write(self.socket.push(self.server), &ask);
        true
    }

    /// Receives what is there; whether anything was.
    pub fn receive(&mut self) -> bool {
        let count = self.socket.receive();
        let now = Instant::now();
        for number in 0..count {
            if let Some(answer) = message::read(self.socket.get(number)) {
                self.answered(now, &answer);
            }
        }
        count > 0
    }

    fn answered(&mut self, now: Instant, answer: &Answer) {
        let number = answer.xid as usize % SLOTS;
        let slot = &mut self.slots[number];
        if slot.xid != answer.xid || slot.awaits == 0 {
            return;
        }
        match (slot.awaits, answer.kind) {
            (OFFER, OFFER) => {
                record(&mut self.offer, now - slot.sent);
                (slot.awaits, slot.sent) = (ACK, now);
                let ask = Ask {
                    kind: REQUEST,
                    xid: slot.xid,
                    client: slot.client,
                    giaddr: self.giaddr,
                    ciaddr: Ipv4Addr::UNSPECIFIED,
                    selects: Some((answer.yiaddr, answer.server)),
                };
                message::write(self.socket.push(self.server), &ask);
            }
            (ACK, ACK) => {
                record(&mut self.ack, now - slot.sent);
                record(&mut self.whole, now - slot.intended);
                if let Some(held) = &mut self.held {
                    held.push((slot.client, answer.yiaddr));
                }
                self.done += 1;
                self.end(number);
            }
            (_, NAK) => {
                self.refused += 1;
                self.end(number);
            }
            _ => {}
        }
    }

    fn end(&mut self, number: usize) {
        self.slots[number].awaits = 0;
        self.free.push(number);
    }

    /// Gives up what has taken too long.
    pub fn expire(&mut self, now: Instant) {
        for number in 0..SLOTS {
            if self.slots[number].awaits != 0 && now - self.slots[number].sent > PATIENCE {
                self.lost += 1;
                self.end(number);
            }
        }
    }

    fn reset(&mut self) {
        (self.done, self.lost, self.refused) = (0, 0, 0);
        (self.offer, self.ack, self.whole) = (histogram(), histogram(), histogram());
    }
}

/// Runs exchanges and tells what came of them.
pub fn run(
    args: &Args,
    open: bool,
    socket: Socket,
    server: SocketAddrV4,
    giaddr: Ipv4Addr,
) -> Result<String, String> {
    let (first, clients) = (args.number("first", 0)?, args.number("clients", 50_000)?);
    let mut exchanges = Exchanges::new(socket, server, giaddr, first, clients);
    let time = Duration::from_secs(args.number("seconds", 3)?);
    let start = Instant::now();
    let behind = match open {
        true => at_rate(&mut exchanges, args.number("rate", 200)?, start, time),
        false => {
            let (most, count) = (args.number("in-flight", 32)?, args.number("count", u64::MAX)?);
            in_flight(&mut exchanges, most as usize, count, start + time);
            0
        }
    };
    let seconds = start.elapsed().as_secs_f64();
    Ok(format!(
        r#"{{"exchanges":{},"seconds":{seconds:.3},"rate":{:.1},"lost":{},"refused":{},"behind":{behind},"unsent":{},"offer":{},"ack":{},"exchange":{}}}"#,
        exchanges.done,
        exchanges.done as f64 / seconds,
        exchanges.lost,
        exchanges.refused,
        exchanges.socket.unsent,
        json(&exchanges.offer),
        json(&exchanges.ack),
        json(&exchanges.whole),
    ))
}

/// Keeps so many exchanges under way, until there were so many or it is time.
pub fn in_flight(exchanges: &mut Exchanges, most: usize, count: u64, end: Instant) {
    let mut looked = Instant::now();
    loop {
        let now = Instant::now();
        let over = now >= end || exchanges.begun() >= count;
        if over && (exchanges.under_way() == 0 || now >= end) {
            return;
        }
        while !over && exchanges.under_way() < most && exchanges.begun() < count {
            exchanges.begin(now, now);
        }
        exchanges.socket.flush();
        if !exchanges.receive() {
            exchanges.socket.wait(Duration::from_millis(10));
        }
        exchanges.socket.flush();
        if now - looked > Duration::from_millis(50) {
            exchanges.expire(now);
            looked = now;
        }
    }
}

/// Begins so many exchanges a second. How many could not begin because too many were under way.
fn at_rate(exchanges: &mut Exchanges, rate: u64, start: Instant, time: Duration) -> u64 {
    let pause = Duration::from_secs(1) / u32::try_from(rate.max(1)).unwrap_or(u32::MAX);
    // The first half second is for getting warm.
    let (mut warm, mut intended, mut behind) = (false, start, 0);
    let end = start + time;
    let mut looked = start;
    loop {
        let now = Instant::now();
        if now >= end + PATIENCE || intended >= end && exchanges.under_way() == 0 {
            return behind;
        }
        if !warm && now - start > Duration::from_millis(500) {
            warm = true;
            exchanges.reset();
        }
        while intended <= now && intended < end {
            behind += u64::from(!exchanges.begin(now, intended));
            intended += pause;
        }
        exchanges.socket.flush();
        if !exchanges.receive() {
            let due =
                if intended < end { intended.saturating_duration_since(Instant::now()) } else { PATIENCE };
            exchanges.socket.wait(due.min(Duration::from_millis(10)));
        }
        exchanges.socket.flush();
        if now - looked > Duration::from_millis(50) {
            exchanges.expire(now);
            looked = now;
        }
    }
}
