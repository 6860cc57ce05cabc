//! Corrections of costs: rows of the ledger with the difference, one for each matched click, that is visible at once.
//!
//! A correction freezes the clicks it matched, spreads its amount over them exactly to the nano unit, and can be undone by rows with
//! the opposite sign. Every row carries the identity of its correction and of its click.
//!
//! Exactly once, whoever is killed between whatever steps: the rows are prepared in a staging table of their own; one compare-and-set
//! of the workspace's *head* makes that table the one that counts; its partitions are then moved into the ledger, each only when the
//! ledger does not have its rows yet; then the correction is marked and the head is cleared. Whoever finds a head that is not clear
//! finishes its work first. A staging table that lost is dropped and never read. So corrections of a workspace come one after the
//! other, each computed from what all before it left.
//!
//! Never: changes a row that is there, waits for a mutation, touches what conversions cost.

mod freeze;
mod settle;
mod stage;

use self::settle::Settled;
use crate::report::Bots;
use crate::{Condition, CursorError, Error, ResolvedRange, Warehouse};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use signalbox_domain::{CostCorrectionId, Money, Scope, Timestamp, WorkspaceId};
use std::sync::Arc;

/// Attempts to apply a correction while others keep coming first, or clicks keep arriving out of order.
const ATTEMPTS_MAX: usize = 20;

/// What clicks are to cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CostCorrection {
    /// Identity.
    pub id: CostCorrectionId,
    /// Clicks of this time, `from` included, `to` excluded; both are needed.
    pub range: ResolvedRange,
    /// IANA name; days and hours in the filters are those of this zone.
    pub timezone: String,
    /// Conditions on dimensions, joined by AND.
    pub filters: Vec<Condition>,
    /// What happens to machines.
    pub bots: Bots,
    /// Only clicks that were unique on their campaign.
    pub only_unique: bool,
    /// How much.
    pub amount: CostAmount,
    /// In place of what the clicks cost, or on top.
    pub mode: CostMode,
}

/// How much, in the workspace's currency; not below 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CostAmount {
    /// Altogether, spread evenly; what does not divide goes to the earliest clicks, one nano unit each.
    Total(Money),
    /// For each click.
    PerClick(Money),
}

/// What becomes of the cost that is known already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CostMode {
    /// It is replaced: the matched clicks cost the amount.
    #[default]
    Replace,
    /// The amount comes on top.
    Add,
}

/// What a correction would match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CostPreview {
    /// Clicks.
    pub clicks: u64,
    /// What they cost now: their own cost and all corrections so far.
    pub before: Money,
    /// What they would cost.
    pub after: Money,
}

/// Whether a correction is made or taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CostAction {
    /// Made.
    Apply,
    /// Taken back.
    Undo,
}

/// Rows that are being brought into the ledger: what a head holds while it is not clear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingCosts {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The correction.
    pub correction: CostCorrectionId,
    /// What is done with it.
    pub action: CostAction,
    /// Replace or add.
    pub mode: CostMode,
    /// The staging table.
    pub staging: String,
    /// The matched clicks, each one row.
    pub clicks: u64,
    /// What they cost before.
    pub before: Money,
    /// What they cost after.
    pub after: Money,
    /// Number of this step among all of the workspace, from 1.
    pub order: u64,
}

/// The head of a workspace as stored.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CostHead {
    /// Raised by every change; 0: there was none yet.
    pub version: u64,
    /// How many steps were begun.
    pub order: u64,
    /// What is under way.
    pub pending: Option<PendingCosts>,
}

/// Keeps heads and corrections durably. Implemented over the catalog.
#[async_trait]
pub trait CostStore: Send + Sync {
    /// The head of a workspace.
    ///
    /// # Errors
    /// [`CursorError`].
    async fn head(&self, workspace: WorkspaceId) -> Result<CostHead, CursorError>;

    /// Puts `new` in place if the head is still at `expected.version`; whether it was.
    ///
    /// # Errors
    /// [`CursorError::Unavailable`]: the change may or may not have been made.
    async fn set_head(
        &self,
        workspace: WorkspaceId,
        expected: &CostHead,
        new: CostHead,
    ) -> Result<bool, CursorError>;

