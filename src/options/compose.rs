//! From text or JSON to octets, by layout: the one encoder of values that people write.

use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};

use super::layout::{Arm, Case, Exactness, Field, Layout, Names, Scalar, Space, Width};
use super::location::{ALTITUDE_BITS, DEGREE_BITS, Location, from_decimal};
use super::name::{self, Writer};
use super::registries::{ALTITUDE_TYPES, DATUMS};
use super::text::{self, Escaped, Input};
use super::walk::named;
use super::{Code, nearest, table, vendor};

/// Why a text is not a value of the layout. Shown as: `router: expected an IPv4 address, found "10.0.0"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The field within the value, with dots between levels; empty for the value itself.
    pub path: String,
    /// What was expected.
    pub expected: String,
    /// What was found instead, escaped.
    pub found: String,
    /// The nearest right name, where a name was expected.
    pub nearest: Option<String>,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        write!(f, "expected {}, found {}", self.expected, self.found)?;
        match &self.nearest {
            Some(name) => write!(f, " (did you mean `{name}`?)"),
            None => Ok(()),
        }
    }
}

impl core::error::Error for SyntaxError {}

/// The octets of a value written as text. `raw:` and hex digits stand for any value as it is, good or bad; a text
/// option needs no quotes.
///
/// # Errors
///
/// [`SyntaxError`] says which part of the text is not what the layout has there.
pub fn from_text(layout: &Layout, text: &str) -> Result<Vec<u8>, SyntaxError> {
    let trimmed = text.trim();
    if let Some(digits) = trimmed.strip_prefix("raw:") {
        return hex(digits).ok_or_else(|| wrong("an even number of hex digits", digits));
    }
    match layout {
        Layout::Text { .. } if !trimmed.starts_with('"') => return Ok(trimmed.as_bytes().to_vec()),
        Layout::Record(_) | Layout::Octets { .. } if trimmed.contains(':') => {
            if let Some(octets) = hex(trimmed) {
                return Ok(octets);
            }
        }
        _ => {}
    }
    let items =
        text::parse(text).map_err(|error| wrong(error.expected, text.get(error.at..).unwrap_or("")))?;
    from_input(layout, &Input::Group(items))
}

/// The octets of a value read from text or JSON.
///
/// # Errors
///
/// As [`from_text`].
pub fn from_input(layout: &Layout, input: &Input) -> Result<Vec<u8>, SyntaxError> {
    let mut compose = Compose { out: Vec::new(), names: Writer::default(), enterprise: 0 };
    compose.layout(layout, unwrap(layout, input))?;
    super::walk::walk(layout, &compose.out, &mut ()).map_err(|error| SyntaxError {
        path: String::new(),
        expected: "a value within the option's bounds".to_owned(),
        found: format!("one of which octet {} is not: {}", error.at, error.why),
        nearest: None,
    })?;
    Ok(compose.out)
}

/// A lone item stands for itself where the layout is not a group.
fn unwrap<'i>(layout: &Layout, input: &'i Input) -> &'i Input {
    match (layout, input) {
        (Layout::AtLeast(_, inner), _) => unwrap(inner, input),
        (
            Layout::Record(_)
            | Layout::Repeat { .. }
            | Layout::Several(_)
            | Layout::Options(_)
            | Layout::Attributes(_)
            | Layout::Location(_)
            | Layout::Tagged { .. }
            | Layout::Domains { .. }
            | Layout::Choice(_)
            | Layout::Empty,
            _,
        ) => input,
        (Layout::Vendor(_) | Layout::Enterprise, Input::Group(items)) => match items.as_slice() {
            [(None, item)] => item,
            _ => input,
        },
        (_, Input::Group(items)) => match items.as_slice() {
            [(None, item)] => item,
            _ => input,
        },
        _ => input,
    }
}

/// Hex digits in pairs, with `0x` before them or colons, hyphens or spaces between them.
pub(crate) fn hex(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    let text = text.strip_prefix("0x").unwrap_or(text);
    let separated = text.contains([':', '-', ' ']);
    let pairs: Vec<&str> = if separated {
        text.split([':', '-', ' ']).collect()
    } else {
        (0..text.len()).step_by(2).map(|at| text.get(at..at + 2).unwrap_or("")).collect()
    };
    pairs
        .into_iter()
        .map(|pair| match pair.len() {
            2 if pair.bytes().all(|b| b.is_ascii_hexdigit()) => u8::from_str_radix(pair, 16).ok(),
            _ => None,
        })
        .collect()
}

fn wrong(expected: &str, found: &str) -> SyntaxError {
    let found = match found {
        "" => "nothing".to_owned(),
        found => format!("`{}`", Escaped(found.get(..60).unwrap_or(found).as_bytes())),
    };
    SyntaxError { path: String::new(), expected: expected.to_owned(), found, nearest: None }
}

fn wrong_input(expected: &str, found: &Input) -> SyntaxError {
    match found {
        Input::Word(word) => wrong(expected, word),
        Input::Quoted(text) => wrong(expected, &text::Quoted(text).to_string()),
        Input::Group(items) if items.is_empty() => wrong(expected, ""),
        Input::Group(items) => SyntaxError {
            found: match items.len() {
                1 => "a group of 1 item".to_owned(),
                count => format!("a group of {count} items"),
            },
            ..wrong(expected, "")
        },
    }
}

