//! Who refers to whom: a new reference must lead somewhere, and a thing in use is not deleted.

use std::collections::BTreeMap;
use std::fmt::Display;

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use serde_json::Value;
use signalbox_domain::{FieldError, Invalid};

use super::entity;
use crate::{CollectionSpec, Error, PAGE_MAX, Query, Result, Store, Tenant, USAGES_MAX, Usage};

/// Look-ups under way at once.
const LOOKUPS: usize = 16;

/// A field of an entity that names another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// JSON path of the field.
    pub field: String,
    /// Collection it leads to.
    pub kind: &'static str,
    /// Text id it names.
    pub id: String,
}

impl Reference {
    pub(super) fn new(field: impl Into<String>, kind: &'static str, id: impl Display) -> Self {
        Self { field: field.into(), kind, id: id.to_string() }
    }
}

/// Refuses references that lead nowhere in this tenant, naming every field.
pub(super) async fn check(store: &dyn Store, tenant: Tenant<'_>, references: Vec<Reference>) -> Result<()> {
    let mut fields: BTreeMap<(&'static str, String), Vec<String>> = BTreeMap::new();
    for Reference { field, kind, id } in references {
        fields.entry((kind, id)).or_default().push(field);
    }
    // Boxed, because the compiler cannot show a stream of closures' futures to be `Send`.
    let look_ups: Vec<BoxFuture<'_, Result<Vec<FieldError>>>> =
        fields.into_iter().map(|(target, fields)| missing(store, tenant, target, fields).boxed()).collect();
    let found: Vec<_> = futures::stream::iter(look_ups).buffered(LOOKUPS).collect().await;
    let problems: Vec<FieldError> = found.into_iter().collect::<Result<Vec<_>>>()?.concat();
    if problems.is_empty() { Ok(()) } else { Err(Error::Rejected(Invalid(problems))) }
}

/// A problem for each of `fields` if what they name is not there.
async fn missing(
    store: &dyn Store,
    tenant: Tenant<'_>,
    (kind, id): (&'static str, String),
    fields: Vec<String>,
) -> Result<Vec<FieldError>> {
    let Some(spec) = entity::spec_of(kind) else { return Ok(Vec::new()) };
    if store.find(tenant, spec, &id).await?.is_some() {
        return Ok(Vec::new());
    }
    let reason = format!("there is no such thing in {kind}: {id}");
    Ok(fields.into_iter().map(|field| FieldError { field, reason: reason.clone() }).collect())
}

/// Who uses the thing, at most [`USAGES_MAX`] of them. Looks for its id anywhere in the bodies of the kinds
/// that may refer to it, so that a document of another format still counts as a user.
pub(super) async fn usages(
    store: &dyn Store,
    tenant: Tenant<'_>,
    spec: &'static CollectionSpec,
    id: &str,
) -> Result<Vec<Usage>> {
    let mut users = Vec::new();
    for user in entity::users_of(spec.name) {
        let mut query = Query::new().limit(PAGE_MAX);
        loop {
            let page = store.list(tenant, user, &query).await?;
            // A thing that refers to itself, such as a campaign whose stream comes back to it, can go.
            let other = |document: &&crate::Document| user.name != spec.name || document.id != id;
            for document in
                page.documents.iter().filter(other).filter(|document| mentions(&document.body, id))
            {
                users.push(Usage { kind: user.name, id: document.id.clone(), name: name(&document.body) });
                if users.len() == USAGES_MAX {
                    return Ok(users);
                }
            }
            let Some(next) = page.next else { break };
            query = query.after(Some(next));
        }
    }
    Ok(users)
}

/// One document of each kind that still lies in a workspace.
pub(super) async fn content(store: &dyn Store, tenant: Tenant<'_>, workspace: &str) -> Result<Vec<Usage>> {
    let mut found = Vec::new();
    for spec in entity::CONTENT {
        let page = store.list(tenant, spec, &Query::new().workspace(workspace).limit(1)).await?;
        let usage = |document: &crate::Document| Usage {
            kind: spec.name,
            id: document.id.clone(),
            name: name(&document.body),
        };
        found.extend(page.documents.iter().map(usage));
    }
    Ok(found)
}

/// The name a person knows a document by.
fn name(body: &Value) -> String {
    let text = |field: &str| body.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
    text("name").or_else(|| text("host")).or_else(|| text("email")).unwrap_or_default().to_owned()
}

fn mentions(body: &Value, id: &str) -> bool {
    match body {
        Value::String(text) => text == id,
        Value::Array(items) => items.iter().any(|item| mentions(item, id)),
        Value::Object(fields) => fields.values().any(|item| mentions(item, id)),
        _ => false,
    }
}
