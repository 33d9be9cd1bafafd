//! What a server has done, in a few lines: on SIGUSR1, and at the end.

use std::fmt::Write;

use dhcpsim::endpoint::Instant;
use dhcpsim::packet::MessageType;
use dhcpsim::watch::{ByName, Counters, Snapshot};

use super::super::show::span;

/// `ended: 2 DISCOVER, 2 OFFER · 1 ignored · 1 bound`.
pub(super) fn summary(counters: &Counters, bound: u64) -> String {
    format!("{} · {bound} bound", messages(counters))
}

/// `ended: 2 DISCOVER, 2 OFFER · 1 ignored`.
fn messages(counters: &Counters) -> String {
    let messages = |name: &str| {
        let count = |counts: &ByName| counts.get(name).copied().unwrap_or_default();
        count(&counters.received) + count(&counters.sent)
    };
    let types = (0..=u8::MAX).filter_map(|code| MessageType(code).name());
    let mut parts: Vec<String> =
        types.filter(|name| messages(name) > 0).map(|name| format!("{} {name}", messages(name))).collect();
    let others: u64 = ["none", "other", "unreadable"].into_iter().map(messages).sum();
    if others > 0 {
        parts.push(format!("{others} without a type"));
    }
    let told = if parts.is_empty() { "nobody asked".to_owned() } else { parts.join(", ") };
    let ignored: u64 = counters.dropped.values().sum();
    format!("ended: {told} · {ignored} ignored")
}

/// All that is counted, a line a thing.
pub(super) fn statistics(snapshot: &Snapshot, now: Instant) -> String {
    let Snapshot { counters, gauges } = snapshot;
    let since = u32::try_from(now.since(gauges.started).as_secs()).unwrap_or(u32::MAX - 1);
    let mut text = format!("statistics after {}\n", span(since));
    let mut row = |name: &str, value: String| {
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {name:<10}  {value}");
    };
    for (name, counts) in [
        ("received", &counters.received),
        ("sent", &counters.sent),
        ("ignored", &counters.dropped),
        ("refused", &counters.refused),
        ("leases", &counters.leases),
    ] {
        row(name, told(counts).unwrap_or_else(|| "none".to_owned()));
    }
    for pool in &gauges.pools {
        let (bound, size, offered, resting) = (pool.bound, pool.size, pool.offered, pool.declined);
        row(
            "addresses",
            format!("{}: {bound} of {size} bound, {offered} offered, {resting} at rest", pool.subnet),
        );
    }
    let (commits, errors, pending) = (counters.commits, counters.commit_errors, gauges.commits_pending);
    row("store", format!("{commits} commits, {errors} refused, {pending} waiting"));
    if let Some(writes) = writes(counters) {
        row("writes", writes);
    }
    if let Some(overload) = told(&counters.skipped) {
        row("overload", format!("{overload} not looked at"));
    }
    if counters.panics > 0 {
        row("panics", counters.panics.to_string());
    }
    if let Some(script) = gauges.script {
        let runs = script.results().map(|(result, count)| format!("{count} {result}")).join(", ");
        row("script", format!("{runs}, {} dropped, {} waiting", script.dropped, script.queued));
    }
    if let Some(socket) = gauges.socket {
        row("socket", format!("{} octets waiting, {} datagrams lost", socket.octets, socket.drops));
    }
    let (reloads, failed) = (counters.reloads, counters.reload_errors);
    row("reloads", format!("{reloads} done, {failed} failed"));
    row("log", format!("{} lines left out, {} not written", gauges.log_suppressed, gauges.log_errors));
    text
}

/// `2 DISCOVER, 1 REQUEST`; none if nothing was counted.
pub(in super::super) fn told(counts: &ByName) -> Option<String> {
    let counted = counts.iter().filter(|(_, count)| **count > 0);
    let told: Vec<String> = counted.map(|(name, count)| format!("{count} {name}")).collect();
    (!told.is_empty()).then(|| told.join(", "))
}

/// `12 of 3.5 bindings, 0.41 ms on average, 2.3 ms at most`; none before the first.
fn writes(counters: &Counters) -> Option<String> {
    let count = counters.writes.count();
    // In tenths and hundredths: the numbers are whole.
    let tenths = counters.batches.sum().saturating_mul(10).checked_div(count)?;
    let micros = counters.writes.sum().checked_div(count)?;
    let millis = |micros: u64| format!("{}.{:02} ms", micros / 1000, micros % 1000 / 10);
    let (mean, most) = (millis(micros), millis(counters.writes.most()));
    Some(format!("{count} of {}.{} bindings, {mean} on average, {most} at most", tenths / 10, tenths % 10))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn the_summary_has_messages_in_the_order_of_their_types() {
        let mut counters = Counters::new(Instant::EPOCH);
        assert_eq!("ended: nobody asked · 0 ignored · 0 bound", summary(&counters, 0));
        counters.received.insert("DISCOVER", 2);
        counters.received.insert("none", 1);
        counters.sent.insert("OFFER", 2);
        counters.dropped.insert("not-dhcp", 1);
        let want = "ended: 2 DISCOVER, 2 OFFER, 1 without a type · 1 ignored · 1 bound";
        assert_eq!(want, summary(&counters, 1));
    }
}