trait Within<T> {
    /// Puts the field's name before the path of the error.
    fn within(self, field: &str) -> Result<T, SyntaxError>;
}

impl<T> Within<T> for Result<T, SyntaxError> {
    fn within(self, field: &str) -> Result<T, SyntaxError> {
        self.map_err(|error| SyntaxError {
            path: match (field, error.path.as_str()) {
                ("", path) => path.to_owned(),
                (field, "") => field.to_owned(),
                (field, path) => format!("{field}.{path}"),
            },
            ..error
        })
    }
}

struct Compose {
    out: Vec<u8>,
    names: Writer,
    enterprise: u32,
}

type Done = Result<(), SyntaxError>;

impl Compose {
    fn layout(&mut self, layout: &Layout, input: &Input) -> Done {
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

fn word(input: &Input, expected: &str) -> Result<String, SyntaxError> {
    match input {
        Input::Word(word) => Ok(word.clone()),
        Input::Quoted(text) => {
            String::from_utf8(text.clone()).map_err(|_| wrong(expected, &text::Quoted(text).to_string()))
        }
        Input::Group(items) => match items.as_slice() {
            [(None, item @ (Input::Word(_) | Input::Quoted(_)))] => word(item, expected),
            _ => Err(wrong_input(expected, input)),
        },
    }
}

fn expectation(scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::Flag => "true or false",
        Scalar::U8 { names: [], .. } => "a number from 0 to 255",
        Scalar::U16 { names: [], .. } => "a number from 0 to 65535",
        Scalar::U8 { .. } | Scalar::U16 { .. } | Scalar::OneOf(_) => {
            "a number or one of its registered names"
        }
        Scalar::U32 => "a number from 0 to 4294967295",
        Scalar::I32 => "a number from -2147483648 to 2147483647",
        Scalar::Seconds => "a time: 3600, 90s, 1h30m, 2d or infinite",
        Scalar::Time => "seconds since 1970-01-01 00:00 UTC",
        Scalar::Address => "an IPv4 address",
        Scalar::Address6 => "an IPv6 address",
        Scalar::Octets(_) => "hex digits in pairs",
        Scalar::Letters(_) => "text",
        Scalar::Code => "an option's name or its code from 0 to 255",
        Scalar::Bits(_) => "flags: names with | between them, or a number",
    }
}

fn encode(scalar: Scalar, text: &str) -> Option<Vec<u8>> {
    Some(match scalar {
        Scalar::Flag => match text {
            "true" | "1" | "on" | "yes" => vec![1],
            "false" | "0" | "off" | "no" => vec![0],
            _ => return None,
        },
        Scalar::Letters(size) => Some(text.as_bytes().to_vec()).filter(|octets| octets.len() == size)?,
        Scalar::U8 { names, .. } | Scalar::OneOf(names) => vec![u8::try_from(number(names, text)?).ok()?],
        Scalar::U16 { names, .. } => u16::try_from(number(names, text)?).ok()?.to_be_bytes().to_vec(),
        Scalar::U32 | Scalar::Time => number(&[], text)?.to_be_bytes().to_vec(),
        Scalar::I32 => text.parse::<i32>().ok()?.to_be_bytes().to_vec(),
        Scalar::Seconds => seconds(text)?.to_be_bytes().to_vec(),
        Scalar::Address => text.parse::<Ipv4Addr>().ok()?.octets().to_vec(),
        Scalar::Address6 => text.parse::<Ipv6Addr>().ok()?.octets().to_vec(),
        Scalar::Octets(size) => hex(text).filter(|octets| octets.len() == size)?,
        Scalar::Code => vec![Code::parse(text)?.0],
        Scalar::Bits(names) => {
            let bits = text.split('|').try_fold(0, |bits, flag| Some(bits | number(names, flag.trim())?))?;
            vec![u8::try_from(bits).ok()?]
        }
    })
}

fn number(names: Names, text: &str) -> Option<u32> {
    let named = names.iter().find(|(_, name)| name.eq_ignore_ascii_case(text));
    match (named, text.strip_prefix("0x")) {
        (Some((number, _)), _) => Some(*number),
        (None, Some(digits)) => u32::from_str_radix(digits, 16).ok(),
        (None, None) => text.parse().ok(),
    }
}

/// `3600`, `90s`, `1h30m`, `2d`, `1w`, `infinite`; `None` if it is none of these or needs more than 32 bits.
#[must_use]
pub fn seconds(text: &str) -> Option<u32> {
    if text.eq_ignore_ascii_case("infinite") || text.eq_ignore_ascii_case("infinity") {
        return Some(u32::MAX);
    }
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let mut rest = text;
    let mut total = 0u32;
    while !rest.is_empty() {
        let digits = rest.find(|char: char| !char.is_ascii_digit()).filter(|&digits| digits > 0)?;
        let (number, unit) = rest.split_at_checked(digits)?;
        let scale = match unit.chars().next()? {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return None,
        };
        total = total.checked_add(number.parse::<u32>().ok()?.checked_mul(scale)?)?;
        rest = unit.get(1..)?;
    }
    Some(total)
}
