//! `dhcpsim options`: lists the table, searches it, or explains one option or sub-option.

use std::io::Write;

use anstyle::Style;
use clap::Args;
use dhcpsim::options::describe::{
    self, escaped, example, fields, length, pictures, quoted, sentence, spaced, standing, words, wrapped,
};
use dhcpsim::options::lookup::{Entry, NotFound, find};
use dhcpsim::options::text::Hex;
use dhcpsim::options::{Code, TABLE};
use serde_json::{Value, json};

use super::exit::Complaint;
use super::{Exit, Failure, Global};

/// List the options that DHCP has, search them, or explain one.
///
/// An option is named by its code or its name, without regard to case; a sub-option by both with a dot between them.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Options {
    /// Options to explain: 121, router, 82.1, relay-agent-information.circuit-id
    #[arg(value_name = "OPTION")]
    options: Vec<String>,
    /// List what has this in its name or meaning, sub-options too
    #[arg(short, long, value_name = "TEXT", conflicts_with = "options")]
    search: Option<String>,
    /// Print JSON, one object a line
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = "\
Examples:
  dhcpsim options                   all options
  dhcpsim options 121               what is option 121?
  dhcpsim options 82.1 82.2         what are these sub-options?
  dhcpsim options --search dns      which options have to do with DNS?

Exit status: 0 done, 1 nothing found, 2 no such option";

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// The schema of the objects that `--json` prints.
const SCHEMA: &str = "dhcpsim.options/1";

impl Options {
    pub(crate) fn run(self, _: &Global) -> Result<Exit, Failure> {
        let mut out = anstream::stdout().lock();
        match self.search {
            Some(text) => search(&mut out, &text, self.json),
            None if self.options.is_empty() => {
                list(&mut out, &TABLE.iter().map(Entry::of).collect::<Vec<_>>(), self.json)
            }
            None => explain(&mut out, &self.options, self.json),
        }
    }
}

fn search(out: &mut impl Write, text: &str, json: bool) -> Result<Exit, Failure> {
    let text = text.to_lowercase();
    let mut found: Vec<Entry> = Vec::new();
    for entry in TABLE.iter().map(Entry::of) {
        let within = entry.descendants().into_iter().filter(|sub| sub.name().contains(&text));
        let meant = entry.row.meaning.to_lowercase().contains(&text);
        let own = (meant || entry.name().contains(&text)).then(|| entry.clone());
        found.extend(own.into_iter().chain(within));
    }
    if found.is_empty() {
        writeln!(anstream::stderr(), "no option has `{}` in its name or meaning", escaped(&text))?;
        return Ok(Exit::No);
    }
    list(out, &found, json)
}

/// One line for each: code, name, what it holds, where it is defined.
fn list(out: &mut impl Write, entries: &[Entry], json: bool) -> Result<Exit, Failure> {
    if json {
        for entry in entries {
            writeln!(out, "{}", summary(entry))?;
        }
        return Ok(Exit::Done);
    }
    let rows: Vec<[String; 4]> = entries
        .iter()
        .map(|entry| {
            let name =
                if entry.path.is_empty() { entry.name().to_owned() } else { format!("  {}", entry.name()) };
            [entry.codes(), name, shortened(&words(entry.layout()), 40), reference(entry)]
        })
        .collect();
    let widths = [0, 1, 2].map(|column| {
        let widths = rows.iter().filter_map(|row| row.get(column)).map(|text| text.chars().count());
        widths.max().unwrap_or(0).max(4)
    });
    let [codes, names, holds] = widths;
    writeln!(out, "{BOLD}{:>codes$}  {:<names$}  {:<holds$}  defined in{BOLD:#}", "code", "name", "holds")?;
    for [code, name, holding, reference] in &rows {
        writeln!(out, "{code:>codes$}  {name:<names$}  {holding:<holds$}  {reference}")?;
    }
    Ok(Exit::Done)
}

fn shortened(text: &str, width: usize) -> String {
    match text.chars().count() {
        count if count <= width => text.to_owned(),
        _ => text.chars().take(width - 1).chain(['…']).collect(),
    }
}

fn reference(entry: &Entry) -> String {
    entry.path.last().map_or(entry.row.reference, |sub| sub.reference).to_string()
}

fn explain(out: &mut impl Write, names: &[String], json: bool) -> Result<Exit, Failure> {
    for (index, name) in names.iter().enumerate() {
        if index > 0 && !json {
            writeln!(out)?;
        }
        match find(name) {
            Ok(entry) if json => writeln!(out, "{}", document(&entry))?,
            Ok(entry) => page(out, &entry)?,
            Err(NotFound::NoRow(code)) => no_row(out, code, json)?,
            Err(error) => return Err(unknown(error)),
        }
    }
    Ok(Exit::Done)
}

fn no_row(out: &mut impl Write, code: Code, json: bool) -> Result<(), Failure> {
    let says = standing(code);
    if json {
        let document = json!({ "schema": SCHEMA, "code": code.0, "name": null, "meaning": says });
        writeln!(out, "{document}")?;
    } else {
        wrapped(says.split(' '), 78).iter().try_for_each(|line| writeln!(out, "{line}"))?;
    }
    Ok(())
}

fn unknown(error: NotFound) -> Failure {
    let (what, nearest, search) = match error {
        NotFound::NoRow(code) => (format!("option {} has no name", code.0), None, None),
        NotFound::Option { name, nearest } => {
            (format!("there is no option `{}`", escaped(&name)), nearest, Some(name))
        }
        NotFound::SubOption { within, name, nearest } => {
            let within = escaped(&within);
            (format!("{within} has no sub-option `{}`", escaped(&name)), nearest, None)
        }
    };
    let help = match (nearest, search) {
        (Some(nearest), _) => format!("did you mean `{nearest}`?"),
        (None, Some(name)) => {
            format!("`dhcpsim options --search {}` looks for a part of a name", escaped(&name))
        }
        (None, None) => "`dhcpsim options` lists all".to_owned(),
    };
    Failure::Usage(Complaint::new(what).help(help))
}

