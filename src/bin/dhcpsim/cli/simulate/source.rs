//! Where a scenario comes from: the program itself, or a file; and what flags change in it.

use std::fs;
use std::path::Path;
use std::str::FromStr;

use dhcpsim::config::Loaded;
use dhcpsim::options::nearest;
use dhcpsim::sim::scenario::{Override, READY, Ready, Scenario};

use crate::cli::Failure;
use crate::cli::exit::Complaint;

/// The most octets of a scenario.
const MAX_SIZE: u64 = 16 << 20;

/// `KEY=VALUE`, or `KEY=A,B,C` where several are asked for.
#[derive(Clone, Debug)]
pub(crate) struct Assignment {
    key: String,
    value: String,
}

impl Assignment {
    /// The value as a whole.
    pub(super) fn only(&self) -> Override {
        Override::new(&self.key, &self.value)
    }

    /// Whether it says what must come out for a figure, or for all.
    pub(super) fn expects(&self, figure: &str) -> bool {
        self.key == "expect" || self.key.strip_prefix("expect.") == Some(figure)
    }

    /// The key.
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// Each of the values between commas that stand in no brackets, with its text.
    pub(super) fn each(&self) -> Vec<(String, Override)> {
        let mut depth = 0_i32;
        let mut values = vec![String::new()];
        for char in self.value.chars() {
            match char {
                '[' | '{' => depth += 1,
                ']' | '}' => depth -= 1,
                _ => {}
            }
            match (char, values.last_mut()) {
                (',', _) if depth == 0 => values.push(String::new()),
                (_, Some(last)) => last.push(char),
                (_, None) => {}
            }
        }
        values.into_iter().map(|value| (value.clone(), Override::new(&self.key, &value))).collect()
    }

    /// The last part of the key, for a span with what it is of (`offline.exponential`): the head of a column.
    pub(super) fn name(&self) -> &str {
        let start =
            |end: usize| self.key.get(..end).and_then(|part| part.rfind('.')).map(|dot| (dot, dot + 1));
        let Some((dot, last)) = start(self.key.len()) else { return &self.key };
        let kinds = ["fixed", "uniform", "exponential", "lognormal", "sigma"];
        let spans = self.key.get(last..).is_some_and(|part| kinds.contains(&part));
        let from = if spans { start(dot).map_or(0, |(_, from)| from) } else { last };
        self.key.get(from..).unwrap_or(&self.key)
    }
}

impl FromStr for Assignment {
    type Err = String;

    fn from_str(text: &str) -> Result<Assignment, String> {
        match text.split_once('=') {
            Some((key, value)) if !key.trim().is_empty() => {
                Ok(Assignment { key: key.trim().to_owned(), value: value.trim().to_owned() })
            }
            _ => Err(format!("expected KEY=VALUE, found `{text}`")),
        }
    }
}

/// The text of a scenario.
pub(super) fn text(name: &str) -> Result<String, Failure> {
    if let Some(ready) = Ready::named(name) {
        return Ok(ready.text.to_owned());
    }
    let unreadable = |why: String| {
        let complaint = Complaint::new(format!("cannot read the scenario {name}: {why}"));
        let near = nearest(name, READY.iter().map(|ready| ready.name));
        Failure::Input(complaint.help(match near {
            Some(near) => format!("did you mean `{near}`? `dhcpsim simulate --list` lists all"),
            None => "`dhcpsim simulate --list` lists those that come with the program".to_owned(),
        }))
    };
    let size = fs::metadata(name).map_err(|error| unreadable(error.to_string()))?.len();
    if size > MAX_SIZE {
        return Err(unreadable(format!("{size} octets are more than the {MAX_SIZE} allowed")));
    }
    fs::read_to_string(name).map_err(|error| unreadable(error.to_string()))
}

/// A scenario with some of its values changed.
pub(super) fn scenario(name: &str, changes: &[Override]) -> Result<Scenario, Failure> {
    let text = text(name)?;
    let folder = Path::new(name).parent().unwrap_or(Path::new(""));
    let open = |path: &str| Loaded::from_file(&folder.join(path));
    let file = if Ready::named(name).is_some() { format!("{name}.toml") } else { name.to_owned() };
    Scenario::read(&file, &text, changes, &open).map_err(Failure::Configuration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_headed_so_that_one_knows_what_it_holds() {
        for (want, key) in [
            ("duration", "duration"),
            ("lease-time", "server.config.lease-time"),
            ("offline.exponential", "population.customer.offline.exponential"),
            ("online.fixed", "online.fixed"),
            ("fixed", "fixed"),
        ] {
            let assignment: Assignment = format!("{key}=1").parse().unwrap();
            assert_eq!(want, assignment.name());
        }
    }
}
