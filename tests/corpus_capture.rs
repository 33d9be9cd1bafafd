//! Every capture and text form of the corpus beside the project gives exactly its messages.
#![cfg(feature = "workbench")]
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use dhcpsim::capture::{CaptureError, Forced, Reader};
use serde_json::Value;

/// The corpus, or `None` after saying on the terminal that there is nothing to test with.
fn corpus() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    if path.is_dir() {
        return Some(path);
    }
    // Not `eprintln!`, which the test harness hides when a test passes.
    let _ = writeln!(io::stderr(), "skipped: there is no corpus at {}", path.display());
    None
}

fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap()
}

/// The octets of each message in hex, by id.
fn messages(corpus: &Path) -> HashMap<String, String> {
    let message = |line: Value| (text(&line, "id").to_owned(), text(&line, "hex").to_owned());
    lines(&corpus.join("messages.jsonl")).into_iter().map(message).collect()
}

#[test]
fn every_capture_gives_its_messages_in_order() {
    let Some(corpus) = corpus() else { return };
    let messages = messages(&corpus);
    let mut wrong = Vec::new();
    let captures = lines(&corpus.join("captures.jsonl"));
    for capture in &captures {
        let name = text(capture, "file");
        let want: Vec<_> =
            capture["messages"].as_array().unwrap().iter().map(|m| wanted(m, &messages)).collect();
        let (got, end) = read(&corpus.join(name));
        if got != want {
            wrong.push(format!("{name}: {} of {} messages, {end:?}", got.len(), want.len()));
        }
        let cut = name.contains("68-cut");
        match end {
            Some(CaptureError::Cut { after: 8, .. }) if cut => {}
            None if !cut => {}
            other => wrong.push(format!("{name}: ended with {other:?}")),
        }
    }
    assert_eq!(76, captures.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

type Seen = (u64, String, String);

fn wanted(message: &Value, messages: &HashMap<String, String>) -> Seen {
    let hex = messages[text(message, "id")].clone();
    assert_eq!(message["len"].as_u64(), u64::try_from(hex.len() / 2).ok());
    (message["frame"].as_u64().unwrap(), text(message, "ports").to_owned(), hex)
}

fn read(path: &Path) -> (Vec<Seen>, Option<CaptureError>) {
    let mut reader = Reader::new(File::open(path).unwrap(), Forced::default()).unwrap();
    let mut seen = Vec::new();
    loop {
        match reader.next_message() {
            Ok(Some(found)) => {
                let ports = found.source.zip(found.destination);
                let ports = ports.map_or_else(String::new, |(a, b)| format!("{}>{}", a.port(), b.port()));
                seen.push((found.number, ports, hex::encode(found.payload)));
            }
            Ok(None) => return (seen, None),
            Err(error) => return (seen, Some(error)),
        }
    }
}

#[test]
fn captures_cut_by_the_snap_length_say_how_much_is_missing() {
    let Some(corpus) = corpus() else { return };
    for (name, snap_length) in [("55-snaplen-200-truncated", 200), ("56-snaplen-300-truncated", 300)] {
        let path = corpus.join(format!("pcap/{name}.pcap"));
        let mut reader = Reader::new(File::open(path).unwrap(), Forced::default()).unwrap();
        while let Some(found) = reader.next_message().unwrap() {
            assert_eq!(found.original_length - snap_length, found.missing, "{name} {}", found.number);
        }
    }
}

#[test]
fn every_text_form_gives_its_messages() {
    let Some(corpus) = corpus() else { return };
    let messages = messages(&corpus);
    let mut wrong = Vec::new();
    let forms = lines(&corpus.join("forms.jsonl"));
    for form in &forms {
        let name = text(form, "file");
        let ids = form["ids"].as_array().unwrap();
        let want: Vec<_> = ids.iter().map(|id| messages[id.as_str().unwrap()].as_str()).collect();
        match payloads(&corpus.join(name)) {
            Ok((_, got)) if got == want => {}
            Ok((kind, got)) => wrong.push(format!("{name}: {kind}: {got:?}")),
            Err(error) => wrong.push(format!("{name}: {error}")),
        }
    }
    assert_eq!(224, forms.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn payloads(path: &Path) -> Result<(String, Vec<String>), CaptureError> {
    let mut reader = Reader::new(File::open(path).unwrap(), Forced::default())?;
    let mut payloads = Vec::new();
    while let Some(found) = reader.next_message()? {
        payloads.push(hex::encode(found.payload));
    }
    Ok((reader.kind().to_string(), payloads))
}
