//! Opening the sockets of a server, and what stands in the way.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::os::fd::AsFd;

use socket2::{Domain, Protocol, Socket, Type};
use thiserror::Error;

use super::addressing::Addressing;
use super::checks::Checks;
use super::echo::EchoSocket;
use super::interface::{Interface, NoInterface, interfaces};
use super::notice::Notice;
use super::segment::Segment;
use super::sys;
use super::wire::{Port, Wire};

/// Receive buffer in octets: a burst waits here while bindings are stored.
const RECEIVE_BUFFER: usize = 8 << 20;
/// Send buffer in octets: a batch of replies fits, however slow the link is.
const SEND_BUFFER: usize = 1 << 20;

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// On these interfaces, by their names: for broadcasts and unicasts.
    Interfaces(Vec<String>),
    /// On one address of this machine, which gets no broadcasts, or on 0.0.0.0, which is all interfaces.
    Address(Ipv4Addr),
}

/// Why a server can't listen.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no such interface, or it can't be served on.
    #[error(transparent)]
    Interface(#[from] NoInterface),
    /// Frames can't be sent and received.
    #[error("cannot send and receive frames on {interface}: {error}")]
    Frames {
        /// The interface.
        interface: String,
        /// What the system says.
        error: io::Error,
    },
    /// The port can't be had.
    #[error("cannot listen on {at}{}: {error}", on(.interface.as_deref()))]
    Port {
        /// The address and port.
        at: SocketAddrV4,
        /// The interface, if it was to be bound to one.
        interface: Option<String>,
        /// What the system says.
        error: io::Error,
    },
}

fn on(interface: Option<&str>) -> String {
    interface.map(|name| format!(" on {name}")).unwrap_or_default()
}

impl Wire {
    /// The sockets of a server, and what they can't do. `probe` says whether it wants conflict checks.
    ///
    /// # Errors
    ///
    /// [`OpenError`] says what prevents it.
    pub fn listen(listen: &Listen, port: u16, probe: bool) -> Result<(Wire, Vec<Notice>), OpenError> {
        let (ports, interfaces) = match listen {
            Listen::Interfaces(names) => by_name(names, port)?,
            Listen::Address(address) => by_address(*address, port)?,
        };
        let mut notices = Vec::new();
        let mut segments = Vec::new();
        for interface in interfaces.into_iter().filter(|interface| !interface.loopback) {
            let name = interface.name.clone();
            let (segment, error) = Segment::open(interface, probe);
            match error {
                Some(error) => notices.push(Notice::NoFrames { interface: name, probe, error }),
                None if segment.mac().is_none() => notices.push(Notice::NoEthernet(name)),
                None => {}
            }
            segments.push(segment);
        }
        // On loopback alone there are no bursts.
        let buffer = ports.iter().map(Port::buffer).min().unwrap_or(RECEIVE_BUFFER);
        if buffer < RECEIVE_BUFFER && !segments.is_empty() {
            notices.push(Notice::SmallBuffer { octets: buffer, wanted: RECEIVE_BUFFER });
        }
        let checks = match probe {
            true => checks(&segments, &mut notices),
            false => Checks::none(),
        };
        Ok((Wire::new(ports, segments, checks, Addressing::Server(port)), notices))
    }
}

fn checks(segments: &[Segment], notices: &mut Vec<Notice>) -> Checks {
    if segments.is_empty() {
        notices.push(Notice::Loopback);
        return Checks::none();
    }
    let own = interfaces().unwrap_or_default();
    let own =
        own.iter().flat_map(|interface| &interface.addresses).map(|attached| attached.address).collect();
    match EchoSocket::open() {
        Ok(echo) => Checks::new(Some(echo), own),
        Err(error) => {
            notices.push(Notice::NoEcho(error));
            Checks::new(None, own)
        }
    }
}

type Opened = (Vec<Port>, Vec<Interface>);

/// A socket an interface, each bound to its own, so that a broadcast comes in once.
fn by_name(names: &[String], port: u16) -> Result<Opened, OpenError> {
    let mut opened = Opened::default();
    for name in names {
        let interface = Interface::find(name)?;
        if opened.1.iter().all(|other| other.index != interface.index) {
            opened.0.push(bind(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port), Some(&interface))?);
            opened.1.push(interface);
        }
    }
    Ok(opened)
}

/// One socket, and the interfaces that it hears.
fn by_address(address: Ipv4Addr, port: u16) -> Result<Opened, OpenError> {
    let opened = bind(SocketAddrV4::new(address, port), None)?;
    let mut heard = interfaces().map_err(NoInterface::from)?;
    heard.retain(|interface| {
        let mut own = interface.addresses.iter();
        interface.up && own.any(|own| address.is_unspecified() || own.address == address)
    });
    Ok((vec![opened], heard))
}

fn bind(at: SocketAddrV4, interface: Option<&Interface>) -> Result<Port, OpenError> {
    let open = || -> io::Result<Port> {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
        // Before the address: two sockets with one port are let be if they are bound to different interfaces.
        if let Some(interface) = interface {
            socket.bind_device(Some(interface.name.as_bytes()))?;
        }
        // Without these it works too: no broadcasts, and smaller buffers.
        let _ = socket.set_broadcast(true);
        let _ = socket.set_send_buffer_size(SEND_BUFFER);
        let buffer = sys::set_receive_buffer(socket.as_fd(), RECEIVE_BUFFER).unwrap_or(0);
        socket.bind(&at.into())?;
        let port = Port::new(UdpSocket::from(socket), interface.map(|interface| interface.index))?;
        Ok(Port { buffer, ..port })
    };
    open().map_err(|error| OpenError::Port {
        at,
        interface: interface.map(|interface| interface.name.clone()),
        error,
    })
}

/// Whether an error says that this program lacks a privilege.
#[must_use]
pub fn is_forbidden(error: &io::Error) -> bool {
    sys::is_forbidden(error)
}
