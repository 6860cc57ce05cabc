//! Questions as MongoDB filters. Only `$and`, `$or`, comparisons and `$ne: null`, which every server knows.

use mongodb::bson::{Bson, Document, doc};
use serde_json::Value;

use super::{body_path, encode, key};
use crate::document::indexed_value;
use crate::query::OrderBy;
use crate::{Query, Reach, Tenant, UniqueKey};

/// The document with this id at this version, for this tenant.
pub(super) fn at_version(tenant: Tenant<'_>, id: &str, expected: u64) -> Document {
    let mut filter = doc! { "_id": id, "version": encode::version(expected) };
    if let Some(workspace) = tenant.restriction() {
        filter.insert("workspace", workspace);
    }
    filter
}

/// Documents that a query asks for.
pub(super) fn of(tenant: Tenant<'_>, query: &Query) -> Document {
    let mut all: Vec<Bson> = Vec::new();
    for workspace in tenant.restriction().into_iter().chain(query.workspace.as_deref()) {
        all.push(doc! { "workspace": workspace }.into());
    }
    for (path, value) in &query.equals {
        all.push(condition(body_path(path), key(value)).into());
    }
    let by = by(query);
    if query.order != OrderBy::Id {
        all.push(condition(by.clone(), doc! { "$ne": Bson::Null }.into()).into());
    }
    for (bound, operator) in [(&query.from, "$gte"), (&query.below, "$lt")] {
        if let Some(bound) = bound {
            all.push(compare(&by, operator, key(bound)).into());
        }
    }
    if let Some(cursor) = &query.after {
        let (more, or_same) = if query.descending { ("$lt", "$lte") } else { ("$gt", "$gte") };
        let beyond_id = compare("_id", more, Bson::String(cursor.id.clone()));
        match &cursor.key {
            None => all.push(beyond_id.into()),
            Some(place) => {
                // The first condition lets the index skip to the place, the second breaks ties.
                all.push(compare(&by, or_same, key(place)).into());
                all.push(doc! { "$or": [compare(&by, more, key(place)), beyond_id] }.into());
            }
        }
    }
    if all.is_empty() {
        Document::new()
    } else {
        doc! { "$and": all }
    }
}

/// The order of a query, ties broken by id.
pub(super) fn order(query: &Query) -> Document {
    let direction = if query.descending { -1 } else { 1 };
    let mut order = Document::new();
    order.insert(by(query), direction);
    order.insert("_id", direction);
    order
}

/// Another document that holds the same values of a unique key; `None` when this one takes no part in it.
pub(super) fn other_with_same(
    unique: &UniqueKey,
    id: &str,
    workspace: &str,
    body: &Value,
) -> Option<Document> {
    let mut all: Vec<Bson> = vec![doc! { "_id": { "$ne": id } }.into()];
    if unique.reach == Reach::Workspace {
        all.push(doc! { "workspace": workspace }.into());
    }
    for path in unique.paths {
        let value = indexed_value(body, path).ok().flatten()?;
        all.push(condition(body_path(path), key(&value)).into());
    }
    Some(doc! { "$and": all })
}

fn by(query: &Query) -> String {
    match query.order {
        OrderBy::Id => "_id".to_owned(),
        OrderBy::Path(path) => body_path(path),
    }
}

fn compare(path: &str, operator: &str, value: Bson) -> Document {
    let mut comparison = Document::new();
    comparison.insert(operator, value);
    condition(path.to_owned(), comparison.into())
}

fn condition(path: String, value: Bson) -> Document {
    let mut condition = Document::new();
    condition.insert(path, value);
    condition
}
