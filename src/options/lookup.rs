//! Looking up options and sub-options as people name them: `121`, `router`, `82.1`, `82.radius-attributes.1`,
//! `125.3561.acs-url`.

use core::fmt;

use super::layout::{Layout, Space, SubOption};
use super::{Code, Row, TABLE, nearest, vendor};

/// An option, or a sub-option within one.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The option.
    pub row: &'static Row,
    /// The sub-options that lead to the one meant, outermost first; empty for the option itself.
    pub path: Vec<&'static SubOption>,
    /// The enterprise whose sub-option one of the path is, and which one.
    pub enterprise: Option<(usize, u32)>,
}

impl Entry {
    /// The entry of an option.
    #[must_use]
    pub fn of(row: &'static Row) -> Entry {
        Entry { row, path: Vec::new(), enterprise: None }
    }

    /// Its own name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.path.last().map_or(self.row.name, |sub| sub.name)
    }

    /// Its own code.
    #[must_use]
    pub fn code(&self) -> u8 {
        self.path.last().map_or(self.row.code.0, |sub| sub.code)
    }

    /// What it holds.
    #[must_use]
    pub fn layout(&self) -> &'static Layout {
        self.path.last().map_or(&self.row.layout, |sub| &sub.layout)
    }

    /// The codes that lead to it: `82.1`.
    #[must_use]
    pub fn codes(&self) -> String {
        self.join(self.row.code.0.to_string(), |sub| sub.code.to_string())
    }

    fn join(&self, first: String, name: impl Fn(&SubOption) -> String) -> String {
        let mut joined = first;
        for (depth, sub) in self.path.iter().enumerate() {
            if let Some((_, enterprise)) = self.enterprise.filter(|(at, _)| *at == depth) {
                joined.push_str(&format!(".{enterprise}"));
            }
            joined.push('.');
            joined.push_str(&name(sub));
        }
        joined
    }

    /// The sub-options that its value can hold.
    #[must_use]
    pub fn children(&self) -> Vec<Entry> {
        let mut children = Vec::new();
        for (enterprise, space) in spaces(self.layout()) {
            for sub in space.rows {
                let mut path = self.path.clone();
                path.push(sub);
                let enterprise = enterprise.map(|number| (self.path.len(), number)).or(self.enterprise);
                children.push(Entry { row: self.row, path, enterprise });
            }
        }
        children
    }

    /// All sub-options within, at any depth.
    #[must_use]
    pub fn descendants(&self) -> Vec<Entry> {
        let children = self.children();
        children.into_iter().flat_map(|child| [vec![child.clone()], child.descendants()].concat()).collect()
    }
}

/// The names that lead to it: `relay-agent-information.circuit-id`.
impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.join(self.row.name.to_owned(), |sub| sub.name.to_owned()))
    }
}

/// Why a text names no option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotFound {
    /// A code that IANA has not assigned, or the pad or the end option.
    NoRow(Code),
    /// No option of this name.
    Option {
        /// The name as it was given.
        name: String,
        /// The nearest right one.
        nearest: Option<String>,
    },
    /// The option or sub-option has no such sub-option.
    SubOption {
        /// Where it was looked for.
        within: String,
        /// The name or code as it was given.
        name: String,
        /// The nearest right one.
        nearest: Option<String>,
    },
}

/// The option or sub-option that `text` names by names or codes with dots between them, without regard to case.
///
/// # Errors
///
/// [`NotFound`] says which part of the text names nothing.
pub fn find(text: &str) -> Result<Entry, NotFound> {
    let mut parts = text.trim().split('.');
    let mut entry = Entry::of(option(parts.next().unwrap_or_default())?);
    let mut enterprise = None;
    for part in parts {
        let number = part.parse::<u32>().ok().filter(|_| enterprise.is_none());
        if spaces(entry.layout()).iter().any(|(known, _)| known.is_some() && *known == number) {
            enterprise = number;
        } else {
            entry = sub_option(&entry, enterprise.take(), part)?;
        }
    }
    Ok(entry)
}

fn option(name: &str) -> Result<&'static Row, NotFound> {
    match name.to_ascii_lowercase().as_str() {
        "pad" => return Err(NotFound::NoRow(Code::PAD)),
        "end" => return Err(NotFound::NoRow(Code::END)),
        _ => {}
    }
    match Code::parse(name) {
        Some(code) => code.row().ok_or(NotFound::NoRow(code)),
        None => {
            let names = TABLE.iter().map(|row| row.name).chain(["pad", "end"]);
            Err(NotFound::Option { name: name.to_owned(), nearest: nearest(name, names) })
        }
    }
}

fn sub_option(entry: &Entry, enterprise: Option<u32>, name: &str) -> Result<Entry, NotFound> {
    let mut children = entry.children();
    children.retain(|child| enterprise.is_none() || child.enterprise.map(|(_, number)| number) == enterprise);
    let code = name.parse::<u8>().ok();
    let found =
        children.iter().find(|child| Some(child.code()) == code || child.name().eq_ignore_ascii_case(name));
    found.cloned().ok_or_else(|| NotFound::SubOption {
        within: entry.to_string(),
        name: name.to_owned(),
        nearest: nearest(name, children.iter().map(Entry::name)),
    })
}

/// The spaces of sub-options that a layout leads to without crossing another one, each with its enterprise.
fn spaces(layout: &'static Layout) -> Vec<(Option<u32>, &'static Space)> {
    match layout {
        Layout::Options(space) | Layout::Vendor(space) | Layout::Attributes(space) => vec![(None, *space)],
        Layout::Enterprise => {
            vendor::ENTERPRISES.iter().map(|&(number, _, space)| (Some(number), space)).collect()
        }
        Layout::AtLeast(_, inner)
        | Layout::Counted(_, inner)
        | Layout::Several(inner)
        | Layout::Optional(inner)
        | Layout::Repeat { item: inner, .. } => spaces(inner),
        Layout::Record(fields) => fields.iter().flat_map(|field| spaces(&field.layout)).collect(),
        _ => Vec::new(),
    }
}
