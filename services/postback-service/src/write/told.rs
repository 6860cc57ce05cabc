//! What operators are told of the writers: sums over the journals of a stream, whichever of them is written by whom and since when.

use crate::metrics::Metrics;
use metrics::Gauge;
use signalbox_events::Stream;
use signalbox_warehouse::WriterStats;
use std::sync::Arc;

/// The part of one writer in the metrics. A writer that ends takes back what it added to gauges; counters keep it.
pub(super) struct Told {
    stream: &'static str,
    metrics: Arc<Metrics>,
    last: WriterStats,
}

impl Told {
    /// Of a writer that has written nothing yet.
    pub(super) fn new(stream: Stream, metrics: Arc<Metrics>) -> Self {
        Self { stream: stream.as_str(), metrics, last: WriterStats::default() }
    }

    /// Tells what changed.
    pub(super) fn tell(&mut self, now: WriterStats) {
        let Self { stream, metrics, last } = self;
        let more = |total: fn(&WriterStats) -> u64| total(&now).saturating_sub(total(last));
        metrics.written(stream).increment(more(|stats| stats.records_total));
        metrics.written_rows(stream).increment(more(|stats| stats.rows_total));
        metrics.dead_letters(stream).increment(more(|stats| stats.dead_letters_total));
        metrics.unreadable(stream).increment(more(|stats| stats.lost_total));
        metrics.repaired_rows(stream).increment(more(|stats| stats.repaired_rows_total));
        metrics.doubled(stream).increment(more(|stats| stats.doubled_total));
        move_by(&metrics.writer_lag(stream), last.lag_records() as f64, now.lag_records() as f64);
        move_by(&metrics.rows_per_second(stream), last.rows_per_second, now.rows_per_second);
        *last = now;
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        let gone = WriterStats { next: self.last.head, rows_per_second: 0.0, ..self.last.clone() };
        self.tell(gone);
    }
}

fn move_by(gauge: &Gauge, from: f64, to: f64) {
    gauge.increment(to - from);
}

#[cfg(test)]
mod tests {
    use super::*;
    use metrics_exporter_prometheus::PrometheusBuilder;

    fn stats(next: u64, head: u64, records_total: u64, dead_letters_total: u64) -> WriterStats {
        WriterStats { next, head, records_total, dead_letters_total, ..WriterStats::default() }
    }

    #[test]
    fn journals_of_a_stream_add_up_and_a_new_writer_goes_on() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let value = |name: &str| {
            let text = recorder.handle().render();
            let line = text.lines().find(|line| line.starts_with(&format!("{name}{{"))).map(str::to_owned);
            line.and_then(|line| line.rsplit(' ').next().and_then(|value| value.parse::<f64>().ok()))
        };
        metrics::with_local_recorder(&recorder, || {
            let metrics = Arc::new(Metrics);
            let told = || Told::new(Stream::Clicks, Arc::clone(&metrics));
            let (mut here, mut there) = (told(), told());
            here.tell(stats(10, 15, 10, 1));
            there.tell(stats(100, 103, 100, 0));
            assert_eq!(value("warehouse_writer_lag_records"), Some(8.0));
            assert_eq!(value("warehouse_written_records_total"), Some(110.0));
            here.tell(stats(15, 15, 15, 1));
            assert_eq!(value("warehouse_writer_lag_records"), Some(3.0));
            // It ends with an error, and another one begins to count.
            drop(there);
            assert_eq!(value("warehouse_writer_lag_records"), Some(0.0));
            told().tell(stats(103, 103, 3, 1));
            assert_eq!(value("warehouse_written_records_total"), Some(118.0));
            assert_eq!(value("warehouse_dead_letters_total"), Some(2.0));
        });
    }
}
