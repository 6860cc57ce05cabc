//! Where a writer stands, for gauges and for the health page.

use signalbox_domain::Timestamp;
use std::time::Duration;

/// Where the writer of a journal stands.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WriterStats {
    /// Sequence number to be written next.
    pub next: u64,
    /// Sequence number the journal gives next, as last seen.
    pub head: u64,
    /// Records written since start.
    pub records_total: u64,
    /// Batches written since start.
    pub batches_total: u64,
    /// Rows ClickHouse has taken since start.
    pub rows_total: u64,
    /// Rows a second, averaged over about ten seconds.
    pub rows_per_second: f64,
    /// Records put into `dead_letters` since start.
    pub dead_letters_total: u64,
    /// Sequence numbers the source could not give, since start.
    pub lost_total: u64,
    /// Batches that were found pending and settled, since start.
    pub recoveries_total: u64,
    /// Rows put back although the deduplication log claimed them, since start.
    pub repaired_rows_total: u64,
    /// Records of which more rows were found than there should be, since start; never expected.
    pub doubled_total: u64,
    /// The last error; `None` after a success.
    pub last_error: Option<String>,
    /// When the cursor last advanced.
    pub last_advance: Option<Timestamp>,
}

/// Over which time the rate is averaged.
const RATE_SECONDS: f64 = 10.0;

impl WriterStats {
    /// Records that wait to be written.
    pub const fn lag_records(&self) -> u64 {
        self.head.saturating_sub(self.next)
    }

    /// Notes an advance of `rows` rows after `elapsed`.
    pub(super) fn advanced(&mut self, next: u64, records: usize, rows: u64, elapsed: Duration) {
        self.next = next;
        self.head = self.head.max(next);
        self.records_total += records as u64;
        self.rows_total += rows;
        self.batches_total += u64::from(records > 0);
        self.last_advance = Some(Timestamp::now());
        let seconds = elapsed.as_secs_f64().max(0.001);
        let weight = 1.0 - (-seconds / RATE_SECONDS).exp();
        self.rows_per_second += weight * (rows as f64 / seconds - self.rows_per_second);
    }
}
