//! The exactly-once writer: one journal into ClickHouse, whatever is killed or replayed.
//!
//! A step reads a batch, marks it *pending* in the cursor, inserts it table by table, each as one block with the batch's
//! deduplication token, and advances the cursor. Whoever finds a pending batch settles it first: it reads the same records by their
//! recorded range, looks which of their rows are there, and inserts those that are not. A writer that was taken over can advance
//! nothing, and what it inserts late carries a token that ClickHouse has seen.
//!
//! While ClickHouse takes a batch, the next one is read and made into blocks; it is pending only when its turn has come.
//!
//! It never advances past a record that is neither in its tables nor in `dead_letters`, and never skips a gap in silence.

mod batch;
mod fill;
mod hook;
mod insert;
mod prepare;
mod put;
mod repair;
mod retry;
mod stats;
mod step;
mod take_over;

pub use hook::{Hook, NoHook, Point};
pub use retry::{Retrier, Retry};
pub use stats::WriterStats;

use crate::{Cursor, CursorStore, Error, Warehouse};
use signalbox_events::{EventSource, JournalId};
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The name under which the writer tells event sources what may be given back.
pub const CONSUMER: &str = "warehouse";
/// How long a step under way may go on after shutdown was asked for. What it leaves undone is settled at the next start.
const GRACE: Duration = Duration::from_secs(5);
/// Delay after the first error; doubles up to [`RETRY_MAX`].
const RETRY_MIN: Duration = Duration::from_millis(100);
const RETRY_MAX: Duration = Duration::from_secs(5);

/// Bounds of the writer.
#[derive(Debug, Clone)]
pub struct WriterOptions {
    /// Records of a batch, 1–50 000 (a block of ClickHouse must hold all their rows).
    pub batch_records_max: usize,
    /// Payload bytes of a batch. Merging is most of what writing costs the engine, and fewer, larger parts are merged less often: with
    /// 32 MiB it takes 5 µs a click, with 16 MiB 12 µs.
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
            batch_bytes_max: 32 << 20,
            read_wait: Duration::from_millis(500),
            linger: Duration::from_millis(300),
        }
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

/// Writes one journal. One at a time may run for a journal; whoever takes over last wins and the other ends with
/// [`Error::Fenced`].
pub struct Writer {
    warehouse: Warehouse,
    source: Arc<dyn EventSource>,
    cursors: Arc<dyn CursorStore>,
    journal: JournalId,
    options: WriterOptions,
    hook: Arc<dyn Hook>,
    /// Random identity of this writer in the cursor.
    id: u64,
    /// The journal as this writer holds it; absent before the take-over and after any error.
    held: Option<Held>,
    /// Whether it ever held the journal: from then on, another holder means that this writer was fenced off.
    ever_held: bool,
    stats: watch::Sender<WriterStats>,
    /// When the source was last told what may be given back, and last asked for its head.
    housekept: Option<Instant>,
    /// Whether more records were waiting behind the last batch.
    more_waits: bool,
    /// Memory for blocks.
    spare: Arc<fill::Spare>,
}

/// The journal in the hands of this writer.
struct Held {
    /// As stored.
    cursor: Cursor,
    /// Rows of records up to here may be there although the cursor has not passed them.
    doubt_through: Option<u64>,
    /// Batches are this small while a poison record is sought.
    cut: Option<usize>,
    /// Makes blocks for the tables as they are.
    filler: fill::Filler,
    /// The batch behind the present one.
    ahead: Option<prepare::Ahead>,
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
        // 53 bits: every document store keeps such a number exactly.
        let (id, hook) = (rand::random::<u64>() >> 11, Arc::new(NoHook));
        Self {
            warehouse,
            source,
            cursors,
            journal,
            options,
            hook,
            id,
            held: None,
            ever_held: false,
            stats,
            housekept: None,
            more_waits: false,
            spare: Arc::default(),
        }
    }

    /// The same writer, with `hook` called between its steps; for tests of crashes.
    pub fn with_hook(mut self, hook: Arc<dyn Hook>) -> Self {
        self.hook = hook;
        self
    }

    /// Where it stands, kept up to date.
    pub fn stats(&self) -> watch::Receiver<WriterStats> {
        self.stats.subscribe()
    }

    /// Writes until `shutdown`; takes the journal over first. Errors that can pass, and errors that an operator can mend (a view that
    /// fails, a schema that is not migrated), are retried for ever with a growing delay and shown in the stats.
    ///
    /// # Errors
    /// [`Error::Fenced`] when another writer took over; [`Error::Events`] when the journal does not exist.
    pub async fn run(&mut self, shutdown: CancellationToken) -> Result<(), Error> {
        let mut delay = RETRY_MIN;
        while !shutdown.is_cancelled() {
            let began = Instant::now();
            let outcome = tokio::select! {
                biased;
                outcome = self.step() => outcome,
                () = long_after(&shutdown) => break,
            };
            let pause = match outcome {
                Ok(Step::Advanced { .. }) if !self.more_waits => {
                    delay = RETRY_MIN;
                    self.options.linger.saturating_sub(began.elapsed())
                }
                Ok(_) => {
                    delay = RETRY_MIN;
                    Duration::ZERO
                }
                Err(error) if is_final(&error) => return Err(error),
                Err(error) => {
                    tracing::warn!(journal = %self.journal, %error, retry_ms = delay.as_millis() as u64, "writer step failed");
                    let jittered = delay.mul_f64(rand::random_range(0.5..1.0));
                    delay = (delay * 2).min(RETRY_MAX);
                    jittered
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = shutdown.cancelled() => {}
            }
        }
        Ok(())
    }

    /// One step: settles a pending batch, or reads and writes one batch. Cancelling it is as harmless as a crash.
    ///
    /// # Errors
    /// Any; after an error the next step settles what is in doubt first.
    pub async fn step(&mut self) -> Result<Step, Error> {
        let result = Box::pin(self.try_step()).await;
        let last_error = result.as_ref().err().map(ToString::to_string);
        self.stats.send_if_modified(|stats| {
            let changed = stats.last_error != last_error;
            stats.last_error = last_error;
            changed
        });
        result
    }
}

/// Whether no retry helps this writer.
fn is_final(error: &Error) -> bool {
    match error {
        Error::Fenced { .. } | Error::Stopped { .. } => true,
        Error::Events(error) => !error.is_retryable(),
        _ => false,
    }
}

/// Some time after shutdown was asked for.
async fn long_after(shutdown: &CancellationToken) {
    shutdown.cancelled().await;
    tokio::time::sleep(GRACE).await;
}
