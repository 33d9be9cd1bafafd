//! `/metrics` over HTTP/1.1, on threads of its own.
//!
//! Own lines over a listener: the endpoint has one page and one method, for which a framework with its runtime would
//! be most of the program, and the small crate for it is no longer maintained. What matters are the bounds: requests
//! have a size and a time, connections a number, and on loopback a foreign Host is turned away, so that no page in a
//! browser can read this under a name of its own (DNS rebinding).

#![allow(clippy::disallowed_methods, reason = "a connection has a deadline by the real clock")]

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, SocketAddrV4, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::board::Board;
use super::counters::Snapshot;
use super::exposition;
use super::socket_queue::SocketQueue;
use crate::net::wake;

/// The most octets of a request.
const MAX_REQUEST: usize = 8192;
/// The most connections at once.
const MAX_CONNECTIONS: usize = 8;
/// The time that a request and its answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the serving loop may take to make a snapshot.
const SNAPSHOT_PATIENCE: Duration = Duration::from_secs(2);
/// The pause after an error such as too many open files.
const BREATH: Duration = Duration::from_millis(100);

/// Answers scrapes until it is dropped.
#[derive(Debug)]
pub struct Scrapes {
    address: SocketAddr,
    ended: Arc<AtomicBool>,
}

/// What the threads share.
struct Site {
    board: Arc<Board>,
    sockets: Vec<SocketAddrV4>,
    loopback: bool,
    connections: AtomicUsize,
}

impl Scrapes {
    /// Answers on a listener with what is on the board, after waking the loop that serves at these sockets.
    ///
    /// # Errors
    ///
    /// What the system says if there is no thread to be had.
    pub fn start(
        listener: TcpListener,
        board: Arc<Board>,
        sockets: Vec<SocketAddrV4>,
    ) -> io::Result<Scrapes> {
        let address = listener.local_addr()?;
        let ended = Arc::new(AtomicBool::new(false));
        let loopback = address.ip().is_loopback();
        let site = Arc::new(Site { board, sockets, loopback, connections: AtomicUsize::new(0) });
        let until = Arc::clone(&ended);
        thread::Builder::new().name("metrics".into()).spawn(move || accept(&listener, &site, &until))?;
        Ok(Scrapes { address, ended })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Site {
    /// What the serving loop is at, with what waited for it before it was woken.
    fn snapshot(&self) -> Option<Snapshot> {
        let socket = SocketQueue::of(&self.sockets);
        let mut snapshot = self.board.ask(SNAPSHOT_PATIENCE, || self.wake())?;
        snapshot.gauges.socket = socket;
        Some(snapshot)
    }

    /// One socket is enough: all are waited for together.
    fn wake(&self) {
        if let Some(at) = self.sockets.first() {
            wake((*at).into());
        }
    }
}

impl Drop for Scrapes {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // The thread waits for a connection: this one ends it.
        let _ = TcpStream::connect_timeout(&self.address, BREATH);
    }
}

fn accept(listener: &TcpListener, site: &Arc<Site>, ended: &AtomicBool) {
    for stream in listener.incoming() {
        if ended.load(Ordering::Relaxed) {
            return;
        }
        match stream {
            Ok(stream) => serve(stream, site),
            Err(_) => thread::sleep(BREATH),
        }
    }
}

/// Answers on a thread of the connection's own, as long as there are not too many.
fn serve(mut stream: TcpStream, site: &Arc<Site>) {
    if site.connections.fetch_add(1, Ordering::Relaxed) >= MAX_CONNECTIONS {
        let _ = stream.set_write_timeout(Some(BREATH));
        let _ = respond(&mut stream, "503 Service Unavailable", "text/plain", "too many connections\n", true);
        site.connections.fetch_sub(1, Ordering::Relaxed);
        return;
    }
    let own = Arc::clone(site);
    let answer = move || {
        let _ = exchange(&mut stream, &own);
        own.connections.fetch_sub(1, Ordering::Relaxed);
    };
    if thread::Builder::new().name("scrape".into()).spawn(answer).is_err() {
        site.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

fn exchange(stream: &mut TcpStream, site: &Site) -> io::Result<()> {
    stream.set_write_timeout(Some(PATIENCE))?;
    let plain = "text/plain; charset=utf-8";
    let Some(request) = read_head(stream, Instant::now() + PATIENCE)? else {
        return respond(
            stream,
            "431 Request Header Fields Too Large",
            plain,
            "the request is too long\n",
            true,
        );
    };
    let request = Request::parse(&request);
    let head = request.method == "HEAD";
    let (status, kind, body) = match (request.method, request.path) {
        _ if site.loopback && !request.host.is_some_and(is_local) => {
            ("421 Misdirected Request", plain, "ask by the address or as localhost\n".to_owned())
        }
        ("GET" | "HEAD", "/metrics") => match site.snapshot() {
            Some(snapshot) => ("200 OK", exposition::CONTENT_TYPE, exposition::text(&snapshot)),
            None => ("503 Service Unavailable", plain, "the serving loop does not answer\n".to_owned()),
        },
        ("GET" | "HEAD", "/") => ("200 OK", plain, "dhcpsim: metrics are at /metrics\n".to_owned()),
        ("GET" | "HEAD", _) => ("404 Not Found", plain, "metrics are at /metrics\n".to_owned()),
        _ => ("405 Method Not Allowed", plain, "only GET and HEAD\n".to_owned()),
    };
    respond(stream, status, kind, &body, !head)
}

/// The head of a request up to its empty line; none if it is too long.
fn read_head(stream: &mut TcpStream, deadline: Instant) -> io::Result<Option<String>> {
    let mut head = Vec::new();
    let mut buffer = [0; 1024];
    while !ends(&head) {
        if head.len() >= MAX_REQUEST {
            return Ok(None);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut buffer)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            length => head.extend_from_slice(buffer.get(..length).unwrap_or_default()),
        }
    }
    Ok(Some(String::from_utf8_lossy(&head).into_owned()))
}

fn ends(head: &[u8]) -> bool {
    head.windows(4).any(|octets| octets == b"\r\n\r\n") || head.windows(2).any(|octets| octets == b"\n\n")
}

/// What matters of a request.
struct Request<'a> {
    method: &'a str,
    path: &'a str,
    host: Option<&'a str>,
}

impl<'a> Request<'a> {
    fn parse(head: &'a str) -> Request<'a> {
        let mut lines = head.lines();
        let mut words = lines.next().unwrap_or_default().split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let path = target.split('?').next().unwrap_or_default();
        let mut fields = lines.filter_map(|line| line.split_once(':'));
        let host = fields.find(|(name, _)| name.eq_ignore_ascii_case("host")).map(|(_, host)| host.trim());
        Request { method, path, host }
    }
}

/// Whether a Host is an address or localhost, with or without a port: no name that somebody else decides over.
fn is_local(host: &str) -> bool {
    let bare = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok()
}

fn respond(stream: &mut TcpStream, status: &str, kind: &str, body: &str, whole: bool) -> io::Result<()> {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nX-Content-Type-Options: nosniff\r\n\
         Cache-Control: no-store\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    if whole {
        stream.write_all(body.as_bytes())?;
    }
    stream.flush()
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, UdpSocket};

