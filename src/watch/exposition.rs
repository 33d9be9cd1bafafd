//! A snapshot in the Prometheus text format 0.0.4: what `/metrics` answers.

use std::fmt::{Display, Write};

use super::counters::{ByName, Counters, Gauges, PoolUse, Snapshot};
use super::histogram::Histogram;
use crate::time::Instant;

/// The media type of the format.
pub(super) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Writes families of samples.
struct Exposition {
    text: String,
    name: &'static str,
}

impl Exposition {
    /// Starts a family.
    fn family(&mut self, name: &'static str, kind: &str, help: &str) -> &mut Exposition {
        self.name = name;
        // Writing to a string does not fail.
        let _ = write!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
        self
    }

    fn counter(&mut self, name: &'static str, help: &str) -> &mut Exposition {
        self.family(name, "counter", help)
    }

    fn gauge(&mut self, name: &'static str, help: &str) -> &mut Exposition {
        self.family(name, "gauge", help)
    }

    fn value(&mut self, value: impl Display) -> &mut Exposition {
        let _ = writeln!(self.text, "{} {value}", self.name);
        self
    }

    fn labelled(&mut self, labels: &[(&str, &str)], value: impl Display) -> &mut Exposition {
        let quoted = |(label, text): &(&str, &str)| format!("{label}=\"{}\"", escaped(text));
        let labels: Vec<String> = labels.iter().map(quoted).collect();
        let _ = writeln!(self.text, "{}{{{}}} {value}", self.name, labels.join(","));
        self
    }

    fn by_name(&mut self, label: &str, counts: &ByName) -> &mut Exposition {
        for (name, count) in counts {
            self.labelled(&[(label, name)], count);
        }
        self
    }
}

