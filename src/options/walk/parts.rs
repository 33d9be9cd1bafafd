//! Values with parts: a walk that keeps its place.

use core::net::Ipv4Addr;

use super::scalar::{named, plain, read};
use super::sink::{Group, Leaf, Sink};
use crate::options::error::{ValueError, Why};
use crate::options::layout::{Arm, Case, Exactness, Field, Layout, Scalar, Space, Width};
use crate::options::name::Name;
use crate::options::vendor;

#[inline(never)]
pub(super) fn walk_parts<'a, S: Sink<'a>>(
    layout: &Layout,
    octets: &'a [u8],
    sink: &mut S,
) -> Result<(), ValueError> {
    if let Some(expected) = layout.size()
        && octets.len() != expected
    {
        return Err(ValueError { at: 0, why: Why::Length { expected, found: octets.len() } });
    }
    let mut walk = Walk { octets, at: 0, end: octets.len(), enterprise: 0, fault: None, sink };
    if walk.layout("", layout).is_some() && walk.at < walk.end {
        let _: Option<()> = walk.fail(Why::Trailing(walk.left()));
    }
    match walk.fault {
        None => Ok(()),
        Some(fault) => Err(fault),
    }
}

/// The most octets of the names in one value, compression undone: more would not fit a datagram.
const MAX_NAMES: usize = 65_535;

/// A walk under way. A step that finds a fault notes it and returns `None`, which costs the steps that find none
/// less than a `Result` with the fault in it would.
struct Walk<'a, 's, S> {
    octets: &'a [u8],
    at: usize,
    /// Where the innermost counted part ends; never past `octets.len()`.
    end: usize,
    /// The enterprise number read last, for [`Layout::Enterprise`].
    enterprise: u32,
    fault: Option<ValueError>,
    sink: &'s mut S,
}

impl<'a, S: Sink<'a>> Walk<'a, '_, S> {
    fn layout(&mut self, name: &'static str, layout: &Layout) -> Option<()> {
        match layout {
            Layout::Scalar(scalar) => self.scalar(name, scalar),
            Layout::Octets { min } => self.rest(name, *min, Leaf::Octets),
            Layout::Text { min } => self.rest(name, *min, Leaf::Text),
            Layout::Record(fields) => self.record(name, fields),
            Layout::Repeat { item: Layout::Scalar(scalar), min } => self.scalars(name, scalar, *min),
            Layout::Options(space) => self.options(name, space),
            Layout::AtLeast(min, Layout::Options(space)) if self.left() >= *min => self.options(name, space),
            _ => self.rarer(name, layout),
        }
    }

    /// The layouts that few messages hold, apart from [`Walk::layout`] so that it needs no large stack frame.
    #[inline(never)]
    fn rarer(&mut self, name: &'static str, layout: &Layout) -> Option<()> {
        match *layout {
            Layout::Domain => self.domain(name, false),
            Layout::Domains { compressed } => self.domains(name, compressed),
            Layout::Repeat { item, min } => self.repeat(name, item, min),
            Layout::Counted(width, inner) => self.counted(name, width, inner),
            Layout::Several(item) => self.several(name, item),
            Layout::Optional(inner) if self.at < self.end => self.layout(name, inner),
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
            Layout::Empty | Layout::Optional(_) => Some(()),
            Layout::Scalar(_) | Layout::Octets { .. } | Layout::Text { .. } => self.layout(name, layout),
            Layout::Record(_) | Layout::Options(_) => self.layout(name, layout),
        }
    }

    /// Notes the fault here.
    #[cold]
    fn fail<T>(&mut self, why: Why) -> Option<T> {
        self.fail_at(self.at, why)
    }

