//! Erases what is kept about a person, as admins ask for it: step by step, on one node, until nothing that describes them is left.
//!
//! How far it is stands in the erasure itself, changed by compare-and-set after each step; a step that is repeated finds less to do. The
//! order makes it final. First everything that the journals held is waited for, so that every click is found; then the clicks are marked,
//! and every judge refuses what comes about them; then the catalog forgets them; then everything that the journals held by then is waited
//! for, so that no batch of a writer still has such a row; only then rows are deleted, and those of the ledger are emptied. Whom it is
//! about is forgotten as soon as the clicks are marked: from then on their ids stand in a table beside the others, until all is done.

mod forget;
mod visitors;

use crate::{
    config::CurrentConfig,
    removal::{KNOWN_AFTER_MS, LATE_MS, Removal, RemovalError, Steps},
};
use signalbox_catalog::{ERASED_KNOWN_MS, Error as CatalogError, JobKind, SystemScope};
use signalbox_chassis::warn_limited;
use signalbox_domain::{ClickId, Erasure, ErasureState, Scope, Timestamp, WorkspaceId};
use signalbox_warehouse::Warehouse;
use std::time::{Duration, Instant};
use tokio::sync::watch;

const SYSTEM: SystemScope = SystemScope::new("erasure of visitors' data");
/// What was written in the last hour is looked at each time it is looked for what came late, everything since the erasure once a day:
/// writers may have been away.
const LATELY_MS: i64 = 3_600_000;
const THOROUGH_EVERY: Duration = Duration::from_secs(86_400);

/// Works on what admins ask for.
pub(crate) struct Eraser {
    pub(crate) removal: Removal,
    pub(crate) config: CurrentConfig,
    pub(crate) warehouse: watch::Receiver<Option<Warehouse>>,
    /// When everything was looked at for what came late.
    pub(crate) thorough: parking_lot::Mutex<Option<Instant>>,
}

impl Steps for Eraser {
    async fn look(&self) {
        if let Err(error) = self.make_steps().await {
            warn_limited!(6, %error, "erasing visitors' data waits");
        }
    }

    async fn sweep(&self) {
        if let Err(error) = self.erase_late().await {
            warn_limited!(6, %error, "what came late about erased clicks stays for now");
        }
    }
}

impl Eraser {
    async fn make_steps(&self) -> Result<(), RemovalError> {
        let (Some(config), Some(warehouse)) = (self.config.get(), self.warehouse.borrow().clone()) else {
            return Ok(());
        };
        for (workspace, erasure) in config.erasures_under_way() {
            if !self.removal.lease(JobKind::Erasure).await? {
                return Ok(());
            }
            match self.step(&warehouse, workspace, erasure).await {
                // Somebody else made this step.
                Err(RemovalError::Catalog(CatalogError::VersionMismatch { .. })) => {}
                other => other?,
            }
        }
        Ok(())
    }

    async fn step(
        &self,
        warehouse: &Warehouse,
        workspace: WorkspaceId,
        known: &Erasure,
    ) -> Result<(), RemovalError> {
        let (scope, erasures) = (Scope::system(workspace), self.removal.catalog.erasures());
        let Some(mut stored) = erasures.find(&scope, known.id).await? else { return Ok(()) };
        let erasure = &mut stored.value;
        let made = match erasure.state {
            ErasureState::Done => false,
            ErasureState::Requested => {
                erasure.heads = self.removal.heads().await?;
                erasure.state = ErasureState::Finding;
                true
            }
            ErasureState::Finding => self.find(warehouse, &scope, erasure).await?,
            ErasureState::Forgetting => self.forget(warehouse, &scope, erasure).await?,
            ErasureState::Waiting => self.wait(warehouse, &scope, erasure).await?,
            ErasureState::Deleting => self.delete(warehouse, &scope, erasure).await?,
        };
        if made {
            erasures.update(&scope, stored.version, stored.value).await?;
        }
        Ok(())
    }

    /// Finds the clicks, once what the journals held is in the tables, and marks them.
    async fn find(
        &self,
        warehouse: &Warehouse,
        scope: &Scope,
        erasure: &mut Erasure,
    ) -> Result<bool, RemovalError> {
        if !self.removal.is_written(&erasure.heads).await? {
            return Ok(false);
        }
        warehouse.stage_erasure(scope, erasure).await?;
        let (clicks, now) = (warehouse.erasure_clicks(erasure).await?, Timestamp::now());
        let key = self.removal.catalog.erased_key(SYSTEM).await?;
        self.removal.catalog.erased_clicks(key).mark(scope, &clicks, now).await?;
        erasure.found(clicks.len() as u64, now);
        Ok(true)
    }

