//! Numbers for Prometheus: the recorder of the process, its text, and what the process itself uses.
//!
//! Promises: installed once however often it is asked for, so that many instances in one test process share it.
//! Names: `snake_case`, unit last (`_seconds`, `_bytes`, `_total`); labels have few values, never ids.

pub(crate) mod names;
mod process;

use std::sync::OnceLock;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Upper bounds for everything that ends in `_seconds`: from a decision in memory (50 µs) to an outgoing call (30 s).
const SECONDS: &[f64] = &[
    0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0,
    10.0, 30.0,
];

/// Upper bounds for everything that ends in `_bytes`: from one record to one batch.
const BYTES: &[f64] =
    &[256.0, 1024.0, 4096.0, 16384.0, 65536.0, 262144.0, 1048576.0, 4194304.0, 16777216.0, 67108864.0];

/// Upper bounds for everything that ends in `_rows`: from one record to one batch.
const ROWS: &[f64] = &[1.0, 10.0, 100.0, 1000.0, 10000.0, 50000.0, 100000.0, 1000000.0];

/// The metrics of this process.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// `None` when another library has installed its own recorder; then there is nothing to show.
    handle: Option<PrometheusHandle>,
}

/// The metrics of this process, installed at the first call.
pub fn install() -> &'static Metrics {
    static METRICS: OnceLock<Metrics> = OnceLock::new();
    METRICS.get_or_init(|| {
        let handle = builder().and_then(PrometheusBuilder::install_recorder);
        let handle = handle.inspect_err(|error| tracing::error!(%error, "metrics cannot be installed")).ok();
        names::describe();
        process::describe();
        Metrics { handle }
    })
}

fn builder() -> Result<PrometheusBuilder, metrics_exporter_prometheus::BuildError> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("_bytes".to_owned()), BYTES)?
        .set_buckets_for_metric(Matcher::Suffix("_rows".to_owned()), ROWS)
}

impl Metrics {
    /// The Prometheus text of now.
    pub fn render(&self) -> String {
        process::record();
        self.handle.as_ref().map(PrometheusHandle::render).unwrap_or_default()
    }

    /// Moves what was recorded into its buckets, so that memory stays small when nobody asks. Called every few seconds by [`crate::health`].
    pub fn upkeep(&self) {
        if let Some(handle) = &self.handle {
            handle.run_upkeep();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_installed_once_and_shows_what_was_counted() {
        let metrics = install();
        ::metrics::counter!("chassis_test_total", "part" => "a").increment(2);
        ::metrics::histogram!("chassis_test_seconds").record(0.003);
        assert!(std::ptr::eq(metrics, install()));
        let text = metrics.render();
        assert!(text.contains("chassis_test_total{part=\"a\"} 2"), "{text}");
        assert!(text.contains("chassis_test_seconds_bucket{le=\"0.005\"} 1"), "{text}");
        metrics.upkeep();
    }

    #[test]
    fn the_process_tells_of_itself() {
        let text = install().render();
        for name in [
            "process_resident_memory_bytes",
            "process_cpu_seconds_total",
            "process_open_fds",
            "process_uptime_seconds",
            "signalbox_build_info",
        ] {
            let line = text
                .lines()
                .find(|line| line.starts_with(name))
                .unwrap_or_else(|| panic!("{name} in {text}"));
            let value: f64 = line.rsplit(' ').next().unwrap().parse().unwrap();
            assert!(value >= 0.0, "{line}");
        }
    }
}
