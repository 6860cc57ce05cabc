//! How a journal behaves: bounds, durability and when space is given back.

use std::time::Duration;

use super::frame::{HEADER_BYTES, PAYLOAD_BYTES_MAX};
use crate::error::Error;
use crate::ids::Stream;

/// What an append waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Durability {
    /// The operating system has the record: survives the end of the process. On disk within the sync interval.
    #[default]
    Buffered,
    /// The disk has the record: survives the end of the power.
    Fsync,
}

/// Options of one journal.
#[derive(Debug, Clone)]
pub struct JournalOptions {
    /// What the journal carries; recorded in its directory and checked at each open.
    pub stream: Stream,
    /// Quota: the journal refuses records beyond this many bytes on disk. At least four segments.
    pub bytes_max: u64,
    /// A segment is closed when the next record would make it longer, 64 KiB or more.
    pub segment_bytes_max: u64,
    /// A segment is closed at the first append after this age.
    pub segment_age_max: Duration,
    /// At most this long after a buffered append the disk has it (if the disk can).
    pub sync_interval: Duration,
    /// A segment is deleted this long after every consumer has passed it.
    pub trim_delay: Duration,
    /// Explicit retention limit: the oldest segments are deleted, read or not, while the journal is longer than this
    /// in bytes. Looked at whenever a segment is closed, so that it may be exceeded by one segment.
    pub retention_bytes_max: Option<u64>,
    /// Explicit retention limit: segments are deleted, read or not, when their last record is older than this.
    pub retention_age_max: Option<Duration>,
    /// Consumers that exist from the beginning: nothing is trimmed before each of them has passed it.
    pub consumers: Vec<String>,
}

impl JournalOptions {
    /// The defaults: 8 GiB in segments of 64 MiB or one hour, synced every 50 ms, trimmed after 10 minutes, no
    /// retention limit, no consumers.
    #[must_use]
    pub fn new(stream: Stream) -> Self {
        Self {
            stream,
            bytes_max: 8 << 30,
            segment_bytes_max: 64 << 20,
            segment_age_max: Duration::from_secs(3600),
            sync_interval: Duration::from_millis(50),
            trim_delay: Duration::from_secs(600),
            retention_bytes_max: None,
            retention_age_max: None,
            consumers: Vec::new(),
        }
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        let invalid = |field, reason: &str| Err(Error::Invalid { field, reason: reason.to_owned() });
        if !(64 << 10..=4 << 30).contains(&self.segment_bytes_max) {
            return invalid("segment_bytes_max", "must be between 64 KiB and 4 GiB");
        }
        if self.bytes_max < self.segment_bytes_max * 4 {
            return invalid("bytes_max", "must be at least four times segment_bytes_max");
        }
        if self.sync_interval.is_zero() {
            return invalid(
                "sync_interval",
                "must be longer than zero; use fsync durability for each record",
            );
        }
        if self.retention_bytes_max.is_some_and(|bytes| bytes < self.segment_bytes_max * 2) {
            return invalid("retention_bytes_max", "must be at least twice segment_bytes_max");
        }
        self.consumers.iter().try_for_each(|name| check_consumer_name(name))
    }
}

/// Names of consumers are words: they become file contents and metric labels.
pub(crate) fn check_consumer_name(name: &str) -> Result<(), Error> {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    if (1..=64).contains(&name.len()) && name.bytes().all(word) {
        return Ok(());
    }
    let reason = "a consumer's name has 1 to 64 ASCII letters, digits or any of - _ . :".to_owned();
    Err(Error::Invalid { field: "consumer", reason })
}

/// The longest batch in bytes, frames included: one write, one reused buffer.
pub(crate) const BATCH_BYTES_MAX: usize = 16 * (PAYLOAD_BYTES_MAX + HEADER_BYTES);
