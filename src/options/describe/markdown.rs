//! The whole table as a document.

use core::fmt::{self, Write};

use super::{
    Entry, Extent, escaped, example, fields, length, pictures, quoted, sentence, spaced, values, words,
};
use crate::options::TABLE;

/// The text of `docs/options.md`.
#[must_use]
pub fn markdown() -> String {
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = write(&mut out);
    out
}

const HEAD: &str = "\
# Options

This page is generated from the table in `src/options/table.rs`; `UPDATE_GOLDEN=1 cargo test` writes it anew.
`dhcpsim options` shows the same in a terminal: `dhcpsim options 121`, `dhcpsim options router`,
`dhcpsim options 82.1`, `dhcpsim options --search dns`.

Every option but the pad (0) and the end (255) stands as its code, a length, and so many octets of value. The pictures
have the octet that a field begins at above it, and the octets that it takes below.
";

fn write(out: &mut String) -> fmt::Result {
    out.push_str(HEAD);
    out.push_str("\n| code | name | holds | defined in |\n|---:|---|---|---|\n");
    for row in TABLE {
        let (name, holds) = (row.name, words(&row.layout));
        writeln!(out, "| {} | [{name}](#{}-{name}) | {holds} | {} |", row.code.0, row.code.0, row.reference)?;
    }
    TABLE.iter().try_for_each(|row| section(out, &Entry::of(row)))
}

fn section(out: &mut String, entry: &Entry) -> fmt::Result {
    let row = entry.row;
    writeln!(out, "\n## {} {}\n", row.code.0, row.name)?;
    writeln!(
        out,
        "{} Defined in {}. Length: {}.",
        sentence(row.meaning),
        row.reference,
        length(&row.layout)
    )?;
    for (when, picture) in pictures(entry) {
        match when.as_str() {
            "" => writeln!(out, "\n```text\n{picture}```")?,
            when => writeln!(out, "\n{}:\n\n```text\n{picture}```", sentence(when).trim_end_matches('.'))?,
        }
    }
    fields_table(out, entry)?;
    let example = example(entry);
    writeln!(out, "\nExample: `{}`, as text:\n", hex_or_nothing(&example.octets))?;
    let option = example.argument.map(|argument| format!(" --option {}", quoted(&argument)));
    writeln!(out, "```sh\ndhcpsim encode discover{}\n```", option.unwrap_or_default())?;
    sub_options(out, entry)
}

fn hex_or_nothing(octets: &[u8]) -> String {
    if octets.is_empty() { "(no octets)".to_owned() } else { spaced(octets) }
}

fn fields_table(out: &mut String, entry: &Entry) -> fmt::Result {
    let fields = fields(entry);
    if fields.is_empty() {
        return Ok(());
    }
    out.push_str("\n| field | takes | holds |\n|---|---|---|\n");
    for field in fields {
        let takes = match field.extent {
            Extent::AtLeast(0) => "any".to_owned(),
            extent => extent.long(),
        };
        write!(out, "| {} | {takes} | {}", field.name, field.holds)?;
        if !field.names.is_empty() {
            write!(out, ": {}", values(field.names, field.flags).join(" "))?;
        }
        out.push_str(" |\n");
    }
    Ok(())
}

fn sub_options(out: &mut String, entry: &Entry) -> fmt::Result {
    let all = entry.descendants();
    if all.is_empty() {
        return Ok(());
    }
    out.push_str("\n| sub-option | name | holds | example | defined in |\n|---|---|---|---|---|\n");
    for sub in all {
        let reference = sub.path.last().map(|sub| sub.reference.to_string()).unwrap_or_default();
        let text = escaped(&example(&sub).text).replace("\\\"", "\"").replace('|', "\\|");
        let text = if text.is_empty() { String::new() } else { format!("`{text}`") };
        writeln!(
            out,
            "| {} | {} | {} | {text} | {reference} |",
            sub.codes(),
            sub.name(),
            words(sub.layout()),
        )?;
    }
    Ok(())
}
