//! Judges past postbacks again, as people ask for it: page by page from the log, through the same judge as fresh ones.
//!
//! How far it has come is one document, changed by compare-and-set after each step: a node that is killed or stops goes on where it was,
//! another one takes over when the lease ends, and whoever cancels wins. A step that is repeated changes nothing, because a conversion
//! names every postback that was judged against it. Only what counts is told: the number of outcomes of a repeated step may say
//! `unchanged` for what the step changed before it was interrupted.

use crate::{
    conversion::RawRef,
    judge::{
        Before,
        again::{Feeder, Outcome, Past},
    },
    receive::read_parameters,
};
use http::HeaderMap;
use signalbox_catalog::{Catalog, Error as CatalogError, PageRequest, RecordKeys, Stored, SystemScope};
use signalbox_chassis::warn_limited;
use signalbox_domain::{
    AffiliateNetworkId, ConversionId, PostbackId, PostbackReplay, ReplayCursor, ReplayLease, ReplayState,
    Scope, Timestamp, WorkspaceId,
};
use signalbox_events::wire::{PostbackRawV1, Verdict};
use signalbox_warehouse::{Warehouse, log::PostbackEntry};
use std::{borrow::Cow, time::Duration};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

const SYSTEM: SystemScope = SystemScope::new("postback replays");
/// Postbacks read from the log at one time, and judged in one step.
const PAGE: u32 = 2_000;
const STEP: usize = 200;
/// A node that says nothing for so long has lost its replay to another one.
const LEASE_MS: i64 = 60_000;
const IDLE: Duration = Duration::from_millis(300);
/// How soon what could not be judged is tried again.
const RETRY: Duration = Duration::from_millis(300);
/// Finished replays kept of each workspace.
const FINISHED_MAX: usize = 100;

/// Works on what people ask for.
pub(crate) struct Replayer {
    pub(crate) catalog: Catalog,
    pub(crate) warehouse: watch::Receiver<Option<Warehouse>>,
    pub(crate) feeder: Feeder,
    pub(crate) node: String,
}

/// Why a replay stands still for a moment.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReplayError {
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error(transparent)]
    Warehouse(#[from] signalbox_warehouse::Error),
}

