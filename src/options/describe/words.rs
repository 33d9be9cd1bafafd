//! Layouts in words: what a value holds, and how long it can be.

use crate::options::layout::{Field, Layout, Scalar, Width};

/// What a value holds, for one column of a table: `IPv4 addresses`, `flags, rcode1, rcode2, name`.
#[must_use]
pub fn words(layout: &Layout) -> String {
    match layout {
        Layout::Empty => "nothing".to_owned(),
        Layout::Scalar(scalar) => singular(*scalar),
        Layout::Octets { .. } => "octets".to_owned(),
        Layout::Text { .. } => "text".to_owned(),
        Layout::Domain => "domain name".to_owned(),
        Layout::Domains { .. } => "domain names".to_owned(),
        Layout::Record(fields) => names(fields.iter()),
        Layout::Repeat { item, .. } | Layout::Several(item) => plural(item),
        Layout::Counted(_, inner) | Layout::Optional(inner) | Layout::AtLeast(_, inner) => words(inner),
        Layout::Options(_) => "sub-options".to_owned(),
        Layout::Vendor(_) | Layout::Enterprise => "sub-options or octets".to_owned(),
        Layout::Attributes(_) => "RADIUS attributes".to_owned(),
        Layout::Choice(arms) => arms.iter().map(|arm| arm.name).collect::<Vec<_>>().join(" or "),
        Layout::Tagged { name, cases, other, .. } => {
            let fields = cases.iter().flat_map(|case| case.fields).chain(*other);
            format!("{name}, {}", names(fields))
        }
        Layout::Route => "route".to_owned(),
        Layout::FqdnName => "domain name or text".to_owned(),
        Layout::Location(_) => "coordinates".to_owned(),
    }
}

fn names<'f>(fields: impl Iterator<Item = &'f Field>) -> String {
    let mut names: Vec<&str> = Vec::new();
    for field in fields {
        if !names.contains(&field.name) {
            names.push(field.name);
        }
    }
    names.join(", ")
}

fn singular(scalar: Scalar) -> String {
    match scalar {
        Scalar::Flag => "flag".to_owned(),
        Scalar::U8 { names: [], .. } | Scalar::U16 { names: [], .. } | Scalar::U32 => {
            format!("number of {} bits", scalar.size() * 8)
        }
        Scalar::U8 { .. } | Scalar::U16 { .. } | Scalar::OneOf(_) => "named number".to_owned(),
        Scalar::I32 => "number of 32 bits with sign".to_owned(),
        Scalar::Seconds => "seconds".to_owned(),
        Scalar::Time => "time".to_owned(),
        Scalar::Address => "IPv4 address".to_owned(),
        Scalar::Address6 => "IPv6 address".to_owned(),
        Scalar::Octets(size) => format!("{size} octets"),
        Scalar::Letters(size) => format!("{size} letters"),
        Scalar::Code => "option code".to_owned(),
        Scalar::Bits(_) => "flags".to_owned(),
    }
}

fn plural(item: &Layout) -> String {
    match item {
        Layout::Scalar(Scalar::Address) => "IPv4 addresses".to_owned(),
        Layout::Scalar(Scalar::U8 { names: [], .. }) => "numbers of 8 bits".to_owned(),
        Layout::Scalar(Scalar::U16 { names: [], .. }) => "numbers of 16 bits".to_owned(),
        Layout::Scalar(scalar) => format!("{}s", singular(*scalar)),
        Layout::Counted(_, Layout::Octets { .. }) => "strings of octets".to_owned(),
        Layout::Counted(_, Layout::Text { .. }) => "texts".to_owned(),
        Layout::Counted(_, inner @ Layout::Repeat { .. }) => format!("lists of {}", words(inner)),
        Layout::Route => "routes".to_owned(),
        other => format!("list: {}", words(other)),
    }
}

/// How many octets a value can have: `4`, `at least 4, a multiple of 4`, `any number`.
#[must_use]
pub fn length(layout: &Layout) -> String {
    if let Some(size) = layout.size() {
        return counted(size);
    }
    let unit = match layout {
        Layout::Repeat { item, .. } => item.size().filter(|&unit| unit > 1),
        _ => None,
    };
    match (least(layout), unit) {
        (0, None) => "any number of octets".to_owned(),
        (0, Some(unit)) => format!("0 or a multiple of {unit} octets"),
        (least, None) => format!("at least {}", counted(least)),
        (least, Some(unit)) => format!("at least {}, a multiple of {unit}", counted(least)),
    }
}

/// `1 octet`, `4 octets`.
pub(super) fn counted(octets: usize) -> String {
    format!("{octets} octet{}", if octets == 1 { "" } else { "s" })
}

/// The fewest octets that a value can have.
pub(super) fn least(layout: &Layout) -> usize {
    match layout {
        Layout::Scalar(scalar) => scalar.size(),
        Layout::Octets { min } | Layout::Text { min } => *min,
        Layout::Domain | Layout::Domains { .. } | Layout::Several(_) => 1,
        Layout::Record(fields) => fields.iter().map(|field| least(&field.layout)).sum(),
        Layout::Repeat { item, min } => min * least(item),
        Layout::Counted(Width::U8, inner) => 1 + least(inner),
        Layout::Counted(Width::U16, inner) => 2 + least(inner),
        Layout::AtLeast(min, inner) => least(inner).max(*min),
        Layout::Choice(arms) => 1 + arms.iter().map(|arm| least(&arm.layout)).min().unwrap_or(0),
        Layout::Tagged { cases, other, .. } => {
            let fields = cases.iter().map(|case| case.fields).chain([*other]);
            1 + fields.map(|fields| least(&Layout::Record(fields))).min().unwrap_or(0)
        }
        Layout::Route => 5,
        Layout::Location(_) => 16,
        Layout::Empty
        | Layout::Optional(_)
        | Layout::Options(_)
        | Layout::Vendor(_)
        | Layout::Enterprise
        | Layout::Attributes(_)
        | Layout::FqdnName => 0,
    }
}
