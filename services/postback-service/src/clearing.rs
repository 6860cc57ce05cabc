//! Clears test data, as admins ask for it: step by step, on one node, until nothing of the clicks is left anywhere.
//!
//! How far it is stands in the clearing itself, changed by compare-and-set after each step; a step that is repeated finds less to do. The
//! order makes it final. First every judge refuses what comes about the clicks; then what is kept of their conversions is forgotten, once it
//! was told on; then everything that the journals held by then is waited for, so that no batch of a writer still has such a row; only
//! then rows are deleted. Corrections of costs that were computed from those rows lose their turn and are computed again.

use crate::{config::CurrentConfig, conversion::Conversion, cursors::CatalogCursors, judge::keys};
use signalbox_catalog::{Catalog, Error as CatalogError, JobKind, PageRequest, Stored, SystemScope};
use signalbox_chassis::warn_limited;
use signalbox_domain::{Clearing, ClearingState, JournalHead, Scope, Timestamp, WorkspaceId};
use signalbox_events::{EventSource, Journal, JournalId, Stream};
use signalbox_warehouse::{CursorError, CursorStore as _, Warehouse};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

const SYSTEM: SystemScope = SystemScope::new("clearing of test data");
/// How often it is looked whether there is something to do.
const EVERY: Duration = Duration::from_millis(500);
/// After so long every judge knows that a clearing was asked for: they look four times a second. Milliseconds.
const KNOWN_AFTER_MS: i64 = 5_000;
/// How long a node is the one that clears without saying so again, milliseconds.
const LEASE_MS: i64 = 60_000;
/// How often, and for how long after a clearing, it is looked for what came late: a visitor who is on a landing page is known for a week.
const SWEEP_EVERY: Duration = Duration::from_secs(60);
const LATE_MS: i64 = 8 * 86_400_000;
/// Clocks of nodes may differ by this much; a conversion is kept under a time that is not before its click's, milliseconds.
const CLOCKS_MS: i64 = 86_400_000;

/// Works on what admins ask for.
pub(crate) struct Clearer {
    pub(crate) catalog: Catalog,
    pub(crate) config: CurrentConfig,
    pub(crate) warehouse: watch::Receiver<Option<Warehouse>>,
    pub(crate) source: Arc<dyn EventSource>,
    /// Journals of this process, whose heads are known before the event log has them.
    pub(crate) own: Vec<Journal>,
    pub(crate) node: String,
}

