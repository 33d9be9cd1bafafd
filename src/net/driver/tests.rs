//! A driver with endpoints, stores and observers that take their time or misbehave.

use std::collections::VecDeque;
use std::net::SocketAddrV4;
use std::sync::{Arc, Mutex};
use std::thread;

use pretty_assertions::assert_eq;

use super::*;
use crate::endpoint::{Arrived, Destination, Refused};
use crate::lease::{Binding, BindingState, ClientKey, Subnet};
use crate::store::{LoadError, Memory};

/// Sends back what it gets: at once, or what begins with `c` once something is stored. Panics over `panic`.
#[derive(Default)]
struct Echo {
    outputs: VecDeque<Output>,
    pending: Vec<(Ticket, Output)>,
    next: u64,
    /// When something is due, which makes it panic.
    due: Option<Instant>,
    committed: Vec<Ticket>,
}

impl Endpoint for Echo {
    fn handle(&mut self, _: Instant, input: Input<'_>) {
        match input {
            Input::Datagram { payload: b"panic", .. } => panic!("over a datagram"),
            Input::Datagram { from, payload, .. } => {
                let reply = Output::Transmit(Transmit {
                    via: Arrived::default(),
                    to: Destination::Client(*from.ip()),
                    answers: Some(from),
                    payload: payload.to_vec(),
                });
                if payload.starts_with(b"c") {
                    let ticket = Ticket(self.next);
                    self.next += 1;
                    self.pending.push((ticket, reply));
                    self.outputs.push_back(Output::Commit(ticket, commit()));
                } else {
                    self.outputs.push_back(reply);
                }
            }
            Input::Committed(ticket, result) => {
                self.committed.push(ticket);
                let at = self.pending.iter().position(|(pending, _)| *pending == ticket).unwrap();
                let (_, reply) = self.pending.remove(at);
                self.outputs.extend(result.is_ok().then_some(reply));
            }
            Input::Deadline => panic!("over a deadline"),
            Input::Probed(..) => {}
        }
    }

    fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn next_deadline(&self) -> Option<Instant> {
        self.due
    }

    fn lane(&self, payload: &[u8]) -> Lane {
        match payload.first() {
            Some(b's') => Lane::Stranger(Ipv4Addr::UNSPECIFIED),
            _ => Lane::Known,
        }
    }
}

fn commit() -> Commit {
    let address = Ipv4Addr::new(10, 67, 0, 10);
    let binding = Binding {
        address,
        subnet: Subnet::of(address, 24).unwrap(),
        client: ClientKey::Hardware { htype: 1, chaddr: [2; 6].into() },
        htype: 1,
        chaddr: [2; 6].into(),
        host_name: None,
        relay: None,
        state: BindingState::Bound,
        since: Instant::EPOCH,
        expires: Instant::NEVER,
    };
    Commit { binding: binding.into() }
}

/// What was seen.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Notes>>);

#[derive(Default)]
struct Notes {
    received: Vec<Vec<u8>>,
    batches: Vec<usize>,
    skipped: u64,
    panicked: Vec<(String, Option<Vec<u8>>)>,
    abandoned: Option<usize>,
}

impl Observer for Seen {
    fn received(&mut self, _: Instant, _: SocketAddrV4, _: SocketAddrV4, payload: &[u8]) -> io::Result<()> {
        self.0.lock().unwrap().received.push(payload.to_vec());
        Ok(())
    }

    fn stored(&mut self, _: Instant, stored: &Stored<'_>) -> io::Result<()> {
        self.0.lock().unwrap().batches.push(stored.commits.len());
        Ok(())
    }

    fn skipped(&mut self, _: Instant, skipped: &Skipped) -> io::Result<()> {
        self.0.lock().unwrap().skipped += skipped.total();
        Ok(())
    }

    fn panicked(&mut self, _: Instant, panicked: &Panicked, payload: Option<&[u8]>) -> io::Result<()> {
        let payload = payload.map(<[u8]>::to_vec);
        self.0.lock().unwrap().panicked.push((panicked.message.clone(), payload));
        Ok(())
    }

    fn abandoned(&mut self, _: Instant, number: usize) -> io::Result<()> {
        self.0.lock().unwrap().abandoned = Some(number);
        Ok(())
    }
}

/// A store that takes its time, and then does what it is told to.
struct Slow {
    takes: Duration,
    then: fn(&[Commit]) -> Vec<Result<(), Refused>>,
    tidied: Arc<Mutex<u32>>,
    /// Held by whoever keeps the store from writing.
    gate: Arc<Mutex<()>>,
}

impl Slow {
    fn keeps(millis: u64) -> Slow {
        Slow::does(millis, |batch| vec![Ok(()); batch.len()])
    }

