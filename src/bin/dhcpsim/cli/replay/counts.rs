//! What a replayed capture comes to, in numbers.

use std::time::Duration;

use dhcpsim::replay::Verdict;

/// How often each verdict was reached.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) requests: u64,
    pub(super) alike: u64,
    pub(super) differing: u64,
    pub(super) other: u64,
    pub(super) captured: u64,
    pub(super) here: u64,
    pub(super) silent: u64,
}

impl Counts {
    pub(super) fn add(&mut self, verdict: &Verdict) {
        let count = match verdict {
            Verdict::Alike => &mut self.alike,
            Verdict::Differs(_) => &mut self.differing,
            Verdict::OtherType(_) => &mut self.other,
            Verdict::OnlyCaptured => &mut self.captured,
            Verdict::OnlyHere => &mut self.here,
            Verdict::Silent => &mut self.silent,
        };
        *count = count.saturating_add(1);
        self.requests = self.requests.saturating_add(1);
    }

    pub(super) fn differs(&self) -> u64 {
        self.requests.saturating_sub(self.alike).saturating_sub(self.silent)
    }

    pub(super) fn named(&self) -> [(&'static str, u64); 6] {
        [
            ("alike", self.alike),
            ("differs", self.differing),
            ("other-type", self.other),
            ("only-captured", self.captured),
            ("only-here", self.here),
            ("silent", self.silent),
        ]
    }
}

/// How long the captured server took.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Took {
    pub(super) count: u32,
    pub(super) sum: Duration,
    pub(super) least: Option<Duration>,
    pub(super) most: Duration,
}

impl Took {
    pub(super) fn add(&mut self, took: Duration) {
        self.count = self.count.saturating_add(1);
        self.sum = self.sum.saturating_add(took);
        self.least = Some(self.least.map_or(took, |least| least.min(took)));
        self.most = self.most.max(took);
    }
}
