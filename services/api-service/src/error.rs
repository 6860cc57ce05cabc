//! The one place where an error becomes a response.
//!
//! Handlers return [`ApiError`]. What the catalog and the warehouse refuse becomes a problem with a stable code and the fields at
//! fault; what they cannot do now becomes 503; what should not happen is logged and becomes a bare 500.

use crate::types::UsedBy;
use axum::{
    body::Body,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use signalbox_catalog as catalog;
use signalbox_chassis::problem::{FieldError, Problem};
use signalbox_domain::Invalid;
use signalbox_warehouse as warehouse;
use std::time::Duration;

/// What a handler fails with.
#[derive(Debug)]
pub struct ApiError {
    problem: Box<Problem>,
    used_by: Vec<UsedBy>,
}

impl ApiError {
    /// The stable code.
    pub fn code(&self) -> &str {
        self.problem.code()
    }

    /// What is wrong, in words.
    pub fn reason(&self) -> String {
        let fields = self.problem.errors().iter().map(|error| format!("{}: {}", error.field, error.reason));
        let fields: Vec<String> = fields.collect();
        if fields.is_empty() { self.problem.detail().to_owned() } else { fields.join("; ") }
    }

    /// The same with other names of fields: those that the caller has sent.
    #[must_use]
    pub fn rename_fields(self, name: impl Fn(&str) -> String) -> Self {
        if self.problem.errors().is_empty() {
            return self;
        }
        let renamed = |error: &FieldError| FieldError { field: name(&error.field), ..error.clone() };
        let errors = self.problem.errors().iter().map(renamed).collect();
        let problem = Problem::invalid(errors).with_code(self.problem.code().to_owned());
        Self { problem: Box::new(problem), used_by: self.used_by }
    }

    /// 409: the object cannot go while others refer to it.
    pub fn in_use(used_by: Vec<UsedBy>) -> Self {
        let name = |user: &UsedBy| {
            let within = match user.within.as_slice() {
                [] => String::new(),
                parts => format!(" ({})", parts.join(", ")),
            };
            format!("{} {}{within}", noun(&user.kind), user.name)
        };
        let mut names: Vec<String> = used_by.iter().take(NAMED_MAX).map(name).collect();
        if used_by.len() > names.len() {
            names.push(format!("{} more", used_by.len() - names.len()));
        }
        let detail = format!("It is used by {}. Change those first, or archive it", names.join(", "));
        Self { problem: Box::new(Problem::new(StatusCode::CONFLICT, "in_use", detail)), used_by }
    }

    /// Who refers to the object, when that is why it cannot go.
    pub fn users(&self) -> &[UsedBy] {
        &self.used_by
    }
}

/// Most users named in words; `used_by` has them all.
const NAMED_MAX: usize = 5;

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self { problem: Box::new(problem), used_by: Vec::new() }
    }
}

impl From<Invalid> for ApiError {
    fn from(invalid: Invalid) -> Self {
        let fields = invalid.0.into_iter().map(|error| FieldError::new(error.field, error.reason));
        Problem::invalid(fields.collect()).into()
    }
}

/// The word of the API for a collection, in the singular.
fn noun(collection: &str) -> &'static str {
    match collection {
        "campaigns" => "campaign",
        "destinations" => "destination",
        "traffic_sources" | "sources" => "source",
        "affiliate_networks" | "networks" => "network",
        "outputs" => "output",
        "domains" => "domain",
        "users" => "user",
        "api_keys" | "api-keys" => "API key",
        "workspaces" => "workspace",
        "conversions" => "conversion",
        "alerts" => "alert",
        "saved_views" => "saved view",
        "scheduled_exports" | "scheduled-exports" => "scheduled export",
        _ => "object",
    }
}

/// The word of the API for a collection.
fn collection(name: &str) -> &str {
    match name {
        "traffic_sources" => "sources",
        "affiliate_networks" => "networks",
        "api_keys" => "api-keys",
        "scheduled_exports" => "scheduled-exports",
        other => other,
    }
}

fn taken(collection: &str, field: &str) -> String {
    match (collection, field) {
        ("campaigns", "slug") => "another campaign answers under it; choose another one".to_owned(),
        ("domains", "host") => "is registered already".to_owned(),
        ("users", "email") => "has an account already".to_owned(),
        _ => "is taken already".to_owned(),
    }
}

impl From<catalog::Error> for ApiError {
    fn from(error: catalog::Error) -> Self {
        use catalog::Error as E;
        match error {
            E::NotFound { collection, .. } => Problem::not_found(noun(collection)).into(),
            E::Conflict { collection, field } => Problem::conflict(field, taken(collection, field)).into(),
            E::VersionMismatch { .. } => Problem::stale().into(),
            E::InUse { users, .. } => {
                let used_by = users.into_iter().map(|user| UsedBy {
                    kind: collection(user.kind).to_owned(),
                    id: user.id,
                    name: user.name,
                    within: Vec::new(),
                });
                Self::in_use(used_by.collect())
            }
            E::Invalid { field, reason } => Problem::invalid_field(field, reason).into(),
            E::Rejected(invalid) => invalid.into(),
            E::Forbidden { needs } => crate::auth::needs_role(needs).into(),
            E::Unavailable { .. } => {
                tracing::warn!(%error, "the catalog does not answer");
                let detail = "The configuration store does not answer at the moment; try again";
                Problem::unavailable(detail).with_code("catalog_unavailable").into()
            }
            E::Corrupt { .. } => Problem::internal(error).into(),
        }
    }
}

impl From<warehouse::Error> for ApiError {
    fn from(error: warehouse::Error) -> Self {
        match error {
            warehouse::Error::Invalid { field, reason } => Problem::invalid_field(field, reason).into(),
            error if error.is_retryable() => {
                tracing::warn!(%error, "the warehouse does not answer");
                reports_unavailable()
            }
            error => Problem::internal(error).into(),
        }
    }
}

/// 503: reports and logs cannot be had now; all else goes on.
pub fn reports_unavailable() -> ApiError {
    Problem::unavailable(
        "The analytics database does not answer at the moment; clicks and conversions go on being kept",
    )
    .with_code("reports_unavailable")
    .with_retry_after(Duration::from_secs(2))
    .into()
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        if self.used_by.is_empty() {
            return self.problem.into_response();
        }
        // The extension member of `in_use` is put beside the members that every problem has.
        let (mut parts, body) = self.problem.to_http().into_parts();
        let merged = serde_json::from_slice::<serde_json::Value>(&body).and_then(|mut problem| {
            problem["used_by"] = serde_json::to_value(&self.used_by)?;
            serde_json::to_vec(&problem)
        });
        parts.headers.remove(header::CONTENT_LENGTH);
        Response::from_parts(parts, Body::from(merged.unwrap_or_else(|_| body.to_vec())))
    }
}
