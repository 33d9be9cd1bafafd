//! A message as received: read in place, nothing copied (law 1: raw octets are the truth).

use core::fmt;
use core::net::Ipv4Addr;
use std::borrow::Cow;
use std::collections::HashMap;

use byteorder::{BigEndian, ByteOrder};
use nom::IResult;
use nom::bytes::complete::take;

pub use super::found::CodeSet;
use super::found::Found;
use super::header::{
    CHADDR_SIZE, FIELDS, Flags, HEADER_SIZE, HardwareAddress, MAGIC_COOKIE, MessageType, OPTIONS_OFFSET, Op,
};
use crate::options::walk::{Reader, walk_option};
use crate::options::{self, Code, Key, OptionError, Options, Segment, Segments, Shape, Value, ValueError};

/// Why octets are no BOOTP message at all: there are too few. Shown as
/// ``truncated at `xid`, offset 4: expected 236 octets, found 5``.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// Octets that are there.
    pub found: usize,
}

impl ParseError {
    /// The first field that is not there whole.
    #[must_use]
    pub fn field(&self) -> super::header::Field {
        FIELDS.iter().copied().find(|field| field.range().end > self.found).unwrap_or(super::header::FILE)
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = self.field();
        write!(f, "truncated at `{}`, offset {}: ", field.name, field.offset)?;
        write!(f, "expected {HEADER_SIZE} octets, found {}", self.found)
    }
}

impl core::error::Error for ParseError {}

/// One of the places that hold options, in the order in which their parts are joined (RFC 3396 §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Area {
    /// Behind the magic cookie.
    Options,
    /// The field file, if option 52 says so.
    File,
    /// The field sname, if option 52 says so.
    Sname,
}

impl Area {
    /// `options`, `file` or `sname`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Area::Options => "options",
            Area::File => "file",
            Area::Sname => "sname",
        }
    }

    /// Where the area begins in the message.
    #[must_use]
    pub const fn offset(self) -> usize {
        match self {
            Area::Options => OPTIONS_OFFSET,
            Area::File => super::header::FILE.offset,
            Area::Sname => super::header::SNAME.offset,
        }
    }
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// An option as it stands in the message: one instance, not joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instance<'a> {
    /// Its code.
    pub code: Code,
    /// The area it stands in.
    pub area: Area,
    /// The offset of its code from the start of the message.
    pub offset: usize,
    /// The octets of its value that are there.
    pub octets: &'a [u8],
    /// What its length octet says, if that is more than is there.
    pub claimed: Option<u8>,
}

impl Instance<'_> {
    /// The offset of its value from the start of the message.
    #[must_use]
    pub fn value_offset(&self) -> usize {
        self.offset + 2
    }
}

/// A message of at least 236 octets, read in place.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    octets: &'a [u8],
    header: &'a [u8; HEADER_SIZE],
    /// Octets of the options area; empty without the magic cookie.
    area: &'a [u8],
    found: Found,
}

fn header(input: &[u8]) -> IResult<&[u8], &[u8], ()> {
    take(HEADER_SIZE)(input)
}

impl<'a> Packet<'a> {
    /// Reads a message in place and allocates nothing.
    ///
    /// # Errors
    ///
    /// [`ParseError`] if there are fewer than 236 octets. Whatever else is wrong hides nothing that is right.
    #[inline]
    pub fn parse(octets: &'a [u8]) -> Result<Packet<'a>, ParseError> {
        let error = ParseError { found: octets.len() };
        let (rest, head) = header(octets).map_err(|_| error)?;
        let head = head.first_chunk::<HEADER_SIZE>().ok_or(error)?;
        let area = rest.strip_prefix(&MAGIC_COOKIE).unwrap_or_default();
        Ok(Packet { octets, header: head, area, found: Found::new(head, area) })
    }

    /// The whole message.
    #[must_use]
    pub fn octets(&self) -> &'a [u8] {
        self.octets
    }

