//! poll(2), and messages that say by which interface they come and go: IP_PKTINFO and AF_PACKET.
#![allow(unsafe_code, reason = "system calls that take pointers, each wrapped here and nowhere else")]
#![allow(
    clippy::as_conversions,
    clippy::unnecessary_cast,
    reason = "lengths and constants change between the types that the C library gives them; all are small"
)]

use std::io;
use std::mem::{self, MaybeUninit};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr;
use std::time::Duration;

/// Ancillary data has room for an in_pktinfo or a tpacket_auxdata several times over; the words align it.
pub(super) type Control = [u64; 16];

/// By which interface and address a datagram came, or is to go (ip(7)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::net) struct Pktinfo {
    /// The interface's index; 0 leaves it to the routes.
    pub(in crate::net) interface: u32,
    /// The local address: what a reply should come from, and what this is to come from; 0.0.0.0 leaves it open.
    pub(in crate::net) local: Ipv4Addr,
    /// The destination in the header; no meaning when sending.
    pub(in crate::net) destination: Ipv4Addr,
}

/// What was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::net) struct Ready {
    /// How many octets of the buffer it fills.
    pub(in crate::net) length: usize,
    /// Who sent it, on a socket of family AF_INET.
    pub(in crate::net) from: Option<SocketAddrV4>,
    /// By which way, where [`tell_interfaces`] asked for it.
    pub(in crate::net) info: Option<Pktinfo>,
    /// On a packet socket: whether it was addressed to another station, was sent from here, or belongs to a VLAN.
    pub(in crate::net) foreign: bool,
}

/// What is waited for, used again and again.
#[derive(Debug, Default)]
pub(in crate::net) struct Waiter(Vec<libc::pollfd>);

impl Waiter {
    /// Forgets what is waited for.
    pub(in crate::net) fn clear(&mut self) {
        self.0.clear();
    }

    /// Waits for a socket too.
    pub(in crate::net) fn push(&mut self, socket: BorrowedFd<'_>) {
        self.0.push(libc::pollfd { fd: socket.as_raw_fd(), events: libc::POLLIN, revents: 0 });
    }

    /// Waits until one of the sockets has something, at most so long. Interrupted is as nothing.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub(in crate::net) fn wait(&mut self, wait: Duration) -> io::Result<()> {
        let millis = i32::try_from(wait.as_micros().div_ceil(1000)).unwrap_or(i32::MAX);
        // SAFETY: the pointer and the length are those of one vector, which outlives the call.
        let result = unsafe { libc::poll(self.0.as_mut_ptr(), self.0.len() as libc::nfds_t, millis) };
        if result < 0 {
            let error = io::Error::last_os_error();
            self.0.iter_mut().for_each(|entry| entry.revents = 0);
            return if error.kind() == io::ErrorKind::Interrupted { Ok(()) } else { Err(error) };
        }
        Ok(())
    }

    /// Whether each of the sockets has something, in order.
    pub(in crate::net) fn ready(&self) -> impl Iterator<Item = bool> {
        self.0.iter().map(|entry| entry.revents != 0)
    }
}

/// Waits for one thing, at most so long.
///
/// # Errors
///
/// What the system says.
pub(in crate::net) fn wait_for(fd: BorrowedFd<'_>, wait: Duration) -> io::Result<()> {
    let mut waiter = Waiter::default();
    waiter.push(fd);
    waiter.wait(wait)
}

/// Asks for a receive buffer of so many octets, with the privilege to exceed the system's limit where there is one;
/// tells how many it became.
///
/// # Errors
///
/// What the system says.
pub(in crate::net) fn set_receive_buffer(socket: BorrowedFd<'_>, octets: usize) -> io::Result<usize> {
    let wanted = libc::c_int::try_from(octets).unwrap_or(libc::c_int::MAX);
    if put(socket, libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, wanted).is_err() {
        put(socket, libc::SOL_SOCKET, libc::SO_RCVBUF, wanted)?;
    }
    let mut found: libc::c_int = 0;
    let mut length = mem::size_of::<libc::c_int>() as libc::socklen_t;
    let (level, name) = (libc::SOL_SOCKET, libc::SO_RCVBUF);
    // SAFETY: the pointers are to one integer and to its length, which outlive the call.
    let result = unsafe {
        libc::getsockopt(socket.as_raw_fd(), level, name, (&raw mut found).cast(), &raw mut length)
    };
    check(result as isize)?;
    // The system doubles what it is asked for, for its own bookkeeping (socket(7)).
    Ok(usize::try_from(found).unwrap_or(0) / 2)
}

