//! What clearing of test data and erasure of a visitor's data share: one node works at a time, everything that the journals hold is waited
//! for before rows go, and corrections of costs that were computed from those rows lose their turn.

use crate::{conversion::Conversion, cursors::CatalogCursors, judge::keys};
use signalbox_catalog::{Catalog, Error as CatalogError, JobKind, Stored, SystemScope};
use signalbox_domain::{JournalHead, Scope, Timestamp, WorkspaceId};
use signalbox_events::{EventSource, Journal, JournalId, Stream};
use signalbox_warehouse::{CursorError, CursorStore as _};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

const SYSTEM: SystemScope = SystemScope::new("removal of clicks and what followed from them");
/// How often it is looked whether there is something to do.
const EVERY: Duration = Duration::from_millis(500);
/// After so long every judge knows what it is to refuse: they look four times a second. Milliseconds.
pub(crate) const KNOWN_AFTER_MS: i64 = 5_000;
/// How long a node is the one that removes without saying so again, milliseconds.
const LEASE_MS: i64 = 60_000;
/// How often, and for how long after a removal, it is looked for what came late: a visitor who is on a landing page is known for a week.
const SWEEP_EVERY: Duration = Duration::from_secs(60);
pub(crate) const LATE_MS: i64 = 8 * 86_400_000;

/// What both need.
#[derive(Clone)]
pub(crate) struct Removal {
    pub(crate) catalog: Catalog,
    pub(crate) source: Arc<dyn EventSource>,
    /// Journals of this process, whose heads are known before the event log has them.
    pub(crate) own: Vec<Journal>,
    pub(crate) node: String,
}

/// Why removing stands still for a moment.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RemovalError {
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error(transparent)]
    Warehouse(#[from] signalbox_warehouse::Error),
    #[error("event log: {0}")]
    Events(#[from] signalbox_events::Error),
    #[error(transparent)]
    Cursor(#[from] CursorError),
}

/// What became of a conversion that was to be forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Forgotten {
    /// It is gone, with its deliveries.
    Now,
    /// Somebody else was faster.
    Before,
    /// It waits to be told on, or somebody changes it.
    NotYet,
}

/// Something that is done step by step, and looks from time to time for what came late.
pub(crate) trait Steps {
    /// Looks whether there is something to do, and makes a step of each.
    async fn look(&self);
    /// Looks for what came late.
    async fn sweep(&self);
}

/// Works until told to stop.
pub(crate) async fn run(steps: impl Steps, stop: CancellationToken) {
    let mut swept = Instant::now();
    while !stop.is_cancelled() {
        let look = async {
            steps.look().await;
            if swept.elapsed() >= SWEEP_EVERY {
                swept = Instant::now();
                steps.sweep().await;
            }
            tokio::time::sleep(EVERY).await;
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = look => {}
        }
    }
}

impl Removal {
    /// Whether this node is the one that does this kind of work now.
    pub(crate) async fn lease(&self, kind: JobKind) -> Result<bool, CatalogError> {
        let now = Timestamp::now();
        self.catalog.jobs().lease(SYSTEM, (kind, self.node.as_str()), (now, now.plus_ms(LEASE_MS))).await
    }

    /// Where every journal stands that is written to ClickHouse.
    pub(crate) async fn heads(&self) -> Result<Vec<JournalHead>, RemovalError> {
        let own = |journal: u64| self.own.iter().any(|own| own.id().get() == journal);
        let journals = self.source.journals().await?;
        let written = journals.into_iter().filter(|it| match it.stream {
            Stream::Clicks | Stream::Facts => true,
            // Those of other nodes are written by them.
            Stream::Postbacks => own(it.id.get()),
        });
        let mut heads: Vec<_> =
            written.map(|it| JournalHead { journal: it.id.get(), head: it.head }).collect();
        for own in &self.own {
            let journal = own.id().get();
            heads.retain(|head| head.journal != journal);
            heads.push(JournalHead { journal, head: own.head() });
        }
        Ok(heads)
    }

    /// Whether the tables have what the journals held, and no batch with it is in doubt any more: what the cursors say, whichever node
    /// holds them.
    pub(crate) async fn is_written(&self, heads: &[JournalHead]) -> Result<bool, RemovalError> {
        let cursors = CatalogCursors(self.catalog.clone());
        for it in heads.iter().filter(|it| it.head > 0) {
            let cursor = cursors.load(JournalId::new(it.journal)).await?;
            if cursor.is_none_or(|cursor| cursor.next < it.head) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Forgets a conversion and its deliveries, once it was told on.
    pub(crate) async fn forget_conversion(
        &self,
        scope: &Scope,
        stored: &Stored<Conversion>,
    ) -> Result<Forgotten, CatalogError> {
        if keys(&stored.value).pending.is_some() {
            return Ok(Forgotten::NotYet);
        }
        let id = stored.value.id;
        self.catalog.deliveries().forget_conversion(scope, id).await?;
        match self.catalog.conversions().delete(scope, id, stored.version).await {
            Ok(()) => Ok(Forgotten::Now),
            Err(CatalogError::NotFound { .. }) => Ok(Forgotten::Before),
            Err(CatalogError::VersionMismatch { .. }) => Ok(Forgotten::NotYet),
            Err(error) => Err(error),
        }
    }

    /// Changes the version of the workspace's head of cost corrections, so that one which was computed from rows that are gone, or are other
    /// ones, now is computed again; `false` while one is under way.
    pub(crate) async fn renew_cost_head(&self, workspace: WorkspaceId) -> Result<bool, CatalogError> {
        let (heads, name) = (self.catalog.cost_heads(), workspace.to_string());
        let (version, body) = match heads.find(SYSTEM, &name).await? {
            Some(head) if !head.body["pending"].is_null() => return Ok(false),
            Some(head) => (head.version, head.body),
            None => (0, serde_json::json!({ "order": 0, "pending": null })),
        };
        match heads.compare_and_set(SYSTEM, &name, version, body).await {
            Ok(_) => Ok(true),
            Err(CatalogError::VersionMismatch { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