    fn does(millis: u64, then: fn(&[Commit]) -> Vec<Result<(), Refused>>) -> Slow {
        Slow { takes: Duration::from_millis(millis), then, tidied: Arc::default(), gate: Arc::default() }
    }
}

impl LeaseStore for Slow {
    fn load(&mut self) -> Result<Vec<Binding>, LoadError> {
        Ok(Vec::new())
    }

    #[allow(clippy::disallowed_methods, reason = "a slow disk")]
    fn commit(&mut self, batch: &[Commit]) -> Vec<Result<(), Refused>> {
        drop(self.gate.lock().unwrap());
        thread::sleep(self.takes);
        (self.then)(batch)
    }

    fn tidy(&mut self) {
        *self.tidied.lock().unwrap() += 1;
    }
}

/// A driver on loopback, who asks it, and what is seen of it.
struct Bench<S> {
    driver: Driver<Echo, S, Seen>,
    asker: UdpSocket,
    at: SocketAddrV4,
    clock: Clock,
    stop: Stop,
    seen: Seen,
}

impl<S: LeaseStore + Send + 'static> Bench<S> {
    fn new(store: S) -> Bench<S> {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        super::super::sys::set_receive_buffer(socket.as_fd(), 4 << 20).unwrap();
        let asker = UdpSocket::bind("127.0.0.1:0").unwrap();
        asker.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let at = SocketAddrV4::new(Ipv4Addr::LOCALHOST, socket.local_addr().unwrap().port());
        let (clock, seen) = (Clock::start(), Seen::default());
        let addressing = Addressing::Server(6767);
        let driver = Driver::new(socket, addressing, clock, Echo::default(), store, seen.clone()).unwrap();
        Bench { driver, asker, at, clock, stop: Stop::new(), seen }
    }

    fn ask(&self, texts: &[&str]) {
        for text in texts {
            self.asker.send_to(text.as_bytes(), self.at).unwrap();
        }
    }

    /// Runs for so long.
    fn run(&mut self, millis: u64) -> io::Result<Ended> {
        let until = self.clock.now() + Duration::from_millis(millis);
        self.driver.run(&self.stop, until)
    }

    fn answers(&self) -> Vec<String> {
        self.asker.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        let mut buffer = [0; 64];
        let receive = || self.asker.recv(&mut buffer).ok().map(|length| buffer[..length].to_vec());
        std::iter::from_fn(receive).map(|octets| String::from_utf8(octets).unwrap()).collect()
    }
}

fn took(act: impl FnOnce()) -> Duration {
    let clock = Clock::start();
    let start = clock.now();
    act();
    clock.now().since(start)
}

#[test]
fn what_had_arrived_before_the_end_is_answered() {
    let mut bench = Bench::new(Memory::new());
    bench.ask(&["one", "two", "commit"]);
    bench.stop.set(None);
    assert_eq!(Ended::Stopped, bench.run(10_000).unwrap());
    assert_eq!(vec!["one", "two", "commit"], bench.answers());
}

#[test]
fn requests_of_one_moment_are_stored_together_and_answered_afterwards() {
    let store = Slow::keeps(0);
    let gate = Arc::clone(&store.gate);
    let held = gate.lock().unwrap();
    let mut bench = Bench::new(store);
    let requests: Vec<String> = (0..50).map(|number| format!("c{number}")).collect();
    bench.ask(&requests.iter().map(String::as_str).collect::<Vec<_>>());
    bench.run(50).unwrap();
    assert_eq!(Vec::<String>::new(), bench.answers(), "nothing is stored yet");
    // While the store writes, others are served, and more gathers.
    bench.ask(&["other", "c50", "c51"]);
    bench.run(50).unwrap();
    assert_eq!(vec!["other"], bench.answers());
    drop(held);
    bench.run(250).unwrap();
    assert_eq!(52, bench.answers().len());
    let batches = bench.seen.0.lock().unwrap().batches.clone();
    assert!(batches.len() <= 3 && batches.iter().sum::<usize>() == 52, "{batches:?}");
    let tickets: Vec<Ticket> = (0..52).map(Ticket).collect();
    assert_eq!(tickets, bench.driver.endpoint.committed);
}

#[test]
fn a_lone_client_waits_for_its_own_write_only_and_the_store_tidies_afterwards() {
    let store = Slow::keeps(1);
    let tidied = Arc::clone(&store.tidied);
    let mut bench = Bench::new(store);
    for _ in 0..3 {
        bench.ask(&["c"]);
        bench.run(50).unwrap();
        assert_eq!(1, bench.answers().len());
    }
    assert_eq!(vec![1, 1, 1], bench.seen.0.lock().unwrap().batches);
    assert_eq!(3, *tidied.lock().unwrap());
}

