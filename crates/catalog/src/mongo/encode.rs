//! JSON bodies as BSON and back, without loss.
//!
//! Keys that MongoDB treats specially are escaped: `%`, `.`, `$` and U+0000 become `%25`, `%2E`, `%24`, `%00`,
//! the empty key becomes a lone `%`. Whole numbers are always 64 bits, so that equal values are equal. A list directly in a list, which
//! not every server of this protocol takes, is the only field, `%[]`, of an object; lists in lists that are there are read as they are.

use mongodb::bson::{self, Bson};
use serde_json::{Map, Number, Value};

use crate::{CollectionSpec, Document, Error, Result};

/// The envelope as stored.
pub(super) fn document(document: &Document) -> bson::Document {
    bson::doc! {
        "_id": &document.id,
        "workspace": &document.workspace,
        "version": version(document.version),
        "schema": i64::from(document.schema),
        "created": document.created,
        "updated": document.updated,
        "body": value(&document.body),
    }
}

/// Versions beyond BSON's integers match nothing.
pub(super) fn version(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(-1)
}

/// Id, version and time of the last write; what is missing or of another type is empty or 0.
pub(super) fn stamps(stored: &bson::Document) -> (&str, i64, i64) {
    let whole = |name: &str| stored.get_i64(name).unwrap_or_default();
    (stored.get_str("_id").unwrap_or_default(), whole("version"), whole("updated"))
}

/// A checked JSON value as BSON.
pub(super) fn value(json: &Value) -> Bson {
    match json {
        Value::Null => Bson::Null,
        Value::Bool(flag) => Bson::Boolean(*flag),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Bson::Int64(whole),
            None => Bson::Double(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => Bson::String(text.clone()),
        Value::Array(items) => Bson::Array(items.iter().map(element).collect()),
        Value::Object(fields) => {
            Bson::Document(fields.iter().map(|(name, item)| (escape(name), value(item))).collect())
        }
    }
}

/// The one field of an object that stands for a list in a list; no escaped key is written like this.
const LIST: &str = "%[]";

/// A value in a list.
fn element(json: &Value) -> Bson {
    match json {
        Value::Array(_) => Bson::Document(bson::doc! { LIST: value(json) }),
        json => value(json),
    }
}

/// A stored document.
pub(super) fn decode(spec: &CollectionSpec, mut stored: bson::Document) -> Result<Document> {
    let id = match stored.remove("_id") {
        Some(Bson::String(id)) => id,
        other => {
            let id = format!("{other:?}");
            return Err(Error::Corrupt {
                collection: spec.name,
                id,
                reason: "_id is not a string".to_owned(),
            });
        }
    };
    let corrupt = |what: &str| Error::Corrupt {
        collection: spec.name,
        id: id.clone(),
        reason: format!("{what} is missing or of another type"),
    };
    let whole = |name: &str| match stored.get(name) {
        Some(Bson::Int64(number)) => Ok(*number),
        Some(Bson::Int32(number)) => Ok(i64::from(*number)),
        _ => Err(corrupt(name)),
    };
    let version = u64::try_from(whole("version")?).map_err(|_| corrupt("version"))?;
    let schema = u16::try_from(whole("schema")?).map_err(|_| corrupt("schema"))?;
    let (created, updated) = (whole("created")?, whole("updated")?);
    let Some(Bson::String(workspace)) = stored.remove("workspace") else { return Err(corrupt("workspace")) };
    let Some(Bson::Document(body)) = stored.remove("body") else { return Err(corrupt("body")) };
    let Some(body) = json(Bson::Document(body)) else { return Err(corrupt("a value in the body")) };
    Ok(Document { id, workspace, version, schema, created, updated, body })
}

/// JSON of a BSON value that this adapter wrote; `None` for types it never writes.
fn json(stored: Bson) -> Option<Value> {
    Some(match stored {
        Bson::Null => Value::Null,
        Bson::Boolean(flag) => Value::Bool(flag),
        Bson::Int32(number) => Value::Number(number.into()),
        Bson::Int64(number) => Value::Number(number.into()),
        Bson::Double(number) => Value::Number(Number::from_f64(number)?),
        Bson::String(text) => Value::String(text),
        Bson::Array(items) => Value::Array(items.into_iter().map(json).collect::<Option<_>>()?),
        Bson::Document(mut fields) => {
            if let Some(list) = fields.remove(LIST) {
                return json(list);
            }
            let mut object = Map::new();
            for (name, item) in fields {
                object.insert(unescape(&name), json(item)?);
            }
            Value::Object(object)
        }
        _ => return None,
    })
}

fn escape(name: &str) -> String {
    if name.is_empty() {
        return "%".to_owned();
    }
    if !name.contains(['%', '.', '$', '\0']) {
        return name.to_owned();
    }
    let mut escaped = String::with_capacity(name.len() + 8);
    for c in name.chars() {
        match c {
            '%' => escaped.push_str("%25"),
            '.' => escaped.push_str("%2E"),
            '$' => escaped.push_str("%24"),
            '\0' => escaped.push_str("%00"),
            other => escaped.push(other),
        }
    }
    escaped
}

fn unescape(name: &str) -> String {
    if name == "%" {
        return String::new();
    }
    if !name.contains('%') {
        return name.to_owned();
    }
    // `%25` last, so that an escaped percent sign is not read as the start of another escape.
    name.replace("%2E", ".").replace("%24", "$").replace("%00", "\0").replace("%25", "%")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_key_comes_back() {
        for name in
            ["", "%", "%%", "a.b", "$set", "%2E", "%25", "%252E", "%24.$", "\0", "ключ", "a%00b", "%2"]
        {
            let escaped = escape(name);
            assert!(!escaped.is_empty() && !escaped.contains(['.', '$', '\0']), "{name:?} -> {escaped:?}");
            assert_eq!(unescape(&escaped), name, "through {escaped:?}");
        }
    }

    #[test]
    fn every_value_comes_back() {
        let body = json!({
            "null": null, "flag": true, "min": i64::MIN, "max": i64::MAX, "float": 0.1, "whole_float": 2.0,
            "text": "„quotes\" ' \\ \u{1F6A6} \0", "list": [1, [2, {"": {}}], []], "a.b": {"$c": 1}
        });
        assert_eq!(json(value(&body)), Some(body));
    }

    #[test]
    fn a_list_in_a_list_is_written_as_an_object_and_read_either_way() {
        let body = json!({"pairs": [[1, "a"], [[2], []]], "%[]": 1});
        let Bson::Document(written) = value(&body) else { unreachable!("an object") };
        assert!(written.get_array("pairs").unwrap().iter().all(|item| item.as_document().is_some()));
        assert_eq!(json(Bson::Document(written)), Some(body));
        let earlier = bson::doc! {"pairs": [[1_i64, 2_i64]]};
        assert_eq!(json(Bson::Document(earlier)), Some(json!({"pairs": [[1, 2]]})));
    }
}
