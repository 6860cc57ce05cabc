//! The effective configuration for people: each key with its value and its source, secrets hidden.

use std::fmt;

use serde::Serialize;
use toml::Value;

use super::{
    error::Source,
    load::{Leaves, SECRETS},
    values::redact,
};

/// One key as it is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SettingValue {
    /// `section.key`.
    pub key: String,
    /// The value as TOML; credentials are replaced by `***`.
    pub value: String,
    /// Where it came from.
    pub source: String,
    /// Whether it is the documented default.
    pub is_default: bool,
}

/// Every key as it is in force. Its `Display` is a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Description {
    /// All keys in alphabetical order.
    pub values: Vec<SettingValue>,
}

impl Description {
    pub(super) fn of(leaves: &Leaves) -> Self {
        let values = leaves.iter().map(|(key, leaf)| SettingValue {
            key: key.clone(),
            value: if SECRETS.contains(&key.as_str()) { hide(&leaf.value) } else { leaf.value.clone() }
                .to_string(),
            source: leaf.source.to_string(),
            is_default: leaf.source == Source::Default,
        });
        Self { values: values.collect() }
    }
}

fn hide(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(redact(text)),
        Value::Array(items) => Value::Array(items.iter().map(hide).collect()),
        other => other.clone(),
    }
}

impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |of: fn(&SettingValue) -> usize| self.values.iter().map(of).max().unwrap_or_default();
        let (keys, values) = (width(|row| row.key.len()), width(|row| row.value.chars().count()).min(60));
        for row in &self.values {
            writeln!(f, "{:keys$}  {:values$}  {}", row.key, row.value, row.source)?;
        }
        Ok(())
    }
}
