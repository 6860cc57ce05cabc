//! The exactly-once writer: one journal into ClickHouse, whatever is killed or replayed.

use crate::{CursorStore, Error, Warehouse};
use signalbox_domain::Timestamp;
use signalbox_events::{EventSource, JournalId};
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// The name under which the writer tells event sources what may be given back.
pub const CONSUMER: &str = "warehouse";

/// Bounds of the writer.
#[derive(Debug, Clone)]
pub struct WriterOptions {
    /// Records of a batch, 1–50 000.
    pub batch_records_max: usize,
    /// Payload bytes of a batch.
    pub batch_bytes_max: usize,
    /// How long a read waits for the first record.
    pub read_wait: Duration,
    /// Least time between two inserts while batches are not full: what came in the meantime goes together.
    pub linger: Duration,
}

impl Default for WriterOptions {
    fn default() -> Self {
        Self {
            batch_records_max: 10_000,
            batch_bytes_max: 16 << 20,
            read_wait: Duration::from_millis(500),
            linger: Duration::from_millis(300),
        }
    }
}

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
    /// Rows sent to ClickHouse since start.
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
    /// The last error; `None` after a success.
    pub last_error: Option<String>,
    /// When the cursor last advanced.
    pub last_advance: Option<Timestamp>,
}

impl WriterStats {
    /// Records that wait to be written.
    pub const fn lag_records(&self) -> u64 {
        self.head.saturating_sub(self.next)
    }
}

/// What one step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing was there.
    Idle,
    /// Records up to `next` are written.
    Advanced {
        /// The first sequence number not yet written.
        next: u64,
        /// How many records were written.
        records: usize,
    },
    /// A batch was refused and is cut smaller; call again.
    Cut,
}

/// Writes one journal. One at a time may run for a journal; whoever calls [`Writer::run`] last wins and the other ends with
/// [`Error::Fenced`].
pub struct Writer {
    _warehouse: Warehouse,
    _source: Arc<dyn EventSource>,
    _cursors: Arc<dyn CursorStore>,
    _journal: JournalId,
    _options: WriterOptions,
    stats: watch::Sender<WriterStats>,
}

impl Writer {
    /// A writer of `journal`; does nothing yet.
    pub fn new(
        warehouse: Warehouse,
        source: Arc<dyn EventSource>,
        journal: JournalId,
        cursors: Arc<dyn CursorStore>,
        options: WriterOptions,
    ) -> Self {
        let (stats, _) = watch::channel(WriterStats::default());
        Self {
            _warehouse: warehouse,
            _source: source,
            _cursors: cursors,
            _journal: journal,
            _options: options,
            stats,
        }
    }

    /// Where it stands, kept up to date.
    pub fn stats(&self) -> watch::Receiver<WriterStats> {
        self.stats.subscribe()
    }

    /// Writes until `shutdown`; takes the journal over first. Errors that can pass are retried for ever with a growing delay and
    /// shown in the stats.
    ///
    /// # Errors
    /// [`Error::Fenced`] when another writer took over; [`Error::Events`] when the journal does not exist.
    pub async fn run(&mut self, _shutdown: CancellationToken) -> Result<(), Error> {
        self.step().await.map(drop)
    }

    /// One step: settles a pending batch, or reads and writes one batch.
    ///
    /// # Errors
    /// Any; after an error the next step settles what is in doubt first.
    pub async fn step(&mut self) -> Result<Step, Error> {
        Err(Error::Unavailable { reason: "not built yet".to_owned() })
    }
}
