//! Histograms and the JSON object.

use hdrhistogram::Histogram;
use std::time::Duration;

/// Latencies in nanoseconds, up to a minute.
pub fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(100, 60_000_000_000, 3).expect("bounds that are good")
}

/// Counts a latency.
pub fn record(histogram: &mut Histogram<u64>, latency: Duration) {
    histogram.saturating_record(u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX));
}

/// `{"count":…,"mean":…,"p50":…,…}` in milliseconds.
pub fn json(histogram: &Histogram<u64>) -> String {
    let millis = |nanos: u64| nanos as f64 / 1e6;
    format!(
        r#"{{"count":{},"mean":{:.4},"p50":{:.4},"p90":{:.4},"p99":{:.4},"p999":{:.4},"max":{:.4}}}"#,
        histogram.len(),
        histogram.mean() / 1e6,
        millis(histogram.value_at_quantile(0.5)),
        millis(histogram.value_at_quantile(0.9)),
        millis(histogram.value_at_quantile(0.99)),
        millis(histogram.value_at_quantile(0.999)),
        millis(histogram.max()),
    )
}
