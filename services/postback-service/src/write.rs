//! Events into ClickHouse: one exactly-once writer for each journal that this service can read.
//!
//! A writer that fails is started again with a growing wait; receiving and judging never wait for it.

mod told;

use crate::{cursors::CatalogCursors, gate::WriterGate, metrics::Metrics};
use parking_lot::RwLock;
use signalbox_catalog::Catalog;
use signalbox_chassis::warn_limited;
use signalbox_events::{EventSource, JournalId, JournalState, Stream};
use signalbox_warehouse::{
    Cursor, CursorError, CursorStore as _, Warehouse, Writer, WriterOptions, WriterStats,
};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use told::Told;

const RETRY_MIN: Duration = Duration::from_millis(200);
const RETRY_MAX: Duration = Duration::from_secs(10);
const LOOK_FOR_JOURNALS: Duration = Duration::from_secs(1);

/// How far each journal is written, for attribution.
#[derive(Clone, Default)]
pub(crate) struct WriterProgress(Arc<RwLock<HashMap<u64, watch::Receiver<WriterStats>>>>);

impl WriterProgress {
    /// The first sequence number of a journal that may not be in ClickHouse yet.
    pub(crate) fn written(&self, journal: u64) -> u64 {
        self.0.read().get(&journal).map_or(0, |stats| stats.borrow().next)
    }

    /// The same of every journal.
    pub(crate) fn all(&self) -> HashMap<u64, u64> {
        self.0.read().iter().map(|(journal, stats)| (*journal, stats.borrow().next)).collect()
    }

    fn set(&self, journal: JournalId, stats: watch::Receiver<WriterStats>) {
        self.0.write().insert(journal.get(), stats);
    }
}

/// What the writers need.
#[derive(Clone)]
pub(crate) struct Writers {
    pub(crate) catalog: Catalog,
    pub(crate) source: Arc<dyn EventSource>,
    /// The own journal of postbacks as received; those of others carry what is taken over into this one.
    pub(crate) postbacks: JournalId,
    pub(crate) warehouse: watch::Receiver<Option<Warehouse>>,
    pub(crate) options: WriterOptions,
    pub(crate) progress: WriterProgress,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) gate: WriterGate,
}

impl Writers {
    /// Writes every journal of clicks and facts that appears, and the own one of postbacks, until told to stop.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut running: Vec<(JournalId, tokio::task::JoinHandle<()>)> = Vec::new();
        while !stop.is_cancelled() {
            match self.source.journals().await {
                Ok(journals) => {
                    for journal in journals.into_iter().filter(|journal| self.wants(journal)) {
                        if !running.iter().any(|(id, _)| *id == journal.id) {
                            let task = self.clone().write_journal(journal, stop.clone());
                            running.push((journal.id, tokio::spawn(task)));
                        }
                    }
                }
                Err(error) => warn_limited!(6, %error, "the event log cannot be listed"),
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(LOOK_FOR_JOURNALS) => {}
            }
        }
        for (_, task) in running {
            if task.await.is_err() {
                tracing::error!("a writer ended by a panic");
            }
        }
    }

    fn wants(&self, journal: &JournalState) -> bool {
        match journal.stream {
            Stream::Clicks | Stream::Facts => true,
            Stream::Postbacks => journal.id == self.postbacks,
        }
    }

    async fn write_journal(mut self, state: JournalState, stop: CancellationToken) {
        let (journal, stream) = (state.id, state.stream);
        let mut wait = RETRY_MIN;
        while !stop.is_cancelled() {
            let first = if stream == Stream::Postbacks { state.tail } else { 0 };
            if let Err(error) = begin_at(&self.catalog, journal, first).await {
                warn_limited!(6, %error, %journal, "the writer's cursor cannot be read; trying again");
                tokio::time::sleep(RETRY_MIN).await;
                continue;
            }
            let Some(warehouse) = self.ready_warehouse(&stop).await else { return };
            let Some(pass) = self.gate.enter(&stop).await else { return };
            let cursors = Arc::new(CatalogCursors(self.catalog.clone()));
            let mut writer =
                Writer::new(warehouse, Arc::clone(&self.source), journal, cursors, self.options.clone());
            self.progress.set(journal, writer.stats());
            let told = Told::new(stream, Arc::clone(&self.metrics));
            let observer = tokio::spawn(observe(writer.stats(), told));
            let ended = writer.run(pass.token()).await;
            observer.abort();
            drop(pass);
            let Err(error) = ended else { continue };
            tracing::warn!(%error, %journal, "writing to the warehouse stopped; trying again");
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(wait) => {}
            }
            wait = (wait * 2).min(RETRY_MAX);
        }
    }

    async fn ready_warehouse(&mut self, stop: &CancellationToken) -> Option<Warehouse> {
        tokio::select! {
            () = stop.cancelled() => None,
            ready = self.warehouse.wait_for(Option::is_some) => ready.ok().and_then(|warehouse| warehouse.clone()),
        }
    }
}

/// A journal of postbacks that was never written is written from its first record that is still there: what was given back before this
/// version wrote postbacks as received is not a loss.
async fn begin_at(catalog: &Catalog, journal: JournalId, tail: u64) -> Result<(), CursorError> {
    let cursors = CatalogCursors(catalog.clone());
    if tail > 0 && cursors.load(journal).await?.is_none() {
        let first = Cursor { next: tail, ..Cursor::new(journal) };
        // Somebody who was faster did the same.
        cursors.compare_and_set(None, &first).await?;
    }
    Ok(())
}

/// Turns the writer's statistics into metrics.
async fn observe(mut stats: watch::Receiver<WriterStats>, mut told: Told) {
    while stats.changed().await.is_ok() {
        let now = stats.borrow_and_update().clone();
        told.tell(now);
    }
}
