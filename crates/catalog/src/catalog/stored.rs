//! Entities in their envelope, lists of them, and their stored form.
//!
//! The body of a document is the entity's JSON, plus `_index` with values derived for look-ups where the
//! entity itself has no fitting field.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use signalbox_domain::{Timestamp, WorkspaceId};

use crate::{Cursor, Damaged, Document, Error, PAGE_MAX, Page, Query, Result};

/// Field of the body that holds derived values.
const INDEX: &str = "_index";

/// A value with what the store knows about its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored<T> {
    /// Id of the document.
    pub id: String,
    /// Workspace it belongs to; [`WorkspaceId::NONE`] for documents of the instance.
    pub workspace: WorkspaceId,
    /// Version to name in the next update or delete.
    pub version: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// The value.
    pub value: T,
}

/// A list of values and where it goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    /// Values in order.
    pub items: Vec<Stored<T>>,
    /// Text to pass as [`PageRequest::after`] for the next page; `None` at the end.
    pub next: Option<String>,
    /// Documents that should have been listed but cannot be read.
    pub damaged: Vec<Damaged>,
}

/// Which page of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageRequest {
    /// [`Listed::next`] of the page before.
    pub after: Option<String>,
    /// Page size, 1 to [`PAGE_MAX`]; 0 takes the default of 100.
    pub limit: u16,
    /// Newest first.
    pub newest_first: bool,
}

impl PageRequest {
    /// The first page with the largest size.
    #[must_use]
    pub const fn largest() -> Self {
        Self { after: None, limit: PAGE_MAX, newest_first: false }
    }

    /// Puts this page's bounds on a query.
    pub(super) fn bound(&self, mut query: Query) -> Result<Query> {
        query.after = self.after.as_deref().map(Cursor::decode).transpose()?;
        query.limit = if self.limit == 0 { 100 } else { self.limit };
        query.descending = self.newest_first;
        Ok(query)
    }
}

/// Body of a value, with derived values beside it.
pub(super) fn encode<T: Serialize>(value: &T, derived: Option<Value>) -> Result<Value> {
    let mut body = serde_json::to_value(value).map_err(|e| Error::invalid("body", e.to_string()))?;
    match (&mut body, derived) {
        (_, None) => {}
        (Value::Object(fields), Some(derived)) => {
            fields.insert(INDEX.to_owned(), derived);
        }
        (_, Some(_)) => return Err(Error::invalid("body", "must be an object")),
    }
    Ok(body)
}

/// A value that was just written, as its document.
pub(super) fn written<T: Clone>(
    collection: &'static str,
    document: Document,
    value: &T,
) -> Result<Stored<T>> {
    let Document { id, workspace, version, created, updated, .. } = document;
    let workspace = workspace_of(collection, &id, &workspace)?;
    let (created_at, updated_at) = (Timestamp(created), Timestamp(updated));
    Ok(Stored { id, workspace, version, created_at, updated_at, value: value.clone() })
}

fn workspace_of(collection: &'static str, id: &str, text: &str) -> Result<WorkspaceId> {
    if text.is_empty() {
        return Ok(WorkspaceId::NONE);
    }
    text.parse().map_err(|e| Error::Corrupt {
        collection,
        id: id.to_owned(),
        reason: format!("workspace {text:?}: {e}"),
    })
}

/// The value in a document whose format is at most `schema`.
pub(super) fn decode<T: DeserializeOwned>(
    collection: &'static str,
    schema: u16,
    document: Document,
) -> Result<Stored<T>> {
    let Document { id, workspace, version, schema: found, created, updated, mut body } = document;
    let corrupt = |reason: String| Error::Corrupt { collection, id: id.clone(), reason };
    if found > schema {
        let reason = format!("written in format {found} by a newer version; this one reads up to {schema}");
        return Err(corrupt(reason));
    }
    if let Value::Object(fields) = &mut body {
        fields.remove(INDEX);
    }
    let value = serde_json::from_value(body).map_err(|e| corrupt(e.to_string()))?;
    let workspace = workspace_of(collection, &id, &workspace)?;
    let (created_at, updated_at) = (Timestamp(created), Timestamp(updated));
    Ok(Stored { id, workspace, version, created_at, updated_at, value })
}

/// A page of documents as values; unreadable ones are reported beside them.
pub(super) fn decode_page<T: DeserializeOwned>(
    collection: &'static str,
    schema: u16,
    page: Page,
) -> Result<Listed<T>> {
    let mut listed = Listed {
        items: Vec::with_capacity(page.documents.len()),
        next: page.next.map(|cursor| cursor.encode()),
        damaged: page.damaged,
    };
    for document in page.documents {
        match decode(collection, schema, document) {
            Ok(stored) => listed.items.push(stored),
            Err(Error::Corrupt { collection, id, reason }) => {
                listed.damaged.push(Damaged { collection, id, reason });
            }
            Err(other) => return Err(other),
        }
    }
    Ok(listed)
}
