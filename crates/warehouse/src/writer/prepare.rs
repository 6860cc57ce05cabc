//! The next batch, read and made into blocks while ClickHouse takes the one before.
//!
//! Nothing is stored and nothing inserted here: what was prepared and is not used is simply read again.

use super::fill::{Filled, Filler};
use crate::Error;
use signalbox_events::{Batch, EventSource, JournalId, ReadLimit};
use std::sync::Arc;
use tokio::task::JoinHandle;

/// A batch and its blocks.
pub struct Prepared {
    pub batch: Batch,
    pub filled: Vec<Filled>,
    /// Whether the batch is as large as it may be: more records wait.
    pub is_full: bool,
}

/// A batch is full when so little room is left.
const ROOM_BYTES: usize = 64 << 10;

/// Reads a batch and makes its blocks, on a thread where that delays nobody.
pub async fn prepare(
    source: Arc<dyn EventSource>,
    (journal, from): (JournalId, u64),
    limit: ReadLimit,
    filler: Filler,
) -> Result<Prepared, Error> {
    let batch = source.read(journal, from, limit).await?;
    let bytes: usize = batch.records.iter().map(|record| record.payload.len()).sum();
    let is_full = batch.records.len() >= limit.records || bytes + ROOM_BYTES >= limit.bytes;
    let (batch, filled) = fill(batch, filler).await?;
    Ok(Prepared { batch, filled, is_full })
}

/// The blocks of a batch.
pub async fn fill(batch: Batch, filler: Filler) -> Result<(Batch, Vec<Filled>), Error> {
    if batch.records.is_empty() {
        return Ok((batch, Vec::new()));
    }
    let work = tokio::task::spawn_blocking(move || {
        let filled = filler.fill(&batch.records, &|_, _| true);
        filled.map(|filled| (batch, filled))
    });
    work.await.map_err(|error| Error::Unavailable { reason: format!("the encoding task ended: {error}") })?
}

/// A batch being prepared. Dropped, it is forgotten.
pub struct Ahead {
    from: u64,
    task: JoinHandle<Result<Prepared, Error>>,
}

impl Ahead {
    pub fn start(
        source: Arc<dyn EventSource>,
        (journal, from): (JournalId, u64),
        limit: ReadLimit,
        filler: Filler,
    ) -> Self {
        Self { from, task: tokio::spawn(prepare(source, (journal, from), limit, filler)) }
    }

    /// What was prepared, if it begins at `from` and there is anything.
    pub async fn take(mut self, from: u64) -> Option<Prepared> {
        if self.from != from {
            return None;
        }
        let prepared = (&mut self.task).await.ok()?.ok()?;
        (!prepared.batch.records.is_empty()).then_some(prepared)
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.task.abort();
    }
}
