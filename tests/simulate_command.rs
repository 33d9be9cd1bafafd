//! `dhcpsim simulate` and `dhcpsim plan` as a user runs them: stopped in the middle, with misuse, and read by programs.
#![cfg(feature = "workbench")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test fails by panicking; it waits for programs"
)]

use std::fs;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use pretty_assertions::assert_eq;
use serde_json::Value;

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dhcpsim"));
    command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Exit status, stdout and stderr.
fn told(output: Output) -> (i32, String, String) {
    let text = |octets| String::from_utf8(octets).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

fn run(args: &[&str]) -> (i32, String, String) {
    told(command(args).output().unwrap())
}

/// Whether a process handles SIGINT: before that it would end without a word.
fn hears_ctrl_c(child: &Child) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 2 != 0)
}

/// What a command says that is stopped by Ctrl-C when it has worked for some time.
fn stopped(args: &[&str], after: Duration) -> (i32, String, String) {
    let child = command(args).spawn().unwrap();
    let start = Instant::now();
    while !hears_ctrl_c(&child) && start.elapsed() < Duration::from_secs(20) {
        thread::sleep(Duration::from_millis(10));
    }
    thread::sleep(after);
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success(), "{args:?} has ended");
    told(child.wait_with_output().unwrap())
}

/// A scenario that has no end in sight.
const LONG: [&str; 4] = ["simulate", "starvation", "--set", "duration=9000d"];

#[test]
fn a_run_that_is_stopped_says_what_there_was_and_that_it_is_a_part() {
    let (code, out, error) = stopped(&LONG, Duration::from_millis(500));
    assert_eq!((130, ""), (code, error.as_str()));
    assert!(out.contains("stopped by Ctrl-C after ") && out.contains(" of 9000 d"), "{out}");
    assert!(out.contains("  asked  ") && out.contains("  lease law"), "{out}");
    // A part of a run is not held against what is expected of a whole one.
    assert!(out.contains("– refused > 0") && !out.contains('✗') && !out.contains('✔'), "{out}");
}

#[test]
fn programs_are_told_too_that_a_run_was_stopped() {
    let (code, out, _) = stopped(&[&LONG[..], &["--json"]].concat(), Duration::from_millis(300));
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((130, &Value::Bool(true)), (code, &document["interrupted"]));
    let judged = document["runs"][0]["expectations"].as_array().unwrap();
    assert!(!judged.is_empty() && judged.iter().all(|wish| wish["met"] == Value::Null), "{judged:?}");
    let (code, out, error) = stopped(&[&LONG[..], &["--csv"]].concat(), Duration::from_millis(300));
    assert!(
        code == 130 && out.starts_with("time,") && error.starts_with("stopped by Ctrl-C after "),
        "{error}"
    );
    let (code, out, error) = stopped(&[&LONG[..], &["--trace"]].concat(), Duration::ZERO);
    // Nobody reads the trace until it is stopped, so that it may wait for its reader.
    assert!(code == 130 && out.contains(" DISCOVER ") && error.starts_with("stopped by Ctrl-C"), "{error}");
}

#[test]
fn of_many_runs_those_that_ended_are_counted() {
    let args = ["simulate", "lease", "--runs", "4000000"];
    let (code, out, _) = stopped(&args, Duration::from_secs(1));
    assert_eq!(130, code);
    assert!(out.contains("of 4000000 runs had come to their end"), "{out}");
    assert!(out.contains("✔ served = 1"), "whole runs are judged: {out}");
}

#[test]
fn a_part_of_the_first_of_many_runs_is_none_with_a_report_either() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    let args = [&LONG[..], &["--runs", "50", "--report", page.to_str().unwrap()]].concat();
    let (code, out, error) = stopped(&args, Duration::from_millis(500));
    assert_eq!((130, "stopped by Ctrl-C before the first run came to its end\n"), (code, out.as_str()));
    assert_eq!("warning: no run came to its end: nothing is written of it\n", error);
    assert!(!page.exists());
}

