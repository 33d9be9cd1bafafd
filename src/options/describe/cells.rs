//! A layout as rows of cells, one for each field as it stands on the wire, and braces over what repeats.

use super::words::{counted, least};
use crate::options::layout::{Arm, Case, Exactness, Field, Layout, Names, Scalar, Width};
use crate::options::registries::{ALTITUDE_TYPES, DATUMS};
use crate::options::tree::name_of;

/// How much a cell takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// So many octets.
    Octets(usize),
    /// At least so many octets.
    AtLeast(usize),
    /// From so many octets to so many.
    Between(usize, usize),
    /// So many bits of an octet or more.
    Bits(usize),
}

/// A field as it stands on the wire.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Its name.
    pub name: String,
    /// How much it takes.
    pub extent: Extent,
    /// What it holds, and its bounds.
    pub holds: String,
    /// Registered names of its values.
    pub names: Names,
    /// Whether the names stand for masks of flags.
    pub flags: bool,
}

/// What is said of some cells together.
#[derive(Clone, Debug)]
pub struct Brace {
    /// The first of the cells.
    pub first: usize,
    /// The cell after the last.
    pub end: usize,
    /// What is said: that they come again, or may be absent.
    pub says: String,
}

/// One form that a value can have.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// When it has this form; empty if there is no other.
    pub when: String,
    /// The fields in order.
    pub cells: Vec<Cell>,
    /// Groups of them, inner before outer.
    pub braces: Vec<Brace>,
}

/// The forms that a value of the layout can have.
#[must_use]
pub fn forms(layout: &Layout) -> Vec<Form> {
    extend(vec![Form::default()], "", layout)
}

fn extend(forms: Vec<Form>, name: &str, layout: &Layout) -> Vec<Form> {
    match layout {
        Layout::Empty => forms,
        Layout::Scalar(scalar) => each(forms, |form| form.cells.push(scalar_cell(name, *scalar))),
        Layout::Record(fields) => record(forms, fields),
        Layout::Repeat { item, min } => braced(forms, &times(*min), |forms| extend(forms, name, item)),
        Layout::Domains { compressed } => braced(forms, "one or more", |forms| {
            each(forms, |form| form.cells.push(domain_cell(name, *compressed)))
        }),
        Layout::Counted(width, inner) => {
            let forms = each(forms, |form| form.cells.push(length_cell(*width, name)));
            extend(forms, name, inner)
        }
        Layout::Several(item) => {
            let forms = each(forms, |form| form.cells.push(number_cell("count", 1, "how many follow")));
            braced(forms, "as many as the count says", |forms| extend(forms, name, item))
        }
        Layout::Optional(inner) => braced(forms, "may be absent", |forms| extend(forms, name, inner)),
        Layout::AtLeast(_, inner) => extend(forms, name, inner),
        Layout::Options(_) => sub_options(forms, "for each sub-option", "octets of the value"),
        Layout::Attributes(_) => sub_options(forms, "for each attribute", "octets of all three"),
        Layout::Vendor(_) | Layout::Enterprise => {
            sub_options(forms, "for each sub-option, where they read as such", "octets of the value")
        }
        Layout::Choice(arms) => choice(forms, arms),
        Layout::Tagged { name, names, cases: known, other } => tagged(forms, name, names, known, other),
        Layout::Route => each(forms, |form| form.cells.extend(route_cells())),
        Layout::Location(exactness) => each(forms, |form| form.cells.extend(location_cells(*exactness))),
        Layout::Octets { .. } | Layout::Text { .. } | Layout::Domain | Layout::FqdnName => {
            each(forms, |form| form.cells.push(open_cell(name, layout)))
        }
    }
}

fn times(min: usize) -> String {
    match min {
        0 => "none or any number".to_owned(),
        1 => "one or more".to_owned(),
        min => format!("{min} or more"),
    }
}

fn choice(forms: Vec<Form>, arms: &[Arm]) -> Vec<Form> {
    let known = arms.iter().map(|arm| {
        let cell = number_cell("type", 1, &arm.selector.to_string());
        let field = Field { name: arm.name, layout: arm.layout };
        (format!("type {}: {}", arm.selector, arm.name), cell, vec![field])
    });
    cases(forms, known)
}

