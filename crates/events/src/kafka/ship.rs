//! The shipper: publishes a local journal and trims what the brokers have acknowledged.
//!
//! The producer is idempotent and waits for all in-sync replicas; a message never times out and an error that would
//! leave one out stops the producer, so nothing is missing and nothing overtakes. Whatever stops it starts a new session
//! from the first record not yet acknowledged; what is published again is recognised by its identity.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::KafkaConfig;
use crate::error::Error;
use crate::journal::Journal;

mod session;

/// The name under which the shipper holds its place in the journal.
pub const CONSUMER: &str = "kafka";

const BACKOFF_MIN: Duration = Duration::from_millis(100);
const BACKOFF_MAX: Duration = Duration::from_secs(10);

/// How shipping is going.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShipState {
    /// Connecting, or making sure of the topics.
    Starting,
    /// Records go out as they come.
    Shipping,
    /// Records wait in the journal until the brokers take them; tried again for ever.
    Blocked {
        /// What the client library said last.
        reason: String,
    },
    /// The shipper was stopped.
    Stopped,
}

/// A look at a shipper, for metrics and readiness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShipStatus {
    /// How it is going.
    pub state: ShipState,
    /// Everything before this sequence number is acknowledged.
    pub acked: u64,
    /// Records in the journal that are not.
    pub lag_records: u64,
    /// Records handed to the client library and not yet acknowledged.
    pub in_flight: u64,
    /// Records acknowledged since the start, those published again included.
    pub published: u64,
    /// How often the client library's queue was full; records then waited in the journal.
    pub queue_full: u64,
    /// Sessions begun; more than one means that something went wrong before.
    pub sessions: u64,
}

/// Ships one journal in a task of its own.
pub struct Shipper {
    shared: Arc<Shared>,
    stop: watch::Sender<Option<Duration>>,
    task: JoinHandle<()>,
}

/// What the task tells.
pub(crate) struct Shared {
    journal: Journal,
    config: KafkaConfig,
    state: Mutex<ShipState>,
    /// What the client library complained about since the last acknowledgement.
    trouble: Mutex<Option<String>>,
    acked: AtomicU64,
    in_flight: AtomicU64,
    published: AtomicU64,
    queue_full: AtomicU64,
    sessions: AtomicU64,
}

impl Shipper {
    /// Registers with the journal and begins to ship from where the brokers had acknowledged last. Needs a tokio
    /// runtime; blocking for one small write. The brokers need not be there yet.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a configuration out of range, [`Error::Io`] when the place cannot be stored.
    pub fn start(journal: Journal, config: KafkaConfig) -> Result<Self, Error> {
        config.check()?;
        let acked = journal.register_consumer(CONSUMER)?;
        let shared = Arc::new(Shared {
            journal,
            config,
            state: Mutex::new(ShipState::Starting),
            trouble: Mutex::new(None),
            acked: AtomicU64::new(acked),
            in_flight: AtomicU64::new(0),
            published: AtomicU64::new(0),
            queue_full: AtomicU64::new(0),
            sessions: AtomicU64::new(0),
        });
        let (stop, stopping) = watch::channel(None);
        let task = tokio::spawn(run(Arc::clone(&shared), stopping));
        Ok(Self { shared, stop, task })
    }

    /// How it is going.
    #[must_use]
    pub fn status(&self) -> ShipStatus {
        let shared = &self.shared;
        let acked = shared.acked.load(Ordering::Acquire);
        let lag_records = shared.journal.head().saturating_sub(acked);
        let state = shared.state.lock().clone();
        // Trouble with brokers hurts only while something waits for them.
        let trouble =
            shared.trouble.lock().clone().filter(|_| state == ShipState::Shipping && lag_records > 0);
        ShipStatus {
            state: trouble.map_or(state, |reason| ShipState::Blocked { reason }),
            acked,
            lag_records,
            in_flight: shared.in_flight.load(Ordering::Relaxed),
            published: shared.published.load(Ordering::Relaxed),
            queue_full: shared.queue_full.load(Ordering::Relaxed),
            sessions: shared.sessions.load(Ordering::Relaxed),
        }
    }

    /// Publishes what the journal holds now and ends, at the latest after `limit`. What is then not acknowledged stays
    /// in the journal for the next start. A shipper that is dropped instead ends at once.
    pub async fn stop(self, limit: Duration) {
        self.stop.send_replace(Some(limit));
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the shipper's task ended badly");
        }
    }
}

async fn run(shared: Arc<Shared>, mut stop: watch::Receiver<Option<Duration>>) {
    let mut backoff = BACKOFF_MIN;
    loop {
        shared.sessions.fetch_add(1, Ordering::Relaxed);
        let before = shared.acked.load(Ordering::Acquire);
        let Err(error) = session::run(&shared, stop.clone()).await else { break };
        if shared.acked.load(Ordering::Acquire) > before {
            backoff = BACKOFF_MIN;
        }
        tracing::warn!(%error, journal = %shared.journal.id(), retry_in = ?backoff, "shipping stopped");
        *shared.state.lock() = ShipState::Blocked { reason: error.to_string() };
        shared.in_flight.store(0, Ordering::Relaxed);
        let jitter = rand::random_range(0.5..1.0);
        let asked = tokio::time::timeout(backoff.mul_f64(jitter), stop.wait_for(Option::is_some)).await;
        if asked.is_ok() {
            break;
        }
        backoff = (backoff * 2).min(BACKOFF_MAX);
    }
    *shared.state.lock() = ShipState::Stopped;
}