#[test]
fn a_sweep_has_its_bounds() {
    let many = format!("population.count={}", vec!["1"; 300].join(","));
    let four = ["--sweep", "segment.loss=0,0,0,0"];
    let (code, _, error) = run(&[&["simulate", "lease", "--sweep", &many][..], &four].concat());
    assert!(code == 2 && error.contains("--sweep: 1200 choices are more than the 1000"), "{error}");
    let twice = ["--sweep", "population.count=1", "--sweep", "population.count=2"];
    let (code, _, error) = run(&[&["simulate", "lease"][..], &twice].concat());
    assert!(code == 2 && error.contains("found `population.count` twice"), "{error}");
}

#[test]
fn a_sweep_is_stopped_before_its_first_run_has_ended() {
    // Whoever has read it all by then is in a first run without an end.
    let values = format!("server.config.lease-time={}", vec!["1h"; 1000].join(","));
    let (code, out, _) = stopped(&[&LONG[..], &["-q", "--sweep", &values]].concat(), Duration::ZERO);
    assert_eq!(130, code);
    assert!(out.ends_with("stopped by Ctrl-C; 0 of 1000 choices had come to their end\n"), "{out}");
}

#[test]
fn outputs_are_refused_before_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (file, inside) = (place("file"), place("file/plots"));
    fs::write(&file, "").unwrap();
    let named = |flag: &str| format!("{flag}: expected a name, found `-`");
    let other = "expected another name than that of --capture".to_owned();
    for (more, code, want) in [
        (["--plots", &inside].to_vec(), 5, format!("cannot write {inside}")),
        (["--plots", &file].to_vec(), 5, format!("cannot write {file}")),
        (["--plots", "/proc/plots"].to_vec(), 5, "cannot write /proc/plots".to_owned()),
        (["--report", &file, "-w", &file].to_vec(), 2, other.clone()),
        (["--report", "./same", "-w", "same"].to_vec(), 2, other),
        (["--report", "-"].to_vec(), 2, named("--report")),
        (["--plots", "-"].to_vec(), 2, named("--plots")),
        (["-w", "-"].to_vec(), 2, named("--capture")),
    ] {
        let (found, out, error) = run(&[&LONG[..], &more].concat());
        assert_eq!((code, ""), (found, out.as_str()), "{more:?}: {error}");
        assert!(error.contains(&want), "{more:?}: {error}");
    }
    let plots = place("new/plots");
    let (code, ..) = run(&["simulate", "lease", "--plots", &plots, "--report", &place("page.html")]);
    assert_eq!(0, code);
    let names = |path: &str| {
        fs::read_dir(path)
            .unwrap()
            .all(|entry| !entry.unwrap().file_name().to_str().unwrap().starts_with('.'))
    };
    assert!(names(folder.path().to_str().unwrap()) && names(&plots) && fs::read(&file).unwrap().is_empty());
}

#[test]
fn the_lease_law_can_be_expected_by_a_flag() {
    for (expect, want) in [("law=holds", 0), ("law=broken", 1)] {
        let (code, out, error) = run(&["simulate", "lease", "--expect", expect]);
        assert_eq!(want, code, "{out}{error}");
        assert_eq!(1, out.matches(" violations ").count(), "{out}");
    }
    let (code, _, error) = run(&["simulate", "lease", "--expect", "law=bent"]);
    assert!(code == 2 && error.contains("expected law=holds or law=broken, found `law=bent`"), "{error}");
}

#[test]
fn a_scenario_without_a_title_is_called_by_its_name() {
    let (code, out, _) = run(&["simulate", "lease", "--set", "title="]);
    assert!(code == 0 && out.starts_with("lease\nlease: "), "{out}");
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    let sweep = ["--sweep", "server.config.lease-time=1h,2h", "--report", page.to_str().unwrap()];
    let (code, ..) = run(&[&["simulate", "lease", "--set", "title="][..], &sweep].concat());
    assert_eq!(0, code);
    assert!(fs::read_to_string(page).unwrap().contains("<h1>lease: over lease-time</h1>"));
}

