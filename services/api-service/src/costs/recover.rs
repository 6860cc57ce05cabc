//! Finishes what a process that ended left behind.

use super::{ledger, make};
use crate::{app::App, auth::SYSTEM, error::ApiError};
use signalbox_catalog::PageRequest;
use signalbox_domain::{CostState, Scope, WorkspaceId};
use signalbox_warehouse::costs::PendingCosts;
use std::time::Duration;

/// How often it is looked for.
const EVERY: Duration = Duration::from_secs(10);
/// A request that is this old is held to be dead, milliseconds.
const DEAD_MS: i64 = 70_000;
/// Staging tables that nobody names are dropped when they are this old, seconds.
const LEFT_OVER_S: u64 = 3_600;

/// Looks for work for as long as the service runs.
pub async fn keep_going(app: &App) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if app.warehouse().is_none() {
            continue;
        }
        if let Err(error) = once(app).await {
            tracing::warn!(code = error.code(), "corrections of costs wait");
        }
    }
}

/// Finishes everything that is left now.
pub(super) async fn once(app: &App) -> Result<(), ApiError> {
    let ledger = ledger(app)?;
    let mut in_use = Vec::new();
    for head in app.catalog().cost_heads().list(SYSTEM, "").await? {
        let pending = serde_json::from_value::<Option<PendingCosts>>(head.body["pending"].clone());
        if let (Ok(Some(pending)), Ok(workspace)) = (pending, head.name.parse::<WorkspaceId>()) {
            in_use.push(pending.staging);
            ledger.recover(&Scope::system(workspace)).await?;
        }
    }
    let before = app.now().plus_ms(-DEAD_MS);
    let open = app.catalog().costs().list_open(SYSTEM, before, &PageRequest::largest()).await?;
    for stored in open.items {
        let (scope, id) = (Scope::system(stored.workspace), stored.value.id);
        match stored.value.state {
            CostState::Undoing => {
                super::undo(app, &scope, id).await.map(drop).or_else(only_unavailable)?;
            }
            _ => make(app, &scope, stored).await.map(drop)?,
        }
        tracing::info!(correction = %id, "a correction of costs was finished");
    }
    ledger.drop_leftovers(&in_use, LEFT_OVER_S).await?;
    Ok(())
}

/// A refusal is an end as well: the correction says so.
fn only_unavailable(error: ApiError) -> Result<(), ApiError> {
    if error.code() == "later_corrections" { Ok(()) } else { Err(error) }
}
