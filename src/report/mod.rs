//! A run as a page to look at: plots, the network, ladders, lease lines; one HTML file that needs nothing else.
//!
//! Plots are drawn by plotters, the rest is SVG of our own; both get their colours from one style sheet, so that a page is
//! light or dark as its reader wishes. Names come from scenarios and messages: all text goes through the template, which
//! escapes it, or through `embedded`.

mod axis;
mod chart;
mod ladder;
mod lines;
mod network;
mod page;
mod palette;
mod plots;
mod sweep;

use core::fmt;

pub use chart::{NotDrawn, Plot};
pub use page::{Fact, Page, Summary, Verdict, page};
pub use plots::plots;
pub use sweep::{Cell, Swept, page as sweep_page, pictures as sweep_pictures};

/// A picture with the name of its file.
#[derive(Clone, Debug)]
pub struct Picture {
    /// The name without its ending: lower case and hyphens.
    pub name: String,
    /// An SVG document.
    pub svg: String,
}

/// All pictures of a page, each as a file of its own.
///
/// # Errors
///
/// [`NotDrawn`] if the charting library refuses, which it does for no plot of ours.
pub fn pictures(page: &Page<'_>) -> Result<Vec<Picture>, NotDrawn> {
    let mut pictures = Vec::new();
    for plot in plots(page)? {
        pictures.push(Picture { name: plot.name.to_owned(), svg: chart::alone(&plot)? });
    }
    pictures.push(Picture { name: "network".to_owned(), svg: network::draw(page.scenario).into_string() });
    if let Some(first) = page.recording.ladders().first() {
        let svg = ladder::draw(page.scenario, first).into_string();
        pictures.push(Picture { name: "ladder".to_owned(), svg });
    }
    pictures.push(Picture { name: "leases".to_owned(), svg: lines::draw(page).into_string() });
    let styled = |picture: Picture| Picture { svg: palette::styled(&picture.svg), ..picture };
    Ok(pictures.into_iter().map(styled).collect())
}

/// JSON that can stand between script tags: nothing in it ends them.
fn embedded(value: &serde_json::Value) -> String {
    value.to_string().replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

/// A number as a place in a list.
fn place(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// A number with thin spaces between thousands.
struct Grouped(String);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = self.0.split_once('.').unwrap_or((&self.0, ""));
        let digits = whole.chars().filter(char::is_ascii_digit).count();
        let mut left = digits;
        for char in whole.chars() {
            if char.is_ascii_digit() {
                if left < digits && left.is_multiple_of(3) {
                    f.write_str("\u{2009}")?;
                }
                left = left.saturating_sub(1);
            }
            write!(f, "{char}")?;
        }
        if rest.is_empty() { Ok(()) } else { write!(f, ".{rest}") }
    }
}
