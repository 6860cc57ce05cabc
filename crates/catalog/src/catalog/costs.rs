//! Corrections of costs and, for each workspace, the head that says which of them is being brought into the ledger.

use serde_json::{Value, json};
use signalbox_domain::{CostCorrection, CostCorrectionId, Role, Scope, Timestamp};

use super::access::Access;
use super::stored::{Listed, PageRequest, Stored, decode, decode_page, encode};
use crate::Reach::{Instance, Workspace};
use crate::{
    CollectionSpec, Error, IndexSpec, NewDocument, Query, Replacement, Result, Store, SystemScope, Tenant,
    UniqueKey,
};

const SCHEMA: u16 = 1;

pub(super) static COSTS: CollectionSpec = CollectionSpec {
    name: "cost_corrections",
    unique: &[UniqueKey { field: "idempotency_key", reach: Workspace, paths: &["_index.key"] }],
    indexes: &[IndexSpec { reach: Instance, paths: &["_index.open"] }],
};
pub(super) static COST_HEADS: CollectionSpec =
    CollectionSpec { name: "cost_heads", unique: &[], indexes: &[] };

/// The corrections.
#[derive(Clone, Copy)]
pub struct Costs<'a> {
    store: &'a dyn Store,
}

impl std::fmt::Debug for Costs<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Costs")
    }
}

/// Since when work is left (absent: none is), and what is unique: the request's key, or the id of a correction without one, because not
/// every database lets several documents lack a unique value.
fn derived(value: &CostCorrection, since: Timestamp) -> Option<Value> {
    let key = value.idempotency_key.as_deref().map_or_else(|| format!("#{}", value.id), of_request);
    Some(if value.state.is_open() { json!({ "key": key, "open": since.0 }) } else { json!({ "key": key }) })
}

fn of_request(key: &str) -> String {
    format!("={key}")
}

impl<'a> Costs<'a> {
    pub(super) fn new(store: &'a dyn Store) -> Self {
        Self { store }
    }

    /// Stores a new correction.
    ///
    /// # Errors
    /// `Forbidden`, `Rejected`, `Conflict{idempotency_key}` when there is one of the same request, `Unavailable`.
    pub async fn create(
        &self,
        scope: &Scope,
        value: &CostCorrection,
        now: Timestamp,
    ) -> Result<Stored<CostCorrection>> {
        let access = Access::from(scope);
        access.require(Role::Editor)?;
        value.validate().map_err(Error::Rejected)?;
        let body = encode(value, derived(value, now))?;
        let (id, workspace) = (value.id.to_string(), scope.workspace.to_string());
        let document = NewDocument { id, workspace, schema: SCHEMA, body };
        decode(COSTS.name, SCHEMA, self.store.insert(access.holder().tenant(), &COSTS, document).await?)
    }

    /// The correction with this id, if there is one here.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn find(
        &self,
        access: impl Into<Access>,
        id: CostCorrectionId,
    ) -> Result<Option<Stored<CostCorrection>>> {
        let holder = access.into().holder();
        let found = self.store.find(holder.tenant(), &COSTS, &id.to_string()).await?;
        found.map(|document| decode(COSTS.name, SCHEMA, document)).transpose()
    }

    /// The correction that was made for a request.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn find_by_key(&self, scope: &Scope, key: &str) -> Result<Option<Stored<CostCorrection>>> {
        let holder = Access::from(scope).holder();
        let query = Query::new().eq("_index.key", of_request(key)).limit(1);
        let page = self.store.list(holder.tenant(), &COSTS, &query).await?;
        page.documents.into_iter().next().map(|d| decode(COSTS.name, SCHEMA, d)).transpose()
    }

    /// Puts `value` in place if the correction is at version `expected`.
    ///
    /// # Errors
    /// `NotFound`, `VersionMismatch`, `Unavailable`.
    pub async fn update(
        &self,
        scope: &Scope,
        expected: u64,
        (value, now): (&CostCorrection, Timestamp),
    ) -> Result<Stored<CostCorrection>> {
        let access = Access::from(scope);
        access.require(Role::Editor)?;
        let body = encode(value, derived(value, now))?;
        let replacement = Replacement { id: value.id.to_string(), expected, schema: SCHEMA, body };
        decode(COSTS.name, SCHEMA, self.store.replace(access.holder().tenant(), &COSTS, replacement).await?)
    }

    /// One page in the order of making.
    ///
    /// # Errors
    /// `Invalid` for a limit or cursor that cannot be, `Unavailable`.
    pub async fn list(&self, scope: &Scope, page: &PageRequest) -> Result<Listed<CostCorrection>> {
        let holder = Access::from(scope).holder();
        let found = self.store.list(holder.tenant(), &COSTS, &page.bound(Query::new())?).await?;
        decode_page(COSTS.name, SCHEMA, found)
    }

    /// Corrections of all workspaces with work left since before `before`, longest waiting first.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn list_open(
        &self,
        system: SystemScope,
        before: Timestamp,
        page: &PageRequest,
    ) -> Result<Listed<CostCorrection>> {
        let query = page.bound(Query::new().order_by("_index.open").below(before.0))?;
        let found = self.store.list(Tenant::System(system), &COSTS, &query).await?;
        decode_page(COSTS.name, SCHEMA, found)
    }
}
