//! The errors of this crate, divided by what the caller can do about them.

mod classify;

pub(crate) use classify::{classify, shorten};
use signalbox_events::JournalId;

/// Everything that can go wrong with the warehouse.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request cannot be answered as it was asked; the caller must change it.
    #[error("{field}: {reason}")]
    Invalid {
        /// The offending field, such as `filters[0].dimension`.
        field: String,
        /// What is wrong and what would be right.
        reason: String,
    },
    /// ClickHouse cannot be reached or has no capacity at the moment; the same call may succeed later.
    #[error("warehouse unavailable: {reason}")]
    Unavailable {
        /// What the client or the server said.
        reason: String,
    },
    /// ClickHouse refused the data itself; the same rows will be refused again.
    #[error("warehouse refused the data (code {code}): {reason}")]
    Refused {
        /// ClickHouse's error code.
        code: i32,
        /// ClickHouse's message.
        reason: String,
    },
    /// A materialized view that depends on a table failed. The rows wait until somebody has mended or dropped it.
    #[error("a dependent view failed (code {code}): {reason}")]
    DependentView {
        /// ClickHouse's error code.
        code: i32,
        /// ClickHouse's message, which names the view.
        reason: String,
    },
    /// The schema in the database is not the one this version works with; an operator must act.
    #[error("warehouse schema: {reason}")]
    Schema {
        /// What was found and what to do.
        reason: String,
    },
    /// ClickHouse refused a statement of this crate for another reason than its data.
    #[error("warehouse statement failed (code {code}): {reason}")]
    Statement {
        /// ClickHouse's error code; 0 when it gave none.
        code: i32,
        /// ClickHouse's message.
        reason: String,
    },
    /// Another writer has taken this journal over; this one must stop.
    #[error("the writer of journal {journal} was fenced off: another one has taken over")]
    Fenced {
        /// The journal.
        journal: JournalId,
    },
    /// What ClickHouse holds or answered is not what it must be.
    #[error("warehouse data is not as expected: {reason}")]
    Corrupt {
        /// What was found.
        reason: String,
    },
    /// The cursor store failed.
    #[error(transparent)]
    Cursor(#[from] crate::CursorError),
    /// The event source failed.
    #[error(transparent)]
    Events(#[from] signalbox_events::Error),
    /// A test's hook stopped the writer at a step.
    #[error("stopped at {point}")]
    Stopped {
        /// Where.
        point: String,
    },
}

impl Error {
    /// Whether the same call may succeed later without anything being changed by the caller.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unavailable { .. } | Self::DependentView { .. } => true,
            Self::Cursor(error) => error.is_retryable(),
            Self::Events(error) => error.is_retryable(),
            _ => false,
        }
    }

    /// A refusal of the caller's request.
    pub(crate) fn invalid(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), reason: reason.into() }
    }
}