fn tagged(forms: Vec<Form>, name: &str, names: Names, known: &[Case], other: &[Field]) -> Vec<Form> {
    let tag = |holds: &str| Cell { names, ..number_cell(name, 1, holds) };
    let known = known.iter().map(|case| {
        let number = u32::from(case.selector);
        let label = name_of(names, number).unwrap_or_default();
        (format!("{name} {number}: {label}"), tag(&number.to_string()), case.fields.to_vec())
    });
    cases(forms, known.chain([(format!("any other {name}"), tag("any other"), other.to_vec())]))
}

fn each(mut forms: Vec<Form>, add: impl Fn(&mut Form)) -> Vec<Form> {
    forms.iter_mut().for_each(add);
    forms
}

fn record(forms: Vec<Form>, fields: &[Field]) -> Vec<Form> {
    fields.iter().fold(forms, |forms, field| extend(forms, field.name, &field.layout))
}

fn braced(forms: Vec<Form>, says: &str, inner: impl Fn(Vec<Form>) -> Vec<Form>) -> Vec<Form> {
    let mut all = Vec::new();
    for form in forms {
        let first = form.cells.len();
        all.extend(inner(vec![form]).into_iter().map(|mut form| {
            form.braces.push(Brace { first, end: form.cells.len(), says: says.to_owned() });
            form
        }));
    }
    all
}

/// A form for each case: when it holds, the cell that tells it, and what follows.
fn cases(forms: Vec<Form>, cases: impl Iterator<Item = (String, Cell, Vec<Field>)>) -> Vec<Form> {
    let mut all = Vec::new();
    for (when, cell, fields) in cases {
        let started = forms.iter().cloned().map(|mut form| {
            form.when.clone_from(&when);
            form.cells.push(cell.clone());
            form
        });
        all.extend(record(started.collect(), &fields));
    }
    all
}

fn sub_options(forms: Vec<Form>, says: &str, length: &str) -> Vec<Form> {
    braced(forms, says, |forms| {
        each(forms, |form| {
            form.cells.push(number_cell("code", 1, "which one it is"));
            form.cells.push(number_cell("length", 1, length));
            let holds = "as the code says".to_owned();
            form.cells.push(Cell { extent: Extent::AtLeast(0), holds, ..number_cell("value", 0, "") });
        })
    })
}

fn number_cell(name: &str, octets: usize, holds: &str) -> Cell {
    let extent = Extent::Octets(octets);
    Cell { name: name.to_owned(), extent, holds: holds.to_owned(), names: &[], flags: false }
}

fn length_cell(width: Width, name: &str) -> Cell {
    let of = if name.is_empty() { "octets of what follows" } else { &format!("octets of {name}") };
    number_cell("length", width.size(), of)
}

fn scalar_cell(name: &str, scalar: Scalar) -> Cell {
    let (noun, holds, names): (&str, String, Names) = match scalar {
        Scalar::Flag => ("flag", "0 for no, 1 for yes".to_owned(), &[]),
        Scalar::U8 { min: 0, max: u8::MAX, names } => ("number", "number".to_owned(), names),
        Scalar::U8 { min, max, names } => ("number", format!("{min} to {max}"), names),
        Scalar::U16 { min: 0, names } => ("number", "number".to_owned(), names),
        Scalar::U16 { min, names } => ("number", format!("at least {min}"), names),
        Scalar::OneOf(names) => ("number", "one of the values below".to_owned(), names),
        Scalar::U32 => ("number", "number".to_owned(), &[]),
        Scalar::I32 => ("number", "number, two's complement".to_owned(), &[]),
        Scalar::Seconds => ("seconds", "seconds; ffffffff is infinity".to_owned(), &[]),
        Scalar::Time => ("time", "seconds since 1970-01-01 00:00 UTC".to_owned(), &[]),
        Scalar::Address => ("address", "IPv4 address".to_owned(), &[]),
        Scalar::Address6 => ("address", "IPv6 address".to_owned(), &[]),
        Scalar::Octets(_) => ("octets", "octets without structure".to_owned(), &[]),
        Scalar::Letters(_) => ("text", "ASCII letters".to_owned(), &[]),
        Scalar::Code => ("code", "code of an option".to_owned(), &[]),
        Scalar::Bits(names) => ("flags", "flags".to_owned(), names),
    };
    let name = if name.is_empty() { noun } else { name };
    let flags = matches!(scalar, Scalar::Bits(_));
    Cell { names, flags, ..number_cell(name, scalar.size(), &holds) }
}