fn page(out: &mut impl Write, entry: &Entry) -> Result<(), Failure> {
    writeln!(out, "{BOLD}{}  {}{BOLD:#}", entry.codes(), entry.name())?;
    if entry.path.is_empty() {
        let meaning = sentence(entry.row.meaning);
        wrapped(meaning.split(' '), 78).iter().try_for_each(|line| writeln!(out, "{line}"))?;
    } else {
        writeln!(out, "A sub-option of {}.", entry.row.name)?;
    }
    writeln!(out, "\n  {DIM}defined in{DIM:#}  {}", reference(entry))?;
    writeln!(out, "  {DIM}holds{DIM:#}       {}", words(entry.layout()))?;
    writeln!(out, "  {DIM}length{DIM:#}      {}", length(entry.layout()))?;
    writeln!(out, "\n{BOLD}Octets{BOLD:#}")?;
    for (when, picture) in pictures(entry) {
        if !when.is_empty() {
            writeln!(out, "  {when}")?;
        }
        picture.lines().try_for_each(|line| writeln!(out, "{}", format!("  {line}").trim_end()))?;
    }
    field_lines(out, entry)?;
    example_lines(out, entry)?;
    sub_option_lines(out, entry)
}

fn field_lines(out: &mut impl Write, entry: &Entry) -> Result<(), Failure> {
    let fields = fields(entry);
    if fields.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{BOLD}Fields{BOLD:#}")?;
    let names = fields.iter().map(|field| field.name.chars().count()).max().unwrap_or(0);
    for field in fields {
        let takes = field.extent.short();
        writeln!(out, "  {:<names$}  {takes:>7}  {}", field.name, field.holds)?;
        let values = describe::values(field.names, field.flags);
        for line in wrapped(values.iter().map(String::as_str), 66_usize.saturating_sub(names)) {
            writeln!(out, "  {:<names$}  {:>7}  {DIM}{line}{DIM:#}", "", "")?;
        }
    }
    Ok(())
}

fn example_lines(out: &mut impl Write, entry: &Entry) -> Result<(), Failure> {
    let example = example(entry);
    let none = |text: String| if text.is_empty() { "nothing".to_owned() } else { text };
    writeln!(out, "\n{BOLD}Example{BOLD:#}")?;
    let hex = none(spaced(&example.octets));
    for (index, line) in wrapped(hex.split(' '), 66).iter().enumerate() {
        writeln!(out, "  {DIM}{:<6}{DIM:#}  {line}", if index == 0 { "octets" } else { "" })?;
    }
    writeln!(out, "  {DIM}text{DIM:#}    {}", none(example.text.clone()))?;
    match example.argument {
        Some(argument) => writeln!(out, "  {DIM}encode{DIM:#}  --option {}", quoted(&argument))?,
        None if entry.path.is_empty() => {
            writeln!(out, "  {DIM}encode{DIM:#}  by the message's name: dhcpsim encode {}", example.text)?;
        }
        None => writeln!(out, "  {DIM}encode{DIM:#}  within --option {}=…", entry.row.name)?,
    }
    Ok(())
}

fn sub_option_lines(out: &mut impl Write, entry: &Entry) -> Result<(), Failure> {
    let children = entry.children();
    if children.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{BOLD}Sub-options{BOLD:#}")?;
    let codes = children.iter().map(|child| child.codes().len()).max().unwrap_or(0);
    let names = children.iter().map(|child| child.name().len()).max().unwrap_or(0);
    let holds = |child: &Entry| shortened(&words(child.layout()), 32);
    let held = children.iter().map(|child| holds(child).chars().count()).max().unwrap_or(0);
    for child in &children {
        let (code, name) = (child.codes(), child.name());
        writeln!(out, "  {code:<codes$}  {name:<names$}  {:<held$}  {}", holds(child), reference(child))?;
    }
    Ok(())
}

fn summary(entry: &Entry) -> Value {
    json!({
        "schema": SCHEMA,
        "code": entry.code(),
        "name": entry.name(),
        "path": entry.codes(),
        "holds": words(entry.layout()),
        "reference": reference(entry),
    })
}

fn document(entry: &Entry) -> Value {
    let example = example(entry);
    let explained = json!({
        "meaning": entry.path.is_empty().then_some(entry.row.meaning),
        "length": length(entry.layout()),
        "forms": describe::forms(entry.layout()).iter().map(form).collect::<Vec<_>>(),
        "example": {
            "hex": Hex(&example.octets).to_string(),
            "text": example.text,
            "argument": example.argument,
        },
        "sub_options": entry.children().iter().map(summary).collect::<Vec<_>>(),
    });
    match (summary(entry), explained) {
        (Value::Object(summary), Value::Object(explained)) => summary.into_iter().chain(explained).collect(),
        (summary, _) => summary,
    }
}

fn form(form: &describe::Form) -> Value {
    let fields: Vec<Value> = form
        .cells
        .iter()
        .map(|cell| {
            let values: Vec<Value> =
                cell.names.iter().map(|(number, name)| json!({ "value": number, "name": name })).collect();
            json!({ "name": cell.name, "takes": cell.extent.long(), "holds": cell.holds, "values": values })
        })
        .collect();
    let groups: Vec<Value> = form
        .braces
        .iter()
        .map(|brace| json!({ "first": brace.first, "end": brace.end, "says": brace.says }))
        .collect();
    json!({ "when": form.when, "fields": fields, "groups": groups })
}
