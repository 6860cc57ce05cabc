//! Which clicks were erased, without saying which: a keyed fingerprint stands for each, so that what comes about one later is refused.
//!
//! Promises: a click that was marked is known in its workspace until it is forgotten after [`ERASED_KNOWN_MS`]; nobody who has not got the
//! click's id learns it from here. Asked only for workspaces that have erased something.

use futures::{FutureExt, StreamExt, future::BoxFuture};
use hmac::{Hmac, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use signalbox_domain::{ClickId, Scope, Timestamp, WorkspaceId};

use super::Catalog;
use super::access::Access;
use super::stored::encode;
use crate::Reach::Instance;
use crate::{
    CollectionSpec, Document, Error, IndexSpec, NewDocument, PAGE_MAX, Query, Result, Store, SystemScope,
    Tenant,
};

const SCHEMA: u16 = 1;
/// Name of the secret that fingerprints are keyed with.
const SECRET: &str = "erased_clicks";
/// How long an erased click is known: a year, and a day for clocks. What comes later finds no click.
pub const ERASED_KNOWN_MS: i64 = 366 * 86_400_000;
/// Writes under way at once, so that they share commits.
const AT_ONCE: usize = 64;

pub(super) static ERASED_CLICKS: CollectionSpec = CollectionSpec {
    name: "erased_clicks",
    unique: &[],
    indexes: &[IndexSpec { reach: Instance, paths: &["at"] }],
};

/// What fingerprints of clicks are made with: the same on every node.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ErasedKey([u8; 32]);

impl std::fmt::Debug for ErasedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ErasedKey(***)")
    }
}

impl ErasedKey {
    /// What stands for a click of a workspace.
    fn fingerprint(&self, workspace: WorkspaceId, click: ClickId) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return String::new() };
        mac.update(&workspace.0.to_be_bytes());
        mac.update(&click.0.to_be_bytes());
        mac.finalize().into_bytes().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Mark {
    at: Timestamp,
}

/// Erased clicks.
#[derive(Clone, Copy)]
pub struct ErasedClicks<'a> {
    store: &'a dyn Store,
    key: ErasedKey,
}

impl std::fmt::Debug for ErasedClicks<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ErasedClicks")
    }
}

impl Catalog {
    /// What fingerprints of erased clicks are made with.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn erased_key(&self, system: SystemScope) -> Result<ErasedKey> {
        Ok(ErasedKey(self.get_secret(system, SECRET).await?))
    }

    /// Erased clicks; the key is that of [`Catalog::erased_key`].
    #[must_use]
    pub fn erased_clicks(&self, key: ErasedKey) -> ErasedClicks<'_> {
        ErasedClicks { store: &**self.store(), key }
    }
}

impl ErasedClicks<'_> {
    /// Marks clicks of the scope's workspace. One that is marked already stays so.
    ///
    /// # Errors
    /// `Unavailable`: some may be marked; mark all again.
    pub async fn mark(&self, scope: &Scope, clicks: &[ClickId], now: Timestamp) -> Result<()> {
        let marks: Vec<BoxFuture<'_, Result<()>>> =
            clicks.iter().map(|click| self.mark_one(scope, *click, now).boxed()).collect();
        let done: Vec<_> = futures::stream::iter(marks).buffered(AT_ONCE).collect().await;
        done.into_iter().collect()
    }

    async fn mark_one(&self, scope: &Scope, click: ClickId, now: Timestamp) -> Result<()> {
        let holder = Access::from(scope).holder();
        let id = self.key.fingerprint(scope.workspace, click);
        let (workspace, body) = (scope.workspace.to_string(), encode(&Mark { at: now }, None)?);
        let document = NewDocument { id, workspace, schema: SCHEMA, body };
        match self.store.insert(holder.tenant(), &ERASED_CLICKS, document).await {
            Ok(_) | Err(Error::Conflict { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Whether a click of the scope's workspace was erased.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn contains(&self, scope: &Scope, click: ClickId) -> Result<bool> {
        let holder = Access::from(scope).holder();
        let id = self.key.fingerprint(scope.workspace, click);
        Ok(self.store.find(holder.tenant(), &ERASED_CLICKS, &id).await?.is_some())
    }

    /// Forgets clicks that were marked before `before`; how many (at most [`PAGE_MAX`] a call).
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn purge(&self, system: SystemScope, before: Timestamp) -> Result<usize> {
        let query = Query::new().order_by("at").below(before.0).limit(PAGE_MAX);
        let page = self.store.list(Tenant::System(system), &ERASED_CLICKS, &query).await?;
        let deletions: Vec<BoxFuture<'_, Result<()>>> =
            page.documents.into_iter().map(|document| self.forget(system, document).boxed()).collect();
        let gone: Vec<_> = futures::stream::iter(deletions).buffered(AT_ONCE).collect().await;
        let count = gone.len();
        gone.into_iter().collect::<Result<()>>()?;
        Ok(count)
    }

    async fn forget(&self, system: SystemScope, document: Document) -> Result<()> {
        let (id, version) = (document.id, document.version);
        match self.store.delete(Tenant::System(system), &ERASED_CLICKS, &id, version).await {
            Err(Error::VersionMismatch { .. } | Error::NotFound { .. }) => Ok(()),
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_of_one_click_in_one_workspace_under_one_key() {
        let of = |key: u8, workspace, click| {
            ErasedKey([key; 32]).fingerprint(WorkspaceId(workspace), ClickId(click))
        };
        assert_eq!(of(1, 1, 1), of(1, 1, 1));
        assert_eq!(of(1, 1, 1).len(), 32);
        for other in [of(2, 1, 1), of(1, 2, 1), of(1, 1, 2)] {
            assert_ne!(of(1, 1, 1), other);
        }
        assert_eq!(format!("{:?}", ErasedKey([7; 32])), "ErasedKey(***)");
    }
}
