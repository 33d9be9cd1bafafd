//! The rows that stand in pages, read without SQLite: what is left of a file that it can't open.
//!
//! Only leaves of tables are looked at (SQLite's file format, sections 1.6 and 2.1); a row that is not whole is passed over. The
//! checksums of the rows tell afterwards which of them are right.

use rusqlite::types::Value;

/// The kind of page that has rows.
const LEAF: u8 = 0x0d;
/// The kind of page that leads to leaves.
const INNER: u8 = 0x05;
/// Octets before the frames of a WAL, and before the page in each.
const WAL_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// The pages of a database file.
pub(super) fn of_database(octets: &[u8], size: usize) -> impl Iterator<Item = &[u8]> {
    octets.chunks_exact(size)
}

/// The pages of the transactions in a WAL that came to their end, whatever the checksums of the frames say.
pub(super) fn of_wal(octets: &[u8], size: usize) -> Vec<&[u8]> {
    let mut whole = Vec::new();
    let mut open = Vec::new();
    let mut salts: &[u8] = &[];
    for frame in octets.get(WAL_HEADER..).unwrap_or_default().chunks_exact(FRAME_HEADER + size) {
        let Some((header, page)) = frame.split_at_checked(FRAME_HEADER) else { break };
        // Behind the last transaction stand frames of days before: an older end is not the end of this one.
        let these = header.get(8..16).unwrap_or_default();
        if std::mem::replace(&mut salts, these) != these {
            open.clear();
        }
        open.push(page);
        // The size of the database behind a transaction's last page, else zero.
        if header.get(4..8).is_some_and(|size| size != [0; 4]) {
            whole.append(&mut open);
        }
    }
    whole
}

/// The number of the first page, from 1, that is none of a table or has a row that is not whole.
pub(super) fn first_odd(octets: &[u8], size: usize) -> Option<usize> {
    let odd = |(at, page): &(usize, &[u8])| {
        let page = if *at == 0 { page.get(100..).unwrap_or_default() } else { page };
        match page {
            // The first page tells of the tables themselves, and its rows stand where the whole page counts from.
            [LEAF, _, _, high, low, ..] if *at > 0 => {
                rows(page).len() != usize::from(u16::from_be_bytes([*high, *low]))
            }
            [kind, ..] => ![LEAF, INNER].contains(kind),
            [] => true,
        }
    };
    octets.chunks(size).enumerate().find(odd).map(|(at, _)| at + 1)
}

/// The rows of a page: their numbers and values.
pub(super) fn rows(page: &[u8]) -> Vec<(i64, Vec<Value>)> {
    let Some((&[LEAF, _, _, high, low, _, _, _], pointers)) = page.split_first_chunk() else {
        return Vec::new();
    };
    let count = usize::from(u16::from_be_bytes([high, low]));
    let (pointers, _) = pointers.as_chunks();
    let at = pointers.iter().take(count).map(|pointer| usize::from(u16::from_be_bytes(*pointer)));
    at.filter_map(|at| cell(page.get(at..)?)).collect()
}

fn cell(octets: &[u8]) -> Option<(i64, Vec<Value>)> {
    let (length, rest) = varint(octets)?;
    let (number, rest) = varint(rest)?;
    let payload = rest.get(..usize::try_from(length).ok()?)?;
    let (header, after) = varint(payload)?;
    let header_end = usize::try_from(header).ok()?;
    let start = payload.len().checked_sub(after.len())?;
    let mut types = payload.get(start..header_end)?;
    let mut body = payload.get(header_end..)?;
    let mut values = Vec::new();
    while !types.is_empty() {
        let (kind, rest) = varint(types)?;
        types = rest;
        let (value, rest) = value(kind, body)?;
        body = rest;
        values.push(value);
    }
    Some((number.cast_signed(), values))
}

/// A value by its serial type.
fn value(kind: u64, body: &[u8]) -> Option<(Value, &[u8])> {
    let length = match kind {
        0 | 8 | 9 => 0,
        1..=4 => usize::try_from(kind).ok()?,
        5 => 6,
        6 | 7 => 8,
        10 | 11 => return None,
        _ => usize::try_from((kind - 12) / 2).ok()?,
    };
    let (octets, rest) = body.split_at_checked(length)?;
    let value = match kind {
        0 => Value::Null,
        1..=6 => Value::Integer(signed(octets)),
        7 => return None,
        8 => Value::Integer(0),
        9 => Value::Integer(1),
        kind if kind % 2 == 0 => Value::Blob(octets.to_vec()),
        _ => Value::Text(String::from_utf8(octets.to_vec()).ok()?),
    };
    Some((value, rest))
}

/// A big-endian integer in two's complement.
fn signed(octets: &[u8]) -> i64 {
    let negative = octets.first().is_some_and(|first| first & 0x80 != 0);
    let start = if negative { -1 } else { 0 };
    octets.iter().fold(start, |number, octet| number << 8 | i64::from(*octet))
}

/// A number of one to nine octets, seven bits each, but eight in the ninth.
fn varint(octets: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0u64;
    for (at, octet) in octets.iter().take(9).enumerate() {
        let last = at == 8 || octet & 0x80 == 0;
        number = match at {
            8 => number << 8 | u64::from(*octet),
            _ => number << 7 | u64::from(octet & 0x7f),
        };
        if last {
            return Some((number, octets.get(at + 1..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_one_to_nine_octets_are_read() {
        let cases: [(&[u8], Option<u64>); 5] = [
            (&[5], Some(5)),
            (&[0x81, 0x00], Some(128)),
            (&[0xff; 9], Some(u64::MAX)),
            (&[0x80], None),
            (&[], None),
        ];
        for (octets, want) in cases {
            assert_eq!(want, varint(octets).map(|(number, _)| number), "{octets:?}");
        }
        assert_eq!(-2, signed(&[0xff, 0xfe]));
        assert_eq!(0x7ffe, signed(&[0x7f, 0xfe]));
    }
}