/// Why clearing stands still for a moment.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClearError {
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error(transparent)]
    Warehouse(#[from] signalbox_warehouse::Error),
    #[error("event log: {0}")]
    Events(#[from] signalbox_events::Error),
    #[error(transparent)]
    Cursor(#[from] CursorError),
}

impl Clearer {
    /// Works until told to stop.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut swept = Instant::now();
        while !stop.is_cancelled() {
            let look = async {
                if let Err(error) = self.look().await {
                    warn_limited!(6, %error, "clearing test data waits");
                }
                if swept.elapsed() >= SWEEP_EVERY {
                    swept = Instant::now();
                    if let Err(error) = self.sweep().await {
                        warn_limited!(6, %error, "what came late about cleared clicks stays for now");
                    }
                }
                tokio::time::sleep(EVERY).await;
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = look => {}
            }
        }
    }

    async fn look(&self) -> Result<(), ClearError> {
        let (Some(config), Some(warehouse)) = (self.config.get(), self.warehouse.borrow().clone()) else {
            return Ok(());
        };
        for (workspace, clearing) in config.clearings_under_way() {
            let now = Timestamp::now();
            let lease = (JobKind::Clearing, self.node.as_str());
            if !self.catalog.jobs().lease(SYSTEM, lease, (now, now.plus_ms(LEASE_MS))).await? {
                return Ok(());
            }
            match self.step(&warehouse, workspace, clearing).await {
                // Somebody else made this step.
                Err(ClearError::Catalog(CatalogError::VersionMismatch { .. })) => {}
                other => other?,
            }
        }
        Ok(())
    }

    /// A visitor of a cleared click may still be on its landing page and go on; that is journaled like any other landing click. It goes as
    /// well, as long as such a visitor is known.
    async fn sweep(&self) -> Result<(), ClearError> {
        let (Some(config), Some(warehouse)) = (self.config.get(), self.warehouse.borrow().clone()) else {
            return Ok(());
        };
        let now = Timestamp::now();
        for (workspace, clearing) in config.clearings_done_since(now.plus_ms(-LATE_MS)) {
            let lease = (JobKind::Clearing, self.node.as_str());
            if !self.catalog.jobs().lease(SYSTEM, lease, (now, now.plus_ms(LEASE_MS))).await? {
                return Ok(());
            }
            warehouse.clear_late(&Scope::system(workspace), clearing).await?;
        }
        Ok(())
    }

    async fn step(
        &self,
        warehouse: &Warehouse,
        workspace: WorkspaceId,
        known: &Clearing,
    ) -> Result<(), ClearError> {
        let scope = Scope::system(workspace);
        let Some(mut stored) = self.catalog.clearings().find(&scope, known.id).await? else { return Ok(()) };
        let clearing = &mut stored.value;
        match clearing.state {
            ClearingState::Done => return Ok(()),
            ClearingState::Requested => {
                let known_for = Timestamp::now().since_ms(clearing.created_at);
                if known_for < KNOWN_AFTER_MS || self.forget_conversions(&scope, clearing).await?.is_none() {
                    return Ok(());
                }
                clearing.heads = self.heads().await?;
                clearing.state = ClearingState::Waiting;
            }
            ClearingState::Waiting => {
                if !self.is_written(clearing).await? {
                    return Ok(());
                }
                warehouse.stage_clearing(&scope, clearing).await?;
                clearing.state = ClearingState::Deleting;
            }
            ClearingState::Deleting => {
                if !self.delete(warehouse, &scope, clearing).await? {
                    return Ok(());
                }
            }
        }
        self.store(&scope, stored).await
    }

    /// Whether the tables have what the journals held, and no batch with it is in doubt any more: what the cursors say, whichever node
    /// holds them.
    async fn is_written(&self, clearing: &Clearing) -> Result<bool, ClearError> {
        let cursors = CatalogCursors(self.catalog.clone());
        for it in clearing.heads.iter().filter(|it| it.head > 0) {
            let cursor = cursors.load(JournalId::new(it.journal)).await?;
            if cursor.is_none_or(|cursor| cursor.next < it.head) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// One step of deleting; whether it is to be noted.
    async fn delete(
        &self,
        warehouse: &Warehouse,
        scope: &Scope,
        clearing: &mut Clearing,
    ) -> Result<bool, ClearError> {
        // A judge that did not know yet what it should have known may have kept one more.
        match self.forget_conversions(scope, clearing).await? {
            None => return Ok(false),
            Some(0) => {}
            Some(_) => {
                clearing.heads = self.heads().await?;
                return Ok(true);
            }
        }
        if !self.is_written(clearing).await? {
            return Ok(false);
        }
        let step = warehouse.clear(scope, clearing).await?;
        for (table, rows) in &step.begun {
            *clearing.deleted.entry((*table).to_owned()).or_default() += rows;
        }
        if !step.done {
            return Ok(!step.begun.is_empty());
        }
        // Rows of costs that were computed before are in nobody's hands from here on; those that came just before are found.
        if !self.renew_cost_head(scope.workspace).await? {
            return Ok(false);
        }
        if !warehouse.clear(scope, clearing).await?.done {
            return Ok(false);
        }
        warehouse.end_clearing(clearing).await?;
        clearing.state = ClearingState::Done;
        clearing.heads = Vec::new();
        clearing.finished_at = Some(Timestamp::now());
        tracing::info!(%scope.workspace, clearing = %clearing.id, "test data is cleared");
        Ok(true)
    }

    async fn store(&self, scope: &Scope, stored: Stored<Clearing>) -> Result<(), ClearError> {
        self.catalog.clearings().update(scope, stored.version, stored.value).await?;
        Ok(())
    }

    /// Forgets what is kept of conversions and deliveries of the clicks; how many conversions, or `None` while some wait to be told on.
    async fn forget_conversions(
        &self,
        scope: &Scope,
        clearing: &Clearing,
    ) -> Result<Option<u64>, ClearError> {
        let (mut gone, mut wait) = (0, false);
        let mut page = PageRequest { newest_first: true, ..PageRequest::largest() };
        loop {
            let listed = self.catalog.conversions().list::<Conversion>(scope, &page).await?;
            for stored in listed.items {
                let (conversion, keys) = (&stored.value, keys(&stored.value));
                if keys.at.since_ms(clearing.from) < -CLOCKS_MS {
                    return Ok((!wait).then_some(gone));
                }
                let (at, campaign) = (conversion.click.at, conversion.click.dims.campaign);
                if !clearing.covers(at, Some(campaign)) {
                    continue;
                }
                if keys.pending.is_some() {
                    wait = true;
                    continue;
                }
                self.catalog.deliveries().forget_conversion(scope, conversion.id).await?;
                match self.catalog.conversions().delete(scope, conversion.id, stored.version).await {
                    Ok(()) => gone += 1,
                    Err(CatalogError::NotFound { .. }) => {}
                    Err(CatalogError::VersionMismatch { .. }) => wait = true,
                    Err(error) => return Err(error.into()),
                }
            }
            let Some(next) = listed.next else { return Ok((!wait).then_some(gone)) };
            page.after = Some(next);
        }
    }

    /// Where every journal stands that is written to ClickHouse.
    async fn heads(&self) -> Result<Vec<JournalHead>, ClearError> {
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

    /// Changes the version of the workspace's head of cost corrections, so that one which was computed from rows that are gone now is computed
    /// again; `false` while one is under way.
    async fn renew_cost_head(&self, workspace: WorkspaceId) -> Result<bool, ClearError> {
        let (heads, name) = (self.catalog.cost_heads(), workspace.to_string());
        let (version, body) = match heads.find(SYSTEM, &name).await? {
            Some(head) if !head.body["pending"].is_null() => return Ok(false),
            Some(head) => (head.version, head.body),
            None => (0, serde_json::json!({ "order": 0, "pending": null })),
        };
        match heads.compare_and_set(SYSTEM, &name, version, body).await {
            Ok(_) => Ok(true),
            Err(CatalogError::VersionMismatch { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
