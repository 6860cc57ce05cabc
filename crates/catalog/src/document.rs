//! The stored document: one envelope for both adapters, and the limits that both obey so that what one takes
//! the other takes too.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::{CollectionSpec, Error, Key, Result};

/// Largest body in bytes: as JSON text, and half of it as BSON (MongoDB stops at 16 MiB of BSON, envelope
/// included).
pub const BODY_BYTES_MAX: usize = 8 * 1024 * 1024 - 4096;
/// Deepest nesting of a body (MongoDB stops at 100 levels with the envelope).
pub const BODY_DEPTH_MAX: usize = 64;
/// Longest value at a declared path, in bytes.
pub const INDEXED_BYTES_MAX: usize = 1024;
/// Longest id, in bytes.
pub const ID_BYTES_MAX: usize = 200;

/// A document as stored: body inside its envelope.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Text id, unique in its collection over all workspaces.
    pub id: String,
    /// Text id of the workspace it belongs to; empty for documents of the instance.
    pub workspace: String,
    /// 1 at insert, raised by one with each replacement.
    pub version: u64,
    /// Version of the body's format.
    pub schema: u16,
    /// Time of insert, unix milliseconds.
    pub created: i64,
    /// Time of the last write, unix milliseconds.
    pub updated: i64,
    /// The body, always an object.
    pub body: Value,
}

/// A document to insert.
#[derive(Debug, Clone, PartialEq)]
pub struct NewDocument {
    /// Text id: printable ASCII without spaces, at most [`ID_BYTES_MAX`] bytes.
    pub id: String,
    /// Workspace it belongs to; empty for documents of the instance.
    pub workspace: String,
    /// Version of the body's format.
    pub schema: u16,
    /// The body, an object.
    pub body: Value,
}

/// A new body for a document that is still at the expected version.
#[derive(Debug, Clone, PartialEq)]
pub struct Replacement {
    /// Id of the document.
    pub id: String,
    /// Version it must be at.
    pub expected: u64,
    /// Version of the body's format.
    pub schema: u16,
    /// The new body, an object.
    pub body: Value,
}

/// Unix milliseconds now, as the stores stamp them.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Checks an id.
pub(crate) fn check_id(id: &str) -> Result<()> {
    if id.is_empty() || id.len() > ID_BYTES_MAX || !id.bytes().all(|b| b.is_ascii_graphic()) {
        let reason = format!("must be 1 to {ID_BYTES_MAX} printable ASCII characters without spaces");
        return Err(Error::invalid("id", reason));
    }
    Ok(())
}

/// Checks a body against the limits of both adapters and returns its JSON text.
pub(crate) fn check_body(spec: &CollectionSpec, body: &Value) -> Result<String> {
    if !body.is_object() {
        return Err(Error::invalid("body", "must be an object"));
    }
    let binary = check_value(body, BODY_DEPTH_MAX)?;
    for path in spec.paths() {
        let value = indexed_value(body, path)?;
        let unique = spec.unique.iter().any(|key| key.paths.contains(&path));
        if unique && !matches!(value, None | Some(Key::Text(_))) {
            return Err(Error::invalid(path, "a unique value must be text"));
        }
    }
    let text = serde_json::to_string(body).map_err(|e| Error::invalid("body", e.to_string()))?;
    let bytes = text.len().max(binary / 2 + 1);
    if bytes > BODY_BYTES_MAX {
        let reason = format!("takes {bytes} bytes, the limit is {BODY_BYTES_MAX}");
        return Err(Error::invalid("body", reason));
    }
    Ok(text)
}

/// Checks a value and returns what it takes as BSON, in bytes.
fn check_value(value: &Value, depth: usize) -> Result<usize> {
    if depth == 0 {
        return Err(Error::invalid("body", format!("is nested deeper than {BODY_DEPTH_MAX} levels")));
    }
    match value {
        Value::Array(items) => items.iter().try_fold(5, |bytes, item| {
            // Each item carries its index as text; eight digits are more than the limit lets through.
            Ok(bytes + 2 + 8 + check_value(item, depth - 1)?)
        }),
        Value::Object(fields) => fields.iter().try_fold(5, |bytes, (name, item)| {
            let inner = check_value(item, depth - 1).map_err(|error| match error {
                Error::Invalid { field, reason } if field == "body" => Error::invalid(name, reason),
                Error::Invalid { field, reason } => Error::invalid(format!("{name}.{field}"), reason),
                other => other,
            })?;
            // Some characters of a key are escaped to three.
            let escapes = name.bytes().filter(|b| matches!(b, b'%' | b'.' | b'$' | 0)).count();
            Ok(bytes + 3 + name.len() + 2 * escapes + inner)
        }),
        Value::Number(number) if number.is_u64() && !number.is_i64() => {
            Err(Error::invalid("body", "whole numbers above 9223372036854775807 must be stored as text"))
        }
        Value::Number(_) => Ok(8),
        Value::String(text) => Ok(5 + text.len()),
        Value::Bool(_) | Value::Null => Ok(1),
    }
}

/// The value at a declared path: `None` when missing or null.
pub(crate) fn indexed_value(body: &Value, path: &str) -> Result<Option<Key>> {
    let mut at = body;
    for word in path.split('.') {
        match at {
            Value::Object(fields) => match fields.get(word) {
                Some(next) => at = next,
                None => return Ok(None),
            },
            Value::Null => return Ok(None),
            _ => return Err(Error::invalid(path, "an indexed path must lead through objects")),
        }
    }
    let key = match at {
        Value::Null => return Ok(None),
        Value::Bool(flag) => Key::Bool(*flag),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Key::Int(whole),
            None => return Err(Error::invalid(path, "an indexed number must be whole")),
        },
        Value::String(text) => Key::Text(text.clone()),
        Value::Array(_) | Value::Object(_) => {
            return Err(Error::invalid(path, "an indexed value must be a string, number or boolean"));
        }
    };
    key.check(path)?;
    Ok(Some(key))
}