    #[cold]
    fn fail_at<T>(&mut self, at: usize, why: Why) -> Option<T> {
        self.fault = Some(ValueError { at, why });
        None
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

    fn octet(&mut self) -> Option<u8> {
        match self.array::<1>() {
            Some([octet]) => Some(octet),
            None => self.fail(Why::TooShort { min: 1, found: 0 }),
        }
    }

    fn scalar(&mut self, name: &'static str, scalar: &Scalar) -> Option<()> {
        let start = self.at;
        let found = self.left();
        let Some(octets) = self.take(scalar.size()) else {
            return self.fail(Why::Length { expected: scalar.size(), found });
        };
        if let Scalar::U32 = scalar
            && name == "enterprise"
        {
            self.enterprise = octets.first_chunk().copied().map(u32::from_be_bytes).unwrap_or_default();
        }
        let span = start..self.at;
        match read(scalar, octets, name, span, self.sink) {
            Ok(()) => Some(()),
            Err(why) => self.fail_at(start, why),
        }
    }

    fn rest(
        &mut self,
        name: &'static str,
        min: usize,
        leaf: impl FnOnce(&'a [u8]) -> Leaf<'a>,
    ) -> Option<()> {
        let (start, found) = (self.at, self.left());
        if found < min {
            return self.fail(Why::TooShort { min, found });
        }
        let octets = self.take(found).unwrap_or_default();
        self.sink.leaf(name, start..self.at, leaf(octets));
        Some(())
    }

    fn domain(&mut self, name: &'static str, compressed: bool) -> Option<()> {
        let start = self.at;
        let within = self.octets.get(..self.end).unwrap_or_default();
        self.name(name, Name::read(within, start, compressed))
    }

    fn domains(&mut self, name: &'static str, compressed: bool) -> Option<()> {
        self.sink.open(name, self.at, Group::List);
        if self.at == self.end {
            return self.fail(Why::TooFew { min: 1, found: 0 });
        }
        let mut size = 0;
        while self.at < self.end {
            let start = self.at;
            self.domain("", compressed)?;
            // What is short can't unpack to much.
            if compressed && self.octets.len() > MAX_NAMES / 128 {
                size += Name::read(self.octets, start, true).map_or(0, |(name, _)| name.size());
                if size > MAX_NAMES {
                    return self.fail(Why::NamesTooLong);
                }
            }
        }
        self.sink.close(self.at);
        Some(())
    }

    fn record(&mut self, name: &'static str, fields: &[Field]) -> Option<()> {
        self.sink.open(name, self.at, Group::Record);
        for field in fields {
            match &field.layout {
                Layout::Scalar(scalar) => self.scalar(field.name, scalar)?,
                Layout::Octets { min } => self.rest(field.name, *min, Leaf::Octets)?,
                layout => self.layout(field.name, layout)?,
            }
        }
        self.sink.close(self.at);
        Some(())
    }

    fn repeat(&mut self, name: &'static str, item: &Layout, min: usize) -> Option<()> {
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
        Some(())
    }

    /// Values of fixed size up to the end.
    fn scalars(&mut self, name: &'static str, scalar: &Scalar, min: usize) -> Option<()> {
        self.sink.open(name, self.at, Group::List);
        let (unit, found) = (scalar.size(), self.left());
        if !found.is_multiple_of(unit) {
            return self.fail(Why::NotMultiple { unit, found });
        }
        if found < min * unit {
            return self.fail(Why::TooFew { min, found: found / unit });
        }
        match scalar {
            Scalar::Address => self.items(|address: [u8; 4]| Leaf::Address(Ipv4Addr::from(address))),
            Scalar::Code => self.items(|[code]| Leaf::Code(code)),
            _ => {
                while self.at < self.end {
                    self.scalar("", scalar)?;
                }
            }
        }
        self.sink.close(self.at);
        Some(())
    }

    /// Values of `N` octets, each of which stands for one.
    #[inline]
    fn items<const N: usize>(&mut self, leaf: impl Fn([u8; N]) -> Leaf<'a>) {
        while let Some(octets) = self.array::<N>() {
            self.sink.leaf("", self.at - N..self.at, leaf(octets));
        }
    }

    fn counted(&mut self, name: &'static str, width: Width, inner: &Layout) -> Option<()> {
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
            return self.fail_at(start, Why::Overrun { claimed, left });
        }
        if let Some(expected) = inner.size()
            && claimed != expected
        {
            return self.fail(Why::Length { expected, found: claimed });
        }
        self.within(claimed, |walk| walk.layout(name, inner))
    }

    fn several(&mut self, name: &'static str, item: &Layout) -> Option<()> {
        self.sink.open(name, self.at, Group::List);
        for _ in 0..self.octet()? {
            self.layout("", item)?;
        }
        self.sink.close(self.at);
        Some(())
    }

    /// Reads the next `size` octets, which are there, as a part of its own that must be used up.
    fn within(&mut self, size: usize, read: impl FnOnce(&mut Self) -> Option<()>) -> Option<()> {
        let outer = self.end;
        self.end = self.at + size;
        read(self)?;
        if self.at < self.end {
            return self.fail(Why::Trailing(self.left()));
        }
        self.end = outer;
        Some(())
    }

    fn options(&mut self, name: &'static str, space: &Space) -> Option<()> {
        self.sink.open(name, self.at, Group::Options);
        self.sub_options(space)?;
        self.sink.close(self.at);
        Some(())
    }

    fn sub_options(&mut self, space: &Space) -> Option<()> {
        while self.at < self.end {
            let start = self.at;
            let code = self.octet()?;
            self.sub_option(start, code, space, |walk, layout| {
                // Most have no parts and fit, and need no more than this.
                if let Some([length, behind @ ..]) = walk.octets.get(walk.at..walk.end)
                    && let Some(value) = behind.get(..usize::from(*length))
                    && let Some(Ok(())) = plain(layout, value, "", walk.at + 1, walk.sink)
                {
                    walk.at += 1 + value.len();
                    return Some(());
                }
                walk.counted("", Width::U8, layout)
            })?;
        }
        Some(())
    }

    fn vendor(&mut self, name: &'static str, space: &Space) -> Option<()> {
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
                Some(())
            }
        }
    }

    fn choice(&mut self, name: &'static str, arms: &[Arm]) -> Option<()> {
        let start = self.at;
        let selector = self.octet()?;
        let Some(arm) = arms.iter().find(|arm| arm.selector == selector) else {
            return self.fail_at(start, Why::NoSuchArm(selector));
        };
        self.sink.open(name, start, Group::Record);
        self.layout(arm.name, &arm.layout)?;
        self.sink.close(self.at);
        Some(())
    }

    fn tagged(&mut self, name: &'static str, tag: Field, cases: &[Case], other: &[Field]) -> Option<()> {
        self.sink.open(name, self.at, Group::Record);
        let selector = self.octets.get(self.at).copied();
        self.layout(tag.name, &tag.layout)?;
        let case = cases.iter().find(|case| Some(case.selector) == selector);
        for field in case.map_or(other, |case| case.fields) {
            self.layout(field.name, &field.layout)?;
        }
        self.sink.close(self.at);
        Some(())
    }

    fn route(&mut self, name: &'static str) -> Option<()> {
        let start = self.at;
        let found = self.octet()?;
        if found > 32 {
            return self.fail_at(start, Why::PrefixLength { max: 32, found });
        }
        let significant = usize::from(found).div_ceil(8);
        let left = self.left();
        let (Some(prefix), Some(router)) = (self.take(significant), self.array::<4>()) else {
            return self.fail_at(start, Why::Overrun { claimed: significant + 4, left });
        };
        let mut destination = [0; 4];
        for (to, from) in destination.iter_mut().zip(prefix) {
            *to = *from;
        }
        let leaf = Leaf::Route(Ipv4Addr::from(destination), found, Ipv4Addr::from(router));
        self.sink.leaf(name, start..self.at, leaf);
        Some(())
    }

    /// The E flag is bit 2 of the option's first octet (RFC 4702 §2.1). A name in wire format may lack its root
    /// label, which says that it is partial (§2.3).
    fn fqdn_name(&mut self, name: &'static str) -> Option<()> {
        let wire = self.octets.first().is_some_and(|flags| flags & 0x04 != 0);
        if !wire || self.at == self.end {
            return self.rest(name, 0, Leaf::Text);
        }
        let start = self.at;
        let within = self.octets.get(..self.end).unwrap_or_default();
        self.name(name, Name::read_partial(within, start))
    }

    /// Steps over a name that was read here.
    fn name(&mut self, name: &'static str, read: Result<(Name<'a>, usize), ValueError>) -> Option<()> {
        match read {
            Ok((domain, next)) => {
                self.sink.leaf(name, self.at..next, Leaf::Name(domain));
                self.at = next;
                Some(())
            }
            Err(ValueError { at, why }) => self.fail_at(at, why),
        }
    }

    fn attributes(&mut self, name: &'static str, space: &Space) -> Option<()> {
        self.sink.open(name, self.at, Group::Options);
        while self.at < self.end {
            let start = self.at;
            let code = self.octet()?;
            let length = self.octet()?;
            let left = self.left();
            match usize::from(length).checked_sub(2) {
                None => {
                    let why = Why::OutOfRange { min: 2, max: 255, found: u32::from(length) };
                    return self.fail_at(start + 1, why);
                }
                Some(claimed) if claimed > left => {
                    return self.fail_at(start + 1, Why::Overrun { claimed, left });
                }
                Some(size) => self.sub_option(start, code, space, |walk, layout| {
                    walk.within(size, |walk| walk.layout("", layout))
                })?,
            }
        }
        self.sink.close(self.at);
        Some(())
    }

    /// Reads a sub-option whose code stood at `start`; `read` reads its value by the layout it has in `space`.
    #[inline]
    fn sub_option(
        &mut self,
        start: usize,
        code: u8,
        space: &Space,
        read: impl FnOnce(&mut Self, &Layout) -> Option<()>,
    ) -> Option<()> {
        let (label, layout) = match space.row(code) {
            Some(row) => (row.name, &row.layout),
            None => ("", &Layout::Octets { min: 0 }),
        };
        self.sink.open(label, start, Group::SubOption(code));
        read(self, layout)?;
        self.sink.close(self.at);
        Some(())
    }

    fn location(&mut self, name: &'static str, exactness: Exactness) -> Option<()> {
        let (start, found) = (self.at, self.left());
        let Some(octets) = self.take(16).and_then(<[u8]>::first_chunk) else {
            return self.fail(Why::Length { expected: 16, found });
        };
        self.sink.leaf(name, start..self.at, Leaf::Location(octets, exactness));
        Some(())
    }
}
