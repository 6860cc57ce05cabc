//! The queue of outgoing deliveries: one document each, queued once by its id, leased to one worker at a time,
//! kept after success as the memory that it was sent.
//!
//! `due_at` is there while a delivery waits or is leased (then it is the end of the lease), so a worker that
//! died gives its deliveries back by the passing of time. At least once: a worker that delivers and dies
//! before [`Deliveries::complete`] lets another one deliver again.

mod leases;

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use signalbox_domain::{ConversionId, OutputId, Scope, Timestamp};

use super::access::Access;
use super::entity::DELIVERIES;
use super::stored::{Listed, PageRequest, Stored, decode, decode_page, encode};
use crate::{Document, Error, NewDocument, PAGE_MAX, Query, Replacement, Result, Store, SystemScope, Tenant};

const SCHEMA: u16 = 1;
/// Writes under way at once, so that they share commits.
const AT_ONCE: usize = 64;
/// Deliveries are counted up to here in [`DeliveryStats`].
const COUNT_MAX: u32 = 100_000;

/// Id of the delivery of one revision of a conversion to one output.
#[must_use]
pub fn delivery_id(conversion: ConversionId, output: OutputId, revision: u32) -> String {
    format!("{conversion}:{output}:{revision}")
}

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Waits for its time or is being sent.
    Queued,
    /// Sent.
    Done,
    /// Given up.
    Dead,
}

impl DeliveryState {
    /// The word used in documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Done => "done",
            Self::Dead => "dead",
        }
    }
}

/// A delivery with the service's own payload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery<T> {
    /// Where it goes.
    pub output_id: OutputId,
    /// What became of it.
    pub state: DeliveryState,
    /// When it is to be tried next, or when its lease ends; absent when done or dead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// Who has it; empty when nobody.
    #[serde(default)]
    pub worker: String,
    /// Times it was handed to a worker since it was queued.
    pub attempts: u32,
    /// What the last failure said, or empty.
    #[serde(default)]
    pub last_error: String,
    /// When it was last queued, tried, finished or given up.
    pub changed_at: Timestamp,
    /// What to send.
    pub payload: T,
}

/// A delivery to queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDelivery<T> {
    /// Id, see [`delivery_id`].
    pub id: String,
    /// Where it goes.
    pub output_id: OutputId,
    /// When to try first.
    pub due_at: Timestamp,
    /// What to send.
    pub payload: T,
}

/// A delivery handed to a worker, to be given back by `complete`, `retry` or `bury` before its lease ends.
pub type Leased<T> = Stored<Delivery<T>>;
/// A page of deliveries.
pub type DeliveryList<T> = Listed<Delivery<T>>;

/// Which deliveries a worker wants.
#[derive(Debug, Clone, Copy)]
pub struct LeaseRequest<'a> {
    /// Who asks.
    pub worker: &'a str,
    /// Only those of this output.
    pub output: Option<OutputId>,
    /// The moment now.
    pub now: Timestamp,
    /// How long the worker may keep them, milliseconds.
    pub lease_ms: i64,
    /// Most of them, 1 to [`PAGE_MAX`].
    pub limit: u16,
}

/// How the queue stands. Counts stop at 100 000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct DeliveryStats {
    /// Waiting or being sent.
    pub queued: u32,
    /// Given up.
    pub dead: u32,
    /// When the longest waiting one was (or will be) due.
    pub oldest_due: Option<Timestamp>,
}

/// The queue.
#[derive(Clone, Copy)]
pub struct Deliveries<'a> {
    store: &'a dyn Store,
}

impl std::fmt::Debug for Deliveries<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Deliveries")
    }
}

impl<'a> Deliveries<'a> {
    pub(super) fn new(store: &'a dyn Store) -> Self {
        Self { store }
    }