    /// Has the catalog forget the clicks, once every judge refuses what comes about them, until there is nothing to forget.
    async fn forget(
        &self,
        warehouse: &Warehouse,
        scope: &Scope,
        erasure: &mut Erasure,
    ) -> Result<bool, RemovalError> {
        let marked_for = erasure.marked_at.map_or(0, |at| Timestamp::now().since_ms(at));
        if marked_for < KNOWN_AFTER_MS {
            return Ok(false);
        }
        let clicks = warehouse.erasure_clicks(erasure).await?;
        if self.forget_clicks(scope, &clicks).await? != Some(0) {
            return Ok(false);
        }
        erasure.heads = self.removal.heads().await?;
        erasure.state = ErasureState::Waiting;
        Ok(true)
    }

    /// Notes which rows are meant, once the tables have all of them.
    async fn wait(
        &self,
        warehouse: &Warehouse,
        scope: &Scope,
        erasure: &mut Erasure,
    ) -> Result<bool, RemovalError> {
        if !self.removal.is_written(&erasure.heads).await? {
            return Ok(false);
        }
        let visitors = warehouse.erasure_visitors(scope, erasure).await?;
        if !self.forget_converted(scope.workspace, &visitors, &erasure.heads).await? {
            return Ok(false);
        }
        warehouse.stage_erasure_rows(scope, erasure).await?;
        erasure.state = ErasureState::Deleting;
        Ok(true)
    }

    /// One step of deleting; whether it is to be noted.
    async fn delete(
        &self,
        warehouse: &Warehouse,
        scope: &Scope,
        erasure: &mut Erasure,
    ) -> Result<bool, RemovalError> {
        let step = warehouse.erase(scope, erasure).await?;
        for (table, rows) in &step.begun {
            *erasure.erased.entry((*table).to_owned()).or_default() += rows;
        }
        if !step.done {
            return Ok(!step.begun.is_empty());
        }
        // Rows of costs that were computed before are in nobody's hands from here on; those that came just before are found.
        if !self.removal.renew_cost_head(scope.workspace).await?
            || !warehouse.erase(scope, erasure).await?.done
        {
            return Ok(false);
        }
        warehouse.end_erasure(erasure).await?;
        self.removal.catalog.store().scrub().await?;
        erasure.finish(Timestamp::now());
        tracing::info!(%scope.workspace, erasure = %erasure.id, "a visitor's data is erased");
        Ok(true)
    }

    /// A visitor of an erased click may still be on its landing page and go on; that is journaled like any other landing click. It goes as
    /// well, as long as such a visitor is known: the last erasure of the workspace takes it up.
    async fn erase_late(&self) -> Result<(), RemovalError> {
        let (Some(config), Some(warehouse)) = (self.config.get(), self.warehouse.borrow().clone()) else {
            return Ok(());
        };
        let Some(key) = config.erased_key() else { return Ok(()) };
        if !self.removal.lease(JobKind::Erasure).await? {
            return Ok(());
        }
        let now = Timestamp::now();
        self.removal.catalog.erased_clicks(key).purge(SYSTEM, now.plus_ms(-ERASED_KNOWN_MS)).await?;
        let is_thorough = self.thorough.lock().is_none_or(|at| at.elapsed() >= THOROUGH_EVERY);
        let since = |asked: Timestamp| if is_thorough { asked } else { asked.max(now.plus_ms(-LATELY_MS)) };
        for (workspace, asked, _) in config.erasures_done_since(now.plus_ms(-ERASED_KNOWN_MS)) {
            warehouse.erase_refused(&Scope::system(workspace), since(asked)).await?;
        }
        for (workspace, asked, last) in config.erasures_done_since(now.plus_ms(-LATE_MS)) {
            let scope = Scope::system(workspace);
            let mut late: Vec<ClickId> = Vec::new();
            for click in warehouse.lone_landing_clicks(&scope, since(asked)).await? {
                if self.removal.catalog.erased_clicks(key).contains(&scope, click).await? {
                    late.push(click);
                }
            }
            if !late.is_empty() {
                self.take_up(&warehouse, &scope, last, &late).await?;
            }
        }
        if is_thorough {
            *self.thorough.lock() = Some(Instant::now());
        }
        Ok(())
    }

    /// Does the last steps of an erasure again, for clicks of which something came late.
    async fn take_up(
        &self,
        warehouse: &Warehouse,
        scope: &Scope,
        last: &Erasure,
        late: &[ClickId],
    ) -> Result<(), RemovalError> {
        let erasures = self.removal.catalog.erasures();
        let Some(mut stored) = erasures.find(scope, last.id).await? else { return Ok(()) };
        if stored.value.state != ErasureState::Done {
            return Ok(());
        }
        warehouse.stage_erasure_of(&stored.value, late).await?;
        stored.value.heads = self.removal.heads().await?;
        stored.value.state = ErasureState::Waiting;
        erasures.update(scope, stored.version, stored.value).await?;
        Ok(())
    }
}
