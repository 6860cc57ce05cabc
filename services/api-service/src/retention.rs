//! Forgets single events that are older than their workspace keeps them, once a day, on one node.
//!
//! Promises: reports do not change, because their ledger is not touched; another policy is followed within a minute. Never: deletes
//! what no policy names.

use crate::{
    app::App,
    auth::{SYSTEM, random_token},
    error::ApiError,
    handlers::reports::counted,
};
use serde::{Deserialize, Serialize};
use signalbox_catalog::{Error as CatalogError, JobKind, Stored};
use signalbox_domain::{Retention, Scope, Timestamp};
use signalbox_warehouse::{Detail, Warehouse};
use std::{collections::BTreeMap, time::Duration};

/// How often it is looked whether something is due.
const EVERY: Duration = Duration::from_secs(10);
/// How long one node is the one, milliseconds.
const LEASE_MS: i64 = 60_000;
/// How often a workspace's events are looked through, milliseconds.
const DAY_MS: i64 = 86_400_000;
/// Pause before what could not be done is tried again, milliseconds.
const RETRY_MS: i64 = 5_000;

/// What became of the last time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionState {
    /// When it was.
    #[serde(default)]
    pub ran_at: Timestamp,
    /// Version of the policy that was followed.
    #[serde(default)]
    pub version: u64,
    /// Whether everything was done; otherwise it is tried again soon.
    #[serde(default)]
    pub done: bool,
    /// Events that were deleted, by kind.
    #[serde(default)]
    pub deleted: BTreeMap<String, u64>,
}

/// Forgets for as long as the service runs.
pub async fn keep_going(app: &App) {
    let holder = random_token();
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = round(app, &holder).await {
            tracing::warn!(code = error.code(), "old events wait to be forgotten");
        }
    }
}

async fn round(app: &App, holder: &str) -> Result<(), ApiError> {
    let Some(warehouse) = app.warehouse() else { return Ok(()) };
    let now = app.now();
    let jobs = app.catalog().jobs();
    if !jobs.lease(SYSTEM, (JobKind::Retention, holder), (now, now.plus_ms(LEASE_MS))).await? {
        return Ok(());
    }
    for stored in app.catalog().retention().list_all(SYSTEM).await?.items {
        let scope = Scope::system(stored.workspace);
        let (state, version) = jobs.find::<RetentionState>(&scope, (JobKind::Retention, &stored.id)).await?;
        let pause = if state.done { DAY_MS } else { RETRY_MS };
        let rested = now.0.abs_diff(state.ran_at.0) >= pause.unsigned_abs();
        if state.version == stored.version && !rested {
            continue;
        }
        // What is tried again belongs to the same time.
        let again = state.version == stored.version && !state.done;
        let deleted = if again { state.deleted } else { BTreeMap::new() };
        let state = follow(&warehouse, &scope, (&stored, deleted), now).await?;
        match jobs.replace(&scope, (JobKind::Retention, &stored.id, version), &state).await {
            // Another node did the same.
            Ok(_) | Err(CatalogError::VersionMismatch { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// The kinds of a policy with their days, in words of the API.
fn kinds(policy: &Retention) -> [(&'static str, Detail, Option<u32>); 5] {
    [
        ("clicks", Detail::Clicks, policy.clicks_days),
        ("bots", Detail::Bots, policy.bots_days),
        ("conversions", Detail::Conversions, policy.conversions_days),
        ("postbacks", Detail::Postbacks, policy.postbacks_days),
        ("deliveries", Detail::Deliveries, policy.deliveries_days),
    ]
}

async fn follow(
    warehouse: &Warehouse,
    scope: &Scope,
    (stored, mut deleted): (&Stored<Retention>, BTreeMap<String, u64>),
    now: Timestamp,
) -> Result<RetentionState, ApiError> {
    let mut done = true;
    for (word, detail, days) in kinds(&stored.value) {
        let Some(days) = days else { continue };
        let before = now.plus_ms(-i64::from(days) * DAY_MS);
        match counted(warehouse.forget(scope, detail, before).await)? {
            Some(rows) => *deleted.entry(word.to_owned()).or_default() += rows,
            None => done = false,
        }
    }
    let rows: u64 = deleted.values().sum();
    if rows > 0 {
        tracing::info!(workspace = %scope.workspace, rows, "old events are deleted");
    }
    Ok(RetentionState { ran_at: now, version: stored.version, done, deleted })
}
