//! How exchanges are shown: one line a message, the whole message, JSON, times and spans.

pub(super) mod json;
mod lease;
mod options;
mod secret;
pub(super) mod summary;
pub(super) mod terminal;
mod time;
mod tree;

pub(super) use lease::{parameters, table};
pub(super) use options::text_of;
pub(super) use secret::without_nonce;
pub(super) use summary::Summary;
pub(super) use time::{Since, TimeOfDay, Timestamp, span};
pub(super) use tree::whole;

use anstyle::{AnsiColor, Style};

/// What a client sends.
pub(super) const CLIENT: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Cyan)));
/// What a server sends.
pub(super) const SERVER: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Green)));
/// What somebody should look at.
pub(super) const WARNING: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Yellow)));
/// What stands back.
pub(super) const DIM: Style = Style::new().dimmed();
/// What stands out.
pub(super) const BOLD: Style = Style::new().bold();
