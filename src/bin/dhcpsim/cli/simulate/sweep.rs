//! `--sweep`: runs for each value of a key, or each pair of two.

use std::io::{self, IsTerminal as _, Write};

use dhcpsim::net::Stop;
use dhcpsim::report::{self, Cell, Swept};
use dhcpsim::sim::figure::Figure;
use dhcpsim::sim::scenario::{Override, Scenario};
use serde_json::{Value, json};

use super::runs::{self, Run};
use super::source::Assignment;
use super::{Simulate, exit, figures, json};
use crate::cli::exit::Complaint;
use crate::cli::show::{BOLD, SERVER, WARNING};
use crate::cli::{Exit, Failure, Global};

/// The columns of the table.
const COLUMNS: &[(&str, &str)] = &[
    ("refused", "refused-share"),
    ("bound", "bound-mean"),
    ("most", "bound-most"),
    ("online", "online-mean"),
    ("lost leases", "lost-leases"),
    ("messages", "messages"),
];

/// The most choices: each is read before the first run, and has a row.
const MOST_CHOICES: usize = 1000;

/// The runs for one choice of values.
pub(super) struct Row {
    pub(super) values: Vec<String>,
    pub(super) runs: Vec<Run>,
    /// Whether expectations were met; none if it was stopped before all runs had ended.
    met: Option<bool>,
}

/// Runs them all and shows a row for each.
pub(super) fn run(
    command: &Simulate,
    global: &Global,
    name: &str,
    changes: &[Override],
) -> Result<Exit, Failure> {
    let stop = Stop::new().on_signals()?;
    let chosen = choices(&command.sweep, changes)?;
    let choices = chosen.len();
    // A value that can't be is told before the first run.
    let mut scenarios = Vec::with_capacity(choices);
    for (values, changes) in chosen {
        if stop.is_set() {
            break;
        }
        scenarios.push((values, command.load(name, &changes)?));
    }
    let (rows, interrupted, missed) = rows(command, global, scenarios, &stop)?;
    let whole = rows.iter().filter(|row| row.met.is_some()).count();
    let stopped =
        interrupted.then(|| format!("stopped by Ctrl-C; {whole} of {choices} choices had come to their end"));
    let heads: Vec<&str> = command.sweep.iter().map(Assignment::name).collect();
    if command.json {
        objects(name, &heads, &rows, interrupted)?;
    } else if command.csv {
        let columns = super::csv::columns(&command.sweep, command.runs);
        let choices: Vec<_> = rows.iter().map(|row| (row.values.clone(), row.runs.as_slice())).collect();
        super::csv::write(&columns, &choices)?;
        if let Some(stopped) = stopped.as_ref().filter(|_| !global.quiet) {
            writeln!(anstream::stderr(), "{stopped}")?;
        }
    } else {
        table(&heads, &rows)?;
        if let Some(stopped) = &stopped {
            writeln!(anstream::stdout(), "{WARNING}{stopped}{WARNING:#}")?;
        }
        if command.chart.holds(io::stdout().is_terminal()) {
            super::swept::write(&heads, &rows)?;
        }
    }
    if command.report.is_wanted() {
        let swept = swept(command, name, &heads, &rows, changes)?;
        command.report.put(|| report::sweep_page(&swept), || report::sweep_pictures(&swept))?;
    }
    command.hint(global, missed)?;
    Ok(match (interrupted, rows.iter().all(|row| row.met == Some(true))) {
        (true, _) => Exit::Interrupted,
        (false, true) => Exit::Done,
        (false, false) => Exit::No,
    })
}

/// Values, and what they change.
type Choice = (Vec<String>, Vec<Override>);

/// Each value of the key, or each pair of two.
fn choices(sweeps: &[Assignment], changes: &[Override]) -> Result<Vec<Choice>, Failure> {
    let wrong = |why: String| Err(Failure::Usage(Complaint::new(format!("--sweep: {why}"))));
    if let [first, second] = sweeps
        && first.key() == second.key()
    {
        let key = first.key();
        return wrong(format!("expected two keys, found `{key}` twice: its values go into one, {key}=A,B"));
    }
    let each: Vec<_> = sweeps.iter().map(Assignment::each).collect();
    let count = each.iter().fold(1_usize, |count, values| count.saturating_mul(values.len()));
    if count > MOST_CHOICES {
        return wrong(format!("{count} choices are more than the {MOST_CHOICES} that one sweep may have"));
    }
    let mut choices: Vec<Choice> = vec![(Vec::new(), changes.to_vec())];
    for sweep in &each {
        let more = choices.iter().flat_map(|(values, changes)| {
            sweep.iter().map(|(value, change)| {
                let values = values.iter().chain([value]).cloned().collect();
                (values, changes.iter().chain([change]).cloned().collect())
            })
        });
        choices = more.collect();
    }
    Ok(choices)
}

