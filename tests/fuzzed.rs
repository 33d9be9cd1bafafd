//! What fuzzing found, and what was built by hand to be slow: each input here once broke a law (`fuzz/README.md`).
#![cfg(feature = "workbench")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use dhcpsim::capture::{CaptureError, Expected, Forced, Reader};
use dhcpsim::options::compose::from_text;
use dhcpsim::options::{CLIENT_IDENTIFIER, Code, HOST_NAME};
use dhcpsim::packet::json;
use dhcpsim::packet::text::{self};
use pretty_assertions::assert_eq;

#[test]
fn text_that_is_no_value_of_the_option_is_refused() {
    for (code, text) in [
        (HOST_NAME.code, ""),
        (HOST_NAME.code, "  "),
        (CLIENT_IDENTIFIER.code, "01:"),
        (Code(118), "01:02"),
        (Code(93), "00:"),
    ] {
        assert!(from_text(code.layout(), text).is_err(), "{code} {text:?}");
    }
    assert_eq!(Ok(vec![1]), from_text(CLIENT_IDENTIFIER.code.layout(), "raw:01"), "unless it is raw");
    assert_eq!(Ok(vec![1, 2]), from_text(CLIENT_IDENTIFIER.code.layout(), "01:02"));
}

#[test]
fn a_short_text_gives_no_messages_of_gigabytes() {
    let pads = "pad 65535\n".repeat(260);
    let error = text::parse(&format!("op 1\n{pads}")).unwrap_err();
    assert_eq!(258, error.line, "16 MiB are 256 lines and a bit");
    let error =
        text::parse(&format!("op 1\n{}op 1\n{}", "pad 65535\n".repeat(200), "pad 65535\n".repeat(60)));
    assert_eq!(259, error.unwrap_err().line, "in all messages together");

    let pad = r#"{"area":"options","pad":16777216}"#;
    assert!(json::parse(&format!(r#"{{"fields":{{}},"fill":[{pad}]}}"#)).is_ok());
    let error = json::parse(&format!(r#"{{"fields":{{}},"fill":[{pad},{pad}]}}"#)).unwrap_err();
    assert_eq!(json::JsonError::Fill(1), error);
}

#[test]
fn many_short_dumps_give_no_frames_of_gigabytes() {
    let dump = "0000 00\n*\nfffff\n";
    let read = |dumps: usize| Reader::new(dump.repeat(dumps).as_bytes(), Forced::default()).map(|_| ());
    assert!(read(1).is_ok());
    match read(4000) {
        Err(CaptureError::Text(error)) => {
            assert_eq!((Expected::RepeatLimit, 6), (error.expected, error.line))
        }
        other => panic!("{other:?}"),
    }
}
