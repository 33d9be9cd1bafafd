//! A message in pieces, as the text and JSON forms write it down, and the octets that it makes.

use core::fmt;
use core::net::Ipv4Addr;

use super::header::{self, FILE, Field, HEADER_SIZE, MAGIC_COOKIE, SNAME};
use super::message::append;
use super::view::Area;
use crate::options::Code;

/// A message in pieces.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    header: [u8; HEADER_SIZE],
    /// The cookie and the options area, or octets that stand in their place.
    cookie: bool,
    areas: [Option<Vec<u8>>; 3],
    vend: Vec<u8>,
}

/// Why the pieces make no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DraftError {
    /// More octets than a field or an area in a field has.
    TooLong {
        /// The field's name.
        field: &'static str,
        /// Its octets.
        size: usize,
        /// Octets given.
        found: usize,
    },
}

impl fmt::Display for DraftError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let DraftError::TooLong { field, size, found } = self;
        write!(f, "{field} has {size} octets, found {found}")
    }
}

impl core::error::Error for DraftError {}

impl Draft {
    /// A message with cookie, Ethernet address of zeros and no options.
    pub(crate) fn new() -> Draft {
        let mut draft =
            Draft { header: [0; HEADER_SIZE], cookie: true, areas: [None, None, None], vend: Vec::new() };
        draft.number(header::HTYPE, 1);
        draft.number(header::HLEN, 6);
        draft
    }

    fn field(&mut self, field: Field) -> &mut [u8] {
        self.header.get_mut(field.range()).unwrap_or_default()
    }

    /// Sets a field of up to four octets; higher octets are cut.
    pub(crate) fn number(&mut self, field: Field, value: u32) {
        let octets = value.to_be_bytes();
        let low = octets.get(4usize.saturating_sub(field.size)..).unwrap_or_default();
        self.field(field).copy_from_slice(low);
    }

    /// Sets an address.
    pub(crate) fn address(&mut self, field: Field, address: Ipv4Addr) {
        self.number(field, u32::from(address));
    }

    /// Sets a field of octets and fills it up with zeros.
    pub(crate) fn octets(&mut self, field: Field, octets: &[u8]) -> Result<(), DraftError> {
        if octets.len() > field.size {
            return Err(DraftError::TooLong { field: field.name, size: field.size, found: octets.len() });
        }
        let place = self.field(field);
        place.fill(0);
        place.iter_mut().zip(octets).for_each(|(to, from)| *to = *from);
        Ok(())
    }

    /// Puts octets in the place of cookie and options.
    pub(crate) fn without_cookie(&mut self, vend: Vec<u8>) {
        self.cookie = false;
        self.vend = vend;
    }

    /// The area as far as it has been written.
    pub(crate) fn area(&mut self, area: Area) -> &mut Vec<u8> {
        let [options, file, sname] = &mut self.areas;
        match area {
            Area::Options => options,
            Area::File => file,
            Area::Sname => sname,
        }
        .get_or_insert_default()
    }

    /// Appends an option, in parts if it is long.
    pub(crate) fn option(&mut self, area: Area, code: Code, value: &[u8]) {
        append(self.area(area), code, value);
    }

    /// The octets of the message.
    pub(crate) fn finish(mut self) -> Result<Vec<u8>, DraftError> {
        for (area, field) in [(1, FILE), (2, SNAME)] {
            if let Some(octets) = self.areas.get_mut(area).and_then(Option::take) {
                self.octets(field, &octets)?;
            }
        }
        let mut octets = self.header.to_vec();
        if self.cookie {
            octets.extend_from_slice(&MAGIC_COOKIE);
            let [options, ..] = self.areas;
            octets.extend(options.unwrap_or_default());
        } else {
            octets.extend(self.vend);
        }
        Ok(octets)
    }
}
