//! [`KafkaSource`]: the event source over shipped journals.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use tokio::sync::watch;

use super::KafkaConfig;
use super::announce::{Announcement, Directory};
use super::lane::{Lane, Learned};
use crate::batch::{Batch, JournalState, ReadLimit};
use crate::error::Error;
use crate::ids::{JournalId, Stream};
use crate::source::EventSource;

/// Connections kept for those who will go on where they stopped; the one unused longest goes first.
const LANES_MAX: usize = 64;
/// Of these, for one journal; beyond, one of them is sent to the new place.
const JOURNAL_LANES_MAX: usize = 4;
/// How long the first look at the announcements may take.
const DIRECTORY_TIMEOUT: Duration = Duration::from_secs(10);

/// Reads journals that shippers publish. Heads are as fresh as the announcements (about 200 ms behind the brokers'
/// acknowledgement); tails are lower bounds: what retention took is told as a gap by the read that misses it.
pub struct KafkaSource {
    config: KafkaConfig,
    streams: Vec<Stream>,
    directory: Arc<Directory>,
    /// The most recently used last. One in use is not here, so readers of one journal do not wait for each other.
    lanes: Mutex<Vec<Lane>>,
    learned: Mutex<HashMap<JournalId, Arc<Learned>>>,
    /// Dropped with the source: the directory's task ends.
    _following: watch::Sender<()>,
}

impl KafkaSource {
    /// A source of the journals of these streams. Needs a tokio runtime; the brokers need not be there yet.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a configuration out of range, [`Error::Unavailable`] for one that the client library
    /// refuses.
    pub fn new(config: KafkaConfig, streams: &[Stream]) -> Result<Self, Error> {
        config.check()?;
        let (following, stop) = watch::channel(());
        let directory = Directory::follow(&config, stop)?;
        Ok(Self {
            config,
            streams: streams.to_vec(),
            directory,
            lanes: Mutex::default(),
            learned: Mutex::default(),
            _following: following,
        })
    }

    /// How often a message without a record's identity was met in a partition and passed over: somebody else writes to
    /// the topics.
    #[must_use]
    pub fn unidentified(&self) -> u64 {
        self.learned.lock().values().map(|learned| learned.unidentified.load(Ordering::Relaxed)).sum()
    }

    /// A lane that stands at `from`, if somebody stopped there; a new one or one to send there otherwise.
    fn take_lane(&self, announced: Announcement, from: u64) -> Result<Lane, Error> {
        let journal = announced.journal;
        {
            let mut lanes = self.lanes.lock();
            let of_journal: Vec<_> = (0..lanes.len()).filter(|at| lanes[*at].journal() == journal).collect();
            let standing = of_journal.iter().copied().find(|at| lanes[*at].stands_at(from));
            let spare = of_journal.first().copied().filter(|_| of_journal.len() >= JOURNAL_LANES_MAX);
            if let Some(at) = standing.or(spare) {
                return Ok(lanes.remove(at));
            }
        }
        let learned = Arc::clone(self.learned.lock().entry(journal).or_default());
        Lane::new(&self.config, announced.stream, journal, learned)
    }

    fn keep_lane(&self, lane: Lane) {
        let mut lanes = self.lanes.lock();
        lanes.push(lane);
        if lanes.len() > LANES_MAX {
            let unused = lanes.remove(0);
            // Closing a connection may take a moment.
            tokio::task::spawn_blocking(move || drop(unused));
        }
    }
}

#[async_trait]
impl EventSource for KafkaSource {
    async fn journals(&self) -> Result<Vec<JournalState>, Error> {
        let announced = self.directory.all(DIRECTORY_TIMEOUT).await?;
        let ours = announced.into_iter().filter(|announced| self.streams.contains(&announced.stream));
        let state = |Announcement { journal, stream, next }| JournalState {
            id: journal,
            stream,
            tail: 0,
            head: next,
        };
        Ok(ours.map(state).collect())
    }

    async fn read(&self, journal: JournalId, from: u64, limit: ReadLimit) -> Result<Batch, Error> {
        let announced = self.directory.get(journal, DIRECTORY_TIMEOUT).await?;
        if !self.streams.contains(&announced.stream) {
            return Err(Error::NotFound { journal });
        }
        let mut lane = self.take_lane(announced, from)?;
        let batch = lane.read(from, limit).await;
        self.keep_lane(lane);
        let batch = batch?;
        self.directory.seen(journal, batch.next);
        Ok(batch)
    }

    /// The topics' retention gives space back, not their readers: nothing is kept here, the arguments are checked.
    async fn trim(&self, journal: JournalId, consumer: &str, _before: u64) -> Result<(), Error> {
        crate::journal::check_consumer_name(consumer)?;
        self.directory.get(journal, DIRECTORY_TIMEOUT).await.map(drop)
    }
}
