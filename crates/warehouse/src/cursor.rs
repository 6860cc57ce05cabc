//! How far a journal is written, as it is kept in the catalog: one small document a journal, changed only by compare-and-set.
//!
//! `pending` is set before anything is inserted and cleared when everything has been taken, so that after any crash the records in
//! doubt are known exactly. `epoch` is raised by whoever takes over: a writer that was asleep can then change nothing any more.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use signalbox_events::JournalId;

/// How far one journal is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The journal.
    pub journal: JournalId,
    /// Raised by one at each take-over.
    pub epoch: u64,
    /// The first sequence number that is not yet written.
    pub next: u64,
    /// The batch that is being inserted.
    #[serde(default)]
    pub pending: Option<Pending>,
    /// Tables that have taken more than `next` says, because a wider batch was refused by another table.
    #[serde(default)]
    pub ahead: Vec<Ahead>,
}

/// A batch that may be in ClickHouse wholly, partly or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// First sequence number.
    pub first: u64,
    /// Last sequence number (inclusive).
    pub last: u64,
    /// Deduplication token; each table adds its name.
    pub token: String,
    /// Set when the batch is one record that ClickHouse refuses: it goes to `dead_letters` and nowhere else.
    #[serde(default)]
    pub refused: Option<Refusal>,
}

/// Why a record is poison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The table that refused it.
    pub table: String,
    /// ClickHouse's error code.
    pub code: i32,
    /// ClickHouse's message, shortened.
    pub reason: String,
}

/// A table that has taken everything up to `through`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ahead {
    /// The table.
    pub table: String,
    /// Last sequence number it has taken (inclusive).
    pub through: u64,
}

impl Cursor {
    /// Where a journal that was never written stands.
    pub const fn new(journal: JournalId) -> Self {
        Self { journal, epoch: 0, next: 0, pending: None, ahead: Vec::new() }
    }
}

/// The cursor store failed.
#[derive(Debug, thiserror::Error)]
pub enum CursorError {
    /// The store cannot be reached at the moment. A change that was under way may or may not have been made.
    #[error("cursor store unavailable: {reason}")]
    Unavailable {
        /// What it said.
        reason: String,
    },
    /// What is stored cannot be read.
    #[error("stored cursor is not readable: {reason}")]
    Corrupt {
        /// What was found.
        reason: String,
    },
}

impl CursorError {
    /// Whether the same call may succeed later.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}

/// Keeps cursors durably. Implemented over the catalog.
#[async_trait]
pub trait CursorStore: Send + Sync {
    /// The cursor of a journal; `None` when none was ever stored.
    ///
    /// # Errors
    /// [`CursorError::Unavailable`] and [`CursorError::Corrupt`].
    async fn load(&self, journal: JournalId) -> Result<Option<Cursor>, CursorError>;

    /// Stores `new` if what is stored equals `expected` in every field (`None`: if nothing is stored). `false`: it does not, and
    /// nothing was changed.
    ///
    /// # Errors
    /// [`CursorError::Unavailable`]: the change may or may not have been made.
    async fn compare_and_set(&self, expected: Option<&Cursor>, new: &Cursor) -> Result<bool, CursorError>;
}