/// Makes a UDP socket tell by which interface and to which address its datagrams come.
///
/// # Errors
///
/// What the system says.
pub(in crate::net) fn tell_interfaces(socket: BorrowedFd<'_>) -> io::Result<()> {
    set(socket, libc::IPPROTO_IP, libc::IP_PKTINFO)
}

/// Binds a packet socket to the frames of one EtherType on one interface, and makes it tell VLAN tags.
///
/// # Errors
///
/// What the system says.
pub(in crate::net) fn bind_packets(socket: BorrowedFd<'_>, interface: u32, ethertype: u16) -> io::Result<()> {
    set(socket, libc::SOL_PACKET, libc::PACKET_AUXDATA)?;
    // SAFETY: a sockaddr_ll is integers alone, for which zeros are a value.
    let mut address: libc::sockaddr_ll = unsafe { mem::zeroed() };
    address.sll_family = libc::AF_PACKET as u16;
    address.sll_protocol = ethertype.to_be();
    address.sll_ifindex = interface as i32;
    let length = mem::size_of::<libc::sockaddr_ll>() as libc::socklen_t;
    // SAFETY: the pointer and the length are those of one sockaddr_ll, which outlives the call.
    let result = unsafe { libc::bind(socket.as_raw_fd(), (&raw const address).cast(), length) };
    check(result as isize).map(|_| ())
}

/// Receives one message without waiting.
///
/// # Errors
///
/// What the system says: [`io::ErrorKind::WouldBlock`] if there is none.
pub(in crate::net) fn receive(socket: BorrowedFd<'_>, buffer: &mut [u8]) -> io::Result<Ready> {
    let mut name = MaybeUninit::<libc::sockaddr_storage>::zeroed();
    let mut control: Control = [0; 16];
    let mut part = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
    let mut header = message(&mut part, &mut control);
    header.msg_name = name.as_mut_ptr().cast();
    header.msg_namelen = mem::size_of::<libc::sockaddr_storage>() as libc::socklen_t;
    // SAFETY: every pointer in `header` is to a local variable or to `buffer`, with its length beside it.
    let length = check(unsafe { libc::recvmsg(socket.as_raw_fd(), &raw mut header, libc::MSG_DONTWAIT) })?;
    // SAFETY: it was zeroed, and any octets are a sockaddr_storage.
    let name = unsafe { name.assume_init() };
    let (info, tagged) = ancillary(&header);
    let (from, elsewhere) = sender(&name);
    Ok(Ready { length: length.min(buffer.len()), from, info, foreign: elsewhere || tagged })
}

/// Sends one message without waiting: to an address by a way, or as it is on a packet socket or a connected one.
///
/// # Errors
///
/// What the system says.
pub(in crate::net) fn send(
    socket: BorrowedFd<'_>,
    octets: &[u8],
    to: Option<(SocketAddrV4, Pktinfo)>,
) -> io::Result<()> {
    let mut control: Control = [0; 16];
    let mut part = libc::iovec { iov_base: octets.as_ptr().cast_mut().cast(), iov_len: octets.len() };
    let mut header = message(&mut part, &mut control);
    header.msg_controllen = 0;
    let mut name = to.map(|(address, _)| socket_address(address));
    if let (Some(name), Some((_, info))) = (&mut name, to) {
        header.msg_name = ptr::from_mut(name).cast();
        header.msg_namelen = mem::size_of::<libc::sockaddr_in>() as libc::socklen_t;
        put_pktinfo(&mut header, info);
    }
    let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
    // SAFETY: every pointer in `header` is to a local variable or to `octets`, with its length beside it; sendmsg
    // writes to none of them.
    check(unsafe { libc::sendmsg(socket.as_raw_fd(), &raw const header, flags) }).map(|_| ())
}

/// Whether an error says that a socket of this kind may not be had here.
pub(in crate::net) fn is_forbidden(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EPERM | libc::EACCES))
}

