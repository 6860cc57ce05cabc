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
    /// Random identity of the writer that took over last.
    #[serde(default)]
    pub writer: u64,
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
    /// Rows of this range may be there under other tokens: count before inserting anything.
    #[serde(default)]
    pub doubtful: bool,
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
        Self { journal, epoch: 0, writer: 0, next: 0, pending: None, ahead: Vec::new() }
    }

    /// What `table` has taken already, if it is ahead.
    pub(crate) fn taken_through(&self, table: &str) -> Option<u64> {
        self.ahead.iter().find(|ahead| ahead.table == table).map(|ahead| ahead.through)
    }

    /// This cursor with everything before `next` written.
    pub(crate) fn advanced_to(&self, next: u64) -> Self {
        let ahead = self.ahead.iter().filter(|ahead| ahead.through >= next).cloned().collect();
        Self { next, pending: None, ahead, ..*self }
    }

    /// This cursor without its pending batch, which `tables` have taken and another one refused.
    pub(crate) fn cut(&self, tables: &[&str], through: u64) -> Self {
        let mut ahead = self.ahead.clone();
        for table in tables {
            match ahead.iter_mut().find(|ahead| ahead.table == *table) {
                Some(known) => known.through = known.through.max(through),
                None => ahead.push(Ahead { table: (*table).to_owned(), through }),
            }
        }
        Self { pending: None, ahead, ..*self }
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