    use pretty_assertions::assert_eq;

    use super::*;

    /// A site, and a loop that serves it for as long as the site is there.
    fn site() -> Scrapes {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let serving = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let SocketAddr::V4(at) = serving.local_addr().unwrap() else { panic!("not IPv4") };
        let board = Arc::new(Board::new());
        let scrapes = Scrapes::start(listener, Arc::clone(&board), vec![at]).unwrap();
        let ended = Arc::clone(&scrapes.ended);
        thread::spawn(move || {
            serving.set_read_timeout(Some(BREATH)).unwrap();
            while !ended.load(Ordering::Relaxed) {
                let _ = serving.recv(&mut [0; 1]);
                if board.is_wanted() {
                    board.publish(Snapshot::default());
                }
            }
        });
        scrapes
    }

    fn answer(address: SocketAddr, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(address).unwrap();
        // A server that answers early and closes may cut the request short.
        let _ = stream.write_all(request);
        let mut text = Vec::new();
        let _ = stream.read_to_end(&mut text);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn one_page_and_two_methods_and_no_foreign_names() {
        let scrapes = site();
        for (request, want) in [
            ("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:9167\r\n\r\n", "200 OK"),
            ("GET /metrics?x=1 HTTP/1.1\r\nhost: LOCALHOST\r\n\r\n", "200 OK"),
            ("GET /metrics HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "200 OK"),
            ("HEAD /metrics HTTP/1.0\nHost: localhost\n\n", "200 OK"),
            ("GET /metrics HTTP/1.1\r\nHost: evil.example\r\n\r\n", "421 Misdirected Request"),
            ("GET /metrics HTTP/1.1\r\n\r\n", "421 Misdirected Request"),
            ("GET /other HTTP/1.1\r\nHost: localhost\r\n\r\n", "404 Not Found"),
            ("POST /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", "405 Method Not Allowed"),
        ] {
            let found = answer(scrapes.address(), request.as_bytes());
            assert!(found.starts_with(&format!("HTTP/1.1 {want}\r\n")), "{request}: {found}");
            let body = found.split("\r\n\r\n").nth(1).unwrap();
            assert_eq!(request.starts_with("HEAD"), body.is_empty(), "{request}");
        }
        let long = format!("GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: {}", "x".repeat(MAX_REQUEST));
        let found = answer(scrapes.address(), long.as_bytes());
        // The rest of the request may be read or not; what comes is the refusal or nothing.
        assert!(found.is_empty() || found.starts_with("HTTP/1.1 431 "), "{found}");
    }

    #[test]
    fn connections_have_a_number() {
        let scrapes = site();
        let idle: Vec<TcpStream> =
            (0..MAX_CONNECTIONS).map(|_| TcpStream::connect(scrapes.address()).unwrap()).collect();
        // The listener takes connections in order: once this one is answered, all before it have their threads.
        let found = answer(scrapes.address(), b"");
        assert!(found.starts_with("HTTP/1.1 503 "), "{found}");
        drop(idle);
        let request = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
        let deadline = Instant::now() + Duration::from_secs(20);
        while !answer(scrapes.address(), request).starts_with("HTTP/1.1 200 ") {
            assert!(Instant::now() < deadline, "no connection was given back");
        }
    }
}