#[test]
fn of_a_sweep_the_choices_that_ended_are_shown() {
    let args = ["simulate", "starvation", "--set", "expect={}", "--sweep", "duration=1m,9000d,2m"];
    let (code, out, _) = stopped(&args, Duration::from_secs(2));
    assert_eq!(130, code);
    assert!(
        out.contains("\n      1m ") && !out.contains("\n   9000d ") && !out.contains("\n      2m "),
        "{out}"
    );
    assert!(out.ends_with("stopped by Ctrl-C; 1 of 3 choices had come to their end\n"), "{out}");
    let (code, out, _) = stopped(&[&args[..], &["--json"]].concat(), Duration::from_secs(2));
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((130, &Value::Bool(true)), (code, &document["interrupted"]));
    assert_eq!(1, document["rows"].as_array().unwrap().len());
}

#[test]
fn a_plan_that_is_stopped_has_no_answer() {
    let args = ["plan", "--customers", "4000", "--online", "1h", "--offline", "3h", "--refuse-below", "1%"];
    let long = [&args[..], &["--visits", "40000000"]].concat();
    let (code, out, _) = stopped(&long, Duration::from_millis(500));
    assert_eq!(130, code);
    assert!(out.contains("Stopped before there was an answer."), "{out}");
    let (code, out, _) = stopped(&[&long[..], &["--json"]].concat(), Duration::from_millis(500));
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (130, &Value::Bool(true), &Value::Null),
        (code, &document["interrupted"], &document["answer"])
    );
}

/// What is wrong with a value is pointed at where it was given.
#[test]
fn faults_of_set_are_pointed_at_in_what_was_given() {
    for (set, want) in [
        ("population.client.cont=5", "1 | population.client.cont = 5"),
        ("population.client.cont=5", "did you mean `count`?"),
        ("population.clint.count=5", "did you mean `client`?"),
        ("populatin.count=5", "did you mean `population`?"),
        ("population.count=many", "found \"many\"\n --> --set:1:20"),
        ("population.client=5", "expected a key after the name"),
        ("server.config.subnet.ranges=10.0.0.1", "--> --set:1:32"),
        ("server.config.options.router=x", "expected an IPv4 address, found `x`"),
        ("duration=", "expected a time"),
        ("population.client.online=50000d", "expected a time of at most 4294967294s, 49710 days"),
        ("duration=50000d", "expected a time of at most 4294967294s, 49710 days"),
        ("population.client.online={ exponential = \"x\" }", "--> --set:1:44"),
    ] {
        let (code, _, error) = run(&["simulate", "lease", "--set", set]);
        assert_eq!(3, code, "{set}: {error}");
        assert!(error.contains(want), "{set}: {error}");
    }
    let (_, _, error) = run(&["simulate", "hotel", "--set", "population.guest.online.exponential=1h"]);
    assert!(error.contains("expected one of this and `exponential`, found both"), "{error}");
}

#[test]
fn set_makes_the_tables_that_it_needs() {
    let (code, out, error) = run(&["simulate", "lease", "-q", "--set", "server.store.latency=1s"]);
    assert_eq!(1, code, "{error}");
    assert!(out.contains("median 1.00 s"), "{out}");
    let (code, out, _) =
        run(&["simulate", "lease", "--set", "population.client.offline.fixed=1m", "--set", "expect={}"]);
    assert_eq!(0, code, "{out}");
}

