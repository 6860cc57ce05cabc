//! Forgets single events that are older than their workspace keeps them, once a day.
//!
//! Promises: reports do not change, because their ledger is not touched; another policy is followed within a minute. Never: deletes
//! what no policy names.

use crate::{
    app::App,
    auth::SYSTEM,
    error::ApiError,
    handlers::reports::counted,
    recurring::{Memory, Recurring},
};
use serde::{Deserialize, Serialize};
use signalbox_catalog::{JobKind, Stored};
use signalbox_domain::{Retention, Scope, Timestamp, WorkspaceId};
use signalbox_warehouse::{Detail, Warehouse};
use std::{collections::BTreeMap, fmt::Display};

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
pub struct Forgetting;

impl Recurring for Forgetting {
    type Thing = Stored<Retention>;
    const KIND: JobKind = JobKind::Retention;
    const WAITS: &'static str = "old events are not forgotten";

    fn is_able(app: &App) -> bool {
        app.warehouse().is_some()
    }

    async fn list(app: &App) -> Result<Vec<Stored<Retention>>, ApiError> {
        Ok(app.catalog().retention().list_all(SYSTEM).await?.items)
    }

    fn name(thing: &Stored<Retention>) -> impl Display + Send {
        thing.workspace
    }

    async fn look(app: &App, stored: &Stored<Retention>) -> Result<(), ApiError> {
        let Some(warehouse) = app.warehouse() else { return Ok(()) };
        let (scope, now) = (Scope::system(stored.workspace), app.now());
        let memory = Memory::new(app, &scope, (JobKind::Retention, &stored.id));
        let (state, version) = memory.find::<RetentionState>().await?;
        let pause = if state.done { DAY_MS } else { RETRY_MS };
        let rested = now.0.abs_diff(state.ran_at.0) >= pause.unsigned_abs();
        if state.version == stored.version && !rested {
            return Ok(());
        }
        // What is tried again belongs to the same time.
        let again = state.version == stored.version && !state.done;
        let deleted = if again { state.deleted } else { BTreeMap::new() };
        let alone = app.catalog().workspaces().list_all(SYSTEM).await?.items.len() == 1;
        let state = follow(&warehouse, (&scope, alone), (stored, deleted), now).await?;
        // When another node was there, it did the same.
        memory.put(version, &state).await.map(drop)
    }
}

/// The kinds of a policy with their days, in words of the API.
fn kinds(policy: &Retention) -> [(&'static str, Detail, Option<u32>); 6] {
    [
        ("clicks", Detail::Clicks, policy.clicks_days),
        ("bots", Detail::Bots, policy.bots_days),
        ("conversions", Detail::Conversions, policy.conversions_days),
        ("postbacks", Detail::Postbacks, policy.postbacks_days),
        ("deliveries", Detail::Deliveries, policy.deliveries_days),
        ("dead_letters", Detail::DeadLetters, policy.dead_letters_days),
    ]
}

async fn follow(
    warehouse: &Warehouse,
    (scope, alone): (&Scope, bool),
    (stored, mut deleted): (&Stored<Retention>, BTreeMap<String, u64>),
    now: Timestamp,
) -> Result<RetentionState, ApiError> {
    let mut done = true;
    for (word, detail, days) in kinds(&stored.value) {
        let Some(days) = days else { continue };
        let before = now.plus_ms(-i64::from(days) * DAY_MS);
        // What could not even be read is nobody's; where there is one workspace only, it is that one's.
        let nobody = (alone && detail == Detail::DeadLetters).then_some(Scope::system(WorkspaceId::NONE));
        for scope in std::iter::once(scope).chain(&nobody) {
            match counted(warehouse.forget(scope, detail, before).await)? {
                Some(rows) => *deleted.entry(word.to_owned()).or_default() += rows,
                None => done = false,
            }
        }
    }
    let rows: u64 = deleted.values().sum();
    if rows > 0 {
        tracing::info!(workspace = %scope.workspace, rows, "old events are deleted");
    }
    Ok(RetentionState { ran_at: now, version: stored.version, done, deleted })
}