fn set(socket: BorrowedFd<'_>, level: libc::c_int, name: libc::c_int) -> io::Result<()> {
    put(socket, level, name, 1)
}

fn put(socket: BorrowedFd<'_>, level: libc::c_int, name: libc::c_int, value: libc::c_int) -> io::Result<()> {
    let length = mem::size_of::<libc::c_int>() as libc::socklen_t;
    // SAFETY: the pointer and the length are those of one integer, which outlives the call.
    let result =
        unsafe { libc::setsockopt(socket.as_raw_fd(), level, name, (&raw const value).cast(), length) };
    check(result as isize).map(|_| ())
}

fn check(result: isize) -> io::Result<usize> {
    usize::try_from(result).map_err(|_| io::Error::last_os_error())
}

/// A message header over one buffer and one place for ancillary data, both of which must outlive it.
pub(super) fn message(part: &mut libc::iovec, control: &mut Control) -> libc::msghdr {
    // SAFETY: a msghdr is integers and pointers, for which zeros are a value.
    let mut header: libc::msghdr = unsafe { mem::zeroed() };
    header.msg_iov = part;
    header.msg_iovlen = 1;
    header.msg_control = control.as_mut_ptr().cast();
    header.msg_controllen = mem::size_of::<Control>() as _;
    header
}

pub(super) fn socket_address(address: SocketAddrV4) -> libc::sockaddr_in {
    // SAFETY: a sockaddr_in is integers alone, for which zeros are a value.
    let mut name: libc::sockaddr_in = unsafe { mem::zeroed() };
    name.sin_family = libc::AF_INET as libc::sa_family_t;
    name.sin_port = address.port().to_be();
    name.sin_addr.s_addr = u32::from(*address.ip()).to_be();
    name
}

pub(super) fn put_pktinfo(header: &mut libc::msghdr, info: Pktinfo) {
    let data = libc::in_pktinfo {
        ipi_ifindex: info.interface as i32,
        ipi_spec_dst: libc::in_addr { s_addr: u32::from(info.local).to_be() },
        ipi_addr: libc::in_addr { s_addr: 0 },
    };
    let length = mem::size_of::<libc::in_pktinfo>() as libc::c_uint;
    // SAFETY: CMSG_SPACE and CMSG_LEN only calculate; the control buffer that `message` put there is aligned for a
    // cmsghdr and has room for this one, so that CMSG_FIRSTHDR and CMSG_DATA point into it.
    unsafe {
        header.msg_controllen = libc::CMSG_SPACE(length) as _;
        if let Some(first) = libc::CMSG_FIRSTHDR(header).as_mut() {
            first.cmsg_level = libc::IPPROTO_IP;
            first.cmsg_type = libc::IP_PKTINFO;
            first.cmsg_len = libc::CMSG_LEN(length) as _;
            ptr::write_unaligned(libc::CMSG_DATA(first).cast(), data);
        }
    }
}

/// The pktinfo, and whether a VLAN tag other than one for priority alone was taken off the frame.
pub(super) fn ancillary(header: &libc::msghdr) -> (Option<Pktinfo>, bool) {
    let (mut info, mut tagged) = (None, false);
    // SAFETY: the kernel has filled the control buffer and set its length; the macros stay within that length.
    let mut next = unsafe { libc::CMSG_FIRSTHDR(header) };
    // SAFETY: null, or the start of a whole cmsghdr in the control buffer, which is aligned for it.
    while let Some(found) = unsafe { next.as_ref() } {
        match (found.cmsg_level, found.cmsg_type) {
            (libc::IPPROTO_IP, libc::IP_PKTINFO) => info = data(found).map(pktinfo),
            (libc::SOL_PACKET, libc::PACKET_AUXDATA) => tagged = data(found).is_some_and(is_tagged),
            _ => {}
        }
        // SAFETY: as for the first.
        next = unsafe { libc::CMSG_NXTHDR(header, found) };
    }
    (info, tagged)
}

/// The data of a control message, if it is long enough for a `T`: one of the kernel's structures of integers.
fn data<T: Copy>(found: &libc::cmsghdr) -> Option<T> {
    // SAFETY: CMSG_LEN only calculates.
    let needed = unsafe { libc::CMSG_LEN(mem::size_of::<T>() as libc::c_uint) } as usize;
    // SAFETY: the kernel has written `cmsg_len` octets, which hold a `T`, and any octets are one.
    (found.cmsg_len as usize >= needed).then(|| unsafe { ptr::read_unaligned(libc::CMSG_DATA(found).cast()) })
}

