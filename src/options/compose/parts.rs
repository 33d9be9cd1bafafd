//! The parts of a value by its layout, one function a kind.

use core::net::Ipv4Addr;

use super::scalar::{encode, expectation, number};
use super::wrong::{Within, word, wrong, wrong_input};
use super::{SyntaxError, hex};
use crate::options::layout::{Arm, Case, Exactness, Field, Layout, Scalar, Space, Width};
use crate::options::location::{ALTITUDE_BITS, DEGREE_BITS, Location, from_decimal};
use crate::options::name::{self, Writer};
use crate::options::registries::{ALTITUDE_TYPES, DATUMS};
use crate::options::text::Input;
use crate::options::walk::named;
use crate::options::{nearest, table, vendor};

pub(super) struct Compose {
    pub(super) out: Vec<u8>,
    pub(super) names: Writer,
    pub(super) enterprise: u32,
}

type Done = Result<(), SyntaxError>;

impl Compose {
    pub(super) fn layout(&mut self, layout: &Layout, input: &Input) -> Done {
        match *layout {
            Layout::Empty => match input {
                Input::Group(items) if items.is_empty() => Ok(()),
                Input::Word(word) if word == "true" => Ok(()),
                other => Err(wrong_input("no value", other)),
            },
            Layout::Scalar(scalar) => self.scalar(scalar, input),
            Layout::Octets { .. } => self.octets(input),
            Layout::Text { .. } => self.text(input),
            Layout::Domain => self.domain(input, false),
            Layout::Domains { compressed } => {
                self.each(input, |compose, item| compose.domain(item, compressed))
            }
            Layout::Record(fields) => self.record(fields, input),
            Layout::Repeat { item, .. } => self.each(input, |compose, input| compose.layout(item, input)),
            Layout::Several(item) => self.several(item, input),
            Layout::Counted(width, inner) => self.counted(width, |compose| compose.layout(inner, input)),
            Layout::Optional(inner) => self.layout(inner, input),
            Layout::Options(space) => self.options(space, input),
            Layout::Vendor(space) => self.vendor(space, input),
            Layout::Enterprise => self.vendor(vendor::space(self.enterprise), input),
            Layout::Choice(arms) => self.choice(arms, input),
            Layout::Route => self.route(input),
            Layout::FqdnName => self.fqdn_name(input),
            Layout::Attributes(space) => self.attributes(space, input),
            Layout::AtLeast(_, inner) => self.layout(inner, input),
            Layout::Tagged { name, names, cases, other } => {
                self.tagged(Field { name, layout: named(names) }, cases, other, input)
            }
            Layout::Location(exactness) => self.location(exactness, input),
        }
    }

    /// The items of a list; a lone value is a list of one.
    fn each(&mut self, input: &Input, mut item: impl FnMut(&mut Self, &Input) -> Done) -> Done {
        match input {
            Input::Group(items) => {
                items.iter().enumerate().try_for_each(|(index, (name, input))| match name {
                    None => item(self, input).within(&index.to_string()),
                    Some(name) => Err(wrong("an item without a name", &format!("{name}="))),
                })
            }
            lone => item(self, lone),
        }
    }

    fn several(&mut self, item: &Layout, input: &Input) -> Done {
        let count = match input {
            Input::Group(items) => items.len(),
            _ => 1,
        };
        self.out.push(u8::try_from(count).map_err(|_| wrong_input("at most 255 items", input))?);
        self.each(input, |compose, input| compose.layout(item, input))
    }