impl Exposition {
    /// A histogram whose numbers are told in a unit of their own.
    fn histogram(&mut self, name: &'static str, help: &str, found: &Histogram, unit: impl Fn(u64) -> String) {
        self.family(name, "histogram", help);
        for (bound, count) in found.within() {
            let _ = writeln!(self.text, "{name}_bucket{{le=\"{}\"}} {count}", unit(bound));
        }
        let count = found.count();
        let _ = writeln!(self.text, "{name}_bucket{{le=\"+Inf\"}} {count}");
        let _ = writeln!(self.text, "{name}_sum {}\n{name}_count {count}", unit(found.sum()));
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// Seconds since 1970 with microseconds.
fn seconds(at: Instant) -> String {
    at.to_string()
}

/// The snapshot as text.
pub(super) fn text(snapshot: &Snapshot) -> String {
    let mut out = Exposition { text: String::new(), name: "" };
    out.gauge("dhcpsim_build_info", "Always 1; the label tells the version.")
        .labelled(&[("version", env!("CARGO_PKG_VERSION"))], 1);
    out.gauge("dhcpsim_start_time_seconds", "When the server started, in seconds since 1970.")
        .value(seconds(snapshot.gauges.started));
    messages(&mut out, &snapshot.counters);
    pools(&mut out, &snapshot.gauges.pools);
    store(&mut out, snapshot);
    process(&mut out, &snapshot.gauges);
    out.text
}

fn messages(out: &mut Exposition, counters: &Counters) {
    out.counter("dhcpsim_messages_received_total", "Messages that came, by type.")
        .by_name("type", &counters.received);
    out.counter("dhcpsim_messages_sent_total", "Messages that were sent, by type.")
        .by_name("type", &counters.sent);
    out.counter("dhcpsim_send_errors_total", "Messages that the system did not send.")
        .value(counters.send_errors);
    out.counter("dhcpsim_messages_dropped_total", "Messages that were ignored, by reason.")
        .by_name("reason", &counters.dropped);
    out.counter("dhcpsim_overload_dropped_total", "Datagrams of strangers that were not looked at, by why.")
        .by_name("reason", &counters.skipped);
    out.counter("dhcpsim_panics_total", "Messages and other inputs that made the server panic.")
        .value(counters.panics);
    out.counter("dhcpsim_refusals_total", "Requests that were answered with a DHCPNAK, by reason.")
        .by_name("reason", &counters.refused);
    out.counter("dhcpsim_lease_events_total", "What became of offers and leases.")
        .by_name("event", &counters.leases);
}

fn pools(out: &mut Exposition, pools: &[PoolUse]) {
    out.gauge("dhcpsim_pool_size", "Addresses that can be given, by subnet.");
    for pool in pools {
        out.labelled(&[("subnet", &pool.subnet)], pool.size);
    }
    out.gauge("dhcpsim_pool_addresses", "Addresses by subnet and state; the states add up to the size.");
    for pool in pools {
        let states = [
            ("bound", pool.bound),
            ("offered", pool.offered),
            ("declined", pool.declined),
            ("free", pool.free()),
        ];
        for (state, number) in states {
            out.labelled(&[("subnet", &pool.subnet), ("state", state)], number);
        }
    }
    let held: u64 = pools.iter().map(|pool| pool.offered).sum();
    out.gauge("dhcpsim_offers_held", "Offers that wait for a request.").value(held);
}

fn store(out: &mut Exposition, Snapshot { counters, gauges }: &Snapshot) {
    out.counter("dhcpsim_commits_total", "Bindings that the store was asked to keep.")
        .value(counters.commits);
    out.counter("dhcpsim_commit_errors_total", "Bindings that the store did not keep.")
        .value(counters.commit_errors);
    out.histogram(
        "dhcpsim_commit_seconds",
        "How long the store took for each write.",
        &counters.writes,
        |micros| seconds(Instant::from_micros(micros)),
    );
    let batch = "Bindings in each write of the store.";
    out.histogram("dhcpsim_commit_batch_size", batch, &counters.batches, |bindings| bindings.to_string());
    out.gauge("dhcpsim_commits_pending", "Bindings that wait for the store.").value(gauges.commits_pending);
    out.counter("dhcpsim_reloads_total", "Reloads of the configuration, by result.")
        .labelled(&[("result", "ok")], counters.reloads)
        .labelled(&[("result", "error")], counters.reload_errors);
    out.gauge(
        "dhcpsim_config_load_time_seconds",
        "When the configuration in force was loaded, in seconds since 1970.",
    )
    .value(seconds(counters.loaded));
}

fn process(out: &mut Exposition, gauges: &Gauges) {
    if let Some(socket) = gauges.socket {
        out.gauge("dhcpsim_receive_queue_bytes", "What waits in the system's receive queue.")
            .value(socket.octets);
        out.counter("dhcpsim_receive_queue_drops_total", "Datagrams for which that queue had no room.")
            .value(socket.drops);
    }
    if let Some(script) = gauges.script {
        out.counter("dhcpsim_script_runs_total", "Runs of the event script, by result.");
        for (result, count) in script.results() {
            out.labelled(&[("result", result)], count);
        }
        out.counter("dhcpsim_script_dropped_total", "Lease events for which the script's queue had no room.")
            .value(script.dropped);
        out.gauge("dhcpsim_script_queue", "Lease events that wait for the script.").value(script.queued);
    }
    out.counter("dhcpsim_log_suppressed_total", "Log lines that were counted instead of written.")
        .value(gauges.log_suppressed);
    out.counter("dhcpsim_log_errors_total", "Log lines and captured messages that could not be written.")
        .value(gauges.log_errors);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn every_line_is_a_comment_or_a_sample_of_the_family_before_it() {
        let mut snapshot = Snapshot::default();
        snapshot.gauges.pools =
            vec![PoolUse { subnet: "a\"\\\n".to_owned(), size: 9, bound: 2, ..PoolUse::default() }];
        snapshot.gauges.script = Some(Default::default());
        snapshot.counters.stored(&[Ok(()), Ok(())], Duration::from_micros(1700));
        let text = text(&snapshot);
        let mut family = "";
        for line in text.lines() {
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["#", "HELP", name, ..] => family = name,
                ["#", "TYPE", name, kind] => {
                    assert_eq!(family, name);
                    assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
                }
                [.., value] => {
                    assert!(line.starts_with(family), "{line}");
                    assert!(value.parse::<f64>().is_ok(), "{line}");
                }
                [] => panic!("an empty line"),
            }
        }
        assert!(text.contains(r#"dhcpsim_pool_addresses{subnet="a\"\\\n",state="free"} 7"#), "{text}");
        for line in [
            "dhcpsim_commit_seconds_bucket{le=\"0.001000\"} 0\n",
            "dhcpsim_commit_seconds_bucket{le=\"0.002500\"} 1\n",
            "dhcpsim_commit_seconds_sum 0.001700\ndhcpsim_commit_seconds_count 1\n",
            "dhcpsim_commit_batch_size_bucket{le=\"2\"} 1\n",
            "dhcpsim_overload_dropped_total{reason=\"relayed-stale\"} 0\n",
        ] {
            assert!(text.contains(line), "{line}{text}");
        }
        assert!(text.ends_with('\n'));
    }
}
