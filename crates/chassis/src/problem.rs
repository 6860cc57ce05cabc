//! RFC 9457 problems: how every error of the HTTP API looks.
//!
//! Promises: a stable `code` for programs, a `detail` for people, `errors` by field, the request's id for support.
//! Never: an internal error's text; that goes to the log with the same request id.

#[cfg(test)]
mod tests;

use std::{borrow::Cow, fmt, time::Duration};

use axum::{
    body::Body,
    http::{HeaderValue, Response, StatusCode, header},
    response::IntoResponse,
};
use bytes::Bytes;
use serde::Serialize;

use crate::request_id;

/// The media type of problems.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// An error as the client sees it. Small to pass around: its content is boxed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Problem(Box<Content>);

/// The members of the JSON object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
struct Content {
    /// `urn:signalbox:problem:CODE`.
    #[serde(rename = "type")]
    kind: String,
    /// The status in words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What is wrong in this case, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// What is wrong, for programs. Stable.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    code: Cow<'static, str>,
    /// What is wrong with which field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// The id under which the log speaks of this request.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    #[serde(skip)]
    retry_after: Option<Duration>,
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// Path in the body, such as `streams[0].weight`, or the name of a parameter.
    pub field: String,
    /// What is wrong.
    pub reason: String,
    /// What to do about it, when that can be said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

impl FieldError {
    /// Names a field and what is wrong with it.
    pub fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { field: field.into(), reason: reason.into(), fix: None }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn with_fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }
}

impl Problem {
    /// Any problem. `code` is stable, `snake_case`; `detail` is for people.
    pub fn new(status: StatusCode, code: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        let code = code.into();
        Self(Box::new(Content {
            kind: format!("urn:signalbox:problem:{code}"),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: Some(detail.into()),
            code,
            errors: Vec::new(),
            request_id: None,
            retry_after: None,
        }))
    }

    /// 400: the request cannot be understood.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", detail)
    }

    /// 422: the request is understood and some fields are wrong.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [one] => format!("{}: {}", one.field, one.reason),
            many => format!("{} fields are not valid", many.len()),
        };
        let mut problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail);
        problem.0.errors = errors;
        problem
    }

    /// 422: one field is wrong.
    pub fn invalid_field(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError::new(field, reason)])
    }

    /// 401: nobody is logged in, or the key is unknown.
    pub fn unauthorized(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", detail)
    }

    /// 403: somebody is logged in and may not do this.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    /// 404: there is no such `what` (`campaign`, `page`).
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("There is no such {what}"))
    }

    /// 409: `field` has a value that something else has already.
    pub fn conflict(field: impl Into<String>, reason: impl Into<String>) -> Self {
        let error = FieldError::new(field, reason);
        let detail = format!("{}: {}", error.field, error.reason);
        Self::new(StatusCode::CONFLICT, "conflict", detail).with_field(error)
    }

    /// 409: somebody else has changed it since it was read.
    pub fn stale() -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "stale",
            "Somebody else has changed this since you read it; read it again",
        )
    }

    /// 413: the body is larger than allowed.
    pub fn payload_too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", "The request body is too large")
    }

    /// 415: the body is not of the kind that is expected.
    pub fn unsupported_media_type(expected: &str) -> Self {
        let detail = format!("Send the body with Content-Type: {expected}");
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail)
    }

    /// 429: too often; `retry_after` is rounded up to whole seconds.
    pub fn too_many_requests(retry_after: Duration) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "Too many requests; try again later")
            .with_retry_after(retry_after)
    }

    /// 503: something that is needed does not answer; the same request may succeed later.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail)
            .with_retry_after(Duration::from_secs(1))
    }

    /// 500: `error` goes to the log, the client sees only the request id.
    pub fn internal(error: impl fmt::Display) -> Self {
        let id = request_id::current();
        tracing::error!(request_id = id.as_ref().map(request_id::RequestId::as_str), %error, "internal error");
        Self::unexplained()
    }

    /// 500 whose cause is in the log already.
    pub(crate) fn unexplained() -> Self {
        let detail = "Something went wrong here; the log has more under the request id";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
    }

    /// Makes the code more exact, such as `in_use` instead of `conflict`.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<Cow<'static, str>>) -> Self {
        self.0.code = code.into();
        self.0.kind = format!("urn:signalbox:problem:{}", self.0.code);
        self
    }

    /// Says it in other words.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// Adds a field that is wrong.
    #[must_use]
    pub fn with_field(mut self, error: FieldError) -> Self {
        self.0.errors.push(error);
        self
    }

    /// Tells the client when to try again.
    #[must_use]
    pub fn with_retry_after(mut self, after: Duration) -> Self {
        self.0.retry_after = Some(after);
        self
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// What it is about, for people.
    pub fn detail(&self) -> &str {
        self.0.detail.as_deref().unwrap_or_default()
    }

    /// The stable code.
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// The fields that are wrong.
    pub fn errors(&self) -> &[FieldError] {
        &self.0.errors
    }

    /// The answer, with the id of the request that this task is answering.
    pub fn to_http(&self) -> Response<Bytes> {
        let id = request_id::current().map(|id| id.as_str().to_owned());
        let mut problem = self.clone();
        problem.0.request_id = id;
        // Texts and numbers always serialize.
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.0.status == 401 {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(after) = self.0.retry_after {
            let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        response
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Problem {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        Content::schema()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Problem {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Problem")
    }

    fn schemas(schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::Schema>)>) {
        Content::schemas(schemas);
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response<Body> {
        self.to_http().map(Body::from)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.0.status, self.0.code, self.0.detail.as_deref().unwrap_or(&self.0.title))
    }
}

impl std::error::Error for Problem {}
