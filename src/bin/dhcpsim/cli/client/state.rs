//! `--state FILE`: the lease, so that the next run comes back to it. Written whole or not at all, and checked when read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::net::Ipv4Addr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dhcpsim::client::Config;
use dhcpsim::endpoint::{Instant, Lease};
use dhcpsim::lease::Octets;
use dhcpsim::options::text::Hex;
use dhcpsim::packet::Packet;
use serde::{Deserialize, Serialize};

use super::super::Failure;
use super::super::exit::Complaint;

const SCHEMA: &str = "dhcpsim.client-state/1";
/// A file of more octets is no state.
const MAX_SIZE: u64 = 1 << 20;

/// What the file has.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    schema: String,
    chaddr: String,
    client_id: Option<String>,
    address: Ipv4Addr,
    server: Ipv4Addr,
    /// Microseconds since 1970.
    start: u64,
    /// Microseconds; none of an infinite lease.
    lease: Option<u64>,
    t1: Option<u64>,
    t2: Option<u64>,
    ack: String,
}

/// Who had a lease, and which.
pub(super) struct State {
    pub(super) chaddr: Octets,
    pub(super) client_id: Option<Octets>,
    pub(super) lease: Lease,
}

/// Reads the file; none if there is none.
pub(super) fn read(path: &Path) -> Result<Option<State>, Failure> {
    let wrong = |what: String| {
        Failure::Input(
            Complaint::new(format!("{}: {what}", path.display())).help("remove the file to begin anew"),
        )
    };
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Ok(found) if found.len() > MAX_SIZE => return Err(wrong("too long for a client's state".to_owned())),
        _ => {}
    }
    let text = fs::read_to_string(path).map_err(|error| wrong(format!("can't be read: {error}")))?;
    let kept: Kept =
        serde_json::from_str(&text).map_err(|error| wrong(format!("is no client's state: {error}")))?;
    state(&kept)
        .map(Some)
        .ok_or_else(|| wrong("is no client's state: its values contradict each other".to_owned()))
}

fn state(kept: &Kept) -> Option<State> {
    let octets = |text: &str| hex::decode(text).ok();
    let ack = octets(&kept.ack)?;
    let packet = Packet::parse(&ack).ok()?;
    let chaddr: Octets = octets(&kept.chaddr)?.into();
    let client_id = match &kept.client_id {
        None => None,
        Some(text) => Some(octets(text)?.into()),
    };
    let span = |micros: Option<u64>| micros.map(Duration::from_micros);
    let (time, t1, t2) = (span(kept.lease), span(kept.t1), span(kept.t2));
    let ordered = match (time, t1, t2) {
        (None, None, None) => true,
        (Some(time), Some(t1), Some(t2)) => t1 <= t2 && t2 <= time,
        _ => false,
    };
    let fits = kept.schema == SCHEMA
        && ordered
        && packet.yiaddr() == kept.address
        && *packet.chaddr().0 == *chaddr
        && !kept.address.is_unspecified();
    let start = Instant::from_micros(kept.start);
    let lease = Lease { address: kept.address, server: kept.server, start, time, t1, t2, ack };
    fits.then_some(State { chaddr, client_id, lease })
}

/// Writes the file: beside it first, to the disk, then over it.
pub(super) fn write(path: &Path, config: &Config, lease: &Lease) -> io::Result<()> {
    let micros =
        |span: Option<Duration>| span.map(|span| u64::try_from(span.as_micros()).unwrap_or(u64::MAX));
    let kept = Kept {
        schema: SCHEMA.to_owned(),
        chaddr: Hex(&config.chaddr).to_string(),
        client_id: config.client_identifier.as_ref().map(|octets| Hex(octets).to_string()),
        address: lease.address,
        server: lease.server,
        start: lease.start.as_micros(),
        lease: micros(lease.time),
        t1: micros(lease.t1),
        t2: micros(lease.t2),
        ack: Hex(&lease.ack).to_string(),
    };
    let beside = beside(path);
    // Who can read it can come back as this client. One that a run before left there may have another mode.
    remove(&beside)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    file.write_all(serde_json::to_string_pretty(&kept)?.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    folder(path).and_then(|folder| folder.sync_all())
}

/// Removes the file, if it is there: the lease is gone.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".new");
    path.with_file_name(name)
}

fn folder(path: &Path) -> io::Result<File> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use dhcpsim::packet::{Message, Op};

    use super::*;

    fn lease(config: &Config) -> Lease {
        let mut message = Message::new(Op::BOOTREPLY);
        let address = Ipv4Addr::new(192, 0, 2, 100);
        message.set_hardware(1, &config.chaddr).set_yiaddr(address);
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        Lease {
            address,
            server: Ipv4Addr::new(192, 0, 2, 1),
            start: Instant::from_secs(1000),
            time: seconds(600),
            t1: seconds(300),
            t2: seconds(525),
            ack: message.end(300),
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        assert!(read(&path).unwrap().is_none());
        let config = Config::ethernet([2, 0, 0, 0, 0, 1], 1);
        let lease = lease(&config);
        write(&path, &config, &lease).unwrap();
        assert_eq!(0o600, fs::metadata(&path).unwrap().permissions().mode() & 0o777, "nobody else's");
        let state = read(&path).unwrap().unwrap();
        assert_eq!((config.chaddr, config.client_identifier), (state.chaddr, state.client_id));
        assert_eq!(lease, state.lease);
        assert_eq!(1, fs::read_dir(folder.path()).unwrap().count(), "nothing is left beside it");
        remove(&path).unwrap();
        remove(&path).unwrap();
    }

    #[test]
    fn what_is_damaged_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let config = Config::ethernet([2, 0, 0, 0, 0, 1], 1);
        write(&path, &config, &lease(&config)).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        for (from, to) in [
            ("192.0.2.100", "192.0.2.101"),
            ("client-state/1", "client-state/2"),
            ("\"t1\": 300000000", "\"t1\": 800000000"),
            ("\"t2\": 525000000", "\"t2\": null"),
            ("\"ack\": \"02", "\"ack\": \"zz"),
            ("\"server\"", "\"sever\""),
            ("}", ""),
        ] {
            assert!(text.contains(from), "{from}");
            fs::write(&path, text.replacen(from, to, 1)).unwrap();
            assert!(read(&path).is_err(), "{from} -> {to}");
        }
    }
}
