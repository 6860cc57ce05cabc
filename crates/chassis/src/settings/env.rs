//! `SIGNALBOX__SECTION__KEY`: from the text of an environment variable to the type of the default.

use toml::Value;

/// Every variable that is meant for the settings begins with this.
pub(super) const PREFIX: &str = "SIGNALBOX__";

/// This process's variables that are meant for the settings. Text that is not UTF-8 arrives with replacement characters.
pub(super) fn of_this_process() -> Vec<(String, String)> {
    std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
        .filter(|(name, _)| name.starts_with(PREFIX))
        .collect()
}

/// `SIGNALBOX__TRAFFIC__LISTEN` → `traffic.listen`; `None` for variables that are not meant for the settings.
pub(super) fn key_of(variable: &str) -> Option<String> {
    variable.strip_prefix(PREFIX).map(|rest| rest.to_ascii_lowercase().replace("__", "."))
}

/// `traffic.listen` → `SIGNALBOX__TRAFFIC__LISTEN`.
pub(super) fn variable_of(key: &str) -> String {
    format!("{PREFIX}{}", key.to_ascii_uppercase().replace('.', "__"))
}

/// Reads `text` as the type that `default` has.
///
/// # Errors
/// What is wrong with the text; the text itself is not repeated, it may be a secret.
pub(super) fn parse_as(default: &Value, text: &str) -> Result<Value, String> {
    match default {
        Value::String(_) => Ok(Value::String(text.to_owned())),
        Value::Integer(_) => {
            let digits = text.trim().replace('_', "");
            digits.parse().map(Value::Integer).map_err(|_| "not a whole number".to_owned())
        }
        Value::Boolean(_) => match text.trim() {
            "true" | "1" | "yes" | "on" => Ok(Value::Boolean(true)),
            "false" | "0" | "no" | "off" => Ok(Value::Boolean(false)),
            _ => Err("not true or false".to_owned()),
        },
        Value::Array(_) => parse_list(text),
        Value::Float(_) | Value::Datetime(_) | Value::Table(_) => {
            Err("this kind of value cannot be set here".to_owned())
        }
    }
}

/// `["a", "b"]`, or `a,b`, or one item a line (as in a secret file).
fn parse_list(text: &str) -> Result<Value, String> {
    let text = text.trim();
    if text.starts_with('[') && text.ends_with(']') {
        // An IPv6 address may stand in brackets too; only text that is a TOML list is taken as one.
        let table: Result<toml::Table, _> = format!("list = {text}").parse();
        let Some(Value::Array(items)) = table.ok().and_then(|mut table| table.remove("list")) else {
            return Err("not a list such as [\"a\", \"b\"]".to_owned());
        };
        return if items.iter().all(Value::is_str) {
            Ok(Value::Array(items))
        } else {
            Err("not a list of texts".to_owned())
        };
    }
    let separator = if text.contains('\n') { '\n' } else { ',' };
    let items = text.split(separator).map(str::trim).filter(|item| !item.is_empty());
    Ok(Value::Array(items.map(|item| Value::String(item.to_owned())).collect()))
}
