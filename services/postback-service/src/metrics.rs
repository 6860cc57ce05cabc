//! Metrics of this service.

use metrics::{Counter, Gauge, counter, gauge};
use signalbox_events::wire::{DeliveryOutcome, Verdict};

/// Handles; labels with few values are looked up, because postbacks are rare beside clicks.
#[derive(Default)]
pub(crate) struct Metrics;

impl Metrics {
    /// Inbound requests by how they were answered.
    pub(crate) fn answered(&self, how: &'static str) -> Counter {
        counter!("postback_requests_total", "answer" => how)
    }

    /// Judged postbacks by verdict.
    pub(crate) fn judged(&self, verdict: Verdict) -> Counter {
        counter!("postback_verdicts_total", "verdict" => verdict.as_str())
    }

    /// Postbacks that wait for their click.
    pub(crate) fn held(&self) -> Gauge {
        gauge!("postback_held")
    }

    /// Postbacks journaled and not yet judged.
    pub(crate) fn unjudged(&self) -> Gauge {
        gauge!("postback_unjudged")
    }

    /// Requests kept that belong to nobody.
    pub(crate) fn strays(&self) -> Gauge {
        gauge!("postback_strays")
    }

    /// Attempts to deliver by outcome.
    pub(crate) fn delivery(&self, outcome: DeliveryOutcome) -> Counter {
        counter!("postback_deliveries_total", "outcome" => outcome.as_str())
    }

    /// Outgoing requests under way.
    pub(crate) fn deliveries_in_flight(&self) -> Gauge {
        gauge!("postback_deliveries_in_flight")
    }

    /// Outputs that nothing is sent to because their receivers fail.
    pub(crate) fn circuits_open(&self) -> Gauge {
        gauge!("postback_delivery_circuits_open")
    }

    /// Records waiting to be written to the warehouse, by what the journal carries.
    pub(crate) fn writer_lag(&self, stream: &'static str) -> Gauge {
        gauge!("warehouse_writer_lag_records", "stream" => stream)
    }

    /// Records written to the warehouse.
    pub(crate) fn written(&self, stream: &'static str) -> Counter {
        counter!("warehouse_written_records_total", "stream" => stream)
    }

    /// Rows that ClickHouse has taken.
    pub(crate) fn written_rows(&self, stream: &'static str) -> Counter {
        counter!("warehouse_written_rows_total", "stream" => stream)
    }

    /// Rows that ClickHouse takes a second, averaged over about ten seconds.
    pub(crate) fn rows_per_second(&self, stream: &'static str) -> Gauge {
        gauge!("warehouse_writer_rows_per_second", "stream" => stream)
    }

    /// Records that a journal said it had and could not give to the writer.
    pub(crate) fn unreadable(&self, stream: &'static str) -> Counter {
        counter!("warehouse_lost_records_total", "stream" => stream)
    }

    /// Rows put back although ClickHouse's log of what it took claimed them.
    pub(crate) fn repaired_rows(&self, stream: &'static str) -> Counter {
        counter!("warehouse_repaired_rows_total", "stream" => stream)
    }

    /// Records of which more rows were found than there should be; never expected.
    pub(crate) fn doubled(&self, stream: &'static str) -> Counter {
        counter!("warehouse_doubled_records_total", "stream" => stream)
    }

    /// Events journaled and not yet counted, by what the journal carries.
    pub(crate) fn counter_lag(&self, stream: &'static str) -> Gauge {
        gauge!("counters_lag_records", "stream" => stream)
    }

    /// Events that no counter saw, by reason.
    pub(crate) fn uncounted(&self, reason: &'static str) -> Counter {
        counter!("counters_lost_records_total", "reason" => reason)
    }

    /// Counters that are published (`counted`) or wait for their past (`learning`).
    pub(crate) fn counters(&self, state: &'static str) -> Gauge {
        gauge!("counters_subjects", "state" => state)
    }

    /// Health checks of destinations by outcome.
    pub(crate) fn probe(&self, outcome: &'static str) -> Counter {
        counter!("health_checks_total", "outcome" => outcome)
    }

    /// Records that went to the dead letters.
    pub(crate) fn dead_letters(&self, stream: &'static str) -> Counter {
        counter!("warehouse_dead_letters_total", "stream" => stream)
    }
}
