//! Visitors that converted, told to the traffic nodes within a second.
//!
//! Append-only: a visitor that converted stays one that has, also when the conversion is rejected later, for [`REMEMBERED_MS`] or until
//! [`BATCHES_MAX`] batches came after. Read from the journals of facts; batch and position are one document, so nobody is left out.

use signalbox_catalog::{
    Catalog, Error as CatalogError, SystemScope,
    live::{CONVERTED_BATCH_MAX, ConvertedBatch, ConvertedHead, ConvertedVisitor},
};
use signalbox_chassis::warn_limited;
use signalbox_domain::Timestamp;
use signalbox_events::{EventSource, JournalState, ReadLimit, Stream, wire::Record};
use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

/// Name among the consumers of the journals of facts.
pub const CONSUMER: &str = "converted";
const SYSTEM: SystemScope = SystemScope::new("visitors that converted");
const BATCH: ReadLimit = ReadLimit { records: 5_000, bytes: 8 << 20, wait: Duration::ZERO };
const POLL: Duration = Duration::from_millis(200);
const RETRY: Duration = Duration::from_millis(700);
/// Positions are stored this often although nobody converted, so that the journal can be trimmed, and an erasure knows what was looked at.
const SETTLE_EVERY: Duration = Duration::from_secs(15);
/// How long a visitor is remembered: 90 days.
const REMEMBERED_MS: i64 = 90 * 24 * 3_600_000;
/// Batches kept: a million visitors.
const BATCHES_MAX: u64 = 500;
/// Visitors told lately, so that one with many conversions is told once.
const LATELY_MAX: usize = 100_000;

/// What telling needs.
pub(crate) struct Converted {
    pub(crate) catalog: Catalog,
    pub(crate) source: Arc<dyn EventSource>,
}

#[derive(Debug, thiserror::Error)]
enum TellError {
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error("event log: {0}")]
    Events(#[from] signalbox_events::Error),
}

/// The newest batch as it is here.
struct Newest {
    number: u64,
    version: u64,
    batch: ConvertedBatch,
    head: ConvertedHead,
    head_version: u64,
    lately: HashSet<ConvertedVisitor>,
    changed: bool,
    settled: Instant,
}

impl Converted {
    /// Tells until told to stop.
    pub(crate) async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(error) = self.run_once(&stop).await {
                if !matches!(error, TellError::Catalog(CatalogError::VersionMismatch { .. })) {
                    warn_limited!(6, %error, "telling which visitors converted waits");
                }
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(RETRY.mul_f64(1.0 + rand::random::<f64>())) => {}
                }
            }
        }
    }

    async fn run_once(&self, stop: &CancellationToken) -> Result<(), TellError> {
        let mut newest = self.load().await?;
        while !stop.is_cancelled() {
            let mut more = false;
            let journals = self.source.journals().await?;
            let facts: Vec<_> =
                journals.into_iter().filter(|journal| journal.stream == Stream::Facts).collect();
            for journal in &facts {
                more |= self.read(&mut newest, journal).await?;
            }
            if newest.changed || newest.settled.elapsed() >= SETTLE_EVERY {
                self.store(&mut newest).await?;
                for journal in &facts {
                    let next = newest.position(journal).min(journal.head);
                    self.source.trim(journal.id, CONSUMER, next).await?;
                }
            }
            if !more {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(POLL) => {}
                }
            }
        }
        Ok(())
    }

    async fn load(&self) -> Result<Newest, CatalogError> {
        let live = self.catalog.live();
        let head = live.converted_head(SYSTEM).await?;
        let mut number = head.value.last.max(1);
        // A crash may have come between storing a batch and saying so.
        while live.find_converted(SYSTEM, number + 1).await?.is_some() {
            number += 1;
        }
        let found = live.find_converted(SYSTEM, number).await?;
        let (version, batch) =
            found.map_or((0, ConvertedBatch::default()), |found| (found.version, found.value));
        Ok(Newest {
            number,
            version,
            lately: batch.visitors(0).collect(),
            // Whatever a crash left untold is told again.
            changed: version > 0,
            batch,
            head: ConvertedHead { first: head.value.first.max(1), ..head.value },
            head_version: head.version,
            settled: Instant::now(),
        })
    }

    async fn read(&self, newest: &mut Newest, journal: &JournalState) -> Result<bool, TellError> {
        let next = newest.position(journal);
        if journal.head <= next {
            return Ok(false);
        }
        let batch = self.source.read(journal.id, next, BATCH).await?;
        for stored in &batch.records {
            // The position is stored with the batch, so a batch that is full is stored before the next begins.
            if newest.batch.len() >= CONVERTED_BATCH_MAX {
                newest.batch.positions.insert(journal.id.to_string(), stored.seq);
                newest.changed = true;
                return Ok(true);
            }
            if let Ok(Record::ConversionV2(full)) = Record::decode(&stored.payload)
                && full.visitor != 0
                && full.conversion.after.is_some_and(|after| after.status.class().counts)
            {
                let dims = &full.conversion.dims;
                newest.note(ConvertedVisitor {
                    campaign: dims.campaign,
                    workspace: dims.workspace,
                    visitor: full.visitor,
                });
            }
        }
        newest.batch.positions.insert(journal.id.to_string(), batch.next);
        Ok(batch.records.len() >= BATCH.records / 2)
    }

    async fn store(&self, newest: &mut Newest) -> Result<(), CatalogError> {
        let live = self.catalog.live();
        newest.version = live.put_converted(SYSTEM, (newest.number, newest.version), &newest.batch).await?;
        newest.changed = false;
        newest.settled = Instant::now();
        newest.head = ConvertedHead { last: newest.number, version: newest.version, ..newest.head };
        let old = self.first_kept(newest).await?;
        let gone = newest.head.first..old;
        newest.head.first = old;
        newest.head_version = live.announce_converted(SYSTEM, newest.head_version, newest.head).await?;
        for number in gone {
            live.delete_converted(SYSTEM, number).await?;
        }
        if newest.batch.len() >= CONVERTED_BATCH_MAX {
            newest.batch = ConvertedBatch::after(&newest.batch);
            newest.number += 1;
            newest.version = 0;
        }
        Ok(())
    }

    /// The oldest batch that is kept: within the number, and not past its time.
    async fn first_kept(&self, newest: &Newest) -> Result<u64, CatalogError> {
        let first = newest.head.first.max((newest.number + 1).saturating_sub(BATCHES_MAX));
        if first >= newest.number {
            return Ok(first);
        }
        let oldest = self.catalog.live().find_converted(SYSTEM, first).await?;
        let limit = Timestamp::now().plus_ms(-REMEMBERED_MS).0;
        Ok(if oldest.is_none_or(|oldest| oldest.value.at < limit) { first + 1 } else { first })
    }
}

impl Newest {
    fn position(&self, journal: &JournalState) -> u64 {
        self.batch.positions.get(&journal.id.to_string()).copied().unwrap_or(journal.tail)
    }

    fn note(&mut self, visitor: ConvertedVisitor) {
        if self.lately.len() >= LATELY_MAX {
            self.lately.clear();
        }
        if self.lately.insert(visitor) {
            self.batch.push(&visitor, Timestamp::now());
            self.changed = true;
        }
    }
}

#[cfg(test)]
mod tests;