#[test]
fn a_hint_says_whose_expectations_were_missed() {
    let hint = "--set 'expect={}' leaves its expectations out";
    let five = ["simulate", "lease", "--set", "population.count=5"];
    for (more, want) in [
        (&[][..], (1, true)),
        (&["-q"], (1, false)),
        (&["--set", "expect={}"], (0, false)),
        (&["--set", "expect={}", "--expect", "acks=1"], (1, false)),
        (&["--set", "expect={ acks = 1 }"], (1, false)),
        (&["--sweep", "server.config.lease-time=1h,2h"], (1, true)),
    ] {
        let (code, _, error) = run(&[&five[..], more].concat());
        assert_eq!(want, (code, error.contains(hint)), "{more:?}: {error}");
    }
    assert_eq!((1, false), {
        let (code, _, error) = run(&["simulate", "lease", "--expect", "acks=2"]);
        (code, error.contains(hint))
    });
}

#[test]
fn csv_has_a_row_a_sample_and_says_of_which_run() {
    let rows = |args: &[&str]| {
        let (code, out, error) = run(&[&["simulate", "lease", "--csv", "--set", "expect={}"], args].concat());
        assert_eq!((0, ""), (code, error.as_str()), "{args:?}");
        out.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect::<Vec<Vec<String>>>()
    };
    let samples = ["time", "bound", "online", "messages", "acks", "refused"];
    let one = rows(&[]);
    assert_eq!((samples.to_vec(), 101), (one[0].iter().map(String::as_str).collect(), one.len()));
    assert_eq!(["6.6", "1", "1", "4", "1", "0"], *one[1]);
    let many = rows(&["--runs", "2"]);
    assert_eq!([&["seed"][..], &samples].concat(), many[0]);
    assert_eq!((201, "1", "2"), (many.len(), many[1][0].as_str(), many[200][0].as_str()));
    let swept = rows(&["--sweep", "population.count=1,3", "--runs", "2"]);
    assert_eq!([&["population.count", "seed"][..], &samples].concat(), swept[0]);
    assert_eq!((401, ["3", "2"]), (swept.len(), [swept[400][0].as_str(), swept[400][1].as_str()]));
    assert!(swept.iter().all(|row| row.len() == 8));
}

#[test]
fn the_keys_of_json_are_those_that_programs_know() {
    let keys = |value: &Value| {
        let mut keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
        keys.sort_unstable();
        keys.join(" ")
    };
    let document = |args: &[&str]| -> Value {
        let (code, out, _) = run(args);
        assert_eq!((0, 1), (code, out.lines().count()));
        serde_json::from_str(&out).unwrap()
    };
    let one = document(&["simulate", "lease", "--json"]);
    assert_eq!("dhcpsim.simulate/1", one["schema"]);
    assert_eq!("duration estimates interrupted runs scenario schema series title", keys(&one));
    let run = "end expectations figures first ignored law messages naks seed";
    assert_eq!(run, keys(&one["runs"][0]));
    assert_eq!("acks bound messages online refused time", keys(&one["series"][0]));
    assert_eq!("half mean", keys(&one["estimates"]["asked"]));
    let swept = document(&["simulate", "lease", "--json", "--sweep", "server.config.lease-time=1h,2h"]);
    assert_eq!("dhcpsim.sweep/1", swept["schema"]);
    assert_eq!("interrupted rows scenario schema", keys(&swept));
    assert_eq!("estimates met runs values", keys(&swept["rows"][1]));
    assert_eq!("2h", swept["rows"][1]["values"]["lease-time"]);
}

#[test]
fn a_sweep_over_two_keys_has_one_table_and_one_plot() {
    let args = [
        "simulate",
        "isp",
        "-q",
        "--chart",
        "always",
        "--set",
        "duration=4h",
        "--set",
        "measure-from=2h",
        "--set",
        "population.customer.count=40",
        "--set",
        "expect={}",
        "--sweep",
        "server.config.subnet.ranges=10.0.1.0-10.0.1.5,10.0.1.0-10.0.1.9",
        "--sweep",
        "population.customer.offline.exponential=4h,1h",
    ];
    let (code, out, error) = run(&args);
    assert_eq!((0, ""), (code, error.as_str()));
    assert_eq!(4, out.lines().filter(|line| line.ends_with('✔')).count(), "{out}");
    assert!(out.contains("over ranges, a line for each offline.exponential"), "{out}");
    // Each line has its name at its end.
    let named = |name: &str| out.lines().any(|line| line.contains('┤') && line.ends_with(name));
    assert!(named(" 4h") && named(" 1h"), "{out}");
}

