//! What the service manager is told (sd_notify(3)): datagrams to the socket that `NOTIFY_SOCKET` names.
//!
//! Own lines, because it is one datagram socket: a crate would bring more than it saves.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// A service manager, if one listens.
#[derive(Debug, Default)]
pub struct Notify {
    manager: Option<(UnixDatagram, SocketAddr)>,
    watchdog: Option<Duration>,
}

impl Notify {
    /// The service manager that the environment names.
    #[must_use]
    pub fn from_environment() -> Notify {
        let own = std::env::var("WATCHDOG_PID").ok().is_none_or(|pid| pid == std::process::id().to_string());
        let micros = std::env::var("WATCHDOG_USEC").ok().filter(|_| own).and_then(|text| text.parse().ok());
        Notify::new(std::env::var_os("NOTIFY_SOCKET"), micros.map(Duration::from_micros))
    }

    /// A service manager at a socket, which wants to hear at least every `watchdog` that all is well. A socket that
    /// can't be used is none: a server serves without its manager.
    #[must_use]
    pub fn new(socket: Option<OsString>, watchdog: Option<Duration>) -> Notify {
        let manager = socket.and_then(|path| Some((sender().ok()?, address(&path).ok()?)));
        let watchdog = watchdog.filter(|span| manager.is_some() && !span.is_zero());
        Notify { manager, watchdog }
    }

    /// How often [`Notify::alive`] has to be called: twice in the time that the manager waits.
    #[must_use]
    pub fn watchdog(&self) -> Option<Duration> {
        self.watchdog.map(|span| span / 2)
    }

    /// The server serves.
    pub fn ready(&self, status: &str) {
        self.send(&format!("READY=1\nSTATUS={}", line(status)));
    }

    /// What the server is at, in one line.
    pub fn status(&self, status: &str) {
        self.send(&format!("STATUS={}", line(status)));
    }

    /// The configuration is read anew; [`Notify::ready`] follows, whatever comes of it.
    pub fn reloading(&self) {
        let now = clock_gettime(ClockId::Monotonic);
        let micros = i128::from(now.tv_sec) * 1_000_000 + i128::from(now.tv_nsec) / 1000;
        self.send(&format!("RELOADING=1\nMONOTONIC_USEC={micros}"));
    }

    /// All is well.
    pub fn alive(&self) {
        self.send("WATCHDOG=1");
    }

    /// The server ends.
    pub fn stopping(&self) {
        self.send("STOPPING=1");
    }

    fn send(&self, message: &str) {
        if let Some((socket, address)) = &self.manager {
            // A manager that does not listen is no reason not to serve.
            let _ = socket.send_to_addr(message.as_bytes(), address);
        }
    }
}

/// A line of a message holds no other.
fn line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

fn sender() -> io::Result<UnixDatagram> {
    let socket = UnixDatagram::unbound()?;
    // A manager whose queue is full does not hold the server up.
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// A path, or an abstract name behind `@`.
fn address(name: &OsStr) -> io::Result<SocketAddr> {
    match name.as_bytes() {
        #[cfg(target_os = "linux")]
        [b'@', name @ ..] => {
            use std::os::linux::net::SocketAddrExt;
            SocketAddr::from_abstract_name(name)
        }
        [b'/', ..] => SocketAddr::from_pathname(name),
        _ => Err(io::Error::from(io::ErrorKind::Unsupported)),
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn heard(manager: &UnixDatagram) -> String {
        let mut buffer = [0; 500];
        manager.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let length = manager.recv(&mut buffer).unwrap();
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    }

    #[test]
    fn a_manager_hears_at_a_path_and_at_an_abstract_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let name = format!("@dhcpsim-test-{}", std::process::id());
        let by_path = UnixDatagram::bind(&path).unwrap();
        let by_name = UnixDatagram::bind_addr(&address(OsStr::new(&name)).unwrap()).unwrap();
        for (manager, socket) in [(by_path, path.into_os_string()), (by_name, name.into())] {
            let notify = Notify::new(Some(socket), Some(Duration::from_secs(2)));
            assert_eq!(Some(Duration::from_secs(1)), notify.watchdog());
            notify.ready("serving\nSTOPPING=1");
            assert_eq!("READY=1\nSTATUS=serving STOPPING=1", heard(&manager));
            notify.reloading();
            let told = heard(&manager);
            let micros = told.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").unwrap();
            assert!(micros.parse::<u64>().unwrap() > 0);
            notify.alive();
            assert_eq!("WATCHDOG=1", heard(&manager));
        }
    }

    #[test]
    fn without_a_manager_nothing_happens() {
        for socket in [None, Some("".into()), Some("vsock:2:1".into()), Some("/nowhere/notify".into())] {
            let notify = Notify::new(socket, None);
            notify.ready("serving");
            assert_eq!(None, notify.watchdog());
        }
    }
}
