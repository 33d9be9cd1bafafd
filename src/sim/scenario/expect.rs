//! What must come out of a scenario, so that it is a test.

use core::fmt;
use core::str::FromStr;

use super::keys::Level;
use super::value;
use crate::config::error::Problem;
use crate::config::table::{Item, Reader, Table};
use crate::options::nearest;
use crate::sim::figure::{FIGURES, Figure, Outcome, Unit};

/// The key that says what the lease law's verdict must be.
const LAW: &str = "law";

/// Something that must come out.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// The figure.
    pub figure: &'static str,
    /// How it is compared.
    pub compare: Compare,
    /// With what: shares as parts of 1, times in seconds.
    pub value: f64,
    /// As it stands in the file.
    pub text: String,
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// Less.
    Less,
    /// Less, or as much.
    AtMost,
    /// More.
    More,
    /// More, or as much.
    AtLeast,
    /// As much.
    Equal,
}

/// Whether an expectation was met.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// What was expected: `refused-share < 5%`.
    pub expected: String,
    /// What came out; none where nothing was measured.
    pub found: Option<f64>,
    /// Whether it was met.
    pub met: bool,
}

impl Expectation {
    /// Holds a run against it.
    #[must_use]
    pub fn judge(&self, run: &Outcome) -> Verdict {
        let found = Figure::named(self.figure).and_then(|figure| (figure.of)(run));
        let met = found.is_some_and(|found| match self.compare {
            Compare::Less => found < self.value,
            Compare::AtMost => found <= self.value,
            Compare::More => found > self.value,
            Compare::AtLeast => found >= self.value,
            Compare::Equal => (found - self.value).abs() < 1e-9,
        });
        Verdict { expected: self.to_string(), found, met }
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.figure, self.text)
    }
}

/// The keys of `[expect]`.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    FIGURES.iter().map(|figure| figure.name).chain([LAW])
}

/// What is expected; that the lease law holds is, unless something else is said of it.
pub(super) fn expectations(reader: &mut Reader, top: &Table<'_, Level>) -> Vec<Expectation> {
    let table = top.get("expect").and_then(|item| reader.table(Level::Expect, &item));
    let Some(table) = table else { return vec![law(Compare::Equal, "= 0")] };
    reader.known(&table);
    let mut found = Vec::new();
    for figure in FIGURES {
        let Some(item) = table.get(figure.name) else { continue };
        for item in value::some(reader, &item, "comparison") {
            let expectation = expectation(figure, &item);
            found.extend(reader.keep(&item, expectation));
        }
    }
    let verdict = reader.take(&table, LAW, |item| match item.text() {
        Some("holds") => Ok(Some(law(Compare::Equal, "= 0"))),
        Some("broken") => Ok(Some(law(Compare::More, "> 0"))),
        Some("unjudged") => Ok(None),
        _ => {
            let known = ["holds", "broken", "unjudged"];
            Err(item.wrong_name("\"holds\", \"broken\" or \"unjudged\"", known.into_iter()))
        }
    });
    found.extend(verdict.unwrap_or_else(|| Some(law(Compare::Equal, "= 0"))));
    found
}

/// `refused-share<5%`.
impl FromStr for Expectation {
    type Err = String;

    fn from_str(text: &str) -> Result<Expectation, String> {
        let at =
            text.find(['<', '>', '=']).ok_or_else(|| format!("expected FIGURE<VALUE, found `{text}`"))?;
        let (name, rest) = text.split_at_checked(at).unwrap_or((text, ""));
        let name = name.trim();
        if name == LAW {
            return match rest.trim() {
                "=holds" | "= holds" => Ok(law(Compare::Equal, "= 0")),
                "=broken" | "= broken" => Ok(law(Compare::More, "> 0")),
                _ => Err(format!("expected {LAW}=holds or {LAW}=broken, found `{text}`")),
            };
        }
        let figure = Figure::named(name).ok_or_else(|| {
            match nearest(name, FIGURES.iter().map(|figure| figure.name)) {
                Some(near) => format!("there is no figure `{name}`; did you mean `{near}`?"),
                None => format!("there is no figure `{name}`"),
            }
        })?;
        let (compare, value) =
            comparison(rest).ok_or_else(|| format!("expected a comparison such as < 5%, found `{rest}`"))?;
        Ok(Expectation { figure: figure.name, compare, value, text: rest.trim().to_owned() })
    }
}

fn law(compare: Compare, text: &str) -> Expectation {
    Expectation { figure: "violations", compare, value: 0.0, text: text.to_owned() }
}

fn expectation(figure: &'static Figure, item: &Item<'_>) -> Result<Expectation, Problem> {
    if let Some(value) = value::float(item) {
        return Ok(Expectation {
            figure: figure.name,
            compare: Compare::Equal,
            value,
            text: format!("= {value}"),
        });
    }
    let wrong = || {
        item.wrong(match figure.unit {
            Unit::Share => "a comparison: \"< 5%\"",
            Unit::Seconds => "a comparison: \"<= 4s\"",
            _ => "a number or a comparison: \">= 100\"",
        })
    };
    let text = item.text().ok_or_else(wrong)?.trim();
    let (compare, value) = comparison(text).ok_or_else(wrong)?;
    Ok(Expectation { figure: figure.name, compare, value, text: text.to_owned() })
}

/// `< 5%`.
fn comparison(text: &str) -> Option<(Compare, f64)> {
    let signs = [
        ("<=", Compare::AtMost),
        (">=", Compare::AtLeast),
        ("<", Compare::Less),
        (">", Compare::More),
        ("=", Compare::Equal),
    ];
    let text = text.trim();
    let (compare, rest) =
        signs.iter().find_map(|(sign, compare)| Some((*compare, text.strip_prefix(sign)?)))?;
    Some((compare, amount(rest.trim())?))
}

/// `5%`, `4s`, `1h`, `12.5`.
fn amount(text: &str) -> Option<f64> {
    let plain =
        |text: &str| text.trim().replace('_', "").parse::<f64>().ok().filter(|number| number.is_finite());
    if let Some(percent) = text.strip_suffix('%') {
        return plain(percent).map(|percent| percent / 100.0);
    }
    plain(text).or_else(|| value::duration(text).map(|time| time.as_secs_f64()))
}
