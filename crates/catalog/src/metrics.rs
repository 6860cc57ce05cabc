//! Names of the metrics of this crate. Labels: operation, outcome, reason; never an id.

use std::time::Instant;

use metrics::{counter, gauge, histogram};

/// Store operations by `op` and `outcome` (`ok`, `error`).
pub const OPERATIONS: &str = "signalbox_catalog_operations_total";
/// Seconds of a store operation by `op`.
pub const SECONDS: &str = "signalbox_catalog_operation_seconds";
/// Changes waiting for the SQLite writer.
pub const QUEUE_DEPTH: &str = "signalbox_catalog_write_queue_depth";
/// Changes in one SQLite transaction.
pub const BATCH: &str = "signalbox_catalog_write_batch_changes";
/// Calls turned away at a bound, by `reason`.
pub const REFUSED: &str = "signalbox_catalog_refused_total";

/// A running operation; counts as an error unless told otherwise.
pub(crate) struct Operation {
    name: &'static str,
    started: Instant,
    outcome: &'static str,
}

impl Operation {
    pub(crate) fn start(name: &'static str) -> Self {
        Self { name, started: Instant::now(), outcome: "error" }
    }

    pub(crate) fn ok(mut self) {
        self.outcome = "ok";
    }
}

impl Drop for Operation {
    fn drop(&mut self) {
        counter!(OPERATIONS, "op" => self.name, "outcome" => self.outcome).increment(1);
        histogram!(SECONDS, "op" => self.name).record(self.started.elapsed().as_secs_f64());
    }
}

pub(crate) fn refused(reason: &'static str) {
    counter!(REFUSED, "reason" => reason).increment(1);
}

#[expect(clippy::cast_precision_loss, reason = "queue lengths are far below 2^52")]
pub(crate) fn queue_depth(waiting: usize) {
    gauge!(QUEUE_DEPTH).set(waiting as f64);
}

#[expect(clippy::cast_precision_loss, reason = "batch sizes are far below 2^52")]
pub(crate) fn batch(changes: usize) {
    histogram!(BATCH).record(changes as f64);
}
