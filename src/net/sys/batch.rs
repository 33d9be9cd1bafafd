//! recvmmsg(2) and sendmmsg(2): many datagrams with one system call.
#![allow(unsafe_code, reason = "system calls that take pointers, each wrapped here and nowhere else")]
#![allow(
    clippy::as_conversions,
    clippy::unnecessary_cast,
    reason = "lengths and constants change between the types that the C library gives them; all are small"
)]

use std::io;
use std::mem;
use std::net::SocketAddrV4;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr;

use super::sockets::{
    Control, Pktinfo, Ready, ancillary, message, put_pktinfo, send, sender, socket_address,
};

/// The most datagrams that one call receives or sends.
pub(in crate::net) const BATCH: usize = 64;
/// What is asked for first: setting up a call for all 64 costs as much as a system call.
const FIRST: usize = 8;
/// Octets from one slot to the next. The longest datagram (65,507 octets) fits, so that none is ever cut; the 2 KiB on top
/// keep the slots from falling on the same lines of the processor's caches. The system gives memory for a slot
/// only as far as a datagram fills it.
const SLOT: usize = 66 << 10;

/// Room for a batch of datagrams, used again and again.
#[derive(Debug)]
pub(in crate::net) struct Inbox {
    slots: Vec<u8>,
    names: Vec<libc::sockaddr_storage>,
    controls: Vec<Control>,
    found: Vec<Ready>,
    /// What the system said after it had given some datagrams: told next.
    error: Option<io::Error>,
}

impl Inbox {
    /// Room without datagrams.
    pub(in crate::net) fn new() -> Inbox {
        // SAFETY: a sockaddr_storage is integers alone, for which zeros are a value.
        let name: libc::sockaddr_storage = unsafe { mem::zeroed() };
        Inbox {
            slots: vec![0; SLOT * BATCH],
            names: vec![name; BATCH],
            controls: vec![[0; 16]; BATCH],
            found: Vec::with_capacity(BATCH),
            error: None,
        }
    }

    /// Receives what waits at a socket, a batch at most, in place of what was there; tells how many came.
    ///
    /// # Errors
    ///
    /// What the system says: [`io::ErrorKind::WouldBlock`] if there is none.
    pub(in crate::net) fn receive(&mut self, socket: BorrowedFd<'_>) -> io::Result<usize> {
        self.found.clear();
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        if self.more(socket, FIRST)? == FIRST {
            let rest = self.more(socket, BATCH - FIRST);
            self.error = rest.err().filter(|error| error.kind() != io::ErrorKind::WouldBlock);
        }
        Ok(self.found.len())
    }

    /// A datagram of the batch, and where and by which way it came.
    pub(in crate::net) fn get(&self, number: usize) -> Option<(Ready, &[u8])> {
        let ready = self.found.get(number)?;
        let slot = self.slots.get(number * SLOT..)?;
        Some((*ready, slot.get(..ready.length)?))
    }

    /// One buffer, for what is received one by one.
    pub(in crate::net) fn buffer(&mut self) -> &mut [u8] {
        self.found.clear();
        self.slots.get_mut(..SLOT).unwrap_or_default()
    }

    fn more(&mut self, socket: BorrowedFd<'_>, most: usize) -> io::Result<usize> {
        let start = self.found.len();
        let slots = self.slots.chunks_exact_mut(SLOT).skip(start).take(most);
        let mut parts: Vec<libc::iovec> = slots
            .map(|slot| libc::iovec { iov_base: slot.as_mut_ptr().cast(), iov_len: slot.len() })
            .collect();
        let names = self.names.iter_mut().skip(start);
        let controls = self.controls.iter_mut().skip(start);
        let mut headers: Vec<libc::mmsghdr> = Vec::with_capacity(most);
        for ((part, control), name) in parts.iter_mut().zip(controls).zip(names) {
            let mut header = message(part, control);
            header.msg_name = ptr::from_mut(name).cast();
            header.msg_namelen = mem::size_of::<libc::sockaddr_storage>() as libc::socklen_t;
            headers.push(libc::mmsghdr { msg_hdr: header, msg_len: 0 });
        }
        let flags = libc::MSG_DONTWAIT as _;
        // SAFETY: every pointer in the headers is to `parts` or to a slot, a name or a control buffer of its own, with
        // its length beside it; all outlive the call.
        let count = unsafe {
            let headers = (headers.as_mut_ptr(), headers.len() as libc::c_uint);
            libc::recvmmsg(socket.as_raw_fd(), headers.0, headers.1, flags, ptr::null_mut())
        };
        let count = usize::try_from(count).map_err(|_| io::Error::last_os_error())?;
        for (header, name) in headers.iter().zip(self.names.iter().skip(start)).take(count) {
            let (info, tagged) = ancillary(&header.msg_hdr);
            // What the system has not filled in is what came before.
            let (from, elsewhere) =
                if header.msg_hdr.msg_namelen == 0 { (None, false) } else { sender(name) };
            let length = usize::try_from(header.msg_len).unwrap_or(SLOT).min(SLOT);
            self.found.push(Ready { length, from, info, foreign: elsewhere || tagged });
        }
        Ok(count)
    }
}

