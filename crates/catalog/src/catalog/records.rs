//! Conversions and orphans: documents of the postback service with an opaque body, looked up by click, by
//! time and by what is still to be told on (the outbox).

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use signalbox_domain::{ClickId, ConversionId, Scope, Timestamp};

use super::access::Access;
use super::stored::{Listed, PageRequest, Stored, decode, decode_page, encode, written};
use crate::{CollectionSpec, NewDocument, Query, Replacement, Result, Store, SystemScope, Tenant};

/// Format of the envelope around the service's body.
const SCHEMA: u16 = 1;

/// What a record is looked up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordKeys {
    /// The click it belongs to (or claims to).
    pub click: Option<ClickId>,
    /// When it happened; orders lists.
    pub at: Timestamp,
    /// Since when something of it waits to be told on; absent: nothing does.
    pub pending: Option<Timestamp>,
}

/// Records of one kind.
#[derive(Clone, Copy)]
pub struct Records<'a> {
    store: &'a dyn Store,
    spec: &'static CollectionSpec,
}

impl std::fmt::Debug for Records<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Records").field("collection", &self.spec.name).finish()
    }
}

impl<'a> Records<'a> {
    pub(super) fn new(store: &'a dyn Store, spec: &'static CollectionSpec) -> Self {
        Self { store, spec }
    }

    /// The record with this id, if there is one in the workspace.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn find<T: DeserializeOwned>(
        &self,
        access: impl Into<Access>,
        id: ConversionId,
    ) -> Result<Option<Stored<T>>> {
        let holder = access.into().holder();
        let found = self.store.find(holder.tenant(), self.spec, &id.to_string()).await?;
        found.map(|document| decode(self.spec.name, SCHEMA, document)).transpose()
    }

    /// Stores a new record.
    ///
    /// # Errors
    /// `Conflict{id}` when it is there already, `Invalid`, `Unavailable`.
    pub async fn insert<T: Serialize + Clone + Sync>(
        &self,
        scope: &Scope,
        id: ConversionId,
        keys: &RecordKeys,
        value: &T,
    ) -> Result<Stored<T>> {
        let body = encode(value, Some(keys.derived()))?;
        let holder = Access::from(scope).holder();
        let (id, workspace) = (id.to_string(), scope.workspace.to_string());
        let document = NewDocument { id, workspace, schema: SCHEMA, body };
        written(self.spec.name, self.store.insert(holder.tenant(), self.spec, document).await?, value)
    }

    /// Puts `value` in place of the record's body, if it is at the version that `before` was read at.
    ///
    /// # Errors
    /// `VersionMismatch`, `NotFound`, `Invalid`, `Unavailable`.
    pub async fn replace<T: Serialize + Clone + Sync>(
        &self,
        scope: &Scope,
        (id, expected): (ConversionId, u64),
        keys: &RecordKeys,
        value: &T,
    ) -> Result<Stored<T>> {
        let body = encode(value, Some(keys.derived()))?;
        let holder = Access::from(scope).holder();
        let replacement = Replacement { id: id.to_string(), expected, schema: SCHEMA, body };
        written(self.spec.name, self.store.replace(holder.tenant(), self.spec, replacement).await?, value)
    }

    /// Deletes the record if it is at version `expected`.
    ///
    /// # Errors
    /// `VersionMismatch`, `NotFound`, `Unavailable`.
    pub async fn delete(&self, scope: &Scope, id: ConversionId, expected: u64) -> Result<()> {
        let holder = Access::from(scope).holder();
        self.store.delete(holder.tenant(), self.spec, &id.to_string(), expected).await
    }

    /// Records of all workspaces with something waiting to be told on, longest waiting first.
    ///
    /// # Errors
    /// `Invalid` for the page, `Unavailable`.
    pub async fn list_pending<T: DeserializeOwned>(
        &self,
        system: SystemScope,
        page: &PageRequest,
    ) -> Result<Listed<T>> {
        let query = page.bound(Query::new().order_by("_index.pending"))?;
        let found = self.store.list(Tenant::System(system), self.spec, &query).await?;
        decode_page(self.spec.name, SCHEMA, found)
    }

    /// How many records wait to be told on, counting no further than `at_most`.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn count_pending(&self, system: SystemScope, at_most: u32) -> Result<u32> {
        let query = Query::new().order_by("_index.pending");
        self.store.count(Tenant::System(system), self.spec, &query, at_most).await
    }

    /// Records of one click, by time.
    ///
    /// # Errors
    /// `Invalid` for the page, `Unavailable`.
    pub async fn list_by_click<T: DeserializeOwned>(
        &self,
        access: impl Into<Access>,
        click: ClickId,
        page: &PageRequest,
    ) -> Result<Listed<T>> {
        let holder = access.into().holder();
        let query = Query::new().eq("_index.click", click.to_string()).order_by("_index.at");
        let found = self.store.list(holder.tenant(), self.spec, &page.bound(query)?).await?;
        decode_page(self.spec.name, SCHEMA, found)
    }

    /// Records of a workspace, by time ([`PageRequest::newest_first`] for a log).
    ///
    /// # Errors
    /// `Invalid` for the page, `Unavailable`.
    pub async fn list<T: DeserializeOwned>(
        &self,
        access: impl Into<Access>,
        page: &PageRequest,
    ) -> Result<Listed<T>> {
        let holder = access.into().holder();
        let query = page.bound(Query::new().order_by("_index.at"))?;
        let found = self.store.list(holder.tenant(), self.spec, &query).await?;
        decode_page(self.spec.name, SCHEMA, found)
    }
}

impl RecordKeys {
    fn derived(&self) -> Value {
        let mut keys = Map::new();
        keys.insert("at".to_owned(), self.at.0.into());
        if let Some(click) = self.click {
            keys.insert("click".to_owned(), click.to_string().into());
        }
        if let Some(pending) = self.pending {
            keys.insert("pending".to_owned(), pending.0.into());
        }
        Value::Object(keys)
    }
}
