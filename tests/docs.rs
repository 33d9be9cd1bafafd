//! The documentation is run: every `console` block of the README, of `docs` and of the folders in it gives what it shows.
//!
//! A line `$ command` is given to a shell in a folder with the project's fixtures; the lines up to the next one are
//! what stdout and stderr must be. `[..]` stands for anything within a line, a line `...` for any lines. A block
//! after the comment `<!-- not run: reason -->` is left alone, one after `<!-- long: reason -->` is run by a test for
//! release builds, and so are the commands of `sh` blocks, of which only the usage is checked. `UPDATE_GOLDEN=1`
//! rewrites what differs.
#![cfg(feature = "workbench")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pretty_assertions::assert_str_eq;

/// A command of a block and the output under it: line numbers in the page, from 0.
struct Step {
    command: String,
    output: std::ops::Range<usize>,
}

/// The commands of a page: those that take long in a debug build, or the others.
fn steps(lines: &[&str], long: bool) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let (mut inside, mut skipped) = (false, long);
    for (number, line) in lines.iter().enumerate() {
        match (inside, *line) {
            (false, line) if line.starts_with("<!-- not run: ") => skipped = true,
            (false, line) if line.starts_with("<!-- long: ") => skipped = !long,
            (false, "```console") if !skipped => (inside, skipped) = (true, long),
            (false, "```console") => skipped = long,
            (true, "```") => inside = false,
            (true, line) if line.starts_with("$ ") => {
                let command = line["$ ".len()..].to_owned();
                steps.push(Step { command, output: number + 1..number + 1 });
            }
            (true, _) => {
                let step = steps.last_mut().expect("a console block begins with a command");
                let continues = step.command.ends_with('\\') && step.output.is_empty();
                if continues {
                    step.command.push('\n');
                    step.command.push_str(line);
                    step.output = number + 1..number + 1;
                } else {
                    step.output.end = number + 1;
                }
            }
            (false, _) => {}
        }
    }
    steps
}

fn run(command: &str, folder: &Path) -> String {
    run_by(command, folder, Path::new(env!("CARGO_BIN_EXE_dhcpsim")).parent().unwrap())
}