    fn record(&mut self, fields: &[Field], input: &Input) -> Done {
        let Input::Group(items) = input else {
            return Err(wrong_input(&format!("fields: {}", field_names(fields)), input));
        };
        for (name, _) in items {
            let known = name.as_deref().is_some_and(|name| fields.iter().any(|field| field.name == name));
            if !known {
                let found = name.as_deref().unwrap_or("a value without a name");
                let names = fields.iter().map(|field| field.name);
                let error = wrong(&format!("the fields {}", field_names(fields)), found);
                return Err(SyntaxError { nearest: nearest(found, names), ..error });
            }
        }
        for field in fields {
            let given = items.iter().find(|(name, _)| name.as_deref() == Some(field.name));
            match (given, &field.layout) {
                (Some((_, input)), layout) => self.layout(layout, input).within(field.name)?,
                (None, Layout::Optional(_)) => {}
                (None, Layout::Octets { min: 0 } | Layout::Text { min: 0 } | Layout::FqdnName) => {}
                (None, _) => return Err(wrong("a value", "")).within(field.name),
            }
        }
        Ok(())
    }

    fn tagged(&mut self, tag: Field, cases: &[Case], other: &[Field], input: &Input) -> Done {
        let given = match input {
            Input::Group(items) => items.iter().find(|(name, _)| name.as_deref() == Some(tag.name)),
            _ => None,
        };
        let mut scratch = Compose { out: Vec::new(), names: Writer::default(), enterprise: 0 };
        let (_, selector) = given.ok_or_else(|| wrong("a value", "")).within(tag.name)?;
        scratch.layout(&tag.layout, selector).within(tag.name)?;
        let case = cases.iter().find(|case| scratch.out.first() == Some(&case.selector));
        let mut fields = vec![tag];
        fields.extend_from_slice(case.map_or(other, |case| case.fields));
        self.record(&fields, input)
    }

    fn counted(&mut self, width: Width, inner: impl FnOnce(&mut Self) -> Done) -> Done {
        let start = self.out.len();
        let size = match width {
            Width::U8 => 1,
            Width::U16 => 2,
        };
        self.out.resize(start + size, 0);
        inner(self)?;
        let length = self.out.len() - start - size;
        let too_long = || wrong("fewer octets than the length field can tell", &length.to_string());
        let octets = match width {
            Width::U8 => vec![u8::try_from(length).map_err(|_| too_long())?],
            Width::U16 => u16::try_from(length).map_err(|_| too_long())?.to_be_bytes().to_vec(),
        };
        if let Some(field) = self.out.get_mut(start..start + size) {
            field.copy_from_slice(&octets);
        }
        Ok(())
    }

    fn options(&mut self, space: &Space, input: &Input) -> Done {
        let Input::Group(items) = input else {
            return Err(wrong_input("sub-options, name=value", input));
        };
        for (name, input) in items {
            let name = name.as_deref().unwrap_or("");
            if name == "end" {
                self.octets(input).within(name)?;
                continue;
            }
            let (code, layout) = sub_option(space, name)?;
            let layout = if as_is(name, input) { &Layout::Octets { min: 0 } } else { layout };
            self.out.push(code);
            self.counted(Width::U8, |compose| compose.layout(layout, input)).within(name)?;
        }
        Ok(())
    }

    fn vendor(&mut self, space: &Space, input: &Input) -> Done {
        match input {
            Input::Group(_) => self.options(space, input),
            other => self.octets(other),
        }
    }

    fn choice(&mut self, arms: &[Arm], input: &Input) -> Done {
        let names = || arms.iter().map(|arm| arm.name).collect::<Vec<_>>().join(" or ");
        let Input::Group(items) = input else { return Err(wrong_input(&names(), input)) };
        let [(Some(name), input)] = items.as_slice() else {
            return Err(wrong_input(&format!("one of {}, with =value", names()), input));
        };
        let Some(arm) = arms.iter().find(|arm| arm.name == name) else {
            let nearest = nearest(name, arms.iter().map(|arm| arm.name));
            return Err(SyntaxError { nearest, ..wrong(&names(), name) });
        };
        self.out.push(arm.selector);
        self.layout(&arm.layout, input).within(arm.name)
    }

