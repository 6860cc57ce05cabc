//! Events into ClickHouse: one exactly-once writer for each journal that this service can read.
//!
//! A writer that fails is started again with a growing wait; receiving and judging never wait for it.

use crate::{cursors::CatalogCursors, gate::WriterGate, metrics::Metrics};
use parking_lot::RwLock;
use signalbox_catalog::Catalog;
use signalbox_chassis::warn_limited;
use signalbox_events::{EventSource, JournalId, Stream};
use signalbox_warehouse::{Warehouse, Writer, WriterOptions, WriterStats};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

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

    fn set(&self, journal: JournalId, stats: watch::Receiver<WriterStats>) {
        self.0.write().insert(journal.get(), stats);
    }
}

/// What the writers need.
#[derive(Clone)]
pub(crate) struct Writers {
    pub(crate) catalog: Catalog,
    pub(crate) source: Arc<dyn EventSource>,
    pub(crate) warehouse: watch::Receiver<Option<Warehouse>>,
    pub(crate) options: WriterOptions,
    pub(crate) progress: WriterProgress,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) gate: WriterGate,
}

impl Writers {
    /// Writes every journal of clicks and facts that appears, until told to stop.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut running: Vec<(JournalId, tokio::task::JoinHandle<()>)> = Vec::new();
        while !stop.is_cancelled() {
            match self.source.journals().await {
                Ok(journals) => {
                    let wanted = journals
                        .into_iter()
                        .filter(|journal| matches!(journal.stream, Stream::Clicks | Stream::Facts));
                    for journal in wanted {
                        if !running.iter().any(|(id, _)| *id == journal.id) {
                            let task = self.clone().write_journal(journal.id, journal.stream, stop.clone());
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

    async fn write_journal(mut self, journal: JournalId, stream: Stream, stop: CancellationToken) {
        let mut wait = RETRY_MIN;
        while !stop.is_cancelled() {
            let Some(warehouse) = self.ready_warehouse(&stop).await else { return };
            let Some(pass) = self.gate.enter(&stop).await else { return };
            let cursors = Arc::new(CatalogCursors(self.catalog.clone()));
            let mut writer =
                Writer::new(warehouse, Arc::clone(&self.source), journal, cursors, self.options.clone());
            self.progress.set(journal, writer.stats());
            let observer = tokio::spawn(observe(writer.stats(), stream, Arc::clone(&self.metrics)));
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

/// Turns the writer's statistics into metrics.
async fn observe(mut stats: watch::Receiver<WriterStats>, stream: Stream, metrics: Arc<Metrics>) {
    let stream = stream.as_str();
    while stats.changed().await.is_ok() {
        let now = stats.borrow_and_update().clone();
        metrics.writer_lag(stream).set(now.lag_records() as f64);
        metrics.written(stream).absolute(now.records_total);
        metrics.dead_letters(stream).absolute(now.dead_letters_total);
    }
}