impl Replayer {
    /// Works until told to stop.
    pub(crate) async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let step = async {
                match self.work_on_next().await {
                    Ok(true) => {}
                    Ok(false) => {
                        self.feeder.set_busy(false);
                        tokio::time::sleep(IDLE).await;
                    }
                    Err(error) => {
                        warn_limited!(6, %error, "judging postbacks again waits");
                        tokio::time::sleep(RETRY).await;
                    }
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = step => {}
            }
        }
    }

    /// Works on the replay that waits longest; `false` when there is none for this node.
    async fn work_on_next(&self) -> Result<bool, ReplayError> {
        let Some(warehouse) = self.warehouse.borrow().clone() else { return Ok(false) };
        let listed =
            self.catalog.replays().list_pending::<PostbackReplay>(SYSTEM, &PageRequest::largest()).await?;
        let now = Timestamp::now();
        let Some(next) = listed.items.into_iter().find(|it| it.value.is_free_for(&self.node, now)) else {
            return Ok(false);
        };
        self.feeder.set_busy(true);
        match self.work_on(&warehouse, next).await {
            // Cancelled, or taken over: somebody else has the last word.
            Err(ReplayError::Catalog(
                CatalogError::VersionMismatch { .. } | CatalogError::NotFound { .. },
            )) => Ok(true),
            other => other.map(|()| true),
        }
    }

    async fn work_on(
        &self,
        warehouse: &Warehouse,
        mut stored: Stored<PostbackReplay>,
    ) -> Result<(), ReplayError> {
        stored = self.store(stored).await?;
        let scope = Scope::system(stored.workspace);
        loop {
            let replay = &stored.value;
            let selection = (&replay.selection, replay.created_at);
            let page = warehouse.list_for_replay(&scope, selection, replay.cursor.as_ref(), PAGE).await?;
            for step in page.chunks(STEP) {
                let past = step.iter().map(|entry| past(scope.workspace, entry)).collect();
                let outcomes = self.judge(past).await;
                let replay = &mut stored.value;
                replay.judged += outcomes.len() as u64;
                for outcome in outcomes {
                    *replay.outcomes.entry(word(outcome).to_owned()).or_default() += 1;
                }
                replay.cursor = step.last().map(cursor);
                stored = self.store(stored).await?;
            }
            if page.len() < PAGE as usize {
                stored.value.state = ReplayState::Done;
                stored.value.finished_at = Some(Timestamp::now());
                self.store(stored).await?;
                return self.forget_old(&scope).await;
            }
        }
    }

    /// Judges every one of them, however long it takes.
    async fn judge(&self, past: Vec<Past>) -> Vec<Outcome> {
        let mut outcomes = vec![Outcome::Wait; past.len()];
        loop {
            let waiting: Vec<usize> =
                (0..past.len()).filter(|index| outcomes[*index] == Outcome::Wait).collect();
            if waiting.is_empty() {
                return outcomes;
            }
            let batch = waiting.iter().map(|index| past[*index].clone()).collect();
            match self.feeder.judge(batch).await {
                Some(told) => waiting.into_iter().zip(told).for_each(|(index, told)| outcomes[index] = told),
                None => tokio::time::sleep(RETRY).await,
            }
            if outcomes.contains(&Outcome::Wait) {
                tokio::time::sleep(RETRY).await;
            }
        }
    }

    /// Notes how far it is, and that this node works on it.
    async fn store(&self, stored: Stored<PostbackReplay>) -> Result<Stored<PostbackReplay>, CatalogError> {
        let mut replay = stored.value;
        let open = replay.state == ReplayState::Running;
        let until = Timestamp::now().plus_ms(LEASE_MS);
        replay.lease = open.then(|| ReplayLease { node: self.node.clone(), until });
        let keys =
            RecordKeys { click: None, at: replay.created_at, pending: open.then_some(replay.created_at) };
        let corrupt = || CatalogError::Corrupt {
            collection: "postback_replays",
            id: stored.id.clone(),
            reason: "its id is none".to_owned(),
        };
        let id: ConversionId = stored.id.parse().map_err(|_| corrupt())?;
        let scope = Scope::system(stored.workspace);
        self.catalog.replays().replace(&scope, (id, stored.version), &keys, &replay).await
    }

    /// Keeps the list of finished replays short.
    async fn forget_old(&self, scope: &Scope) -> Result<(), ReplayError> {
        let page = PageRequest { newest_first: true, ..PageRequest::largest() };
        let listed = self.catalog.replays().list::<PostbackReplay>(scope, &page).await?;
        let finished = listed.items.into_iter().filter(|it| it.value.state != ReplayState::Running);
        for old in finished.skip(FINISHED_MAX) {
            let Ok(id) = old.id.parse() else { continue };
            match self.catalog.replays().delete(scope, id, old.version).await {
                Ok(()) | Err(CatalogError::NotFound { .. } | CatalogError::VersionMismatch { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::News(verdict) => verdict.as_str(),
        Outcome::Unchanged | Outcome::Wait => "unchanged",
    }
}

pub(crate) fn cursor(entry: &PostbackEntry) -> ReplayCursor {
    let id = PostbackId { journal: entry.raw.journal.get(), seq: entry.raw.seq };
    ReplayCursor { received_at: entry.received_at, id }
}

/// The request as it was received, from the log.
pub(crate) fn past(workspace: WorkspaceId, entry: &PostbackEntry) -> Past {
    let before = entry.verdict.as_ref();
    // It came without a key, and the network it is shown with has not agreed to that.
    let keyless = before.is_some_and(|it| {
        it.verdict == Verdict::Refused
            && matches!(it.code.as_str(), "key_missing" | "network_unknown" | "address_not_allowed")
    });
    let parameters = read_parameters(&entry.query, &HeaderMap::new(), b"").unwrap_or_default();
    Past {
        raw: RawRef { journal: entry.raw.journal.get(), seq: entry.raw.seq },
        postback: PostbackRawV1 {
            at: entry.received_at,
            workspace,
            network: if keyless { AffiliateNetworkId::NONE } else { entry.network },
            method: Cow::Owned(entry.method.clone()),
            parameters: parameters
                .into_iter()
                .map(|(name, value)| (Cow::Owned(name), Cow::Owned(value)))
                .collect(),
            ip: entry.ip,
            user_agent: Cow::Owned(entry.user_agent.clone()),
            // Everything that was known then has been processed long ago.
            heads: Vec::new(),
        },
        before: before.map(|it| Before {
            verdict: it.verdict,
            code: it.code.clone(),
            conversion: it.conversion,
        }),
    }
}
