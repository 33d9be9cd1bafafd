//! What fuzzing found, and what was built by hand to be slow: each input here once broke a law (`fuzz/README.md`).
#![cfg(feature = "workbench")]

use dhcpsim::capture::{CaptureError, Expected, Forced, Reader};
use pretty_assertions::assert_eq;

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
