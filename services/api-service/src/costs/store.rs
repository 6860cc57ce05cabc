//! The ledger's store over the catalog.

use crate::{app::App, auth::SYSTEM};
use serde::{Deserialize, Serialize};
use signalbox_catalog::Error;
use signalbox_domain::{CostCorrection, CostCorrectionId, CostState, Scope, WorkspaceId};
use signalbox_warehouse::CursorError;
use signalbox_warehouse::costs::{CostAction, CostHead, CostStore, PendingCosts};

/// Heads and corrections of the catalog.
pub struct CatalogCosts(pub App);

/// A head as stored.
#[derive(Serialize, Deserialize)]
struct Head {
    order: u64,
    #[serde(default)]
    pending: Option<PendingCosts>,
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn failed(error: Error) -> CursorError {
    let reason = error.to_string();
    match error {
        Error::Corrupt { .. } => CursorError::Corrupt { reason },
        _ => CursorError::Unavailable { reason },
    }
}

#[async_trait::async_trait]
impl CostStore for CatalogCosts {
    async fn head(&self, workspace: WorkspaceId) -> Result<CostHead, CursorError> {
        let name = workspace.to_string();
        let Some(found) = self.0.catalog().cost_heads().find(SYSTEM, &name).await.map_err(failed)? else {
            return Ok(CostHead::default());
        };
        let head: Head = serde_json::from_value(found.body)
            .map_err(|error| CursorError::Corrupt { reason: error.to_string() })?;
        Ok(CostHead { version: found.version, order: head.order, pending: head.pending })
    }

    async fn set_head(
        &self,
        workspace: WorkspaceId,
        expected: &CostHead,
        new: CostHead,
    ) -> Result<bool, CursorError> {
        let head = Head { order: new.order, pending: new.pending };
        let body =
            serde_json::to_value(head).map_err(|error| CursorError::Corrupt { reason: error.to_string() })?;
        let heads = self.0.catalog().cost_heads();
        match heads.compare_and_set(SYSTEM, &workspace.to_string(), expected.version, body).await {
            Ok(_) => Ok(true),
            Err(Error::VersionMismatch { .. }) => Ok(false),
            Err(error) => Err(failed(error)),
        }
    }

    async fn wants(
        &self,
        scope: &Scope,
        (correction, action): (CostCorrectionId, CostAction),
        overlapping: &[CostCorrectionId],
    ) -> Result<bool, CursorError> {
        let costs = self.0.catalog().costs();
        let Some(found) = costs.find(scope, correction).await.map_err(failed)? else { return Ok(false) };
        match action {
            CostAction::Apply => Ok(found.value.state == CostState::Waiting),
            CostAction::Undo if found.value.state != CostState::Undoing => Ok(false),
            CostAction::Undo => {
                for other in overlapping {
                    let other = costs.find(scope, *other).await.map_err(failed)?;
                    let stands_on_it = |other: &CostCorrection| {
                        other.order > found.value.order && other.state != CostState::Undone
                    };
                    if other.is_some_and(|other| stands_on_it(&other.value)) {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
        }
    }

    async fn finished(&self, scope: &Scope, done: &PendingCosts) -> Result<(), CursorError> {
        let scope = Scope::system(scope.workspace);
        let costs = self.0.catalog().costs();
        loop {
            let Some(found) = costs.find(&scope, done.correction).await.map_err(failed)? else {
                return Ok(());
            };
            let now = self.0.now();
            let marked = match (done.action, found.value.state) {
                (CostAction::Apply, CostState::Waiting | CostState::Unmatched) => CostCorrection {
                    state: CostState::Applied,
                    clicks: done.clicks,
                    before: done.before,
                    after: done.after,
                    order: done.order,
                    applied_at: Some(now),
                    ..found.value
                },
                (CostAction::Undo, CostState::Undoing | CostState::Applied) => {
                    CostCorrection { state: CostState::Undone, undone_at: Some(now), ..found.value }
                }
                _ => return Ok(()),
            };
            match costs.update(&scope, found.version, (&marked, now)).await {
                Err(Error::VersionMismatch { .. }) => {}
                other => return other.map(drop).map_err(failed),
            }
        }
    }
}