#[test]
fn what_a_report_can_not_have_is_said() {
    let (code, _, error) = run(&["simulate", "lease", "--ladder", "client 0"]);
    assert!(code == 2 && error.contains("--ladder: expected --report or --plots"), "{error}");
    let long = [&LONG[..], &["--report", "/nowhere/page.html"]].concat();
    let (code, _, error) = run(&long);
    assert!(code == 5 && error.contains("cannot write /nowhere/page.html"), "before the run: {error}");
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    let page = page.to_str().unwrap();
    let (code, _, error) =
        run(&["simulate", "lease", "--report", page, "--ladder", "client 7", "--ladder", "client 0"]);
    assert_eq!((0, "warning: --ladder: no client `client 7` has sent anything\n"), (code, error.as_str()));
}

/// As the formulas know it, whoever is refused comes again after the time away, and not a moment later: with short times
/// away even a second of asking would show.
#[test]
fn a_plan_agrees_with_engset_where_customers_come_again_at_once() {
    let args = [
        "plan",
        "-q",
        "--json",
        "--customers",
        "20",
        "--online",
        "30s",
        "--offline",
        "2s",
        "--addresses",
        "10",
        "--lease-time",
        "1h",
        "--refuse-below",
        "1%",
        "--visits",
        "20000",
    ];
    let (code, out, error) = run(&args);
    assert_eq!((1, ""), (code, error.as_str()));
    let document: Value = serde_json::from_str(&out).unwrap();
    let trial = &document["trials"][0];
    let number = |value: &Value| value.as_f64().unwrap();
    let (formula, refused) = (number(&trial["formula"]), &trial["refused"]);
    // Twice the interval of 95 %: the seeds are fixed, and a second too long is far outside.
    assert!((number(&refused["mean"]) - formula).abs() < 2.0 * number(&refused["half"]), "{trial}");
    assert!(number(&refused["half"]) < 0.01 && formula > 0.8, "{trial}");
}

#[test]
fn what_a_plan_can_not_mean_is_refused() {
    let base = ["plan", "--customers", "40", "--online", "1h", "--refuse-below", "1%"];
    for (more, want) in [
        (&["--apart", "3h"][..], "--apart is for `--customers unlimited`: expected --offline"),
        (&["--offline", "3h", "--addresses", "0"], "0 is not in 1..=1048064"),
        (&["--offline", "3h", "--lease-time", "0s"], "expected a time such as 90s"),
        (&["--offline", "3h", "--lease-time", ""], "expected a time such as 90s"),
        (&["--offline", "3h", "--refuse-below", "0%"], "expected 0.001, 0.1% or '1 in 1000'"),
        (&["--offline", "3h", "--visits", "0"], "0 is not in 1.."),
    ] {
        let args: Vec<&str> =
            base.iter().copied().filter(|arg| !more.contains(arg)).chain(more.iter().copied()).collect();
        let args: Vec<&str> =
            args.into_iter().filter(|arg| *arg != "1%" || !more.contains(&"--refuse-below")).collect();
        let (code, _, error) = run(&args);
        assert!(code == 2 && error.contains(want), "{more:?}: {error}");
    }
}

#[test]
fn one_customer_and_one_address_are_told_as_one() {
    let args =
        ["plan", "-q", "--customers", "1", "--online", "1h", "--offline", "3h", "--refuse-below", "1%"];
    let (code, out, _) = run(&args);
    assert_eq!(0, code);
    assert!(out.starts_with("1 customer, online") && out.contains("\n1 address meets the wish.\n"), "{out}");
    assert!(out.contains("Engset's formula says 1 address.\n"), "{out}");
}
