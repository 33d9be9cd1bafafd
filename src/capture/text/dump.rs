//! Dumps: rows that start with an offset, of any program, with any text between the dumps.
//!
//! xxd, hexdump and od in their usual settings, tcpdump -x to -XX, tshark -x, Wireshark. Offsets may be hex,
//! octal or decimal: the base in which they add up is the right one. The column of characters is told from
//! octets by the next offset, by a gap, and by being what the octets look like.

use std::ops::Range;

use super::super::{Expected, MAX_FRAME, TextError};
use super::row::{Form, Row};
use super::{Frames, Parsed, lines};

/// True if any line starts a dump.
pub(super) fn is_dump(text: &[u8]) -> bool {
    lines(text).any(|line| start(text, line).is_some())
}

/// Reads each dump in the text as a frame.
pub(super) fn read(text: &[u8]) -> Parsed<Frames> {
    let mut frames = Frames::default();
    let mut derived = false;
    let mut lines = lines(text).peekable();
    while let Some(line) = lines.next() {
        let Some((form, first)) = start(text, line.clone()) else {
            let content = text.get(line).unwrap_or_default().trim_ascii();
            derived = if content.is_empty() { derived } else { is_derived(content) };
            continue;
        };
        let mut rows = vec![line];
        while let Some(row) = lines.next_if(|line| continues(text, line.clone(), &first)) {
            if rows.len() > MAX_FRAME {
                return Err(TextError::at(text, row.start, row.len(), Expected::FrameLimit(MAX_FRAME)));
            }
            rows.push(row);
        }
        if !derived {
            Block { text, form, lines: &rows }.read(&mut frames)?;
        }
        derived = false;
    }
    if frames.frames.is_empty() {
        let at = text.iter().position(|octet| !octet.is_ascii_whitespace()).unwrap_or(0);
        let line =
            text.get(at..).unwrap_or_default().split(|octet| *octet == b'\n').next().unwrap_or_default();
        return Err(TextError::at(text, at, line.len(), Expected::Dump));
    }
    Ok(frames)
}

/// The form of a dump, if this line is the first of one.
fn start(text: &[u8], line: Range<usize>) -> Option<(Form, Row)> {
    let row = Row::read(text, line)?;
    let form = Form::of(text, &row)?;
    let sound = row.bad_token().is_none() || row.before_characters(text, form).is_some();
    (row.is_zero(text) && sound).then_some((form, row))
}

fn continues(text: &[u8], line: Range<usize>, first: &Row) -> bool {
    if is_star(text, line.clone()) {
        return true;
    }
    Row::read(text, line).is_some_and(|row| {
        row.strong == first.strong && row.offset.len() >= first.offset.len() && !row.is_zero(text)
    })
}

fn is_star(text: &[u8], line: Range<usize>) -> bool {
    text.get(line).is_some_and(|line| line.trim_ascii() == b"*")
}

/// tshark labels what it has put together from several frames; the frames themselves are there as well.
fn is_derived(label: &[u8]) -> bool {
    label.ends_with(b"bytes):") && !label.starts_with(b"Frame") && !label.starts_with(b"Packet")
}

/// The rows of one dump.
struct Block<'t> {
    text: &'t [u8],
    form: Form,
    lines: &'t [Range<usize>],
}