/// Rows as far as they were run, whether they were stopped, and whether the scenario's own expectations were missed.
fn rows(
    command: &Simulate,
    global: &Global,
    scenarios: Vec<(Vec<String>, Scenario)>,
    stop: &Stop,
) -> Result<(Vec<Row>, bool, bool), Failure> {
    let (mut rows, mut missed) = (Vec::new(), false);
    let choices = scenarios.len();
    for (number, (values, scenario)) in (1..).zip(scenarios) {
        if stop.is_set() {
            break;
        }
        let of = format!("choice {number} of {choices}");
        let (mut runs, interrupted) = runs::part(&command.plan(&scenario), !global.quiet, &of)?;
        if interrupted && command.runs == 1 {
            // A part of a run says nothing beside whole ones.
            runs.clear();
        }
        let met = (!interrupted).then(|| exit(&scenario, &runs, false) == Exit::Done);
        missed |= !interrupted && command.missed(&scenario, &runs);
        if !runs.is_empty() {
            rows.push(Row { values, runs, met });
        }
        if interrupted {
            return Ok((rows, true, missed));
        }
    }
    Ok((rows, stop.is_set(), missed))
}

/// What a page says of the sweep.
fn swept(
    command: &Simulate,
    name: &str,
    heads: &[&str],
    rows: &[Row],
    changes: &[Override],
) -> Result<Swept, Failure> {
    let mut names: Vec<&'static str> =
        COLUMNS.iter().map(|(_, name)| *name).filter(|name| *name != "messages").collect();
    names.push("messages-rate");
    let figures: Vec<&Figure> = names.iter().filter_map(|name| Figure::named(name)).collect();
    let cell = |row: &Row| Cell {
        values: row.values.clone(),
        found: figures.iter().map(|figure| figures::estimate(figure, &row.runs)).collect(),
        shown: figures.iter().map(|figure| figures::text(figure, &row.runs)).collect(),
        met: row.met,
    };
    let title = command.load(name, changes)?.title;
    let title = if title.is_empty() { name.to_owned() } else { title };
    let runs = match command.runs {
        1 => "one run for each choice, seed".to_owned(),
        runs => format!("{runs} runs for each choice, seeds from"),
    };
    Ok(Swept {
        title: format!("{title}: over {}", heads.join(" and ")),
        about: format!("{name}: {runs} {}", command.seed),
        command: super::report::command(),
        keys: heads.iter().map(|head| (*head).to_owned()).collect(),
        figures: names,
        cells: rows.iter().map(cell).collect(),
    })
}

fn table(heads: &[&str], rows: &[Row]) -> io::Result<()> {
    let mut cells: Vec<Vec<String>> = Vec::new();
    let names = heads.iter().copied().chain(COLUMNS.iter().map(|(head, _)| *head));
    cells.push(names.map(str::to_owned).collect());
    for row in rows {
        let found =
            COLUMNS.iter().filter_map(|(_, name)| Some(figures::text(Figure::named(name)?, &row.runs)));
        cells.push(row.values.iter().cloned().chain(found).collect());
    }
    let columns = cells.first().map_or(0, Vec::len);
    let width = |column: usize| {
        let length = |row: &Vec<String>| row.get(column).map_or(0, |cell| cell.chars().count());
        cells.iter().map(length).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = anstream::stdout().lock();
    for (number, line) in cells.iter().enumerate() {
        let padded = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:>width$}"));
        let text = padded.collect::<Vec<_>>().join("   ");
        match number.checked_sub(1).and_then(|number| rows.get(number)) {
            None => writeln!(out, "{BOLD}{text}{BOLD:#}")?,
            Some(Row { met: Some(true), .. }) => writeln!(out, "{text}   {SERVER}✔{SERVER:#}")?,
            Some(Row { met: Some(false), .. }) => writeln!(out, "{text}   {WARNING}✗{WARNING:#}")?,
            Some(Row { runs, met: None, .. }) => {
                writeln!(out, "{text}   {WARNING}stopped, {} runs{WARNING:#}", runs.len())?;
            }
        }
    }
    Ok(())
}

fn objects(name: &str, heads: &[&str], rows: &[Row], interrupted: bool) -> io::Result<()> {
    let row = |row: &Row| {
        let values = heads.iter().zip(&row.values).map(|(head, value)| ((*head).to_owned(), json!(value)));
        json!({
            "values": Value::Object(values.collect()),
            "runs": row.runs.len(),
            "met": row.met,
            "estimates": json::estimates(&row.runs),
        })
    };
    let rows: Vec<Value> = rows.iter().map(row).collect();
    let document = json!({
        "schema": "dhcpsim.sweep/1",
        "scenario": name,
        "interrupted": interrupted,
        "rows": rows,
    });
    writeln!(io::stdout().lock(), "{document}")
}