    fn octets(&mut self, input: &Input) -> Done {
        match input {
            Input::Quoted(text) => self.out.extend_from_slice(text),
            Input::Word(word) => {
                let digits = word.strip_prefix("hex:").unwrap_or(word);
                let octets = hex(digits).ok_or_else(|| wrong("hex digits in pairs, or quoted text", word))?;
                self.out.extend_from_slice(&octets);
            }
            Input::Group(items) if items.is_empty() => {}
            other => return Err(wrong_input("octets", other)),
        }
        Ok(())
    }

    fn text(&mut self, input: &Input) -> Done {
        match input {
            Input::Quoted(text) => self.out.extend_from_slice(text),
            Input::Word(word) => self.out.extend_from_slice(word.as_bytes()),
            Input::Group(items) if items.is_empty() => {}
            other => return Err(wrong_input("text", other)),
        }
        Ok(())
    }

    fn domain(&mut self, input: &Input, compressed: bool) -> Done {
        let text = word(input, "a domain name")?;
        let labels = name::parse(&text)
            .map_err(|why| SyntaxError { expected: format!("a domain name ({why})"), ..wrong("", &text) })?;
        self.names.write(&mut self.out, 0, &labels, compressed, true);
        Ok(())
    }

    fn fqdn_name(&mut self, input: &Input) -> Done {
        let wire = self.out.first().is_some_and(|flags| flags & 0x04 != 0);
        if !wire {
            return self.text(input);
        }
        let text = word(input, "a domain name")?;
        let labels = name::parse(&text)
            .map_err(|why| SyntaxError { expected: format!("a domain name ({why})"), ..wrong("", &text) })?;
        self.names.write(&mut self.out, 0, &labels, false, text.ends_with('.'));
        Ok(())
    }

    fn route(&mut self, input: &Input) -> Done {
        let expected = "a route: 10.0.0.0/8 via 192.0.2.1";
        let text = word(input, expected)?;
        let route = || {
            let (destination, router) = text.split_once(" via ")?;
            let (destination, prefix) = destination.trim().split_once('/')?;
            let destination: Ipv4Addr = destination.parse().ok()?;
            let router: Ipv4Addr = router.trim().parse().ok()?;
            let prefix: u8 = prefix.parse().ok().filter(|prefix| *prefix <= 32)?;
            Some((destination.octets(), prefix, router.octets()))
        };
        let (destination, prefix, router) = route().ok_or_else(|| wrong(expected, &text))?;
        self.out.push(prefix);
        self.out.extend(destination.iter().take(usize::from(prefix).div_ceil(8)));
        self.out.extend_from_slice(&router);
        Ok(())
    }

    fn attributes(&mut self, space: &Space, input: &Input) -> Done {
        let Input::Group(items) = input else { return Err(wrong_input("attributes, name=value", input)) };
        for (name, input) in items {
            let name = name.as_deref().unwrap_or("");
            let (code, layout) = sub_option(space, name)?;
            let layout = if as_is(name, input) { &Layout::Octets { min: 0 } } else { layout };
            let start = self.out.len();
            self.out.extend_from_slice(&[code, 0]);
            self.layout(layout, input).within(name)?;
            let length =
                u8::try_from(self.out.len() - start).map_err(|_| wrong("at most 253 octets", name))?;
            if let Some(field) = self.out.get_mut(start + 1) {
                *field = length;
            }
        }
        Ok(())
    }

    fn location(&mut self, exactness: Exactness, input: &Input) -> Done {
        let Input::Group(items) = input else { return Err(wrong_input("the fields of a location", input)) };
        let mut location = Location::from_octets([0; 16]);
        for (name, input) in items {
            let name = name.as_deref().unwrap_or("");
            let text = word(input, "a number").within(name)?;
            location_field(&mut location, exactness, name, &text)?;
            if Location::from_octets(location.to_octets()) != location {
                return Err(wrong("a number that fits the field", &text)).within(name);
            }
        }
        self.out.extend_from_slice(&location.to_octets());
        Ok(())
    }