    /// Whether the correction still waits for the action; `overlapping` are corrections that replaced the cost of some of its clicks
    /// (of an undo only). Asked after the head was read and before it is changed, so that the answer still holds when it is.
    ///
    /// # Errors
    /// [`CursorError`].
    async fn wants(
        &self,
        scope: &Scope,
        (correction, action): (CostCorrectionId, CostAction),
        overlapping: &[CostCorrectionId],
    ) -> Result<bool, CursorError>;

    /// Marks the correction as done; called once or more, with the same content.
    ///
    /// # Errors
    /// [`CursorError`].
    async fn finished(&self, scope: &Scope, done: &PendingCosts) -> Result<(), CursorError>;
}

/// A place between two steps, for tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CostPoint {
    /// The clicks are frozen; nothing is stored yet.
    Frozen,
    /// The rows stand in the staging table.
    Staged,
    /// The head names the staging table.
    HeadSet,
    /// A partition was moved; the number counts from 1.
    Moved(usize),
    /// The correction is marked.
    Marked,
    /// The head is clear.
    HeadCleared,
}

/// Called at every [`CostPoint`].
#[async_trait]
pub trait CostHook: Send + Sync {
    /// May wait, or stop with an error as a crash would.
    ///
    /// # Errors
    /// [`Error::Stopped`].
    async fn at(&self, point: CostPoint) -> Result<(), Error>;
}

/// Brings corrections into the ledger.
#[derive(Clone)]
pub struct CostLedger {
    warehouse: Warehouse,
    store: Arc<dyn CostStore>,
    hook: Option<Arc<dyn CostHook>>,
}

impl std::fmt::Debug for CostLedger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CostLedger").finish_non_exhaustive()
    }
}

impl CostLedger {
    /// Over a warehouse and the store of heads.
    pub fn new(warehouse: Warehouse, store: Arc<dyn CostStore>) -> Self {
        Self { warehouse, store, hook: None }
    }

    /// With a hook, for tests.
    #[must_use]
    pub fn with_hook(self, hook: Arc<dyn CostHook>) -> Self {
        Self { hook: Some(hook), ..self }
    }

    async fn at(&self, point: CostPoint) -> Result<(), Error> {
        match &self.hook {
            Some(hook) => hook.at(point).await,
            None => Ok(()),
        }
    }

    /// What `correction` would match now.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the field of the correction, [`Error::Unavailable`].
    pub async fn preview(
        &self,
        scope: &Scope,
        correction: &CostCorrection,
        now: Timestamp,
    ) -> Result<CostPreview, Error> {
        let frozen = self.freeze(scope, correction, now).await?;
        Ok(CostPreview { clicks: frozen.clicks, before: frozen.before, after: frozen.after })
    }

    /// Makes a correction that the store wants; what was done, or `None` when no click matches. Safe to call again, at any time and
    /// from any process: a correction is made once.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the field of the correction; [`Error::Unavailable`]: the correction stays wanted.
    pub async fn apply(
        &self,
        scope: &Scope,
        correction: &CostCorrection,
        now: Timestamp,
    ) -> Result<Option<PendingCosts>, Error> {
        for _ in 0..ATTEMPTS_MAX {
            let head = self.clear_head(scope).await?;
            if !self.store.wants(scope, (correction.id, CostAction::Apply), &[]).await? {
                return Ok(None);
            }
            let frozen = self.freeze(scope, correction, now).await?;
            self.at(CostPoint::Frozen).await?;
            if frozen.clicks == 0 {
                return Ok(None);
            }
            let staging = stage::name(correction.id);
            let staged = self.stage(scope, correction, (&frozen, &staging)).await;
            if !self.keep_if_staged(&staging, staged).await? {
                continue;
            }
            let pending = PendingCosts {
                workspace: scope.workspace,
                correction: correction.id,
                action: CostAction::Apply,
                mode: correction.mode,
                staging,
                clicks: frozen.clicks,
                before: frozen.before,
                after: frozen.after,
                order: head.order + 1,
            };
            if let Some(done) = self.commit(scope, &head, pending).await? {
                return Ok(Some(done));
            }
        }
        Err(Error::Unavailable { reason: "other corrections kept coming first".to_owned() })
    }

