//! What workspaces had removed: clicks that were cleared as test data, clicks that were erased.

use super::Config;
use signalbox_catalog::{Catalog, ERASED_KNOWN_MS, ErasedKey, Error as CatalogError};
use signalbox_domain::{
    CampaignId, Clearing, ClearingState, ClickId, Erasure, ErasureState, Scope, Timestamp, WorkspaceId,
};

impl Config {
    /// What was cleared that a click of this time is, or may be, one of.
    pub(crate) fn clearing_of(
        &self,
        workspace: WorkspaceId,
        (at, campaign): (Timestamp, Option<CampaignId>),
    ) -> Option<&Clearing> {
        self.clearings.get(&workspace)?.iter().find(|clearing| clearing.covers(at, campaign))
    }

    /// What is being cleared, with its tenant.
    pub(crate) fn clearings_under_way(&self) -> impl Iterator<Item = (WorkspaceId, &Clearing)> {
        let all = self.clearings.iter().flat_map(|(workspace, all)| all.iter().map(|it| (*workspace, it)));
        all.filter(|(_, clearing)| clearing.state != ClearingState::Done)
    }

    /// What was cleared since, with its tenant.
    pub(crate) fn clearings_done_since(
        &self,
        since: Timestamp,
    ) -> impl Iterator<Item = (WorkspaceId, &Clearing)> {
        let all = self.clearings.iter().flat_map(|(workspace, all)| all.iter().map(|it| (*workspace, it)));
        all.filter(move |(_, clearing)| clearing.finished_at.is_some_and(|at| at >= since))
    }

    /// What fingerprints of erased clicks are made with; `None` where nothing was ever erased.
    pub(crate) const fn erased_key(&self) -> Option<ErasedKey> {
        self.erased_key
    }

    /// The same for a tenant that has erased something, lately enough to know its clicks.
    fn erased_key_of(&self, workspace: WorkspaceId, now: Timestamp) -> Option<ErasedKey> {
        let known = |it: &Erasure| it.finished_at.is_none_or(|at| now.since_ms(at) < ERASED_KNOWN_MS);
        self.erasures.get(&workspace)?.iter().rev().any(known).then_some(self.erased_key?)
    }

    /// Until when clicks were marked as erased; `None` where nothing was ever erased.
    pub(crate) fn erased_until(&self) -> Option<Timestamp> {
        self.erasures.values().flatten().filter_map(|erasure| erasure.marked_at).max()
    }

    /// Whether any tenant erased a click.
    pub(crate) async fn is_erased_anywhere(
        &self,
        catalog: &Catalog,
        click: ClickId,
    ) -> Result<bool, CatalogError> {
        let workspaces: Vec<WorkspaceId> = self.erasures.keys().copied().collect();
        Ok(self.erased_in(catalog, &workspaces, click).await?.is_some())
    }

    /// Which of these tenants erased a click. Those that have erased nothing lately are not asked.
    pub(crate) async fn erased_in(
        &self,
        catalog: &Catalog,
        workspaces: &[WorkspaceId],
        click: ClickId,
    ) -> Result<Option<WorkspaceId>, CatalogError> {
        for workspace in workspaces {
            if let Some(key) = self.erased_key_of(*workspace, Timestamp::now())
                && catalog.erased_clicks(key).contains(&Scope::system(*workspace), click).await?
            {
                return Ok(Some(*workspace));
            }
        }
        Ok(None)
    }

    /// What is being erased, with its tenant.
    pub(crate) fn erasures_under_way(&self) -> impl Iterator<Item = (WorkspaceId, &Erasure)> {
        let all = self.erasures.iter().flat_map(|(workspace, all)| all.iter().map(|it| (*workspace, it)));
        all.filter(|(_, erasure)| erasure.state != ErasureState::Done)
    }

    /// Tenants that have erased something since, with when the first of it was asked for and the last of it.
    pub(crate) fn erasures_done_since(
        &self,
        since: Timestamp,
    ) -> impl Iterator<Item = (WorkspaceId, Timestamp, &Erasure)> {
        self.erasures.iter().filter_map(move |(workspace, all)| {
            let mut done = all.iter().filter(|it| it.finished_at.is_some_and(|at| at >= since));
            let first = done.next()?;
            let last = done.next_back().unwrap_or(first);
            Some((*workspace, first.created_at, last))
        })
    }
}
