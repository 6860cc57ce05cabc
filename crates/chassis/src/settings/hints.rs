//! Words for the kinds of values, and the nearest known key to a misspelt one.

use toml::Value;

/// Whether a value of the file may stand where the default has its kind.
pub(super) fn same_kind(default: &Value, value: &Value) -> bool {
    match (default, value) {
        (Value::Array(_), Value::Array(items)) => items.iter().all(Value::is_str),
        _ => default.same_type(value),
    }
}

pub(super) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a text in quotes",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a number with a point",
        Value::Boolean(_) => "true or false",
        Value::Array(items) if items.iter().all(Value::is_str) => "a list of texts",
        Value::Array(_) => "a list of other things than texts",
        Value::Datetime(_) => "a date",
        Value::Table(_) => "a table",
    }
}

/// The known key that is most like `key`: the same name in another section, or a few letters away.
pub(super) fn nearest<'a>(key: &str, known: impl Iterator<Item = &'a String>) -> Option<&'a str> {
    let name = key.rsplit('.').next().unwrap_or(key);
    known
        .map(|candidate| {
            let same_name = candidate.rsplit('.').next() == Some(name);
            let distance = strsim::damerau_levenshtein(key, candidate);
            (if same_name { distance.min(1) } else { distance }, candidate)
        })
        .filter(|(distance, candidate)| *distance <= (candidate.len() / 4).max(2))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate.as_str())
}