    /// Takes a correction back that the store wants to have undone; `None` when there is nothing to take back (any more).
    ///
    /// # Errors
    /// [`Error::Unavailable`]: it stays wanted.
    pub async fn undo(
        &self,
        scope: &Scope,
        (id, mode): (CostCorrectionId, CostMode),
    ) -> Result<Option<PendingCosts>, Error> {
        for _ in 0..ATTEMPTS_MAX {
            let head = self.clear_head(scope).await?;
            let overlapping = self.overlapping(scope, (id, mode)).await?;
            if !self.store.wants(scope, (id, CostAction::Undo), &overlapping).await? {
                return Ok(None);
            }
            let staging = stage::name(id);
            let (clicks, changed) = self.measure(scope, id, mode).await?;
            if clicks == 0 {
                return Ok(None);
            }
            let staged = self.stage_undo(scope, (id, mode), &staging).await;
            if !self.keep_if_staged(&staging, staged.map(|rows| rows == clicks)).await? {
                continue;
            }
            let pending = PendingCosts {
                workspace: scope.workspace,
                correction: id,
                action: CostAction::Undo,
                mode,
                staging,
                clicks,
                before: changed,
                after: Money::ZERO,
                order: head.order + 1,
            };
            if let Some(done) = self.commit(scope, &head, pending).await? {
                return Ok(Some(done));
            }
        }
        Err(Error::Unavailable { reason: "other corrections kept coming first".to_owned() })
    }

    /// Finishes what a process that ended left behind, if anything; whether there was something.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn recover(&self, scope: &Scope) -> Result<bool, Error> {
        let pending = self.store.head(scope.workspace).await?.pending.is_some();
        self.clear_head(scope).await?;
        Ok(pending)
    }

    /// Whether the rows were staged as they should be; drops them when not.
    async fn keep_if_staged(&self, staging: &str, staged: Result<bool, Error>) -> Result<bool, Error> {
        match staged {
            Ok(true) => {
                self.at(CostPoint::Staged).await?;
                Ok(true)
            }
            other => {
                self.drop_staging(staging).await;
                other
            }
        }
    }

    /// Makes the staging table the one that counts, and brings it into the ledger; `None` when somebody else came first.
    async fn commit(
        &self,
        scope: &Scope,
        head: &CostHead,
        pending: PendingCosts,
    ) -> Result<Option<PendingCosts>, Error> {
        let new = CostHead { version: head.version, order: pending.order, pending: Some(pending.clone()) };
        if !self.store.set_head(scope.workspace, head, new).await? {
            self.drop_staging(&pending.staging).await;
            return Ok(None);
        }
        self.at(CostPoint::HeadSet).await?;
        self.clear_head(scope).await?;
        Ok(Some(pending))
    }

    /// The head once nothing is under way; what was is finished first.
    async fn clear_head(&self, scope: &Scope) -> Result<CostHead, Error> {
        for _ in 0..ATTEMPTS_MAX {
            let head = self.store.head(scope.workspace).await?;
            let Some(pending) = &head.pending else { return Ok(head) };
            let settled = match self.settle(scope, pending).await {
                Ok(settled) => settled,
                // Somebody else may have finished it and dropped the table meanwhile.
                Err(error) if self.store.head(scope.workspace).await?.version == head.version => {
                    return Err(self.unless_gone(&pending.staging, error).await);
                }
                Err(_) => continue,
            };
            match settled {
                Settled::Done => {
                    self.store.finished(scope, pending).await?;
                    self.at(CostPoint::Marked).await?;
                    let cleared = CostHead { pending: None, ..head.clone() };
                    if self.store.set_head(scope.workspace, &head, cleared).await? {
                        self.at(CostPoint::HeadCleared).await?;
                    }
                    self.drop_staging(&pending.staging).await;
                }
                Settled::Restaged(staging) => {
                    let again = PendingCosts { staging: staging.clone(), ..pending.clone() };
                    let renamed = CostHead { pending: Some(again), ..head.clone() };
                    let won = self.store.set_head(scope.workspace, &head, renamed).await?;
                    let lost = if won { settle::set_aside(&pending.staging) } else { staging };
                    self.drop_staging(&lost).await;
                }
            }
        }
        Err(Error::Unavailable { reason: "the head of the corrections keeps changing".to_owned() })
    }
}
