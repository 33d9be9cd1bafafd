//! A message as built: the datagram itself, its fields set in place and its options appended.

use core::net::Ipv4Addr;

use byteorder::{BigEndian, ByteOrder};

use super::header::{
    CHADDR, CIADDR, FILE, FLAGS, Field, Flags, GIADDR, HEADER_SIZE, HLEN, HOPS, HTYPE, MAGIC_COOKIE, OP,
    OPTIONS_OFFSET, Op, SECS, SIADDR, SNAME, XID, YIADDR,
};
use super::view::{Packet, ParseError};
use crate::options::{Code, Key, Shape};

/// A message that is being built. Options are appended in the order of the calls; a value of more than 255 octets
/// is split (RFC 3396 §6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    octets: Vec<u8>,
}

/// The start of every message: a header of zeros and the cookie.
const BLANK: [u8; OPTIONS_OFFSET] = {
    let mut blank = [0; OPTIONS_OFFSET];
    blank[HEADER_SIZE] = MAGIC_COOKIE[0];
    blank[HEADER_SIZE + 1] = MAGIC_COOKIE[1];
    blank[HEADER_SIZE + 2] = MAGIC_COOKIE[2];
    blank[HEADER_SIZE + 3] = MAGIC_COOKIE[3];
    blank
};

impl Message {
    /// A message of zeros with this op and the magic cookie, without options.
    #[must_use]
    pub fn new(op: Op) -> Message {
        Message::reuse(Vec::with_capacity(576), op)
    }

    /// As [`Message::new`], in a buffer that is there.
    #[must_use]
    #[inline]
    pub fn reuse(mut buffer: Vec<u8>, op: Op) -> Message {
        buffer.clear();
        buffer.extend_from_slice(&BLANK);
        let mut message = Message { octets: buffer };
        message.set_u8(OP, op.0);
        message
    }

    /// A message of any octets, to be changed.
    ///
    /// # Errors
    ///
    /// [`ParseError`] if there are fewer than 236 octets.
    pub fn from_octets(octets: Vec<u8>) -> Result<Message, ParseError> {
        Packet::parse(&octets)?;
        Ok(Message { octets })
    }

    #[inline]
    fn field(&mut self, field: Field) -> &mut [u8] {
        self.octets.get_mut(field.range()).unwrap_or_default()
    }

    #[inline]
    fn set_u8(&mut self, field: Field, value: u8) {
        self.field(field).fill(value);
    }

    #[inline]
    fn set_address(&mut self, field: Field, address: Ipv4Addr) -> &mut Self {
        self.field(field).copy_from_slice(&address.octets());
        self
    }

    /// Copies what fits of `value` into a field and fills it up with zeros.
    fn set_octets(&mut self, field: Field, value: &[u8]) {
        let field = self.field(field);
        field.fill(0);
        field.iter_mut().zip(value).for_each(|(to, from)| *to = *from);
    }

    /// Sets htype, hlen and chaddr; of an address of more than sixteen octets hlen says 16.
    #[inline]
    pub fn set_hardware(&mut self, htype: u8, address: &[u8]) -> &mut Self {
        self.set_u8(HTYPE, htype);
        self.set_u8(HLEN, u8::try_from(address.len().min(CHADDR.size)).unwrap_or_default());
        self.set_octets(CHADDR, address);
        self
    }

    /// Sets hlen apart from the address.
    pub fn set_hlen(&mut self, hlen: u8) -> &mut Self {
        self.set_u8(HLEN, hlen);
        self
    }

    /// Sets hops.
    pub fn set_hops(&mut self, hops: u8) -> &mut Self {
        self.set_u8(HOPS, hops);
        self
    }

    /// Sets xid.
    #[inline]
    pub fn set_xid(&mut self, xid: u32) -> &mut Self {
        BigEndian::write_u32(self.field(XID), xid);
        self
    }

    /// Sets secs.
    pub fn set_secs(&mut self, secs: u16) -> &mut Self {
        BigEndian::write_u16(self.field(SECS), secs);
        self
    }

    /// Sets flags.
    #[inline]
    pub fn set_flags(&mut self, flags: Flags) -> &mut Self {
        BigEndian::write_u16(self.field(FLAGS), flags.0);
        self
    }

    /// Sets ciaddr.
    pub fn set_ciaddr(&mut self, address: Ipv4Addr) -> &mut Self {
        self.set_address(CIADDR, address)
    }

    /// Sets yiaddr.
    #[inline]
    pub fn set_yiaddr(&mut self, address: Ipv4Addr) -> &mut Self {
        self.set_address(YIADDR, address)
    }

    /// Sets siaddr.
    #[inline]
    pub fn set_siaddr(&mut self, address: Ipv4Addr) -> &mut Self {
        self.set_address(SIADDR, address)
    }

    /// Sets giaddr.
    #[inline]
    pub fn set_giaddr(&mut self, address: Ipv4Addr) -> &mut Self {
        self.set_address(GIADDR, address)
    }

    /// Sets sname to at most 64 octets.
    pub fn set_sname(&mut self, name: &[u8]) -> &mut Self {
        self.set_octets(SNAME, name);
        self
    }

    /// Sets file to at most 128 octets.
    pub fn set_file(&mut self, name: &[u8]) -> &mut Self {
        self.set_octets(FILE, name);
        self
    }

    /// Appends an option.
    #[inline]
    pub fn push<T: Shape>(&mut self, key: &Key<T>, value: T::Set<'_>) -> &mut Self {
        let start = self.octets.len();
        self.octets.extend_from_slice(&[key.code.0, 0]);
        T::put(value, &mut self.octets);
        let length = self.octets.len() - start - 2;
        match (u8::try_from(length), self.octets.get_mut(start + 1)) {
            (Ok(length), Some(octet)) => *octet = length,
            _ => self.split(key.code, start),
        }
        self
    }

    /// Appends an option by its code and octets.
    #[inline]
    pub fn push_octets(&mut self, code: Code, value: &[u8]) -> &mut Self {
        append(&mut self.octets, code, value);
        self
    }

    /// Appends options as they stand in an area.
    pub(super) fn extend(&mut self, area: &[u8]) {
        self.octets.extend_from_slice(area);
    }

    /// Splits the option that was written at `start` and turned out too long.
    #[cold]
    fn split(&mut self, code: Code, start: usize) {
        let value = self.octets.split_off(start + 2);
        self.octets.truncate(start);
        append(&mut self.octets, code, &value);
    }

    /// Ends the options and fills up with zeros to `size` octets: the datagram.
    #[must_use]
    #[inline]
    pub fn end(mut self, size: usize) -> Vec<u8> {
        self.octets.push(Code::END.0);
        if self.octets.len() < size {
            self.octets.resize(size, 0);
        }
        self.octets
    }

    /// The octets so far.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }
}

/// Appends an option to an area, in parts of at most 255 octets.
#[inline]
pub(super) fn append(area: &mut Vec<u8>, code: Code, value: &[u8]) {
    match u8::try_from(value.len()) {
        Ok(length) => {
            area.extend_from_slice(&[code.0, length]);
            area.extend_from_slice(value);
        }
        Err(_) => value.chunks(255).for_each(|part| append(area, code, part)),
    }
}