fn open_cell(name: &str, layout: &Layout) -> Cell {
    let (noun, holds) = match layout {
        Layout::Text { .. } => ("text", "text, not terminated"),
        Layout::Domain => return domain_cell(name, false),
        Layout::FqdnName => ("name", "in wire format if flag e is set, else ASCII; may be partial"),
        _ => ("octets", "octets without structure"),
    };
    let name = if name.is_empty() { noun } else { name };
    Cell { extent: Extent::AtLeast(least(layout)), ..number_cell(name, 0, holds) }
}

fn domain_cell(name: &str, compressed: bool) -> Cell {
    let holds = match compressed {
        true => "domain name in wire format, pointers allowed",
        false => "domain name in wire format, no pointers",
    };
    let name = if matches!(name, "" | "names" | "domains") { "name" } else { name };
    Cell { extent: Extent::Between(1, 255), ..number_cell(name, 0, holds) }
}

fn route_cells() -> [Cell; 3] {
    [
        number_cell("prefix-length", 1, "0 to 32"),
        Cell {
            extent: Extent::Between(0, 4),
            ..number_cell("destination", 0, "as many octets as the prefix length needs")
        },
        number_cell("router", 4, "IPv4 address; 0.0.0.0 if the destination is on the link"),
    ]
}

fn location_cells(exactness: Exactness) -> Vec<Cell> {
    let (exact, holds) = match exactness {
        Exactness::Resolution => ("resolution", "how many leading bits count"),
        Exactness::Uncertainty => ("uncertainty", "exponent of the uncertainty"),
    };
    let cell =
        |name: &str, bits, holds: &str| Cell { extent: Extent::Bits(bits), ..number_cell(name, 0, holds) };
    let mut cells = vec![
        cell(&format!("latitude-{exact}"), 6, holds),
        cell("latitude", 34, "degrees north, 25 bits after the point"),
        cell(&format!("longitude-{exact}"), 6, holds),
        cell("longitude", 34, "degrees east, 25 bits after the point"),
        Cell { names: ALTITUDE_TYPES, ..cell("altitude-type", 4, "what the altitude counts") },
        cell(&format!("altitude-{exact}"), 6, holds),
        cell("altitude", 30, "8 bits after the point"),
    ];
    match exactness {
        Exactness::Resolution => cells.push(cell("reserved", 5, "0")),
        Exactness::Uncertainty => {
            cells.push(cell("version", 2, "1"));
            cells.push(cell("reserved", 3, "0"));
        }
    }
    cells.push(Cell { names: DATUMS, ..cell("datum", 3, "geodetic system") });
    cells
}

impl Extent {
    /// As it stands beneath a cell: `4`, `n`, `0–4`, `6 bits`.
    #[must_use]
    pub fn short(self) -> String {
        match self {
            Extent::Octets(octets) => octets.to_string(),
            Extent::AtLeast(0) => "n".to_owned(),
            Extent::AtLeast(least) => format!("{least}+"),
            Extent::Between(least, most) => format!("{least}–{most}"),
            Extent::Bits(bits) => format!("{bits} bits"),
        }
    }

    /// In words: `4 octets`, `at least 1 octet`.
    #[must_use]
    pub fn long(self) -> String {
        match self {
            Extent::Octets(octets) => counted(octets),
            Extent::AtLeast(0) => "any number of octets".to_owned(),
            Extent::AtLeast(least) => format!("at least {}", counted(least)),
            Extent::Between(least, most) => format!("{least} to {most} octets"),
            Extent::Bits(bits) => format!("{bits} bits"),
        }
    }
}
