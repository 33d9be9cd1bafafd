//! Panics that are caught: what was said and where, without a word on stderr, so that a flood of them can't fill a log.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

/// A panic that was caught. Shown as `index out of bounds … at src/a.rs:7:3`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panicked {
    /// What it said.
    pub message: String,
    /// The place in the source.
    pub place: String,
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.message, self.place)
    }
}

impl std::error::Error for Panicked {}

thread_local! {
    /// Whether panics of this thread are caught here.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

static HOOK: Once = Once::new();

/// Does something, and catches its panic. What it was about to change may be half changed then: who goes on must know why
/// that does no harm.
///
/// # Errors
///
/// [`Panicked`].
pub(super) fn guard<T>(act: impl FnOnce() -> T) -> Result<T, Panicked> {
    HOOK.call_once(listen);
    GUARDED.set(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(act));
    GUARDED.set(false);
    outcome.map_err(|payload| Panicked { message: message(payload.as_ref()), place: PLACE.take() })
}

/// Remembers the place of panics that are caught here; all others are told as before.
fn listen() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if GUARDED.get() {
            PLACE.set(info.location().map(ToString::to_string).unwrap_or_default());
        } else {
            before(info);
        }
    }));
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("no message").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_told_with_its_place() {
        assert_eq!(Ok(7), guard(|| 7));
        let number = 3;
        let panicked = guard(|| panic!("number {number}")).unwrap_err();
        assert_eq!("number 3", panicked.message);
        assert!(panicked.place.contains("guard.rs:"), "{panicked}");
        assert_eq!("plain", guard(|| panic!("plain")).unwrap_err().message);
    }
}
