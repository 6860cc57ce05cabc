//! Orphans whose click turned up later: found in the log from time to time and judged again.
//!
//! A click can come after its postback was given up on: its node was away, or its journal was put back from a backup. One node looks at a
//! time; a look that is cut short is made up for by the next, because whoever found its click is no orphan any more.

use crate::{
    config::CurrentConfig,
    judge::{
        again::{Feeder, Outcome},
        position::Position,
    },
    replay::{ReplayError, cursor, past},
};
use signalbox_catalog::{Catalog, Error as CatalogError};
use signalbox_chassis::warn_limited;
use signalbox_domain::{Scope, Timestamp, WorkspaceId};
use signalbox_warehouse::Warehouse;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How far back orphans are looked at.
const SINCE_MS: i64 = 30 * 86_400_000;
const PAGE: u32 = 500;
/// Name of the document that says when somebody looked last.
const LOOKED: &str = "rematch";

/// Looks for orphans whose click is there now.
pub(crate) struct Rematcher {
    pub(crate) catalog: Catalog,
    pub(crate) config: CurrentConfig,
    pub(crate) warehouse: watch::Receiver<Option<Warehouse>>,
    pub(crate) feeder: Feeder,
    pub(crate) every: Duration,
}

impl Rematcher {
    /// Looks from time to time until told to stop.
    pub(crate) async fn run(self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(self.every.min(Duration::from_secs(30))) => {}
            }
            tokio::select! {
                () = stop.cancelled() => return,
                looked = self.look() => if let Err(error) = looked {
                    warn_limited!(6, %error, "orphans are not looked at now");
                }
            }
        }
    }

    async fn look(&self) -> Result<(), ReplayError> {
        let Some(warehouse) = self.warehouse.borrow().clone() else { return Ok(()) };
        let Some(config) = self.config.get() else { return Ok(()) };
        let now = Timestamp::now();
        let mut position = Position::named(&self.catalog, LOOKED.to_owned()).await?;
        let looked = i64::try_from(position.next()).unwrap_or_default();
        if now.since_ms(Timestamp(looked)) < i64::try_from(self.every.as_millis()).unwrap_or(i64::MAX) {
            return Ok(());
        }
        match position.advance(&self.catalog, u64::try_from(now.0).unwrap_or_default()).await {
            // Another node looks.
            Err(CatalogError::VersionMismatch { .. } | CatalogError::Conflict { .. }) => return Ok(()),
            other => other?,
        }
        for workspace in config.workspace_ids() {
            self.look_at(&warehouse, workspace, now).await?;
        }
        Ok(())
    }

    async fn look_at(
        &self,
        warehouse: &Warehouse,
        workspace: WorkspaceId,
        now: Timestamp,
    ) -> Result<(), ReplayError> {
        let scope = Scope::system(workspace);
        let (mut after, mut found) = (None, 0_usize);
        loop {
            let times = (now.plus_ms(-SINCE_MS), now);
            let page = warehouse.list_rematchable(&scope, times, after.as_ref(), PAGE).await?;
            let past = page.iter().map(|entry| past(workspace, entry)).collect();
            let outcomes = self.feeder.judge(past).await.unwrap_or_default();
            found += outcomes.iter().filter(|outcome| matches!(outcome, Outcome::News(_))).count();
            after = page.last().map(cursor);
            if page.len() < PAGE as usize {
                break;
            }
        }
        if found > 0 {
            tracing::info!(%workspace, postbacks = found, "postbacks found their click late");
        }
        Ok(())
    }
}
