//! Which click a conversion belongs to: memory first, then ClickHouse, then waiting, then an orphan.
//!
//! A click was journaled before its visitor could convert, so once everything that the click journals held when the postback arrived is both
//! in memory's past and in ClickHouse, a click that is in neither does not exist.

use crate::{conversion::Click, recent::RecentClicks, write::WriterProgress};
use parking_lot::RwLock;
use signalbox_domain::{ClickId, Scope, WorkspaceId};
use signalbox_events::wire::HeadPosition;
use signalbox_warehouse::Warehouse;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// Clicks asked for in one query.
const TOGETHER_MAX: usize = 500;
/// How long memory is waited for before clicks are looked up.
const MEMORY_WAIT_MAX: Duration = Duration::from_millis(20);

/// The answer.
pub(crate) enum Attribution {
    /// This click.
    Found(Arc<Click>),
    /// It may still appear: ask again.
    Wait,
    /// There is no such click in this workspace.
    Unknown,
}

/// Where clicks are looked for.
pub(crate) struct Attributor {
    pub(crate) recent: Arc<RecentClicks>,
    pub(crate) warehouse: watch::Receiver<Option<Warehouse>>,
    pub(crate) progress: WriterProgress,
    pub(crate) ahead: Ahead,
}

/// Clicks that were looked up together for the postbacks that are judged now.
#[derive(Default)]
pub(crate) struct Ahead(RwLock<HashMap<(WorkspaceId, ClickId), LookedUp>>);

#[cfg(test)]
impl Ahead {
    /// After a look-up that found this click.
    pub(crate) fn of(click: Click) -> Self {
        let key = (click.dims.workspace, click.id);
        Self(RwLock::new(HashMap::from([(key, LookedUp::Click(Arc::new(click)))])))
    }
}

/// What a look-up ahead found.
#[derive(Clone)]
enum LookedUp {
    Click(Arc<Click>),
    /// It was not there, when this much of the journals was written.
    Missing(Arc<HashMap<u64, u64>>),
    /// ClickHouse did not answer.
    Failed,
}

impl Attributor {
    /// Looks up together, in ClickHouse, whatever clicks of `wanted` are not in memory: [`Attributor::find`] answers from that until the
    /// next call. What may still come through memory is not looked for.
    pub(crate) async fn look_ahead<'a>(
        &self,
        wanted: impl Iterator<Item = (WorkspaceId, ClickId, &'a [HeadPosition])>,
    ) {
        self.ahead.0.write().clear();
        let mut missing: BTreeMap<WorkspaceId, Vec<ClickId>> = BTreeMap::new();
        let deadline = tokio::time::Instant::now() + MEMORY_WAIT_MAX;
        for (workspace, id, heads) in wanted {
            // Memory is a moment behind the journal: one look-up for all is worth that moment.
            let passed = self.recent.wait_until_passed(heads, deadline).await;
            if !workspace.is_none() && passed && self.recent.find(id).is_none() {
                missing.entry(workspace).or_default().push(id);
            }
        }
        let Some(warehouse) = self.warehouse.borrow().clone() else { return };
        for (workspace, mut ids) in missing {
            ids.sort_unstable();
            ids.dedup();
            for ids in ids.chunks(TOGETHER_MAX) {
                self.look_up(&warehouse, workspace, ids).await;
            }
        }
    }

    async fn look_up(&self, warehouse: &Warehouse, workspace: WorkspaceId, ids: &[ClickId]) {
        let begun = Instant::now();
        // Asked before the look-up: what was written by then, the look-up sees.
        let written = Arc::new(self.progress.all());
        let found = warehouse.find_converting(&Scope::system(workspace), ids).await;
        metrics::histogram!("postback_click_lookup_seconds").record(begun.elapsed().as_secs_f64());
        metrics::counter!("postback_clicks_looked_up_total").increment(ids.len() as u64);
        let answer = match &found {
            Ok(_) => LookedUp::Missing(written),
            Err(error) => {
                tracing::debug!(%error, "the warehouse does not answer; postbacks wait");
                LookedUp::Failed
            }
        };
        let mut ahead = self.ahead.0.write();
        ahead.extend(ids.iter().map(|id| ((workspace, *id), answer.clone())));
        for click in found.unwrap_or_default() {
            ahead.insert((workspace, click.id), LookedUp::Click(Arc::new(Click::of_stored(click))));
        }
    }

    /// Looks for a click whose workspace is not known: in memory, then in `workspaces`, which are few.
    pub(crate) async fn find_among(
        &self,
        workspaces: &[WorkspaceId],
        id: ClickId,
        heads: &[HeadPosition],
    ) -> Attribution {
        if let Some(click) = self.recent.find(id) {
            return Attribution::Found(click);
        }
        let mut answer = Attribution::Unknown;
        for workspace in workspaces {
            match self.find(*workspace, id, heads).await {
                Attribution::Found(click) => return Attribution::Found(click),
                Attribution::Wait => answer = Attribution::Wait,
                Attribution::Unknown => {}
            }
        }
        answer
    }

    /// Looks for a click of `workspace`; `heads` is where the click journals stood when the postback arrived.
    pub(crate) async fn find(
        &self,
        workspace: WorkspaceId,
        id: ClickId,
        heads: &[HeadPosition],
    ) -> Attribution {
        if let Some(click) = self.recent.find(id) {
            return if click.dims.workspace == workspace {
                Attribution::Found(click)
            } else {
                Attribution::Unknown
            };
        }
        let ahead = self.ahead.0.read().get(&(workspace, id)).cloned();
        // What one postback found is there for all of the same click, however much of the journals each of them waits for.
        if let Some(LookedUp::Click(click)) = ahead {
            return Attribution::Found(click);
        }
        if !heads.iter().all(|head| self.recent.passed(head.journal) >= head.head) {
            return Attribution::Wait;
        }
        let is_written = |written: &HashMap<u64, u64>| {
            heads.iter().all(|head| written.get(&head.journal).copied().unwrap_or(0) >= head.head)
        };
        match ahead {
            Some(LookedUp::Missing(written)) if is_written(&written) => return Attribution::Unknown,
            Some(_) => return Attribution::Wait,
            None => {}
        }
        // Asked before the look-up, as above.
        let written = heads.iter().all(|head| self.progress.written(head.journal) >= head.head);
        let warehouse = self.warehouse.borrow().clone();
        let Some(warehouse) = warehouse else { return Attribution::Wait };
        match warehouse.find_converting(&Scope::system(workspace), &[id]).await.map(|mut found| found.pop()) {
            Ok(Some(click)) => Attribution::Found(Arc::new(Click::of_stored(click))),
            Ok(None) if written => Attribution::Unknown,
            Ok(None) => Attribution::Wait,
            Err(error) => {
                tracing::debug!(%error, "the warehouse does not answer; the postback waits");
                Attribution::Wait
            }
        }
    }
}
