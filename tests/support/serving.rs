//! A server's program at work, and a client that puts chosen messages before it.
#![allow(dead_code, reason = "each test takes what it needs")]
#![allow(clippy::disallowed_methods, reason = "a test waits by the real clock")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// Patience with a busy machine; nothing waits for that long when all is well.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A server on a free port of loopback, ended with the test.
pub(crate) struct Serving {
    pub(crate) child: Child,
    pub(crate) port: u16,
    /// Lines of stdout and stderr as they come.
    pub(crate) stdout: Lines,
    pub(crate) stderr: Lines,
}

/// Lines from a pipe.
pub(crate) struct Lines(Receiver<String>);

impl Lines {
    fn of(pipe: impl Read + Send + 'static) -> Lines {
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Lines(lines)
    }

    /// Lines that never come.
    pub(crate) fn none() -> Lines {
        Lines(mpsc::channel().1)
    }

    /// The next line with `text` in it; those before are passed over.
    pub(crate) fn with(&self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        let mut passed = Vec::new();
        loop {
            match self.0.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) if line.contains(text) => return line,
                Ok(line) => passed.push(line),
                Err(_) => panic!("no line with `{text}` in {passed:#?}"),
            }
        }
    }

    /// All lines up to the end.
    pub(crate) fn rest(self) -> Vec<String> {
        self.0.iter().collect()
    }
}

impl Serving {
    /// Serves 192.0.2.100 to 192.0.2.103 as 192.0.2.1, as the desk's messages have it.
    pub(crate) fn start(args: &[&str]) -> Serving {
        Serving::with(args, |_| {})
    }

    pub(crate) fn with(args: &[&str], prepare: impl FnOnce(&mut Command)) -> Serving {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dhcpsim"));
        command
            .args(["server", "--port", "0", "--pool", "192.0.2.100-192.0.2.103/24"])
            .args(["--server-id", "192.0.2.1"])
            .args(args);
        Serving::spawn(command, prepare)
    }

    /// Spawns a server whose banner tells its port.
    pub(crate) fn spawn(mut command: Command, prepare: impl FnOnce(&mut Command)) -> Serving {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // A test never touches the stores of the machine.
        command.env("DHCPSIM_LEASES", "memory");
        prepare(&mut command);
        let mut child = command.spawn().unwrap();
        let stdout = child.stdout.take().map_or_else(Lines::none, Lines::of);
        let stderr = Lines::of(child.stderr.take().unwrap());
        let line = stderr.with("  on ");
        let port = line.split([':', ',']).nth(1).unwrap().parse().unwrap();
        Serving { child, port, stdout, stderr }
    }

    pub(crate) fn client(&self) -> Client {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(("127.0.0.1", self.port)).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Client(socket)
    }

    /// `GET /metrics` where the banner says.
    pub(crate) fn metrics_at(&self) -> String {
        let line = self.stderr.with("metrics:");
        let url = line.split("http://").nth(1).unwrap();
        url.split('/').next().unwrap().to_owned()
    }

    pub(crate) fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    }

    /// Ends it by SIGTERM: exit code, stdout, stderr.
    pub(crate) fn end(mut self) -> (Option<i32>, Vec<String>, Vec<String>) {
        self.signal("-TERM");
        let code = self.child.wait().unwrap().code();
        let take = |lines: &mut Lines| std::mem::replace(lines, Lines::none());
        let (stdout, stderr) = (take(&mut self.stdout), take(&mut self.stderr));
        (code, stdout.rest(), stderr.rest())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client's socket.
pub(crate) struct Client(UdpSocket);

impl Client {
    /// Sends a message that is answered, and gives the answer.
    pub(crate) fn ask(&self, message: &[u8]) -> Vec<u8> {
        self.tell(message);
        let mut buffer = [0; 1500];
        let length = self.0.recv(&mut buffer).unwrap();
        buffer[..length].to_vec()
    }

    /// Sends a message that is not answered.
    pub(crate) fn tell(&self, message: &[u8]) {
        self.0.send(message).unwrap();
    }
}

/// The body of `/metrics`.
pub(crate) fn scrape(at: &str) -> String {
    let mut stream = TcpStream::connect(at).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(stream, "GET /metrics HTTP/1.1\r\nHost: {at}\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(head.contains("Content-Type: text/plain; version=0.0.4"), "{head}");
    body.to_owned()
}

/// The value of a sample, by its name and labels as they stand there.
pub(crate) fn sample(metrics: &str, name: &str) -> Option<f64> {
    let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.map(|value| value.parse().unwrap())
}

/// Waits until something is there.
pub(crate) fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "{what} did not happen in time");
        thread::sleep(Duration::from_millis(10));
    }
}

/// One object a line.
pub(crate) fn json(lines: &[String]) -> Vec<Value> {
    let object = |line: &String| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    lines.iter().map(object).collect()
}