    fn scalar(&mut self, scalar: Scalar, input: &Input) -> Done {
        if let Scalar::Octets(size) | Scalar::Letters(size) = scalar {
            let start = self.out.len();
            match scalar {
                Scalar::Letters(_) => self.text(input)?,
                _ => self.octets(input)?,
            }
            return match self.out.len() - start {
                found if found == size => Ok(()),
                found => Err(wrong(&format!("{size} octets"), &format!("{found} octets"))),
            };
        }
        let text = word(input, expectation(scalar))?;
        let octets = encode(scalar, &text).ok_or_else(|| SyntaxError {
            nearest: match scalar {
                Scalar::U8 { names, .. }
                | Scalar::U16 { names, .. }
                | Scalar::OneOf(names)
                | Scalar::Bits(names) => nearest(&text, names.iter().map(|(_, name)| *name)),
                Scalar::Code => nearest(&text, table::TABLE.iter().map(|row| row.name)),
                _ => None,
            },
            ..wrong(expectation(scalar), &text)
        })?;
        if let (Scalar::U32, Some(number)) = (scalar, octets.first_chunk::<4>()) {
            self.enterprise = u32::from_be_bytes(*number);
        }
        self.out.extend_from_slice(&octets);
        Ok(())
    }
}

/// Whether a sub-option is given by its code and as octets: then it stands for itself, whatever its layout.
fn as_is(name: &str, input: &Input) -> bool {
    let octets = matches!(input, Input::Word(word) if word.starts_with("hex:"));
    octets && name.bytes().all(|digit| digit.is_ascii_digit())
}

/// The code and layout of the sub-option that `name` stands for.
fn sub_option(space: &Space, name: &str) -> Result<(u8, &'static Layout), SyntaxError> {
    static UNKNOWN: Layout = Layout::Octets { min: 0 };
    let named = space.rows.iter().find(|row| row.name == name);
    match (named, name.parse()) {
        (Some(row), _) => Ok((row.code, &row.layout)),
        (None, Ok(code)) => Ok((code, space.row(code).map_or(&UNKNOWN, |row| &row.layout))),
        (None, Err(_)) => {
            let names = space.rows.iter().map(|row| row.name);
            Err(SyntaxError { nearest: nearest(name, names), ..wrong("a sub-option's name or code", name) })
        }
    }
}

fn location_field(location: &mut Location, exactness: Exactness, name: &str, text: &str) -> Done {
    let small = |names| {
        let number = number(names, text).and_then(|number| u8::try_from(number).ok());
        number.ok_or_else(|| wrong("a small number", text)).within(name)
    };
    let fixed = |bits| from_decimal(text, bits).ok_or_else(|| wrong("a decimal", text)).within(name);
    match (name, exactness) {
        ("latitude-resolution" | "latitude-uncertainty", _) => location.latitude_exactness = small(&[])?,
        ("latitude", _) => location.latitude = fixed(DEGREE_BITS)?,
        ("longitude-resolution" | "longitude-uncertainty", _) => location.longitude_exactness = small(&[])?,
        ("longitude", _) => location.longitude = fixed(DEGREE_BITS)?,
        ("altitude-type", _) => location.altitude_type = small(ALTITUDE_TYPES)?,
        ("altitude-resolution" | "altitude-uncertainty", _) => location.altitude_exactness = small(&[])?,
        ("altitude", _) => location.altitude = fixed(ALTITUDE_BITS)?,
        ("version", Exactness::Uncertainty) => location.version = small(&[])?,
        ("reserved", Exactness::Uncertainty) => location.last_reserved = small(&[])?,
        ("reserved", Exactness::Resolution) => {
            let bits = small(&[])?;
            (location.version, location.last_reserved) = (bits >> 3, bits & 7);
        }
        ("datum", _) => location.datum = small(DATUMS)?,
        (other, _) => return Err(wrong("a field of a location: latitude, longitude, …", other)),
    }
    Ok(())
}

fn field_names(fields: &[Field]) -> String {
    fields.iter().map(|field| field.name).collect::<Vec<_>>().join(", ")
}
