//! Shared counters: every click and conversion folded into sums per subject, exactly once, and told to the traffic nodes.
//!
//! The sums of a chunk and the journal positions that they include are one document, changed by compare-and-set: after a crash, or when
//! another node counts as well, counting goes on from what is stored. Published at most once a second, and never for more than a fifth of
//! the time. A counter that is new is published when its past is known ([`bootstrap`]); until then nodes count by themselves.

mod bootstrap;
mod fold;

use crate::{
    config::{Config, CurrentConfig},
    metrics::Metrics,
};
use bootstrap::{Question, Ready};
use fold::{Chunk, Fold};
use signalbox_catalog::{Catalog, Error as CatalogError, SystemScope, live::TOTALS_CHUNKS};
use signalbox_chassis::warn_limited;
use signalbox_domain::{Series, Subject, Timestamp};
use signalbox_events::{EventSource, GapReason, JournalState, ReadLimit, Stream, wire::Record};
use signalbox_warehouse::{Error as WarehouseError, Warehouse};
use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;

/// Name of the counters among the consumers of the journals.
pub const CONSUMER: &str = "counters";
const SYSTEM: SystemScope = SystemScope::new("shared counters");
const BATCH: ReadLimit = ReadLimit { records: 10_000, bytes: 8 << 20, wait: Duration::ZERO };
/// How soon it looks again when there was nothing to count.
const POLL: Duration = Duration::from_millis(50);
const PUBLISH_EVERY: Duration = Duration::from_secs(1);
/// Chunks whose sums did not change are stored with their new positions this often, so that journals can be trimmed.
const SETTLE_EVERY: Duration = Duration::from_secs(30);
/// How long it waits after an error, or when another node counts.
const RETRY: Duration = Duration::from_millis(700);
/// How soon the past is asked for again.
const ASK_EVERY: Duration = Duration::from_millis(250);

/// What counting needs.
pub(crate) struct Counters {
    pub(crate) catalog: Catalog,
    pub(crate) config: CurrentConfig,
    pub(crate) source: Arc<dyn EventSource>,
    pub(crate) warehouse: watch::Receiver<Option<Warehouse>>,
    pub(crate) metrics: Arc<Metrics>,
}

#[derive(Debug, thiserror::Error)]
enum CountError {
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error("event log: {0}")]
    Events(#[from] signalbox_events::Error),
}

type Asked = JoinHandle<(Question, Result<BTreeMap<Subject, Series>, WarehouseError>)>;

/// One life of the fold, from what is stored to an error.
struct Run<'a> {
    counters: &'a Counters,
    fold: Fold,
    revision: Option<u64>,
    journals: Vec<JournalState>,
    published: Instant,
    settled: Instant,
    interval: Duration,
    asked: Option<Asked>,
    ask_at: Instant,
}

impl Counters {
    /// Counts until told to stop.
    pub(crate) async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            match self.run_once(&stop).await {
                Ok(()) => {}
                Err(CountError::Catalog(CatalogError::VersionMismatch { .. })) => {
                    tracing::debug!("another node counts as well; going on from what it stored");
                }
                Err(error) => warn_limited!(6, %error, "counting waits"),
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(RETRY.mul_f64(1.0 + rand::random::<f64>())) => {}
            }
        }
    }

    async fn run_once(&self, stop: &CancellationToken) -> Result<(), CountError> {
        let mut run = Run::load(self).await?;
        while !stop.is_cancelled() {
            let busy = run.step().await?;
            if !busy {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(POLL) => {}
                }
            }
        }
        run.publish(true).await
    }

    async fn load(&self) -> Result<BTreeMap<u8, Chunk>, CatalogError> {
        let mut chunks = BTreeMap::new();
        for number in 0..TOTALS_CHUNKS {
            if let Some(found) = self.catalog.live().find_totals(SYSTEM, number).await? {
                let (version, totals) = (found.version, found.value);
                let stored = totals.positions.clone();
                chunks.insert(number, Chunk { version, stored, totals, changed: false });
            }
        }
        // A crash may have come between storing a chunk and saying so.
        let versions = chunks.iter().map(|(number, chunk)| (*number, chunk.version)).collect();
        self.catalog.live().announce_totals(SYSTEM, &versions).await?;
        Ok(chunks)
    }
}

impl<'a> Run<'a> {
    async fn load(counters: &'a Counters) -> Result<Self, CountError> {
        let now = Instant::now();
        Ok(Self {
            counters,
            fold: Fold::new(counters.load().await?),
            revision: None,
            journals: Vec::new(),
            published: now,
            settled: now,
            interval: PUBLISH_EVERY,
            asked: None,
            ask_at: now,
        })
    }

