//! Reading of requests and shapes of answers that handlers share.

use crate::error::ApiError;
use axum::{
    Json,
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::{Serialize, de::DeserializeOwned};
use signalbox_chassis::{
    extract::{ValidPath, parse_json, read_body},
    problem::Problem,
};
use std::str::FromStr;

/// Fields that the server owns: they come back with what was read, and are dropped so that it can be sent back as it is.
const READ_ONLY: &[&str] = &[
    "id",
    "created_at",
    "updated_at",
    "postback_key",
    "key_unreadable",
    "retired_keys",
    "api_token",
    "prefix",
    "shared",
    "next_at",
    "running",
    "runs",
    "files",
    "last_run_at",
    "last_deleted",
    "outcome",
    "url_warnings",
];

/// A JSON body. What the server owns is dropped; any other unknown field is refused, so that a slip of the pen is seen.
#[derive(Debug, Clone)]
pub struct Input<T>(pub T);

/// The `{id}` of the path. Text that is no identifier is 404: there can be no such thing.
#[derive(Debug, Clone, Copy)]
pub struct PathId<T>(pub T);

/// `{id}` and a second identifier of the path.
#[derive(Debug, Clone, Copy)]
pub struct PathIds<A, B>(pub A, pub B);

/// 201 with what was made.
#[derive(Debug, Clone)]
pub struct Created<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Input<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            return Err(Problem::unsupported_media_type("application/json").into());
        }
        let bytes = read_body(request, state).await?;
        let value: serde_json::Value = parse_json(&bytes)?;
        let serde_json::Value::Object(mut object) = value else {
            return Err(Problem::invalid_field("body", "must be a JSON object").into());
        };
        READ_ONLY.iter().for_each(|field| drop(object.remove(*field)));
        // Text again, because its errors carry the path of the field.
        let text = serde_json::to_vec(&object).map_err(Problem::internal)?;
        Ok(Self(parse_json(&text)?))
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

impl<T: FromStr, S: Send + Sync> FromRequestParts<S> for PathId<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let ValidPath(text) = ValidPath::<String>::from_request_parts(parts, state).await?;
        parse_id(&text).map(Self)
    }
}

impl<A: FromStr, B: FromStr, S: Send + Sync> FromRequestParts<S> for PathIds<A, B> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let ValidPath((first, second)) =
            ValidPath::<(String, String)>::from_request_parts(parts, state).await?;
        Ok(Self(parse_id(&first)?, parse_id(&second)?))
    }
}

fn parse_id<T: FromStr>(text: &str) -> Result<T, ApiError> {
    text.parse().map_err(|_| Problem::not_found("object").into())
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        (StatusCode::CREATED, Json(self.0)).into_response()
    }
}
