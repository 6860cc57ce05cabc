//! Reading of requests whose refusals are problems that name the field.

#[cfg(test)]
mod tests;

use std::time::Duration;

use axum::{
    extract::{FromRequest, FromRequestParts, Path, Request, path::ErrorKind, rejection::PathRejection},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::IntoResponse as _,
};
use bytes::Bytes;
use serde::de::DeserializeOwned;

use crate::problem::{FieldError, Problem};

/// Longest time for a body to arrive whole.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// A JSON body. Refused with 400 (not JSON), 408 (too slow), 413, 415 or 422 (a field is wrong).
#[derive(Clone, Copy, Debug)]
pub struct ValidJson<T>(pub T);

/// The query string. Refused with 422, naming the parameter.
#[derive(Clone, Copy, Debug)]
pub struct ValidQuery<T>(pub T);

/// Parameters of the path. Refused with 422, naming the parameter.
#[derive(Clone, Copy, Debug)]
pub struct ValidPath<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for ValidJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::unsupported_media_type("application/json"));
        }
        let bytes = read_body(request, state).await?;
        parse_json(&bytes).map(Self)
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for ValidQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        parse_query(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for ValidPath<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(value)) => Ok(Self(value)),
            Err(rejection) => Err(path_problem(&rejection)),
        }
    }
}

/// Reads the body whole, within the limit of `DefaultBodyLimit` and the time of [`ValidJson`].
///
/// # Errors
/// 408, 413, or 400 when the connection broke.
pub async fn read_body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    let Ok(read) = tokio::time::timeout(BODY_TIMEOUT, Bytes::from_request(request, state)).await else {
        return Err(Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            "timeout",
            "The request body did not arrive in time",
        ));
    };
    read.map_err(|rejection| match rejection.into_response().status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::payload_too_large(),
        _ => Problem::bad_request("The request body could not be read"),
    })
}

/// Parses JSON; what a type refuses is named by its path.
///
/// # Errors
/// 400 with code `malformed_json`, or 422.
pub fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let error = error.into_inner();
        match error.classify() {
            serde_json::error::Category::Data => {
                Problem::invalid(vec![field_error(&path, &without_position(&error))])
            }
            _ => malformed(&error),
        }
    })?;
    deserializer.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

/// Parses a query string (`a=1&b=2`); what a type refuses is named.
///
/// # Errors
/// 422.
pub fn parse_query<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let pairs = serde_urlencoded::Deserializer::new(url::form_urlencoded::parse(query.as_bytes()));
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let path = error.path().to_string();
        Problem::invalid(vec![field_error(&path, &error.into_inner().to_string())])
    })
}

fn malformed(error: &serde_json::Error) -> Problem {
    Problem::bad_request(format!("The request body is not JSON: {error}")).with_code("malformed_json")
}

/// `application/json`, or anything that ends in `+json`, with any parameters.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// serde_json ends its messages with ` at line 1 column 7`, which says nothing to somebody who fills in a form.
fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}

/// The field that is meant: serde names a missing or an unknown field in its message, and its parent in the path.
fn field_error(path: &str, message: &str) -> FieldError {
    let parent = if path == "." || path == "?" { "" } else { path };
    let named = |prefix: &str| Some(message.strip_prefix(prefix)?.split('`').next()?.to_owned());
    let join = |name: &str| match parent {
        "" => name.to_owned(),
        parent if parent == name || parent.ends_with(&format!(".{name}")) => parent.to_owned(),
        parent => format!("{parent}.{name}"),
    };
    if let Some(name) = named("missing field `") {
        return FieldError::new(join(&name), "is missing");
    }
    if let Some(name) = named("unknown field `") {
        let known = message
            .split_once("expected ")
            .map(|(_, known)| format!("Known fields: {}.", known.trim_start_matches("one of ")));
        let error = FieldError::new(join(&name), "is not a known field");
        return match known {
            Some(known) => error.with_fix(known),
            None => error,
        };
    }
    let message = in_plain_words(message).unwrap_or_else(|| message.to_owned());
    FieldError::new(if parent.is_empty() { "body" } else { parent }, message)
}

/// What is wanted, where serde and the standard library name a type of Rust or the syntax of one: `expected u16`.
fn in_plain_words(message: &str) -> Option<String> {
    if message.starts_with("invalid IP address syntax") {
        return Some("must be an IPv4 or IPv6 address such as 203.0.113.7".to_owned());
    }
    let (_, expected) = message.rsplit_once("expected ")?;
    let (min, max) = match expected {
        "u8" => (0, u64::from(u8::MAX)),
        "u16" => (0, u64::from(u16::MAX)),
        "u32" => (0, u64::from(u32::MAX)),
        "i32" => (i64::from(i32::MIN), i32::MAX.unsigned_abs().into()),
        "u64" => return Some("must be a whole number, 0 or more".to_owned()),
        "i64" => return Some("must be a whole number".to_owned()),
        _ => return None,
    };
    Some(format!("must be a whole number from {min} to {max}"))
}

fn path_problem(rejection: &PathRejection) -> Problem {
    let PathRejection::FailedToDeserializePathParams(error) = rejection else {
        return Problem::internal(rejection);
    };
    match error.kind() {
        ErrorKind::ParseErrorAtKey { key, value, expected_type } => {
            Problem::invalid_field(key, format!("`{value}` is not a valid {expected_type}"))
        }
        ErrorKind::DeserializeError { key, message, .. } => Problem::invalid_field(key, message),
        ErrorKind::InvalidUtf8InPathParam { key } => Problem::invalid_field(key, "is not UTF-8"),
        kind if error.status().is_server_error() => Problem::internal(kind),
        kind => Problem::invalid_field("path", kind.to_string()),
    }
}
