//! Walking a value by its layout: the one decoder that everything else hangs on.
//!
//! [`walk`] checks every octet against the layout and tells a [`Sink`] what stands where. With the empty sink it is
//! the check; [`tree`](super::tree) builds what is printed. Layouts nest to a fixed depth, since they are constants,
//! and each step takes at least one octet: no input can make it loop (reliability property P2).

use core::net::{Ipv4Addr, Ipv6Addr};
use core::ops::Range;

use super::error::{ValueError, Why};
use super::layout::{Arm, Case, Exactness, Field, Layout, Names, Scalar, Space, Width};
use super::location::Location;
use super::name::Name;
use super::vendor;

/// One value without parts, as the octets have it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Leaf<'a> {
    /// A flag.
    Flag(bool),
    /// A number without sign, with the names of its registry.
    Number(u32, Names),
    /// A number with sign.
    Signed(i32),
    /// A time span in seconds; `u32::MAX` is infinity.
    Seconds(u32),
    /// Seconds since 1970-01-01 00:00 UTC.
    Time(u32),
    /// An IPv4 address.
    Address(Ipv4Addr),
    /// An IPv6 address.
    Address6(Ipv6Addr),
    /// Octets without structure.
    Octets(&'a [u8]),
    /// Text as the sender wrote it, not checked to be UTF-8.
    Text(&'a [u8]),
    /// The code of an option.
    Code(u8),
    /// Flags, with the names of their masks.
    Bits(u8, Names),
    /// A domain name.
    Name(Name<'a>),
    /// A route: destination, prefix length, router.
    Route(Ipv4Addr, u8, Ipv4Addr),
    /// Coordinates in fixed point.
    Location(Location, Exactness),
}

/// What a group of parts is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Named fields.
    Record,
    /// Items of one kind.
    List,
    /// Sub-options.
    Options,
    /// One sub-option of this code.
    SubOption(u8),
}

/// Told what stands where in a value; offsets count from its start.
pub trait Sink<'a> {
    /// A value without parts.
    fn leaf(&mut self, name: &'static str, span: Range<usize>, leaf: Leaf<'a>);
    /// A group begins.
    fn open(&mut self, name: &'static str, at: usize, group: Group);
    /// The group that was opened last ends before octet `at`.
    fn close(&mut self, at: usize);
}

/// The sink of a mere check.
impl Sink<'_> for () {
    #[inline]
    fn leaf(&mut self, _: &'static str, _: Range<usize>, _: Leaf<'_>) {}
    #[inline]
    fn open(&mut self, _: &'static str, _: usize, _: Group) {}
    #[inline]
    fn close(&mut self, _: usize) {}
}

/// Checks `octets` against `layout` and tells `sink` what stands where.
///
/// # Errors
///
/// [`ValueError`] at the first octet that does not fit; what stands before it has been told.
pub fn walk<'a, S: Sink<'a>>(layout: &Layout, octets: &'a [u8], sink: &mut S) -> Result<(), ValueError> {
    if let Some(expected) = layout.size()
        && octets.len() != expected
    {
        return Err(ValueError { at: 0, why: Why::Length { expected, found: octets.len() } });
    }
    let mut walk = Walk { octets, at: 0, end: octets.len(), enterprise: 0, sink };
    walk.layout("", layout)?;
    match octets.len() - walk.at {
        0 => Ok(()),
        left => walk.fail(Why::Trailing(left)),
    }
}

struct Walk<'a, 's, S> {
    octets: &'a [u8],
    at: usize,
    /// Where the innermost counted part ends; never past `octets.len()`.
    end: usize,
    /// The enterprise number read last, for [`Layout::Enterprise`].
    enterprise: u32,
    sink: &'s mut S,
}

impl<'a, S: Sink<'a>> Walk<'a, '_, S> {
    fn layout(&mut self, name: &'static str, layout: &Layout) -> Result<(), ValueError> {
        match *layout {
            Layout::Empty => Ok(()),
            Layout::Scalar(scalar) => self.scalar(name, scalar),
            Layout::Octets { min } => self.rest(name, min, Leaf::Octets),
            Layout::Text { min } => self.rest(name, min, Leaf::Text),
            Layout::Domain => self.domain(name, false),
            Layout::Domains { compressed } => self.domains(name, compressed),
            Layout::Record(fields) => self.record(name, fields),
            Layout::Repeat { item, min } => self.repeat(name, item, min),
            Layout::Counted(width, inner) => self.counted(name, width, inner),
            Layout::Several(item) => self.several(name, item),
            Layout::Optional(inner) if self.at < self.end => self.layout(name, inner),
            Layout::Optional(_) => Ok(()),
            Layout::Options(space) => self.options(name, space),
            Layout::Vendor(space) => self.vendor(name, space),
            Layout::Enterprise => self.vendor(name, vendor::space(self.enterprise)),
            Layout::AtLeast(min, _) if self.left() < min => {
                self.fail(Why::TooShort { min, found: self.left() })
            }
            Layout::AtLeast(_, inner) => self.layout(name, inner),
            Layout::Choice(arms) => self.choice(name, arms),
            Layout::Tagged { name: tag, names, cases, other } => {
                self.tagged(name, Field { name: tag, layout: named(names) }, cases, other)
            }
            Layout::Route => self.route(name),
            Layout::FqdnName => self.fqdn_name(name),
            Layout::Attributes(space) => self.attributes(name, space),
            Layout::Location(exactness) => self.location(name, exactness),
        }
    }

    fn fail<T>(&self, why: Why) -> Result<T, ValueError> {
        Err(ValueError { at: self.at, why })
    }

    fn left(&self) -> usize {
        self.end - self.at
    }

    /// The next `size` octets, stepped over.
    fn take(&mut self, size: usize) -> Option<&'a [u8]> {
        let next = self.at.checked_add(size).filter(|&next| next <= self.end)?;
        let taken = self.octets.get(self.at..next)?;
        self.at = next;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.first_chunk().copied()
    }

    fn octet(&mut self) -> Result<u8, ValueError> {
        match self.array::<1>() {
            Some([octet]) => Ok(octet),
            None => self.fail(Why::TooShort { min: 1, found: 0 }),
        }
    }

    fn scalar(&mut self, name: &'static str, scalar: Scalar) -> Result<(), ValueError> {
        let start = self.at;
        let found = self.left();
        let Some(octets) = self.take(scalar.size()) else {
            return self.fail(Why::Length { expected: scalar.size(), found });
        };
        let leaf = read(scalar, octets).map_err(|why| ValueError { at: start, why })?;
        if let Leaf::Number(number, _) = leaf
            && name == "enterprise"
        {
            self.enterprise = number;
        }
        self.sink.leaf(name, start..self.at, leaf);
        Ok(())
    }

    fn rest(
        &mut self,
        name: &'static str,
        min: usize,
        leaf: impl FnOnce(&'a [u8]) -> Leaf<'a>,
    ) -> Result<(), ValueError> {
        let (start, found) = (self.at, self.left());
        if found < min {
            return self.fail(Why::TooShort { min, found });
        }
        let octets = self.take(found).unwrap_or_default();
        self.sink.leaf(name, start..self.at, leaf(octets));
        Ok(())
    }

    fn domain(&mut self, name: &'static str, compressed: bool) -> Result<(), ValueError> {
        let start = self.at;
        let within = self.octets.get(..self.end).unwrap_or_default();
        let (domain, next) = Name::read(within, start, compressed)?;
        self.at = next;
        self.sink.leaf(name, start..next, Leaf::Name(domain));
        Ok(())
    }

    fn domains(&mut self, name: &'static str, compressed: bool) -> Result<(), ValueError> {
        self.sink.open(name, self.at, Group::List);
        if self.at == self.end {
            return self.fail(Why::TooFew { min: 1, found: 0 });
        }
        while self.at < self.end {
            self.domain("", compressed)?;
        }
        self.sink.close(self.at);
        Ok(())
    }

    fn record(&mut self, name: &'static str, fields: &[Field]) -> Result<(), ValueError> {
        self.sink.open(name, self.at, Group::Record);
        for field in fields {
            self.layout(field.name, &field.layout)?;
        }
        self.sink.close(self.at);
        Ok(())
    }

    fn repeat(&mut self, name: &'static str, item: &Layout, min: usize) -> Result<(), ValueError> {
        self.sink.open(name, self.at, Group::List);
        if let Some(unit) = item.size()
            && !self.left().is_multiple_of(unit)
        {
            return self.fail(Why::NotMultiple { unit, found: self.left() });
        }
        let mut found = 0;
        while self.at < self.end {
            let before = self.at;
            self.layout("", item)?;
            debug_assert!(self.at > before, "an item of a list takes octets");
            found += 1;
        }
        if found < min {
            return self.fail(Why::TooFew { min, found });
        }
        self.sink.close(self.at);
        Ok(())
    }

    fn counted(&mut self, name: &'static str, width: Width, inner: &Layout) -> Result<(), ValueError> {
        let start = self.at;
        let claimed = match width {
            Width::U8 => self.array::<1>().map(|[octet]| usize::from(octet)),
            Width::U16 => self.array::<2>().map(|octets| usize::from(u16::from_be_bytes(octets))),
        };
        let Some(claimed) = claimed else {
            return self.fail(Why::TooShort { min: width.size(), found: self.left() });
        };
        let left = self.left();
        if claimed > left {
            return Err(ValueError { at: start, why: Why::Overrun { claimed, left } });
        }
        if let Some(expected) = inner.size()
            && claimed != expected
        {
            return self.fail(Why::Length { expected, found: claimed });
        }
        self.within(claimed, |walk| walk.layout(name, inner))
    }

    fn several(&mut self, name: &'static str, item: &Layout) -> Result<(), ValueError> {
        self.sink.open(name, self.at, Group::List);
        for _ in 0..self.octet()? {
            self.layout("", item)?;
        }
        self.sink.close(self.at);
        Ok(())
    }

    /// Reads the next `size` octets, which are there, as a part of its own that must be used up.
    fn within(
        &mut self,
        size: usize,
        read: impl FnOnce(&mut Self) -> Result<(), ValueError>,
    ) -> Result<(), ValueError> {
        let outer = self.end;
        self.end = self.at + size;
        read(self)?;
        if self.at < self.end {
            return self.fail(Why::Trailing(self.left()));
        }
        self.end = outer;
        Ok(())
    }

    fn options(&mut self, name: &'static str, space: &Space) -> Result<(), ValueError> {
        self.sink.open(name, self.at, Group::Options);
        self.sub_options(space)?;
        self.sink.close(self.at);
        Ok(())
    }

    fn sub_options(&mut self, space: &Space) -> Result<(), ValueError> {
        while self.at < self.end {
            let start = self.at;
            let code = self.octet()?;
            self.sub_option(start, code, space, |walk, layout| walk.counted("", Width::U8, layout))?;
        }
        Ok(())
    }

    fn vendor(&mut self, name: &'static str, space: &Space) -> Result<(), ValueError> {
        let octets = self.octets.get(self.at..self.end).unwrap_or_default();
        let space = if vendor::fits(space, octets) { space } else { &vendor::UNKNOWN };
        match vendor::length(octets) {
            None => self.rest(name, 0, Leaf::Octets),
            Some(length) => {
                self.sink.open(name, self.at, Group::Options);
                self.within(length, |walk| walk.sub_options(space))?;
                if self.at < self.end {
                    self.rest("end", 1, Leaf::Octets)?;
                }
                self.sink.close(self.at);
                Ok(())
            }
        }
    }

    fn choice(&mut self, name: &'static str, arms: &[Arm]) -> Result<(), ValueError> {
        let start = self.at;
        let selector = self.octet()?;
        let Some(arm) = arms.iter().find(|arm| arm.selector == selector) else {
            return Err(ValueError { at: start, why: Why::NoSuchArm(selector) });
        };
        self.sink.open(name, start, Group::Record);
        self.layout(arm.name, &arm.layout)?;
        self.sink.close(self.at);
        Ok(())
    }

    fn tagged(
        &mut self,
        name: &'static str,
        tag: Field,
        cases: &[Case],
        other: &[Field],
    ) -> Result<(), ValueError> {
        self.sink.open(name, self.at, Group::Record);
        let selector = self.octets.get(self.at).copied();
        self.layout(tag.name, &tag.layout)?;
        let case = cases.iter().find(|case| Some(case.selector) == selector);
        for field in case.map_or(other, |case| case.fields) {
            self.layout(field.name, &field.layout)?;
        }
        self.sink.close(self.at);
        Ok(())
    }

    fn route(&mut self, name: &'static str) -> Result<(), ValueError> {
        let start = self.at;
        let found = self.octet()?;
        if found > 32 {
            return Err(ValueError { at: start, why: Why::PrefixLength { max: 32, found } });
        }
        let significant = usize::from(found).div_ceil(8);
        let left = self.left();
        let (Some(prefix), Some(router)) = (self.take(significant), self.array::<4>()) else {
            return Err(ValueError { at: start, why: Why::Overrun { claimed: significant + 4, left } });
        };
        let mut destination = [0; 4];
        for (to, from) in destination.iter_mut().zip(prefix) {
            *to = *from;
        }
        let leaf = Leaf::Route(Ipv4Addr::from(destination), found, Ipv4Addr::from(router));
        self.sink.leaf(name, start..self.at, leaf);
        Ok(())
    }

    /// The E flag is bit 2 of the option's first octet (RFC 4702 §2.1). A name in wire format may lack its root
    /// label, which says that it is partial (§2.3).
    fn fqdn_name(&mut self, name: &'static str) -> Result<(), ValueError> {
        let wire = self.octets.first().is_some_and(|flags| flags & 0x04 != 0);
        if !wire || self.at == self.end {
            return self.rest(name, 0, Leaf::Text);
        }
        let start = self.at;
        let within = self.octets.get(..self.end).unwrap_or_default();
        let (domain, next) = Name::read_partial(within, start)?;
        self.at = next;
        self.sink.leaf(name, start..next, Leaf::Name(domain));
        Ok(())
    }

    fn attributes(&mut self, name: &'static str, space: &Space) -> Result<(), ValueError> {
        self.sink.open(name, self.at, Group::Options);
        while self.at < self.end {
            let start = self.at;
            let code = self.octet()?;
            let length = self.octet()?;
            let fail = |why| Err(ValueError { at: start + 1, why });
            let left = self.left();
            match usize::from(length).checked_sub(2) {
                None => return fail(Why::OutOfRange { min: 2, max: 255, found: u32::from(length) }),
                Some(claimed) if claimed > left => return fail(Why::Overrun { claimed, left }),
                Some(size) => self.sub_option(start, code, space, |walk, layout| {
                    walk.within(size, |walk| walk.layout("", layout))
                })?,
            }
        }
        self.sink.close(self.at);
        Ok(())
    }

    /// Reads a sub-option whose code stood at `start`; `read` reads its value by the layout it has in `space`.
    fn sub_option(
        &mut self,
        start: usize,
        code: u8,
        space: &Space,
        read: impl FnOnce(&mut Self, &Layout) -> Result<(), ValueError>,
    ) -> Result<(), ValueError> {
        let (label, layout) = match space.row(code) {
            Some(row) => (row.name, &row.layout),
            None => ("", &Layout::Octets { min: 0 }),
        };
        self.sink.open(label, start, Group::SubOption(code));
        read(self, layout)?;
        self.sink.close(self.at);
        Ok(())
    }

    fn location(&mut self, name: &'static str, exactness: Exactness) -> Result<(), ValueError> {
        let (start, found) = (self.at, self.left());
        let Some(octets) = self.array::<16>() else {
            return self.fail(Why::Length { expected: 16, found });
        };
        self.sink.leaf(name, start..self.at, Leaf::Location(Location::from_octets(octets), exactness));
        Ok(())
    }
}

/// The layout of an octet whose values have names.
pub(super) const fn named(names: Names) -> Layout {
    Layout::Scalar(Scalar::U8 { min: 0, max: u8::MAX, names })
}

/// Reads a scalar from exactly its octets.
#[inline]
pub(super) fn read(scalar: Scalar, octets: &[u8]) -> Result<Leaf<'_>, Why> {
    let length = Why::Length { expected: scalar.size(), found: octets.len() };
    Ok(match scalar {
        Scalar::Flag => match *array(octets, length)? {
            [0] => Leaf::Flag(false),
            [1] => Leaf::Flag(true),
            [other] => return Err(Why::NotFlag(other)),
        },
        Scalar::U8 { min, max, names } => {
            let [found] = *array(octets, length)?;
            Leaf::Number(bounded(u32::from(found), u32::from(min), u32::from(max))?, names)
        }
        Scalar::U16 { min, names } => {
            let found = u32::from(u16::from_be_bytes(*array(octets, length)?));
            Leaf::Number(bounded(found, u32::from(min), u32::from(u16::MAX))?, names)
        }
        Scalar::U32 => Leaf::Number(u32::from_be_bytes(*array(octets, length)?), &[]),
        Scalar::I32 => Leaf::Signed(i32::from_be_bytes(*array(octets, length)?)),
        Scalar::Seconds => Leaf::Seconds(u32::from_be_bytes(*array(octets, length)?)),
        Scalar::Time => Leaf::Time(u32::from_be_bytes(*array(octets, length)?)),
        Scalar::Address => Leaf::Address(Ipv4Addr::from(*array(octets, length)?)),
        Scalar::Address6 => Leaf::Address6(Ipv6Addr::from(*array::<16>(octets, length)?)),
        Scalar::Octets(size) if octets.len() == size => Leaf::Octets(octets),
        Scalar::Octets(_) => return Err(length),
        Scalar::Code => {
            let [code] = *array(octets, length)?;
            Leaf::Code(code)
        }
        Scalar::Bits(names) => {
            let [bits] = *array(octets, length)?;
            Leaf::Bits(bits, names)
        }
        Scalar::OneOf(names) => {
            let [found] = *array(octets, length)?;
            Leaf::Number(one_of(names, found)?, names)
        }
        Scalar::Letters(size) if octets.len() == size => Leaf::Text(octets),
        Scalar::Letters(_) => return Err(length),
    })
}

#[inline]
fn array<const N: usize>(octets: &[u8], error: Why) -> Result<&[u8; N], Why> {
    octets.try_into().map_err(|_| error)
}

fn one_of(names: Names, found: u8) -> Result<u32, Why> {
    let number = u32::from(found);
    let known = names.iter().any(|(named, _)| *named == number);
    if known { Ok(number) } else { Err(Why::NotOneOf { names, found }) }
}

#[inline]
fn bounded(found: u32, min: u32, max: u32) -> Result<u32, Why> {
    if (min..=max).contains(&found) { Ok(found) } else { Err(Why::OutOfRange { min, max, found }) }
}