    /// Counts what has come. Tells whether there may be more at once.
    async fn step(&mut self) -> Result<bool, CountError> {
        let all = self.counters.source.journals().await?;
        self.journals = all
            .into_iter()
            .filter(|journal| matches!(journal.stream, Stream::Clicks | Stream::Facts))
            .collect();
        for journal in &self.journals {
            self.fold.follow(journal.id.get(), journal.tail, journal.head);
        }
        let Some(config) = self.counters.config.get() else { return Ok(false) };
        if self.revision != Some(config.revision()) {
            let elsewhere = bootstrap::written(&self.counters.catalog).await?;
            self.fold.want(config.counted(), &elsewhere);
            self.revision = Some(config.revision());
        }
        let mut busy = false;
        for journal in self.journals.clone() {
            busy |= self.read(&journal).await?;
        }
        self.bootstrap(&config).await;
        if self.published.elapsed() >= self.interval {
            self.publish(false).await?;
        }
        Ok(busy)
    }

    async fn read(&mut self, journal: &JournalState) -> Result<bool, CountError> {
        let id = journal.id.get();
        let next = self.fold.next.get(&id).copied().unwrap_or(journal.tail);
        if self.fold.is_idle() {
            self.fold.passed(id, journal.head.max(next));
            return Ok(false);
        }
        if journal.head <= next {
            return Ok(false);
        }
        let batch = self.counters.source.read(journal.id, next, BATCH).await?;
        for gap in &batch.gaps {
            // Numbers that were never given hold no events.
            if gap.reason != GapReason::Skipped {
                tracing::warn!(journal = %journal.id, from = gap.from_seq, to = gap.to_seq, reason = gap.reason.as_str(), "events are missing in the counters");
                self.counters.metrics.uncounted(gap.reason.as_str()).increment(gap.len());
            }
        }
        for stored in &batch.records {
            if let Ok(record) = Record::decode(&stored.payload) {
                self.fold.add(id, stored.seq, &record);
            }
        }
        self.fold.passed(id, batch.next);
        self.counters
            .metrics
            .counter_lag(journal.stream.as_str())
            .set(journal.head.saturating_sub(batch.next) as f64);
        Ok(batch.records.len() >= BATCH.records / 2)
    }

    /// Lets new counters learn their past; one question at a time.
    async fn bootstrap(&mut self, config: &Config) {
        if let Some(asked) = self.asked.take_if(|asked| asked.is_finished())
            && let Ok((question, answer)) = asked.await
        {
            match answer {
                Ok(past) if question.holds(self.fold.next.keys().copied()) => {
                    past.into_iter().for_each(|(subject, series)| self.fold.join(subject, series));
                }
                Ok(_) => {}
                Err(error) => {
                    warn_limited!(6, %error, "the past of new counters cannot be read; they begin when it can")
                }
            }
        }
        if self.asked.is_some() || self.fold.joining.is_empty() || self.ask_at.elapsed() < ASK_EVERY {
            return;
        }
        self.ask_at = Instant::now();
        match bootstrap::ready(&self.fold, config.counted(), (&self.counters.catalog, &self.journals)).await {
            Ready::Nobody => {}
            Ready::Without(subjects) => {
                subjects.into_iter().for_each(|subject| self.fold.join(subject, Series::default()));
            }
            Ready::Ask(question) => {
                let warehouse = self.counters.warehouse.borrow().clone();
                self.asked = warehouse.map(|warehouse| tokio::spawn(question.ask(warehouse)));
            }
        }
    }

    /// Stores what changed, tells the nodes, and lets journals go.
    async fn publish(&mut self, last: bool) -> Result<(), CountError> {
        let (began, live) = (Instant::now(), self.counters.catalog.live());
        self.published = began;
        self.fold.prune(Timestamp::now());
        let settle = last || self.settled.elapsed() >= SETTLE_EVERY;
        let mut versions = BTreeMap::new();
        for (number, chunk) in (0_u8..).zip(&mut self.fold.chunks) {
            let moved = settle && !chunk.totals.series.is_empty() && chunk.stored != chunk.totals.positions;
            if chunk.changed || moved {
                chunk.version = live.put_totals(SYSTEM, (number, chunk.version), &chunk.totals).await?;
                chunk.stored.clone_from(&chunk.totals.positions);
                chunk.changed = false;
                versions.insert(number, chunk.version);
            }
        }
        if !versions.is_empty() {
            live.announce_totals(SYSTEM, &versions).await?;
            self.interval = PUBLISH_EVERY.max(began.elapsed() * 5);
        }
        if settle {
            self.settled = Instant::now();
            for journal in &self.journals {
                let settled = self.fold.settled(journal.id.get()).min(journal.head);
                self.counters.source.trim(journal.id, CONSUMER, settled).await?;
            }
        }
        let counted: usize = self.fold.counting().map(|chunk| chunk.totals.series.len()).sum();
        self.counters.metrics.counters("counted").set(counted as f64);
        self.counters.metrics.counters("learning").set(self.fold.joining.len() as f64);
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests;
