//! Which click a conversion belongs to: memory first, then ClickHouse, then waiting, then an orphan.
//!
//! A click was journaled before its visitor could convert, so once everything that the click journals held when the postback arrived is both
//! in memory's past and in ClickHouse, a click that is in neither does not exist.

use crate::{conversion::Click, recent::RecentClicks, write::WriterProgress};
use signalbox_domain::{ClickId, Scope, WorkspaceId};
use signalbox_events::wire::HeadPosition;
use signalbox_warehouse::Warehouse;
use std::sync::Arc;
use tokio::sync::watch;

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
}

impl Attributor {
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
        if !heads.iter().all(|head| self.recent.passed(head.journal) >= head.head) {
            return Attribution::Wait;
        }
        // Asked before the look-up: what was written by then, the look-up sees.
        let written = heads.iter().all(|head| self.progress.written(head.journal) >= head.head);
        let warehouse = self.warehouse.borrow().clone();
        let Some(warehouse) = warehouse else { return Attribution::Wait };
        match warehouse.find_click(&Scope::system(workspace), id).await {
            Ok(Some(stored)) => {
                let known = Click::of(&stored.click, stored.visitor);
                let click = Click { dims: stored.conversion_dims().clone(), ..known };
                Attribution::Found(Arc::new(click))
            }
            Ok(None) if written => Attribution::Unknown,
            Ok(None) => Attribution::Wait,
            Err(error) => {
                tracing::debug!(%error, "the warehouse does not answer; the postback waits");
                Attribution::Wait
            }
        }
    }
}
