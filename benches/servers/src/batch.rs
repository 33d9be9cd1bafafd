//! A UDP socket that receives and sends up to 64 datagrams a system call.

use std::io;
use std::mem;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::os::fd::AsRawFd;
use std::ptr;
use std::time::Duration;

pub const BATCH: usize = 64;
const SLOT: usize = 2048;

pub struct Socket {
    socket: UdpSocket,
    slots: Vec<u8>,
    lengths: [usize; BATCH],
    /// What waits to be sent.
    out: Vec<(SocketAddrV4, Vec<u8>)>,
    spare: Vec<Vec<u8>>,
    /// Datagrams that the system would not take.
    pub unsent: u64,
}

impl Socket {
    /// Binds, with a receive buffer of so many octets.
    pub fn bind(at: SocketAddrV4, buffer: i32) -> io::Result<Socket> {
        let socket = UdpSocket::bind(at)?;
        socket.set_nonblocking(true)?;
        socket.set_broadcast(true)?;
        for (name, value) in [(libc::SO_RCVBUFFORCE, buffer), (libc::SO_SNDBUFFORCE, 4 << 20)] {
            let length = mem::size_of::<i32>() as u32;
            // SAFETY: the pointer and the length are those of one integer.
            unsafe {
                libc::setsockopt(
                    socket.as_raw_fd(),
                    libc::SOL_SOCKET,
                    name,
                    (&raw const value).cast(),
                    length,
                )
            };
        }
        let (slots, lengths) = (vec![0; SLOT * BATCH], [0; BATCH]);
        Ok(Socket { socket, slots, lengths, out: Vec::new(), spare: Vec::new(), unsent: 0 })
    }

    /// Waits until there is something, at most so long.
    pub fn wait(&self, longest: Duration) {
        let mut entry = libc::pollfd { fd: self.socket.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        let time = libc::timespec {
            tv_sec: longest.as_secs() as libc::time_t,
            tv_nsec: libc::c_long::from(longest.subsec_nanos()),
        };
        // SAFETY: both pointers are to local variables.
        unsafe { libc::ppoll(&raw mut entry, 1, &raw const time, ptr::null()) };
    }

    /// Receives a batch at most; how many came.
    pub fn receive(&mut self) -> usize {
        let mut parts: Vec<libc::iovec> = self
            .slots
            .chunks_exact_mut(SLOT)
            .map(|slot| libc::iovec { iov_base: slot.as_mut_ptr().cast(), iov_len: SLOT })
            .collect();
        let mut headers: Vec<libc::mmsghdr> = parts
            .iter_mut()
            .map(|part| {
                // SAFETY: integers and pointers, for which zeros are a value.
                let mut header: libc::mmsghdr = unsafe { mem::zeroed() };
                header.msg_hdr.msg_iov = part;
                header.msg_hdr.msg_iovlen = 1;
                header
            })
            .collect();
        // SAFETY: every header points to its part, every part to its slot; all outlive the call.
        let count = unsafe {
            libc::recvmmsg(
                self.socket.as_raw_fd(),
                headers.as_mut_ptr(),
                BATCH as u32,
                libc::MSG_DONTWAIT,
                ptr::null_mut(),
            )
        };
        let count = usize::try_from(count).unwrap_or(0);
        for (length, header) in self.lengths.iter_mut().zip(&headers).take(count) {
            *length = header.msg_len as usize;
        }
        count
    }

    /// A datagram of the batch that was received last.
    pub fn get(&self, number: usize) -> &[u8] {
        let start = number * SLOT;
        &self.slots[start..start + self.lengths[number]]
    }

    /// Makes room for a datagram to be sent.
    pub fn push(&mut self, to: SocketAddrV4) -> &mut Vec<u8> {
        let mut octets = self.spare.pop().unwrap_or_default();
        octets.clear();
        self.out.push((to, octets));
        &mut self.out.last_mut().expect("it was just put there").1
    }

    /// Sends what waits.
    pub fn flush(&mut self) {
        let mut start = 0;
        while start < self.out.len() {
            let batch = &self.out[start..self.out.len().min(start + BATCH)];
            match send(&self.socket, batch) {
                Ok(count) => start += count.max(1),
                Err(_) => {
                    self.unsent += 1;
                    start += 1;
                }
            }
        }
        self.spare.extend(self.out.drain(..).map(|(_, octets)| octets));
    }
}

fn send(socket: &UdpSocket, batch: &[(SocketAddrV4, Vec<u8>)]) -> io::Result<usize> {
    let mut names: Vec<libc::sockaddr_in> = batch.iter().map(|(to, _)| name(*to)).collect();
    let mut parts: Vec<libc::iovec> = batch
        .iter()
        .map(|(_, octets)| libc::iovec { iov_base: octets.as_ptr().cast_mut().cast(), iov_len: octets.len() })
        .collect();
    let mut headers: Vec<libc::mmsghdr> = names
        .iter_mut()
        .zip(&mut parts)
        .map(|(name, part)| {
            // SAFETY: integers and pointers, for which zeros are a value.
            let mut header: libc::mmsghdr = unsafe { mem::zeroed() };
            header.msg_hdr.msg_name = ptr::from_mut(name).cast();
            header.msg_hdr.msg_namelen = mem::size_of::<libc::sockaddr_in>() as u32;
            header.msg_hdr.msg_iov = part;
            header.msg_hdr.msg_iovlen = 1;
            header
        })
        .collect();
    // SAFETY: every header points to its name and part, every part to the octets of the batch; all outlive the call.
    let count = unsafe {
        libc::sendmmsg(socket.as_raw_fd(), headers.as_mut_ptr(), headers.len() as u32, libc::MSG_DONTWAIT)
    };
    usize::try_from(count).map_err(|_| io::Error::last_os_error())
}

fn name(to: SocketAddrV4) -> libc::sockaddr_in {
    // SAFETY: integers alone, for which zeros are a value.
    let mut name: libc::sockaddr_in = unsafe { mem::zeroed() };
    name.sin_family = libc::AF_INET as u16;
    name.sin_port = to.port().to_be();
    name.sin_addr.s_addr = u32::from(*to.ip()).to_be();
    name
}

/// Lets waits end when they are over and not 50 µs later.
pub fn wake_sharply() {
    // SAFETY: takes two numbers.
    unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, 1) };
}

/// An address from four octets in a message.
pub fn address(octets: &[u8]) -> Ipv4Addr {
    Ipv4Addr::new(octets[0], octets[1], octets[2], octets[3])
}
