//! Scenarios that come with the program, each a file.

/// A scenario that comes with the program.
#[derive(Debug)]
pub struct Ready {
    /// Its name.
    pub name: &'static str,
    /// Its file.
    pub text: &'static str,
}

macro_rules! ready {
    ($($name:literal)+) => {
        /// All of them, the simple ones first.
        pub const READY: &[Ready] =
            &[$(Ready { name: $name, text: include_str!(concat!("ready/", $name, ".toml")) },)+];
    };
}

ready! {
    "lease"
    "day"
    "home"
    "hotel"
    "isp"
    "power-cut"
    "wifi"
    "relay"
    "two-servers"
    "rogue"
    "conflict"
    "starvation"
    "crash"
    "lease-time"
    "clock-jump"
}

impl Ready {
    /// By its name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Ready> {
        READY.iter().find(|ready| ready.name == name)
    }
}
