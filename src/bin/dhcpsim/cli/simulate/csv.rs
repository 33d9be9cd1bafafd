//! `--csv`: the samples over time, a line each; of several runs, with what each is.

use std::io::{self, Write};

use dhcpsim::endpoint::Instant;
use dhcpsim::sim::Sample;

use super::runs::Run;
use super::source::Assignment;

/// The columns that say of which run a sample is: swept keys, and the seed where there are several.
pub(super) fn columns(sweep: &[Assignment], runs: u32) -> Vec<String> {
    let mut columns: Vec<String> = sweep.iter().map(|assignment| assignment.key().to_owned()).collect();
    if runs > 1 || !sweep.is_empty() {
        columns.push("seed".to_owned());
    }
    columns
}

/// Writes the samples of runs for each choice of swept values.
pub(super) fn write(columns: &[String], choices: &[(Vec<String>, &[Run])]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let cell = |text: &str| format!("{},", quoted(text));
    let head: String = columns.iter().map(|column| cell(column)).collect();
    writeln!(out, "{head}time,bound,online,messages,acks,refused")?;
    for (values, runs) in choices {
        let values: String = values.iter().map(|value| cell(value)).collect();
        for run in *runs {
            let seed = if columns.is_empty() { String::new() } else { format!("{},", run.seed) };
            for sample in &run.outcome.measures.series {
                let Sample { at, bound, online, messages, acks, refused } = sample;
                let time = seconds(*at);
                writeln!(out, "{values}{seed}{time},{bound},{online},{messages},{acks},{refused}")?;
            }
        }
    }
    Ok(())
}

/// Seconds, with a fraction where there is one.
fn seconds(at: Instant) -> String {
    match at.as_micros() % 1_000_000 {
        0 => at.as_secs().to_string(),
        micros => format!("{}.{micros:06}", at.as_secs()).trim_end_matches('0').to_owned(),
    }
}

/// Text as a cell (RFC 4180 §2): in quotes where it needs them.
fn quoted(text: &str) -> String {
    match text.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_fraction_where_there_is_one() {
        for (micros, want) in [(0, "0"), (6_600_000, "6.6"), (60_000_000, "60"), (1_000_001, "1.000001")] {
            assert_eq!(want, seconds(Instant::from_micros(micros)));
        }
    }

    #[test]
    fn cells_are_quoted_where_they_need_it() {
        for (text, want) in [("1h", "1h"), ("a,b", "\"a,b\""), ("[\"x\"]", "\"[\"\"x\"\"]\"")] {
            assert_eq!(want, quoted(text));
        }
    }
}