    /// Queues a delivery once: `false` when one with this id is or was there.
    ///
    /// # Errors
    /// `Invalid`, `Unavailable`.
    pub async fn enqueue<T: Serialize>(
        &self,
        scope: &Scope,
        new: NewDelivery<T>,
        now: Timestamp,
    ) -> Result<bool> {
        let delivery = Delivery {
            output_id: new.output_id,
            state: DeliveryState::Queued,
            due_at: Some(new.due_at),
            worker: String::new(),
            attempts: 0,
            last_error: String::new(),
            changed_at: now,
            payload: new.payload,
        };
        let (workspace, body) = (scope.workspace.to_string(), encode(&delivery, None)?);
        let document = NewDocument { id: new.id, workspace, schema: SCHEMA, body };
        let holder = Access::from(scope).holder();
        match self.store.insert(holder.tenant(), &DELIVERIES, document).await {
            Ok(_) => Ok(true),
            Err(Error::Conflict { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Queues a finished or dead delivery of the workspace again, by hand, with a fresh count of attempts.
    ///
    /// # Errors
    /// `Forbidden` below editor, `NotFound`, `VersionMismatch`, `Unavailable`.
    pub async fn requeue(&self, scope: &Scope, id: &str, now: Timestamp) -> Result<()> {
        let access = Access::from(scope);
        access.require(signalbox_domain::Role::Editor)?;
        let holder = access.holder();
        let found = self.store.find(holder.tenant(), &DELIVERIES, id).await?;
        let missing = || Error::NotFound { collection: DELIVERIES.name, id: id.to_owned() };
        let found: Leased<serde_json::Value> = decode(DELIVERIES.name, SCHEMA, found.ok_or_else(missing)?)?;
        let queued = Delivery {
            state: DeliveryState::Queued,
            due_at: Some(now),
            worker: String::new(),
            attempts: 0,
            changed_at: now,
            ..found.value
        };
        let body = encode(&queued, None)?;
        let replacement = Replacement { id: id.to_owned(), expected: found.version, schema: SCHEMA, body };
        self.store.replace(holder.tenant(), &DELIVERIES, replacement).await.map(drop)
    }

    /// The delivery with this id.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn find<T: DeserializeOwned>(
        &self,
        access: impl Into<Access>,
        id: &str,
    ) -> Result<Option<Leased<T>>> {
        let holder = access.into().holder();
        let found = self.store.find(holder.tenant(), &DELIVERIES, id).await?;
        found.map(|document| decode(DELIVERIES.name, SCHEMA, document)).transpose()
    }

    /// Deliveries of a workspace by last change, optionally of one state.
    ///
    /// # Errors
    /// `Invalid` for the page, `Unavailable`.
    pub async fn list<T: DeserializeOwned>(
        &self,
        access: impl Into<Access>,
        state: Option<DeliveryState>,
        page: &PageRequest,
    ) -> Result<DeliveryList<T>> {
        let holder = access.into().holder();
        let mut query = Query::new().order_by("changed_at");
        if let Some(state) = state {
            query = query.eq("state", state.as_str());
        }
        let found = self.store.list(holder.tenant(), &DELIVERIES, &page.bound(query)?).await?;
        decode_page(DELIVERIES.name, SCHEMA, found)
    }

    /// How the queue stands, in a workspace or (system scope) over all.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn stats(&self, access: impl Into<Access>) -> Result<DeliveryStats> {
        let holder = access.into().holder();
        let of = |state: DeliveryState| Query::new().eq("state", state.as_str());
        let (queued, dead) = (of(DeliveryState::Queued), of(DeliveryState::Dead));
        let first = Query::new().order_by("due_at").limit(1);
        let first = self.store.list(holder.tenant(), &DELIVERIES, &first).await?;
        let due = first.documents.first().and_then(|document| document.body.get("due_at")?.as_i64());
        Ok(DeliveryStats {
            queued: self.store.count(holder.tenant(), &DELIVERIES, &queued, COUNT_MAX).await?,
            dead: self.store.count(holder.tenant(), &DELIVERIES, &dead, COUNT_MAX).await?,
            oldest_due: due.map(Timestamp),
        })
    }

    /// Forgets every delivery about a conversion, whatever became of it; how many there were. One that is being sent is forgotten as well.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn forget_conversion(&self, scope: &Scope, conversion: ConversionId) -> Result<usize> {
        let holder = Access::from(scope).holder();
        let prefix = format!("{conversion}:");
        let mut gone = 0;
        loop {
            let query = Query::new().from(prefix.as_str()).limit(PAGE_MAX);
            let page = self.store.list(holder.tenant(), &DELIVERIES, &query).await?;
            let of_it = page.documents.into_iter().filter(|document| document.id.starts_with(&prefix));
            let mut found = 0;
            for document in of_it {
                found += 1;
                match self.store.delete(holder.tenant(), &DELIVERIES, &document.id, document.version).await {
                    Ok(()) => gone += 1,
                    Err(Error::VersionMismatch { .. } | Error::NotFound { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            if found == 0 {
                return Ok(gone);
            }
        }
    }

    /// Forgets finished deliveries that were last changed before `before`; returns how many of them went
    /// (at most [`PAGE_MAX`] a call). Keep them as long as a replay could queue them again.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn purge(&self, system: SystemScope, state: DeliveryState, before: Timestamp) -> Result<usize> {
        if state == DeliveryState::Queued {
            return Err(Error::invalid("state", "only done and dead deliveries can be forgotten"));
        }
        let query = Query::new().eq("state", state.as_str()).order_by("changed_at").below(before.0);
        let page = self.store.list(Tenant::System(system), &DELIVERIES, &query.limit(PAGE_MAX)).await?;
        let deletions: Vec<BoxFuture<'_, Result<usize>>> =
            page.documents.into_iter().map(|document| self.forget(system, document).boxed()).collect();
        let gone: Vec<_> = futures::stream::iter(deletions).buffered(AT_ONCE).collect().await;
        gone.into_iter().sum()
    }

    /// Deletes one delivery that has not changed since; how many went.
    async fn forget(&self, system: SystemScope, document: Document) -> Result<usize> {
        let (id, version) = (document.id, document.version);
        match self.store.delete(Tenant::System(system), &DELIVERIES, &id, version).await {
            Ok(()) => Ok(1),
            Err(Error::VersionMismatch { .. } | Error::NotFound { .. }) => Ok(0),
            Err(error) => Err(error),
        }
    }
}