    #[inline]
    fn at<const N: usize>(&self, offset: usize) -> &'a [u8; N] {
        const { assert!(N <= HEADER_SIZE) };
        self.header.get(offset..).and_then(|rest| rest.first_chunk()).unwrap_or(&[0; N])
    }

    #[inline]
    fn address(&self, offset: usize) -> Ipv4Addr {
        Ipv4Addr::from(*self.at::<4>(offset))
    }

    /// Field op.
    #[must_use]
    pub fn op(&self) -> Op {
        Op(self.at::<1>(0)[0])
    }

    /// Field htype: the kind of hardware address (RFC 1700).
    #[must_use]
    pub fn htype(&self) -> u8 {
        self.at::<1>(1)[0]
    }

    /// Field hlen: octets of the hardware address, as the sender says.
    #[must_use]
    pub fn hlen(&self) -> u8 {
        self.at::<1>(2)[0]
    }

    /// Field hops: relay agents passed.
    #[must_use]
    pub fn hops(&self) -> u8 {
        self.at::<1>(3)[0]
    }

    /// Field xid: the transaction's number.
    #[must_use]
    pub fn xid(&self) -> u32 {
        BigEndian::read_u32(self.at::<4>(4))
    }

    /// Field secs: seconds since the client began.
    #[must_use]
    pub fn secs(&self) -> u16 {
        BigEndian::read_u16(self.at::<2>(8))
    }

    /// Field flags.
    #[must_use]
    pub fn flags(&self) -> Flags {
        Flags(BigEndian::read_u16(self.at::<2>(10)))
    }

    /// Field ciaddr: the client's address.
    #[must_use]
    pub fn ciaddr(&self) -> Ipv4Addr {
        self.address(12)
    }

    /// Field yiaddr: the address assigned.
    #[must_use]
    pub fn yiaddr(&self) -> Ipv4Addr {
        self.address(16)
    }

    /// Field siaddr: the next server.
    #[must_use]
    pub fn siaddr(&self) -> Ipv4Addr {
        self.address(20)
    }

    /// Field giaddr: the relay agent.
    #[must_use]
    pub fn giaddr(&self) -> Ipv4Addr {
        self.address(24)
    }

    /// Field chaddr, all sixteen octets.
    #[must_use]
    pub fn chaddr_field(&self) -> &'a [u8; CHADDR_SIZE] {
        self.at(28)
    }

    /// The client's hardware address: hlen octets of chaddr, sixteen at most.
    #[must_use]
    pub fn chaddr(&self) -> HardwareAddress<'a> {
        let field = self.chaddr_field();
        HardwareAddress(field.get(..usize::from(self.hlen())).unwrap_or(field))
    }

    /// Field sname, all 64 octets.
    #[must_use]
    pub fn sname(&self) -> &'a [u8] {
        self.at::<64>(44)
    }

    /// Field file, all 128 octets.
    #[must_use]
    pub fn file(&self) -> &'a [u8] {
        self.at::<128>(108)
    }

    /// What stands behind the header, the cookie included.
    #[must_use]
    pub fn tail(&self) -> &'a [u8] {
        self.octets.get(HEADER_SIZE..).unwrap_or_default()
    }

    /// Whether the magic cookie stands behind the header.
    #[must_use]
    pub fn has_cookie(&self) -> bool {
        self.tail().starts_with(&MAGIC_COOKIE)
    }

    /// The type of the message, if it is DHCP: option 53 stands in the options area with one octet.
    #[must_use]
    #[inline]
    pub fn message_type(&self) -> Option<MessageType> {
        self.found.message_type
    }

    /// The areas that hold options, each with its octets, in the order in which split options are joined.
    pub fn areas(&self) -> impl Iterator<Item = (Area, &'a [u8])> + Clone + use<'a> {
        let file = (self.found.overload & 1 != 0).then(|| (Area::File, self.file()));
        let sname = (self.found.overload & 2 != 0).then(|| (Area::Sname, self.sname()));
        core::iter::once((Area::Options, self.area)).chain(file).chain(sname)
    }

    /// Every segment of every area, with its offset from the start of the message.
    #[inline]
    pub fn segments(&self) -> impl Iterator<Item = (Area, usize, Segment<'a>)> + Clone + use<'a> {
        self.areas().flat_map(|(area, octets)| {
            Segments::new(octets).map(move |(at, segment)| (area, area.offset() + at, segment))
        })
    }

    /// Every option as it stands in the message, cut ones included, in the order of joining.
    #[inline]
    pub fn instances(&self) -> impl Iterator<Item = Instance<'a>> + Clone + use<'a> {
        self.areas().flat_map(|(area, octets)| {
            Segments::new(octets).filter_map(move |(at, segment)| instance(area, at, segment))
        })
    }

    /// Whether an option is there.
    #[must_use]
    #[inline]
    pub fn has(&self, code: Code) -> bool {
        self.found.present.contains(code)
    }

    /// Whether an option stands more than once.
    #[must_use]
    #[inline]
    pub fn is_repeated(&self, code: Code) -> bool {
        self.found.repeated.contains(code)
    }

    /// Whether any option stands more than once.
    #[must_use]
    #[inline]
    pub fn repeats(&self) -> bool {
        self.found.any_repeated
    }

    /// Whether an option reaches past the end of its area.
    #[must_use]
    #[inline]
    pub fn is_cut(&self) -> bool {
        self.found.cut
    }

    /// The first instance of an option, cut or not.
    #[must_use]
    pub fn first(&self, code: Code) -> Option<Instance<'a>> {
        if !self.found.present.contains(code) {
            return None;
        }
        self.areas().find_map(|(area, octets)| {
            Segments::new(octets)
                .find_map(|(at, segment)| instance(area, at, segment).filter(|part| part.code == code))
        })
    }

    /// The parts of each option in the order of joining, learnt in one pass: there may be thousands, and to look for
    /// those of one option after the other would take the square of that.
    #[must_use]
    pub fn parts(&self) -> Parts<'a> {
        let mut parts = Parts(HashMap::new());
        self.instances().for_each(|part| parts.0.entry(part.code).or_default().push(part));
        parts
    }

    /// The value of an option, its parts joined (RFC 3396 §7), as far as it is there. Allocates only if there are
    /// parts to join.
    #[must_use]
    pub fn value(&self, code: Code) -> Option<Cow<'a, [u8]>> {
        if !self.found.present.contains(code) {
            return None;
        }
        if !self.found.is_odd() && self.found.overload == 0 {
            let mut options = Options::new(self.area);
            return options.find(|(found, _)| *found == code).map(|(_, octets)| Cow::Borrowed(octets));
        }
        if !self.found.repeated.contains(code) {
            return self.first(code).map(|only| Cow::Borrowed(only.octets));
        }
        join(self.instances().filter(|instance| instance.code == code))
    }

    /// The offset in the message of octet `at` of an option's joined value.
    #[must_use]
    pub fn offset_in(&self, code: Code, at: usize) -> usize {
        offset_in(self.instances().filter(|instance| instance.code == code), at)
    }

    #[cold]
    fn option_error(&self, code: Code, error: ValueError) -> OptionError {
        OptionError { code, offset: self.offset_in(code, error.at), why: error.why }
    }

    /// The joined value of an option that is there whole.
    fn whole(&self, code: Code) -> Result<Option<Cow<'a, [u8]>>, OptionError> {
        if self.found.cut
            && let Some(cut) = self.instances().find(|part| part.code == code && part.claimed.is_some())
        {
            return Err(cut_error(&cut));
        }
        Ok(self.value(code))
    }

    /// A plain value: a number, a flag or an address.
    ///
    /// # Errors
    ///
    /// [`OptionError`] if the octets of the option do not have its shape.
    pub fn get<T, V>(&self, key: &Key<T>) -> Result<Option<V>, OptionError>
    where
        T: for<'v> Shape<View<'v> = V>,
    {
        let Some(octets) = self.whole(key.code)? else { return Ok(None) };
        T::decode(&octets).map(Some).map_err(|error| self.option_error(key.code, error))
    }

    /// The checked octets of a value that is not plain; [`Shape::view`] shows them as the option's type.
    ///
    /// # Errors
    ///
    /// [`OptionError`] if the octets of the option do not have its shape.
    pub fn checked<T: Shape>(&self, key: &Key<T>) -> Result<Option<Cow<'a, [u8]>>, OptionError> {
        let Some(octets) = self.whole(key.code)? else { return Ok(None) };
        T::decode(&octets).map_err(|error| self.option_error(key.code, error))?;
        Ok(Some(octets))
    }

    /// Checks and reads every option by its row in the table, parts joined at the place of the first, and tells
    /// `reader`: all of the message in one walk. Allocates only if there are parts to join.
    #[inline]
    pub fn walk<R: Reader>(&self, reader: &mut R) {
        if self.found.is_odd() || self.found.overload != 0 {
            return self.walk_odd(reader);
        }
        for (_, segment) in Segments::new(self.area) {
            if let Segment::Option(code, octets) = segment {
                self.walk_option(code, octets, reader);
            }
        }
    }

    #[inline(always)]
    fn walk_option<R: Reader>(&self, code: Code, octets: &[u8], reader: &mut R) {
        reader.option(code);
        if let Err(error) = walk_option(code, octets, reader) {
            reader.fault(self.option_error(code, error));
        }
    }

    /// As [`Packet::walk`], for a message with options that are cut, stand more than once or in other areas.
    #[cold]
    fn walk_odd<R: Reader>(&self, reader: &mut R) {
        self.each_whole(|code, whole| {
            reader.option(code);
            let fault = match whole {
                Ok((octets, parts)) => {
                    walk_option(code, octets, reader).map_err(|error| error_in(code, parts, error))
                }
                Err(cut) => Err(cut),
            };
            if let Err(fault) = fault {
                reader.fault(fault);
            }
        });
    }

    /// Reads every option by its row in the table, parts joined at the place of the first, and calls `each`.
    /// Allocates only if there are parts to join.
    pub fn each_value(&self, mut each: impl FnMut(Code, Result<Value<'_>, OptionError>)) {
        self.each_whole(|code, whole| match whole {
            Ok((octets, parts)) => {
                let value = Value::read(code.layout(), octets);
                each(code, value.map_err(|error| error_in(code, parts, error)));
            }
            Err(cut) => each(code, Err(cut)),
        });
    }

    /// Calls `each` with every option at the place of its first part: its octets, joined, and its parts; or that a
    /// part is cut.
    #[inline]
    fn each_whole(&self, mut each: impl FnMut(Code, Result<(&[u8], &[Instance<'a>]), OptionError>)) {
        let mut parts = None;
        self.instances().for_each(|instance| {
            let code = instance.code;
            if instance.claimed.is_some() {
                return each(code, Err(cut_error(&instance)));
            }
            if !self.found.repeated.contains(code) {
                return each(code, Ok((instance.octets, &[instance])));
            }
            let parts = parts.get_or_insert_with(|| self.parts());
            if let Some(parts) = parts.0.remove(&code)
                && parts.iter().all(|part| part.claimed.is_none())
                && let Some(octets) = join(parts.iter().copied())
            {
                each(code, Ok((&octets, &parts)));
            }
        });
    }
}

/// The option that a segment at `at` of an area is.
#[inline]
fn instance(area: Area, at: usize, segment: Segment<'_>) -> Option<Instance<'_>> {
    let offset = area.offset() + at;
    match segment {
        Segment::Option(code, octets) => Some(Instance { code, area, offset, octets, claimed: None }),
        Segment::Truncated(code, claimed, octets) => {
            Some(Instance { code, area, offset, octets, claimed: Some(claimed) })
        }
        _ => None,
    }
}

/// The parts of each option.
#[derive(Clone, Debug)]
pub struct Parts<'a>(HashMap<Code, Vec<Instance<'a>>>);

impl<'a> Parts<'a> {
    /// The parts of an option in the order of joining; one if it is not split or repeated.
    #[must_use]
    pub fn of(&self, code: Code) -> &[Instance<'a>] {
        self.0.get(&code).map_or(&[], Vec::as_slice)
    }

    /// As [`Packet::value`].
    #[must_use]
    pub fn value(&self, code: Code) -> Option<Cow<'a, [u8]>> {
        join(self.of(code).iter().copied())
    }
}

fn join<'a>(mut parts: impl Iterator<Item = Instance<'a>>) -> Option<Cow<'a, [u8]>> {
    let first = Cow::Borrowed(parts.next()?.octets);
    Some(parts.fold(first, |mut joined, part| {
        joined.to_mut().extend_from_slice(part.octets);
        joined
    }))
}