impl Block<'_> {
    fn read(&self, frames: &mut Frames) -> Parsed<()> {
        let base = [16, 8, 10].into_iter().find(|base| self.adds_up(*base)).unwrap_or(16);
        let begin = frames.octets.len();
        let mut last = begin..begin;
        let mut star = None;
        for (index, line) in self.lines.iter().enumerate() {
            let Some(row) = self.row(index) else {
                star = Some(line.clone());
                continue;
            };
            let offset = row.offset(self.text, base);
            if star.take().is_some() {
                self.repeat(&row, offset, begin, &last, frames)?;
            }
            let here = frames.octets.len() - begin;
            if offset != u64::try_from(here).ok() {
                return Err(self.misplaced(&row, here));
            }
            if row.is_bare() {
                continue;
            }
            let widest = (!last.is_empty()).then(|| last.len());
            let count = self.count(&row, self.needed(index, offset, base), widest)?;
            last = frames.octets.len()..frames.octets.len() + count;
            row.octets(self.text, self.form, count, &mut frames.octets)?;
        }
        if let Some(star) = star {
            return Err(TextError::at(self.text, star.start, star.len(), Expected::RowAfterStar));
        }
        frames.end();
        Ok(())
    }

    fn row(&self, index: usize) -> Option<Row> {
        self.lines.get(index).and_then(|line| Row::read(self.text, line.clone()))
    }

    /// How many octets the next offset says that this row has.
    fn needed(&self, index: usize, offset: Option<u64>, base: u32) -> Option<usize> {
        let next = self.row(index + 1)?.offset(self.text, base)?;
        usize::try_from(next.checked_sub(offset?)?).ok()
    }

    /// True if all offsets, read in this base, say what the rows have.
    fn adds_up(&self, base: u32) -> bool {
        let mut here = Some(0);
        for index in 0..self.lines.len() {
            let Some(row) = self.row(index) else {
                here = None;
                continue;
            };
            let offset = row.offset(self.text, base);
            if offset.is_none() || here.is_some_and(|here| offset != Some(here)) {
                return false;
            }
            here = match self.needed(index, offset, base) {
                Some(needed) if !row.has_cut(self.form, needed) => return false,
                needed => needed.and_then(|needed| offset?.checked_add(u64::try_from(needed).ok()?)),
            };
        }
        true
    }

    /// How many octets of a row are data.
    fn count(&self, row: &Row, needed: Option<usize>, widest: Option<usize>) -> Parsed<usize> {
        if let Some(needed) = needed.filter(|needed| row.has_cut(self.form, *needed)) {
            return Ok(needed);
        }
        if let Some(cut) = row.before_characters(self.text, self.form) {
            return Ok(cut);
        }
        if let Some(bad) = row.bad_token() {
            return Err(TextError::at(self.text, bad.start, bad.len(), Expected::HexPair));
        }
        let cuts = row.cuts(self.form);
        let fits = |cut: &&usize| widest.is_none_or(|widest| **cut <= widest);
        Ok(cuts.iter().rfind(fits).or(cuts.first()).copied().unwrap_or_default())
    }

    /// Repeats the last row up to an offset, as `*` says; all of them together give no more octets than the text has,
    /// and one frame, so that many short dumps can't ask for all memory.
    fn repeat(
        &self,
        row: &Row,
        offset: Option<u64>,
        begin: usize,
        last: &Range<usize>,
        frames: &mut Frames,
    ) -> Parsed<()> {
        let here = frames.octets.len() - begin;
        let wanted = offset.and_then(|offset| usize::try_from(offset).ok()).unwrap_or(usize::MAX);
        let at = row.offset.clone();
        if wanted > MAX_FRAME {
            return Err(TextError::at(self.text, at.start, at.len(), Expected::FrameLimit(MAX_FRAME)));
        }
        if wanted < here || last.is_empty() {
            return Err(TextError::at(self.text, at.start, at.len(), Expected::RowAfterStar));
        }
        let pattern = frames.octets.get(last.clone()).unwrap_or_default().to_vec();
        frames.repeated += wanted - here;
        if frames.repeated > MAX_FRAME + self.text.len() {
            return Err(TextError::at(self.text, at.start, at.len(), Expected::RepeatLimit));
        }
        frames.octets.extend(pattern.iter().cycle().take(wanted - here));
        Ok(())
    }

    fn misplaced(&self, row: &Row, here: usize) -> TextError {
        let expected = Expected::Row(u64::try_from(here).unwrap_or(u64::MAX));
        TextError::at(self.text, row.offset.start, row.offset.len(), expected)
    }
}
