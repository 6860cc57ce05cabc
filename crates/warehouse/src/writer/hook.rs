//! Where a test can stop or hold a writer.

use crate::Error;
use async_trait::async_trait;

/// A place between two steps of the writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Point {
    /// The journal was taken over.
    TakenOver,
    /// A new batch was read; nothing is stored yet.
    Read,
    /// The batch is pending.
    PendingSet,
    /// About to insert into this table.
    Inserting(&'static str),
    /// This table has taken the batch.
    Inserted(&'static str),
    /// Rows that were missing stand in a staging table and are about to be attached to this table.
    Repairing(&'static str),
    /// This table refused the batch; the cursor does not say so yet.
    Refused(&'static str),
    /// A record is marked as poison, but not yet in `dead_letters`.
    Condemned,
    /// Everything is taken; the cursor is about to advance.
    Advancing,
    /// The cursor has advanced.
    Advanced,
}

/// Called at every [`Point`]. Does nothing in production.
#[async_trait]
pub trait Hook: Send + Sync {
    /// May wait, or stop the step with an error as a crash would.
    ///
    /// # Errors
    /// [`Error::Stopped`].
    async fn at(&self, point: Point) -> Result<(), Error>;
}

/// Lets everything pass.
#[derive(Debug, Clone, Copy)]
pub struct NoHook;

#[async_trait]
impl Hook for NoHook {
    async fn at(&self, _point: Point) -> Result<(), Error> {
        Ok(())
    }
}