fn pktinfo(data: libc::in_pktinfo) -> Pktinfo {
    let address = |address: libc::in_addr| Ipv4Addr::from(u32::from_be(address.s_addr));
    Pktinfo {
        interface: u32::try_from(data.ipi_ifindex).unwrap_or(0),
        local: address(data.ipi_spec_dst),
        destination: address(data.ipi_addr),
    }
}

fn is_tagged(data: libc::tpacket_auxdata) -> bool {
    data.tp_status & libc::TP_STATUS_VLAN_VALID != 0 && data.tp_vlan_tci & 0x0fff != 0
}

/// Who sent a message: a socket address, or whether the frame was meant for another station or sent from here.
pub(super) fn sender(name: &libc::sockaddr_storage) -> (Option<SocketAddrV4>, bool) {
    let name = ptr::from_ref(name);
    // SAFETY: a sockaddr_storage has room and alignment for every socket address; its family says which it is.
    match unsafe { (*name).ss_family } as i32 {
        libc::AF_INET => {
            // SAFETY: as above; a sockaddr_in is integers alone.
            let inet = unsafe { &*name.cast::<libc::sockaddr_in>() };
            let ip = Ipv4Addr::from(u32::from_be(inet.sin_addr.s_addr));
            (Some(SocketAddrV4::new(ip, u16::from_be(inet.sin_port))), false)
        }
        libc::AF_PACKET => {
            // SAFETY: as above; a sockaddr_ll is integers alone.
            let link = unsafe { &*name.cast::<libc::sockaddr_ll>() };
            (None, matches!(link.sll_pkttype, libc::PACKET_OTHERHOST | libc::PACKET_OUTGOING))
        }
        _ => (None, false),
    }
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;
    use std::os::fd::AsFd;

    use pretty_assertions::assert_eq;

    use super::*;

    fn local() -> (UdpSocket, SocketAddrV4) {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = socket.local_addr().unwrap().port();
        (socket, SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))
    }

    fn waited(sockets: &[&UdpSocket], wait: Duration) -> Vec<bool> {
        let mut waiter = Waiter::default();
        sockets.iter().for_each(|socket| waiter.push(socket.as_fd()));
        waiter.wait(wait).unwrap();
        waiter.ready().collect()
    }

    #[test]
    fn a_receive_buffer_is_as_large_as_was_asked_for_or_as_the_system_lets_it_be() {
        let (one, _) = local();
        assert_eq!(64 << 10, set_receive_buffer(one.as_fd(), 64 << 10).unwrap());
        let most = set_receive_buffer(one.as_fd(), 4 << 20).unwrap();
        assert!((64 << 10..=4 << 20).contains(&most), "{most}");
    }

    #[test]
    fn a_datagram_tells_where_it_came_in_and_takes_its_source_from_its_way() {
        let ((one, from), (two, to)) = (local(), local());
        tell_interfaces(two.as_fd()).unwrap();
        let way = Pktinfo { interface: 0, local: *from.ip(), destination: Ipv4Addr::UNSPECIFIED };
        send(one.as_fd(), b"abcdef", Some((to, way))).unwrap();
        assert_eq!(vec![false, true], waited(&[&one, &two], Duration::from_secs(5)));
        let mut buffer = [0; 4];
        let ready = receive(two.as_fd(), &mut buffer).unwrap();
        assert_eq!((4, Some(from), false), (ready.length, ready.from, ready.foreign));
        let info = ready.info.unwrap();
        assert_eq!((Ipv4Addr::LOCALHOST, Ipv4Addr::LOCALHOST), (info.local, info.destination));
        assert!(info.interface > 0);
        let none = receive(two.as_fd(), &mut buffer).unwrap_err();
        assert_eq!(io::ErrorKind::WouldBlock, none.kind());
    }

    #[test]
    fn waiting_for_nothing_ends() {
        let (one, _) = local();
        assert_eq!(vec![false], waited(&[&one], Duration::from_millis(1)));
        assert_eq!(Vec::<bool>::new(), waited(&[], Duration::from_millis(1)));
    }
}