/// Runs a command with the programs of a folder before all others.
fn run_by(command: &str, folder: &Path, programs: &Path) -> String {
    let path = std::env::join_paths(
        std::iter::once(programs.to_owned()).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    )
    .unwrap();
    let output = Command::new("sh")
        .args(["-c", &format!("{{ {command}\n}} 2>&1")])
        .current_dir(folder)
        .env("PATH", path)
        .env("STATE_DIRECTORY", folder)
        .env_remove("DHCPSIM_LEASES")
        .env_remove("CLICOLOR_FORCE")
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Whether a line fits a pattern in which `[..]` stands for anything.
fn fits_line(pattern: &str, line: &str) -> bool {
    let mut parts = pattern.split("[..]");
    let Some(mut rest) = line.strip_prefix(parts.next().unwrap_or("")) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

fn fits(pattern: &[&str], lines: &[&str]) -> bool {
    match (pattern.split_first(), lines.split_first()) {
        (None, None) => true,
        (Some((&"...", after)), _) => (0..=lines.len()).any(|skip| fits(after, &lines[skip..])),
        (Some((first, after)), Some((line, rest))) => fits_line(first, line) && fits(after, rest),
        _ => false,
    }
}

fn check(page: &Path, long: bool) -> usize {
    let text = fs::read_to_string(page).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(support::root().join("fixtures"), folder.path().join("fixtures")).unwrap();
    let steps = steps(&lines, long);
    let mut rewritten: Vec<String> = Vec::new();
    let mut copied = 0;
    for step in &steps {
        let actual = run(&step.command, folder.path());
        let shown: Vec<&str> = actual.lines().collect();
        let want = &lines[step.output.clone()];
        rewritten.extend(lines[copied..step.output.start].iter().map(|line| (*line).to_owned()));
        copied = step.output.end;
        if fits(want, &shown) {
            rewritten.extend(want.iter().map(|line| (*line).to_owned()));
        } else if support::updating() {
            rewritten.extend(shown.iter().map(|line| (*line).to_owned()));
        } else {
            let place = format!("{}:{}: $ {}", page.display(), step.output.start, step.command);
            assert_str_eq!(want.join("\n"), shown.join("\n"), "{place}");
        }
    }
    rewritten.extend(lines[copied..].iter().map(|line| (*line).to_owned()));
    if support::updating() {
        fs::write(page, rewritten.join("\n") + "\n").unwrap();
    }
    steps.len()
}

/// Runs the commands of all pages; there must be so many at least.
fn check_all(pages: &[PathBuf], least: usize) {
    let run: usize = pages.iter().map(|page| check(page, false)).sum();
    assert!(run >= least, "{run} commands run: the pages were not found");
}

#[test]
fn every_console_block_gives_what_it_shows() {
    let mut pages = support::files("docs", "md");
    pages.push(support::root().join("README.md"));
    check_all(&pages, 10);
}

#[test]
fn every_console_block_of_the_lessons_gives_what_it_shows() {
    check_all(&support::files("docs/learn", "md"), 20);
}

#[test]
fn every_console_block_about_a_ready_made_scenario_gives_what_it_shows() {
    check_all(&support::files("docs/scenarios", "md"), 15);
}

fn all_pages() -> Vec<PathBuf> {
    let folders = ["docs", "docs/learn", "docs/scenarios"];
    let mut pages: Vec<PathBuf> = folders.iter().flat_map(|folder| support::files(folder, "md")).collect();
    pages.push(support::root().join("README.md"));
    pages
}

#[test]
#[ignore = "long in a debug build: cargo test --release --test docs -- --ignored"]
fn every_long_console_block_gives_what_it_shows() {
    let run: usize = all_pages().iter().map(|page| check(page, true)).sum();
    assert!(run >= 1, "no long block was found");
}

/// What readers are asked to try is a command that there is: it is no wrong usage and reads its input.
#[test]
#[ignore = "long in a debug build: cargo test --release --test docs -- --ignored"]
fn every_exercise_can_be_done() {
    let mut tried = 0;
    for page in all_pages() {
        let text = fs::read_to_string(&page).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(support::root().join("fixtures"), folder.path().join("fixtures")).unwrap();
        let programs = folder.path().join("programs");
        fs::create_dir(&programs).unwrap();
        // In a pipe the shell tells the last status alone.
        let program = format!(
            "#!/bin/sh\n{} \"$@\"\ncode=$?\ncase $code in 2 | 3 | 5) echo \"$code: $*\" >>{}/faults ;; esac\nexit $code\n",
            env!("CARGO_BIN_EXE_dhcpsim"),
            folder.path().display()
        );
        let path = programs.join("dhcpsim");
        fs::write(&path, program).unwrap();
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let blocks = text.split("\n```sh\n").skip(1).filter_map(|rest| rest.split("\n```").next());
        for command in blocks.flat_map(str::lines).filter(|line| line.starts_with("dhcpsim ")) {
            let said = run_by(command, folder.path(), &programs);
            let faults = fs::read_to_string(folder.path().join("faults")).unwrap_or_default();
            assert_eq!("", faults, "{}: {command}\n{said}", page.display());
            tried += 1;
        }
    }
    assert!(tried > 60, "{tried} exercises were found");
}

#[test]
fn every_page_is_linked_from_another() {
    let texts: Vec<(PathBuf, String)> = all_pages()
        .into_iter()
        .map(|page| (page.canonicalize().unwrap(), fs::read_to_string(&page).unwrap()))
        .collect();
    for (page, _) in texts.iter().filter(|(page, _)| !page.ends_with("README.md")) {
        let linked = texts.iter().filter(|(from, _)| from != page).any(|(from, text)| {
            let targets = text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
            let folder = from.parent().unwrap();
            targets.filter_map(|target| folder.join(target).canonicalize().ok()).any(|target| target == *page)
        });
        assert!(linked, "{} is linked from no page", page.display());
    }
}

#[test]
fn every_ready_made_scenario_has_a_page() {
    let index = fs::read_to_string(support::root().join("docs/scenarios/README.md")).unwrap();
    for ready in dhcpsim::sim::scenario::READY {
        let page = format!("docs/scenarios/{}.md", ready.name);
        assert!(support::root().join(&page).exists(), "{page} is missing");
        assert!(index.contains(&format!("({}.md)", ready.name)), "the index has no link to {page}");
    }
}

#[test]
fn links_between_pages_lead_somewhere() {
    for folder in ["docs", "docs/learn", "docs/scenarios"] {
        for page in support::files(folder, "md") {
            let text = fs::read_to_string(&page).unwrap();
            for target in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
                let local = !target.is_empty() && !target.contains("://");
                let there = page.parent().unwrap().join(target);
                assert!(!local || there.exists(), "{}: no {target}", page.display());
            }
        }
    }
}

#[test]
fn patterns_fit_as_they_say() {
    for (pattern, line, want) in [
        ("a", "a", true),
        ("a", "ab", false),
        ("a[..]", "abc", true),
        ("[..]c", "abc", true),
        ("a[..]c", "ac", true),
        ("a[..]b[..]c", "a1b2c", true),
        ("a[..]b[..]c", "a1c", false),
    ] {
        assert_eq!(want, fits_line(pattern, line), "{pattern} {line}");
    }
    assert!(fits(&["a", "...", "z"], &["a", "b", "z"]));
    assert!(!fits(&["a", "..."], &["b"]));
}
