//! Sockets for the commands, and what to do when there is none to be had.

use std::fmt::Write as _;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};

use dhcpsim::net::{CLIENT_PORT, Listen, NoInterface, Notice, OpenError, Station, Wire, is_forbidden};

use super::Failure;
use super::exit::Complaint;

/// Receive buffer in octets: a burst waits here while bindings are stored.
const RECEIVE_BUFFER: usize = 4 << 20;

/// What helps who may not.
const PRIVILEGES: &str = "use sudo or setcap cap_net_bind_service,cap_net_raw+ep";

/// `ADDR`, `ADDR:PORT` or `:PORT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub(super) address: Option<Ipv4Addr>,
    pub(super) port: Option<u16>,
}

impl std::str::FromStr for Endpoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Endpoint, String> {
        let (address, port) = match text.rsplit_once(':') {
            Some((address, port)) => (address, Some(port)),
            None => (text, None),
        };
        let expected = |what: &str, found: &str| format!("expected {what}, found `{found}`");
        Ok(Endpoint {
            address: match address {
                "" if port.is_some() => None,
                "localhost" => Some(Ipv4Addr::LOCALHOST),
                _ => Some(
                    address.parse().map_err(|_| expected("an IPv4 address such as 127.0.0.1", address))?,
                ),
            },
            port: match port {
                None => None,
                Some(port) => Some(port.parse().map_err(|_| expected("a port from 0 to 65535", port))?),
            },
        })
    }
}

/// A UDP socket at an address, or what prevents that.
pub(super) fn bind(at: SocketAddrV4) -> Result<UdpSocket, Failure> {
    let socket = UdpSocket::bind(at).map_err(|error| Failure::Cannot(unbound(at, &error)))?;
    // Without these it works too: no broadcasts, and a smaller buffer.
    let _ = socket.set_broadcast(true);
    let _ = socket2::SockRef::from(&socket).set_recv_buffer_size(RECEIVE_BUFFER);
    Ok(socket)
}

/// The sockets of a server, and what they can't do; or what prevents it from listening.
pub(super) fn listen(listen: &Listen, port: u16, probe: bool) -> Result<(Wire, Vec<Notice>), Failure> {
    Wire::listen(listen, port, probe).map_err(unopened)
}

/// A client's place on an interface, or what prevents it.
pub(super) fn station(name: &str) -> Result<Station, Failure> {
    Station::open(name).map_err(|error| match error {
        OpenError::Interface(NoInterface::NotEthernet(_)) => {
            Failure::Cannot(Complaint::new(&error).help(
                "a client on an interface speaks Ethernet; without --interface it speaks UDP to --server",
            ))
        }
        OpenError::Port { at, error, .. } if error.kind() == io::ErrorKind::AddrInUse => {
            Failure::Cannot(unbound(at, &error))
        }
        error => unopened(error),
    })
}

/// What prevented sockets from being opened, with the remedy.
pub(super) fn unopened(error: OpenError) -> Failure {
    Failure::Cannot(match error {
        OpenError::Interface(error) => no_interface(error),
        OpenError::Port { at, interface, error } => taken(at, interface.as_deref(), &error),
        OpenError::Frames { error, interface } if is_forbidden(&error) => Complaint::new(format!(
            "permission denied: a client on {interface} sends and receives frames, and has port 68"
        ))
        .help(format!("{PRIVILEGES}; or ask a server by UDP: --server ADDR:PORT")),
        other => Complaint::new(other),
    })
}

/// A notice in a line, with the remedy if there is one.
pub(super) fn notice(notice: &Notice) -> String {
    let mut line = notice.to_string();
    if notice.error().is_some_and(is_forbidden) {
        let _ = write!(line, "; {PRIVILEGES}");
    }
    line
}

/// That an interface is not there or of no use, with the remedy.
pub(super) fn no_interface(error: NoInterface) -> Complaint {
    let complaint = Complaint::new(&error);
    match error {
        NoInterface::Unknown { near: Some(near), .. } => complaint.help(format!("did you mean {near}?")),
        NoInterface::Unknown { all, .. } => complaint.help(format!("there are {}", all.join(", "))),
        NoInterface::NoAddress(name) => complaint.help(format!(
            "clients need one to answer to: ip addr add 192.0.2.1/24 dev {name}, an address of the subnet to serve"
        )),
        NoInterface::Down(name) => complaint.help(format!("ip link set {name} up")),
        _ => complaint,
    }
}

/// As [`unbound`], with the interface where there is one.
fn taken(at: SocketAddrV4, interface: Option<&str>, error: &io::Error) -> Complaint {
    match (error.kind(), interface) {
        (io::ErrorKind::AddrInUse, Some(name)) => Complaint::new(format!(
            "port {} on {name} is taken",
            at.port()
        ))
        .help(format!(
            "another server? `ss -ulpn sport = :{}` tells which; it has to stop, or to leave {name} alone",
            at.port()
        )),
        (io::ErrorKind::PermissionDenied, Some(name)) => {
            Complaint::new(format!("permission denied on port {} of {name}", at.port())).help(PRIVILEGES)
        }
        _ => unbound(at, error),
    }
}

fn unbound(at: SocketAddrV4, error: &io::Error) -> Complaint {
    let port = at.port();
    match error.kind() {
        io::ErrorKind::AddrInUse if port == CLIENT_PORT => Complaint::new("port 68 is taken").help(
            "a DHCP client of this machine? `ss -ulpn sport = :68` tells which; it has to stop for as long as this runs",
        ),
        io::ErrorKind::AddrInUse => Complaint::new(format!("port {port} on {} is taken", at.ip())).help(format!(
            "another server? `ss -ulpn sport = :{port}` tells which; or take another port: --port {}",
            port.checked_add(1).unwrap_or(6767)
        )),
        io::ErrorKind::PermissionDenied if port == CLIENT_PORT => {
            Complaint::new("permission denied on port 68, to which servers on port 67 reply").help(
                "use sudo or setcap cap_net_bind_service,cap_net_raw+ep; or try a server on another port: `dhcpsim server`",
            )
        }
        io::ErrorKind::PermissionDenied => Complaint::new(format!("permission denied on port {port}")).help(
            "use sudo, setcap cap_net_bind_service,cap_net_raw+ep, or a port from 1024 up such as 127.0.0.1:6767",
        ),
        io::ErrorKind::AddrNotAvailable => Complaint::new(format!("no interface here has address {}", at.ip()))
            .help("`ip -4 addr` lists the addresses; 127.0.0.1 is always there"),
        _ => Complaint::new(format!("cannot listen on {at}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_have_an_address_a_port_or_both() {
        for (text, want) in [
            ("127.0.0.1", Ok((Some(Ipv4Addr::LOCALHOST), None))),
            ("127.0.0.1:67", Ok((Some(Ipv4Addr::LOCALHOST), Some(67)))),
            (":6768", Ok((None, Some(6768)))),
            ("example", Err("expected an IPv4 address such as 127.0.0.1, found `example`".to_owned())),
            ("127.0.0.1:x", Err("expected a port from 0 to 65535, found `x`".to_owned())),
        ] {
            let found = text.parse::<Endpoint>().map(|endpoint| (endpoint.address, endpoint.port));
            assert_eq!(want, found, "{text}");
        }
    }
}