#[test]
fn what_is_refused_is_not_answered() {
    let mut bench = Bench::new(Slow::does(0, |batch| vec![Err(Refused::Full); batch.len()]));
    bench.ask(&["c", "other"]);
    bench.run(100).unwrap();
    assert_eq!(vec!["other"], bench.answers());
    // Nor is what a store says nothing of.
    let mut bench = Bench::new(Slow::does(0, |_| Vec::new()));
    bench.ask(&["c", "other"]);
    bench.run(100).unwrap();
    assert_eq!((vec!["other".to_owned()], 1), (bench.answers(), bench.driver.endpoint.committed.len()));
}

#[test]
fn the_end_waits_for_the_store_and_answers() {
    let mut bench = Bench::new(Slow::keeps(150));
    bench.ask(&["c1", "c2"]);
    bench.stop.set(None);
    let time = took(|| assert_eq!(Ended::Stopped, bench.run(10_000).unwrap()));
    assert!(time < Duration::from_secs(1), "{time:?}");
    assert_eq!(vec!["c1", "c2"], bench.answers());
    assert_eq!(None, bench.seen.0.lock().unwrap().abandoned);
}

#[test]
fn the_end_does_not_wait_for_a_store_that_hangs() {
    let mut bench = Bench::new(Slow::keeps(3_000));
    bench.ask(&["c1", "c2"]);
    bench.stop.set(None);
    let time = took(|| assert_eq!(Ended::Stopped, bench.run(10_000).unwrap()));
    assert!(time < Duration::from_secs(1), "{time:?}");
    assert_eq!((Vec::<String>::new(), Some(2)), (bench.answers(), bench.seen.0.lock().unwrap().abandoned));
}

#[test]
fn a_panic_over_a_datagram_is_told_and_others_are_served() {
    let mut bench = Bench::new(Memory::new());
    bench.ask(&["panic", "one"]);
    bench.ask(&["panic"; 150]);
    bench.ask(&["two"]);
    bench.run(100).unwrap();
    assert_eq!(vec!["one", "two"], bench.answers());
    let panicked = &bench.seen.0.lock().unwrap().panicked;
    assert_eq!(151, panicked.len());
    assert_eq!(("over a datagram".to_owned(), Some(b"panic".to_vec())), panicked[0]);
}

#[test]
fn an_endpoint_that_panics_by_itself_for_ever_ends_the_driver() {
    let mut bench = Bench::new(Memory::new());
    bench.driver.endpoint.due = Some(Instant::EPOCH);
    let error = bench.run(10_000).unwrap_err();
    assert!(error.to_string().contains("over a deadline"), "{error}");
}

#[test]
fn a_store_that_panics_ends_the_driver_and_nothing_is_answered() {
    for millis in [0, 20] {
        let mut bench = Bench::new(Slow::does(millis, |_| panic!("the disk is gone")));
        bench.ask(&["c"]);
        let error = bench.run(10_000).unwrap_err();
        assert!(error.get_ref().is_some_and(|error| error.is::<StoreLost>()), "{error}");
        assert!(error.to_string().contains("the disk is gone"), "{error}");
        assert_eq!(Vec::<String>::new(), bench.answers());
        bench.ask(&["c"]);
        assert!(bench.run(10_000).is_err(), "a store that is lost does not come back");
    }
}

#[test]
fn under_a_flood_who_is_known_comes_first_and_what_finds_no_room_is_counted() {
    let mut bench = Bench::new(Memory::new());
    bench.ask(&vec!["stranger"; 3_000]);
    bench.ask(&["known"]);
    bench.run(300).unwrap();
    let notes = bench.seen.0.lock().unwrap();
    let before = notes.received.iter().position(|text| text == b"known").unwrap();
    // Strangers had at most a few turns of one batch before.
    assert!(before <= 4 * BATCH, "{before}");
    assert!(notes.skipped > 0);
    let count = u64::try_from(notes.received.len()).unwrap();
    assert_eq!(3_001, count + notes.skipped);
}

#[test]
fn datagrams_wait_while_too_much_waits_for_the_store() {
    let mut bench = Bench::new(Slow::keeps(400));
    for _ in 0..MOST_COMMITS / BATCH + 4 {
        bench.ask(&["c"; BATCH]);
        bench.run(1).unwrap();
    }
    assert!(bench.driver.keeper.waiting() <= MOST_COMMITS + BATCH);
    bench.ask(&["other"]);
    bench.run(1).unwrap();
    assert!(!bench.seen.0.lock().unwrap().received.iter().any(|text| text == b"other"));
    bench.run(3_500).unwrap();
    assert!(bench.seen.0.lock().unwrap().received.iter().any(|text| text == b"other"));
    assert_eq!(0, bench.driver.keeper.waiting());
}
