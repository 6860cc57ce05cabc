//! Clears test data, as admins ask for it: step by step, on one node, until nothing of the clicks is left anywhere.
//!
//! How far it is stands in the clearing itself, changed by compare-and-set after each step; a step that is repeated finds less to do. The
//! order makes it final. First every judge refuses what comes about the clicks; then what is kept of their conversions is forgotten, once it
//! was told on; then everything that the journals held by then is waited for, so that no batch of a writer still has such a row; only
//! then rows are deleted. Corrections of costs that were computed from those rows lose their turn and are computed again.

use crate::{
    config::CurrentConfig,
    conversion::Conversion,
    judge::keys,
    removal::{Forgotten, KNOWN_AFTER_MS, LATE_MS, Removal, RemovalError, Steps},
};
use signalbox_catalog::{Error as CatalogError, JobKind, PageRequest, Stored};
use signalbox_chassis::warn_limited;
use signalbox_domain::{Clearing, ClearingState, Scope, Timestamp, WorkspaceId};
use signalbox_warehouse::Warehouse;
use tokio::sync::watch;

/// Clocks of nodes may differ by this much; a conversion is kept under a time that is not before its click's, milliseconds.
const CLOCKS_MS: i64 = 86_400_000;

/// Works on what admins ask for.
pub(crate) struct Clearer {
    pub(crate) removal: Removal,
    pub(crate) config: CurrentConfig,
    pub(crate) warehouse: watch::Receiver<Option<Warehouse>>,
}

impl Steps for Clearer {
    async fn look(&self) {
        if let Err(error) = self.make_steps().await {
            warn_limited!(6, %error, "clearing test data waits");
        }
    }

    async fn sweep(&self) {
        if let Err(error) = self.clear_late().await {
            warn_limited!(6, %error, "what came late about cleared clicks stays for now");
        }
    }
}

impl Clearer {
    async fn make_steps(&self) -> Result<(), RemovalError> {
        let (Some(config), Some(warehouse)) = (self.config.get(), self.warehouse.borrow().clone()) else {
            return Ok(());
        };
        for (workspace, clearing) in config.clearings_under_way() {
            if !self.removal.lease(JobKind::Clearing).await? {
                return Ok(());
            }
            match self.step(&warehouse, workspace, clearing).await {
                // Somebody else made this step.
                Err(RemovalError::Catalog(CatalogError::VersionMismatch { .. })) => {}
                other => other?,
            }
        }
        Ok(())
    }

    /// A visitor of a cleared click may still be on its landing page and go on; that is journaled like any other landing click. It goes as
    /// well, as long as such a visitor is known.
    async fn clear_late(&self) -> Result<(), RemovalError> {
        let (Some(config), Some(warehouse)) = (self.config.get(), self.warehouse.borrow().clone()) else {
            return Ok(());
        };
        for (workspace, clearing) in config.clearings_done_since(Timestamp::now().plus_ms(-LATE_MS)) {
            if !self.removal.lease(JobKind::Clearing).await? {
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
    ) -> Result<(), RemovalError> {
        let scope = Scope::system(workspace);
        let Some(mut stored) = self.removal.catalog.clearings().find(&scope, known.id).await? else {
            return Ok(());
        };
        let clearing = &mut stored.value;
        match clearing.state {
            ClearingState::Done => return Ok(()),
            ClearingState::Requested => {
                let known_for = Timestamp::now().since_ms(clearing.created_at);
                if known_for < KNOWN_AFTER_MS || self.forget_conversions(&scope, clearing).await?.is_none() {
                    return Ok(());
                }
                clearing.heads = self.removal.heads().await?;
                clearing.state = ClearingState::Waiting;
            }
            ClearingState::Waiting => {
                if !self.removal.is_written(&clearing.heads).await? {
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

    /// One step of deleting; whether it is to be noted.
    async fn delete(
        &self,
        warehouse: &Warehouse,
        scope: &Scope,
        clearing: &mut Clearing,
    ) -> Result<bool, RemovalError> {
        // A judge that did not know yet what it should have known may have kept one more.
        match self.forget_conversions(scope, clearing).await? {
            None => return Ok(false),
            Some(0) => {}
            Some(_) => {
                clearing.heads = self.removal.heads().await?;
                return Ok(true);
            }
        }
        if !self.removal.is_written(&clearing.heads).await? {
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
        if !self.removal.renew_cost_head(scope.workspace).await? {
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

    async fn store(&self, scope: &Scope, stored: Stored<Clearing>) -> Result<(), RemovalError> {
        self.removal.catalog.clearings().update(scope, stored.version, stored.value).await?;
        Ok(())
    }

    /// Forgets what is kept of conversions and deliveries of the clicks; how many conversions, or `None` while some wait to be told on.
    async fn forget_conversions(
        &self,
        scope: &Scope,
        clearing: &Clearing,
    ) -> Result<Option<u64>, RemovalError> {
        let (mut gone, mut wait) = (0, false);
        let mut page = PageRequest { newest_first: true, ..PageRequest::largest() };
        loop {
            let listed = self.removal.catalog.conversions().list::<Conversion>(scope, &page).await?;
            for stored in listed.items {
                let (conversion, keys) = (&stored.value, keys(&stored.value));
                if keys.at.since_ms(clearing.from) < -CLOCKS_MS {
                    return Ok((!wait).then_some(gone));
                }
                let (at, campaign) = (conversion.click.at, conversion.click.dims.campaign);
                if !clearing.covers(at, Some(campaign)) {
                    continue;
                }
                match self.removal.forget_conversion(scope, &stored).await? {
                    Forgotten::Now => gone += 1,
                    Forgotten::Before => {}
                    Forgotten::NotYet => wait = true,
                }
            }
            let Some(next) = listed.next else { return Ok((!wait).then_some(gone)) };
            page.after = Some(next);
        }
    }
}
