//! Imports only point down: the layers of `docs/architecture.md`, held against the `crate::` paths in `src`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// The layers from the bottom up; modules of one line do not know each other.
const LAYERS: &[&[&str]] = &[
    &["options", "time"],
    &["packet"],
    &["link"],
    &["capture", "explain"],
    &["lease"],
    &["endpoint"],
    &["client", "relay", "server"],
    &["config"],
    &["store"],
    &["net", "replay", "sim"],
    &["report", "watch"],
];

fn rank(module: &str) -> usize {
    let rank = LAYERS.iter().position(|layer| layer.contains(&module));
    rank.unwrap_or_else(|| {
        panic!("{module} stands in no layer: give it one here and in docs/architecture.md")
    })
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The module of `crate::module::…`, for each such path in a source.
fn uses(source: &str) -> Vec<String> {
    let code: String = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .map(|line| format!("{line}\n"))
        .collect();
    let name = |rest: &str| rest.chars().take_while(|char| char.is_alphanumeric() || *char == '_').collect();
    let mut found: Vec<String> = code.split("crate::").skip(1).map(name).collect();
    // `use crate::{a::…, b::…}` names several.
    for group in code.split("crate::{").skip(1) {
        let inner = group.split("};").next().unwrap_or(group);
        let mut depth = 0;
        let mut start = true;
        for (at, char) in inner.char_indices() {
            match char {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => start = true,
                char if start && char.is_alphabetic() => {
                    found.push(name(&inner[at..]));
                    start = false;
                }
                _ => {}
            }
        }
    }
    found.retain(|module: &String| !module.is_empty());
    found
}

#[test]
fn imports_only_point_down() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    sources(&src, &mut found);
    let mut checked = 0;
    for path in found {
        let relative = path.strip_prefix(&src).unwrap();
        let first = relative.components().next().unwrap().as_os_str().to_str().unwrap();
        let module = first.trim_end_matches(".rs");
        if module == "bin" || module == "lib" {
            continue;
        }
        for used in uses(&fs::read_to_string(&path).unwrap()) {
            checked += 1;
            let up = used != module && rank(&used) >= rank(module);
            assert!(!up, "{} imports {used}, which does not lie below {module}", relative.display());
        }
    }
    assert!(checked > 50, "{checked} imports found: the test reads too little");
}
