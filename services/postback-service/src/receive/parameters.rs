//! Parameters of a postback: from the query, then from a form or a flat JSON object.

use http::{HeaderMap, header};
use percent_encoding::percent_decode_str;

/// Most parameters of one postback.
pub const PARAMETERS_MAX: usize = 100;
/// Longest name or value, bytes after decoding.
pub const BYTES_MAX: usize = 2048;

/// Why parameters cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParametersError {
    /// Too many.
    #[error("more than {PARAMETERS_MAX} parameters")]
    TooMany,
    /// One is too long.
    #[error("parameter {0:?} is longer than {BYTES_MAX} bytes")]
    TooLong(String),
    /// The body says it is JSON and is not.
    #[error("the body is no JSON object: {0}")]
    Json(String),
    /// The body is neither a form nor JSON.
    #[error("the body must be application/x-www-form-urlencoded or application/json")]
    MediaType,
}

/// Reads query and body, in this order.
pub fn read_parameters(
    query: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Vec<(String, String)>, ParametersError> {
    let mut parameters = Vec::new();
    read_form(query, &mut parameters)?;
    if body.is_empty() {
        return Ok(parameters);
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match kind.as_str() {
        "application/x-www-form-urlencoded" | "" => {
            read_form(&String::from_utf8_lossy(body), &mut parameters)?
        }
        "application/json" => read_json(body, &mut parameters)?,
        _ => return Err(ParametersError::MediaType),
    }
    Ok(parameters)
}

fn read_form(text: &str, parameters: &mut Vec<(String, String)>) -> Result<(), ParametersError> {
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        push(parameters, decode(name), decode(value))?;
    }
    Ok(())
}

/// Scalars of the outermost object count; nested values do not, because no two networks nest alike.
fn read_json(body: &[u8], parameters: &mut Vec<(String, String)>) -> Result<(), ParametersError> {
    let object: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(body).map_err(|error| ParametersError::Json(error.to_string()))?;
    for (name, value) in object {
        let value = match value {
            serde_json::Value::String(text) => text,
            serde_json::Value::Number(number) => number.to_string(),
            serde_json::Value::Bool(flag) => flag.to_string(),
            serde_json::Value::Null | serde_json::Value::Array(_) | serde_json::Value::Object(_) => continue,
        };
        push(parameters, name, value)?;
    }
    Ok(())
}

fn push(parameters: &mut Vec<(String, String)>, name: String, value: String) -> Result<(), ParametersError> {
    if parameters.len() == PARAMETERS_MAX {
        return Err(ParametersError::TooMany);
    }
    if name.len() > BYTES_MAX || value.len() > BYTES_MAX {
        return Err(ParametersError::TooLong(name.chars().take(40).collect()));
    }
    parameters.push((name, value));
    Ok(())
}

fn decode(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(kind: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::CONTENT_TYPE, http::HeaderValue::from_static(kind))])
    }

    fn pairs(parameters: &[(String, String)]) -> Vec<(&str, &str)> {
        parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    #[test]
    fn query_form_and_json_are_read_in_order() {
        let form = read_parameters(
            "a=1&b=%26+x&c",
            &headers("application/x-www-form-urlencoded; charset=utf-8"),
            b"a=2",
        )
        .unwrap();
        assert_eq!(pairs(&form), [("a", "1"), ("b", "& x"), ("c", ""), ("a", "2")]);
        let json = read_parameters(
            "",
            &headers("application/json"),
            br#"{"s":"x","n":1.50,"b":true,"z":null,"o":{"a":1}}"#,
        )
        .unwrap();
        let mut json = pairs(&json);
        json.sort_unstable();
        assert_eq!(json, [("b", "true"), ("n", "1.5"), ("s", "x")]);
    }

    #[test]
    fn bounds_and_broken_bodies_are_told() {
        assert_eq!(
            read_parameters(&"a=1&".repeat(101), &HeaderMap::new(), b""),
            Err(ParametersError::TooMany)
        );
        assert!(matches!(
            read_parameters(&format!("a={}", "x".repeat(2049)), &HeaderMap::new(), b""),
            Err(ParametersError::TooLong(_))
        ));
        assert!(matches!(
            read_parameters("", &headers("application/json"), b"{"),
            Err(ParametersError::Json(_))
        ));
        assert_eq!(read_parameters("", &headers("text/xml"), b"<a/>"), Err(ParametersError::MediaType));
    }
}
