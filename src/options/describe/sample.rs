//! An example of any layout, for sub-options: small, plain, and from the ranges kept for documentation.

use crate::options::layout::{Field, Layout, Scalar, Space, Width};
use crate::options::vendor;

/// Octets that fit the layout.
#[must_use]
pub fn sample(layout: &Layout) -> Vec<u8> {
    let mut out = Vec::new();
    add(layout, &mut out);
    out
}

fn add(layout: &Layout, out: &mut Vec<u8>) {
    match layout {
        Layout::Empty => {}
        Layout::Scalar(scalar) => add_scalar(*scalar, out),
        Layout::Octets { .. } => out.extend([0x65, 0x30]),
        Layout::Text { .. } | Layout::FqdnName => out.extend(b"alpha"),
        Layout::Domain | Layout::Domains { .. } => out.extend(b"\x05alpha\x07example\0"),
        Layout::Record(fields) => add_fields(fields, out),
        Layout::Repeat { item, min } => (0..(*min).max(1)).for_each(|_| add(item, out)),
        Layout::Counted(width, inner) => add_counted(*width, &sample(inner), out),
        Layout::Several(item) => {
            out.push(1);
            add(item, out);
        }
        Layout::Optional(inner) | Layout::AtLeast(_, inner) => add(inner, out),
        Layout::Options(space) | Layout::Vendor(space) => add_sub_option(space, out),
        Layout::Enterprise => add_sub_option(&vendor::UNKNOWN, out),
        Layout::Attributes(space) => {
            let start = out.len();
            add_sub_option(space, out);
            if let Some(length) = out.get_mut(start + 1) {
                *length += 2;
            }
        }
        Layout::Choice(arms) => {
            if let Some(arm) = arms.first() {
                out.push(arm.selector);
                add(&arm.layout, out);
            }
        }
        Layout::Tagged { cases, other, .. } => {
            let case = cases.first();
            out.push(case.map_or(0, |case| case.selector));
            add_fields(case.map_or(other, |case| case.fields), out);
        }
        Layout::Route => out.extend([8, 10, 192, 0, 2, 1]),
        Layout::Location(_) => out.extend([0; 16]),
    }
}

fn add_fields(fields: &[Field], out: &mut Vec<u8>) {
    fields.iter().for_each(|field| add(&field.layout, out));
}

fn add_counted(width: Width, value: &[u8], out: &mut Vec<u8>) {
    let length = u8::try_from(value.len()).unwrap_or(u8::MAX);
    if width == Width::U16 {
        out.push(0);
    }
    out.push(length);
    out.extend(value);
}

fn add_sub_option(space: &Space, out: &mut Vec<u8>) {
    let row = space.signs.first().and_then(|code| space.row(*code)).or(space.rows.first());
    out.push(row.map_or(1, |row| row.code));
    add_counted(Width::U8, &row.map_or(vec![0x41], |row| sample(&row.layout)), out);
}

fn add_scalar(scalar: Scalar, out: &mut Vec<u8>) {
    let named = |names: &[(u32, &str)]| names.first().and_then(|(number, _)| u8::try_from(*number).ok());
    match scalar {
        Scalar::Flag | Scalar::Code => out.push(1),
        Scalar::U8 { min, max, names } => out.push(named(names).unwrap_or(10).clamp(min, max)),
        Scalar::OneOf(names) | Scalar::Bits(names) => out.push(named(names).unwrap_or(0)),
        Scalar::U16 { min, names } => {
            out.extend(u16::from(named(names).unwrap_or(1)).max(min).to_be_bytes());
        }
        Scalar::U32 => out.extend(1u32.to_be_bytes()),
        Scalar::I32 | Scalar::Seconds => out.extend(3600u32.to_be_bytes()),
        Scalar::Time => out.extend(1_704_067_200u32.to_be_bytes()),
        Scalar::Address => out.extend([192, 0, 2, 1]),
        Scalar::Address6 => out.extend([0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
        Scalar::Octets(6) => out.extend([0x00, 0x00, 0x5e, 0x00, 0x53, 0x01]),
        Scalar::Octets(size) => out.extend((1..=u8::MAX).cycle().take(size)),
        Scalar::Letters(size) => out.extend(b"ATDECH".iter().cycle().take(size)),
    }
}
