//! What a read gives back: records, the position after them, and the ranges that cannot be read any more.

use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::ids::{JournalId, Stream};

/// One record as the journal keeps it. Its identity is (journal, `seq`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRecord {
    /// Sequence number in the journal, from 0.
    pub seq: u64,
    /// The encoded wire record.
    pub payload: Bytes,
}

/// A range of sequence numbers `from_seq..to_seq` that will never be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// First missing sequence number.
    pub from_seq: u64,
    /// First sequence number after the gap.
    pub to_seq: u64,
    /// Damaged bytes set aside for it; 0 where there is nothing left to look at.
    pub bytes: u64,
    /// Why.
    pub reason: GapReason,
}

impl Gap {
    /// How many sequence numbers are missing.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.to_seq.saturating_sub(self.from_seq)
    }

    /// Whether no record was lost (damage between two records).
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Why a range cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GapReason {
    /// Bytes in the middle of a segment do not check out.
    Corrupt,
    /// The end of the journal was lost: records that had been accepted are gone.
    Torn,
    /// Numbers left out after an unclean stop because they may have been given to records that were lost with the
    /// power; most of them never existed.
    Skipped,
    /// Records are absent without a trace (a segment file is gone or ends early; in Kafka, retention took them).
    Missing,
    /// Every consumer had passed and the space was given back: the reader came too late.
    Trimmed,
    /// Cut off by the explicit retention limit before every consumer had passed.
    Retention,
}

impl GapReason {
    /// A short stable word for metric labels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Corrupt => "corrupt",
            Self::Torn => "torn",
            Self::Skipped => "skipped",
            Self::Missing => "missing",
            Self::Trimmed => "trimmed",
            Self::Retention => "retention",
        }
    }
}

/// Bounds of one read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadLimit {
    /// At most this many records (at least 1 is taken).
    pub records: usize,
    /// At most this many payload bytes; a first record that is longer is still given.
    pub bytes: usize,
    /// How long to wait for the first record; zero answers at once.
    pub wait: Duration,
}

impl Default for ReadLimit {
    fn default() -> Self {
        Self { records: 10_000, bytes: 8 << 20, wait: Duration::from_secs(1) }
    }
}

/// The answer to one read: records in order, and what is missing between them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Batch {
    /// Records with ascending sequence numbers, each in `from..next` and in no gap.
    pub records: Vec<StoredRecord>,
    /// Where the next read continues. Every number in `from..next` is either in `records` or in one of `gaps`.
    pub next: u64,
    /// Ranges inside `from..next` that cannot be read, ascending.
    pub gaps: Vec<Gap>,
}

impl Batch {
    /// An empty batch that stays at `next`.
    #[must_use]
    pub const fn at(next: u64) -> Self {
        Self { records: Vec::new(), next, gaps: Vec::new() }
    }

    /// Whether the read brought nothing: neither a record nor a gap.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty() && self.gaps.is_empty()
    }
}

/// A journal as a source sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalState {
    /// Its identity.
    pub id: JournalId,
    /// What it carries.
    pub stream: Stream,
    /// The oldest sequence number still readable (equal to `head` when there is none).
    pub tail: u64,
    /// The sequence number that the next record will get.
    pub head: u64,
}
