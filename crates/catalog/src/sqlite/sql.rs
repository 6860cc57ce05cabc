//! SQL text and row reading. The only text put into statements is declared names, checked by
//! [`CollectionSpec::check`]; values are always bound.

use rusqlite::types::Value as SqlValue;
use rusqlite::{Connection, Row, params_from_iter};

use crate::mark::Marking;
use crate::query::OrderBy;
use crate::{CollectionSpec, Document, Error, Key, Mark, Query, Result};

const COLUMNS: &str = "id, workspace, version, schema, created, updated, body";

/// Expression for a body path; the same text in indexes and queries, or SQLite would not use the index.
pub(super) fn at(path: &str) -> String {
    let words: Vec<String> = path.split('.').map(|word| format!(".\"{word}\"")).collect();
    format!("json_extract(body, '${}')", words.concat())
}

/// Statement for one document by id, optionally in one workspace.
pub(super) fn find(spec: &CollectionSpec) -> String {
    format!("SELECT {COLUMNS} FROM \"{}\" WHERE id = ?1 AND (?2 IS NULL OR workspace = ?2)", spec.name)
}

/// A driver error as ours.
pub(super) fn failed(what: &str, error: rusqlite::Error) -> Error {
    Error::unavailable_from(what, error)
}

/// A row before its body is parsed.
pub(super) struct Raw {
    id: String,
    workspace: String,
    version: i64,
    schema: i64,
    created: i64,
    updated: i64,
    body: String,
}

/// Reads a row of [`COLUMNS`].
pub(super) fn raw(row: &Row<'_>) -> rusqlite::Result<Raw> {
    Ok(Raw {
        id: row.get(0)?,
        workspace: row.get(1)?,
        version: row.get(2)?,
        schema: row.get(3)?,
        created: row.get(4)?,
        updated: row.get(5)?,
        body: row.get(6)?,
    })
}

impl Raw {
    pub(super) fn document(self, spec: &CollectionSpec) -> Result<Document> {
        let corrupt = |reason: String| Error::Corrupt { collection: spec.name, id: self.id.clone(), reason };
        let version = u64::try_from(self.version).map_err(|e| corrupt(format!("version: {e}")))?;
        let schema = u16::try_from(self.schema).map_err(|e| corrupt(format!("schema: {e}")))?;
        let body = serde_json::from_str(&self.body).map_err(|e| corrupt(format!("body: {e}")))?;
        let Self { id, workspace, created, updated, .. } = self;
        Ok(Document { id, workspace, version, schema, created, updated, body })
    }
}

/// Documents of one page and one more, if there is one.
pub(super) fn list(
    connection: &Connection,
    spec: &CollectionSpec,
    query: &Query,
    restriction: Option<&str>,
) -> Result<Vec<Result<Document>>> {
    let (text, values) = select(spec, query, restriction);
    let mut statement = connection.prepare_cached(&text).map_err(|e| failed("list", e))?;
    let rows = statement.query_map(params_from_iter(values), raw).map_err(|e| failed("list", e))?;
    let mut documents = Vec::new();
    for row in rows {
        documents.push(row.map_err(|e| failed("list", e))?.document(spec));
    }
    Ok(documents)
}

/// How many documents match, counting no further than `at_most`.
pub(super) fn count(
    connection: &Connection,
    spec: &CollectionSpec,
    query: &Query,
    (restriction, at_most): (Option<&str>, u32),
) -> Result<u32> {
    let (conditions, values) = conditions(query, restriction);
    let text =
        format!("SELECT count(*) FROM (SELECT 1 FROM \"{}\" WHERE {conditions} LIMIT {at_most})", spec.name);
    let mut statement = connection.prepare_cached(&text).map_err(|e| failed("count", e))?;
    statement.query_row(params_from_iter(values), |row| row.get(0)).map_err(|e| failed("count", e))
}

/// What a collection holds.
pub(super) fn mark(connection: &Connection, spec: &CollectionSpec) -> Result<Mark> {
    let text = format!("SELECT id, version, updated FROM \"{}\" ORDER BY id", spec.name);
    let mut statement = connection.prepare_cached(&text).map_err(|e| failed("mark", e))?;
    let mut rows = statement.query([]).map_err(|e| failed("mark", e))?;
    let mut marking = Marking::default();
    while let Some(row) = rows.next().map_err(|e| failed("mark", e))? {
        let (id, version, updated) = row_mark(row).map_err(|e| failed("mark", e))?;
        marking.document(id, version, updated);
    }
    Ok(marking.mark())
}

fn row_mark<'r>(row: &'r Row<'_>) -> rusqlite::Result<(&'r str, i64, i64)> {
    Ok((row.get_ref(0)?.as_str()?, row.get(1)?, row.get(2)?))
}

/// The statement of a query and the values to bind.
pub(super) fn select(
    spec: &CollectionSpec,
    query: &Query,
    restriction: Option<&str>,
) -> (String, Vec<SqlValue>) {
    let (conditions, values) = conditions(query, restriction);
    let direction = if query.descending { "DESC" } else { "ASC" };
    let order = match query.order {
        OrderBy::Id => format!("id {direction}"),
        OrderBy::Path(path) => format!("{} {direction}, id {direction}", at(path)),
    };
    let text = format!(
        "SELECT {COLUMNS} FROM \"{}\" WHERE {conditions} ORDER BY {order} LIMIT {}",
        spec.name,
        u32::from(query.limit) + 1
    );
    (text, values)
}

/// What a query asks for, and the values to bind.
fn conditions(query: &Query, restriction: Option<&str>) -> (String, Vec<SqlValue>) {
    let mut conditions = vec!["1".to_owned()];
    let mut values = Vec::new();
    for workspace in restriction.into_iter().chain(query.workspace.as_deref()) {
        conditions.push("workspace = ?".to_owned());
        values.push(SqlValue::Text(workspace.to_owned()));
    }
    for (path, key) in &query.equals {
        conditions.push(format!("{} = ?", at(path)));
        values.push(bound(key));
    }
    let by = match query.order {
        OrderBy::Id => "id".to_owned(),
        OrderBy::Path(path) => {
            conditions.push(format!("{} IS NOT NULL", at(path)));
            at(path)
        }
    };
    for (key, operator) in [(&query.from, ">="), (&query.below, "<")] {
        if let Some(key) = key {
            conditions.push(format!("{by} {operator} ?"));
            values.push(bound(key));
        }
    }
    let (more, or_same) = if query.descending { ("<", "<=") } else { (">", ">=") };
    if let Some(cursor) = &query.after {
        let id = SqlValue::Text(cursor.id.clone());
        match &cursor.key {
            None => {
                conditions.push(format!("id {more} ?"));
                values.push(id);
            }
            Some(key) => {
                // The first half lets the index skip to the place, the second half breaks ties.
                conditions.push(format!("{by} {or_same} ? AND ({by} {more} ? OR id {more} ?)"));
                values.extend([bound(key), bound(key), id]);
            }
        }
    }
    (conditions.join(" AND "), values)
}

/// A key as SQLite's `json_extract` gives it (booleans are 0 and 1).
fn bound(key: &Key) -> SqlValue {
    match key {
        Key::Bool(flag) => SqlValue::Integer(i64::from(*flag)),
        Key::Int(number) => SqlValue::Integer(*number),
        Key::Text(text) => SqlValue::Text(text.clone()),
    }
}