/// A message to be sent: its octets, and where and by which way, unless the socket knows.
#[derive(Clone, Copy, Debug)]
pub(in crate::net) struct Letter<'a> {
    /// The octets.
    pub(in crate::net) octets: &'a [u8],
    /// Where to.
    pub(in crate::net) to: Option<(SocketAddrV4, Pktinfo)>,
}

/// Sends messages by one socket in order, a batch at most, without waiting; tells how many went. Those behind one that
/// can't be sent are not sent.
///
/// # Errors
///
/// What the system says of the first.
pub(in crate::net) fn send_all(socket: BorrowedFd<'_>, letters: &[Letter<'_>]) -> io::Result<usize> {
    if let [Letter { octets, to }] = letters {
        return send(socket, octets, *to).map(|()| 1);
    }
    let count = letters.len().min(BATCH);
    let mut controls: Vec<Control> = vec![[0; 16]; count];
    let mut names: Vec<Option<libc::sockaddr_in>> =
        letters.iter().take(count).map(|letter| letter.to.map(|(to, _)| socket_address(to))).collect();
    let mut parts: Vec<libc::iovec> = letters
        .iter()
        .take(count)
        .map(|Letter { octets, .. }| libc::iovec {
            iov_base: octets.as_ptr().cast_mut().cast(),
            iov_len: octets.len(),
        })
        .collect();
    let mut headers: Vec<libc::mmsghdr> = Vec::with_capacity(count);
    let places = parts.iter_mut().zip(&mut controls).zip(&mut names);
    for (((part, control), name), letter) in places.zip(letters) {
        let mut header = message(part, control);
        header.msg_controllen = 0;
        if let (Some(name), Some((_, info))) = (name, letter.to) {
            header.msg_name = ptr::from_mut(name).cast();
            header.msg_namelen = mem::size_of::<libc::sockaddr_in>() as libc::socklen_t;
            put_pktinfo(&mut header, info);
        }
        headers.push(libc::mmsghdr { msg_hdr: header, msg_len: 0 });
    }
    let flags = (libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL) as _;
    // SAFETY: every pointer in the headers is to the vectors above or to a letter's octets, with its length beside it;
    // sendmmsg writes to none of them but the headers.
    let sent = unsafe {
        libc::sendmmsg(socket.as_raw_fd(), headers.as_mut_ptr(), headers.len() as libc::c_uint, flags)
    };
    usize::try_from(sent).map_err(|_| io::Error::last_os_error())
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, UdpSocket};
    use std::os::fd::AsFd;

    use pretty_assertions::assert_eq;

    use super::*;

    fn local() -> (UdpSocket, SocketAddrV4) {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = socket.local_addr().unwrap().port();
        (socket, SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))
    }

    fn way() -> Pktinfo {
        Pktinfo { interface: 0, local: Ipv4Addr::LOCALHOST, destination: Ipv4Addr::UNSPECIFIED }
    }

    #[test]
    fn batches_keep_order_lengths_and_senders() {
        let ((one, from), (two, to)) = (local(), local());
        super::super::tell_interfaces(two.as_fd()).unwrap();
        let texts: Vec<Vec<u8>> = (1..=40u8).map(|number| vec![number; usize::from(number)]).collect();
        let letters: Vec<Letter<'_>> =
            texts.iter().map(|text| Letter { octets: text, to: Some((to, way())) }).collect();
        assert_eq!(40, send_all(one.as_fd(), &letters).unwrap());
        let mut inbox = Inbox::new();
        // One call receives up to the first few and then the rest.
        assert_eq!(40, inbox.receive(two.as_fd()).unwrap());
        for (number, text) in texts.iter().enumerate() {
            let (ready, octets) = inbox.get(number).unwrap();
            assert_eq!((text.as_slice(), Some(from)), (octets, ready.from));
            assert_eq!(Some(Ipv4Addr::LOCALHOST), ready.info.map(|info| info.local));
        }
        assert!(inbox.get(40).is_none());
        let none = inbox.receive(two.as_fd()).unwrap_err();
        assert_eq!(io::ErrorKind::WouldBlock, none.kind());
    }

    #[test]
    fn the_longest_datagram_is_not_cut() {
        let ((one, _), (two, to)) = (local(), local());
        let long = vec![7; 65_507];
        one.send_to(&long, to).unwrap();
        one.send_to(b"short", to).unwrap();
        let mut inbox = Inbox::new();
        assert_eq!(2, inbox.receive(two.as_fd()).unwrap());
        assert_eq!((65_507, &b"short"[..]), (inbox.get(0).unwrap().1.len(), inbox.get(1).unwrap().1));
    }

    #[test]
    fn what_can_not_be_sent_stops_a_batch_and_is_told_next() {
        let ((one, _), (two, to)) = (local(), local());
        let long = vec![0; 65_508];
        let octets: [&[u8]; 3] = [b"good", &long, b"better"];
        let letters: Vec<Letter<'_>> =
            octets.iter().map(|octets| Letter { octets, to: Some((to, way())) }).collect();
        assert_eq!(1, send_all(one.as_fd(), &letters).unwrap());
        assert!(send_all(one.as_fd(), &letters[1..]).is_err());
        assert_eq!(1, send_all(one.as_fd(), &letters[2..]).unwrap());
        let mut inbox = Inbox::new();
        assert_eq!(2, inbox.receive(two.as_fd()).unwrap());
    }
}