/// Where octet `at` of the value that parts make together stands in the message.
fn offset_in<'a>(parts: impl Iterator<Item = Instance<'a>>, at: usize) -> usize {
    let mut left = at;
    let mut offset = 0;
    for part in parts {
        if left < part.octets.len() {
            return part.value_offset() + left;
        }
        left -= part.octets.len();
        offset = part.value_offset() + part.octets.len();
    }
    offset
}

#[cold]
fn error_in(code: Code, parts: &[Instance<'_>], error: ValueError) -> OptionError {
    OptionError { code, offset: offset_in(parts.iter().copied(), error.at), why: error.why }
}

/// An option whose length octet reaches past the end of its area.
#[cold]
pub(super) fn cut_error(cut: &Instance<'_>) -> OptionError {
    let claimed = usize::from(cut.claimed.unwrap_or_default());
    OptionError {
        code: cut.code,
        offset: cut.offset + 1,
        why: options::Why::Overrun { claimed, left: cut.octets.len() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truncated_headers_name_the_field_and_offset() {
        for (len, want) in [
            (0, "truncated at `op`, offset 0"),
            (5, "truncated at `xid`, offset 4"),
            (235, "truncated at `file`, offset 108"),
        ] {
            let error = Packet::parse(&vec![0; len]).unwrap_err().to_string();
            assert_eq!(want, error.split(':').next().unwrap(), "{len} octets");
        }
    }
}
