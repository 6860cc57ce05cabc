//! Problems (RFC 9457) as the OpenAPI document describes them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What went wrong: `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `urn:signalbox:problem:CODE`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind of problem in words.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// Stable code, such as `invalid`, `not_found`, `conflict`, `stale`, `in_use`.
    pub code: String,
    /// This occurrence in words, with the fix where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Fields at fault.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemField>,
    /// Quote it when you ask for help; it is in the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// With `in_use`: who refers to the object.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub used_by: Vec<UsedBy>,
}

/// A field at fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProblemField {
    /// Path of the field, such as `streams[0].routes[1].destination_id`.
    pub field: String,
    /// What is wrong and what would be right.
    pub reason: String,
    /// What to do about it, when that can be said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

/// An object that refers to another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UsedBy {
    /// Collection, such as `campaigns`.
    pub kind: String,
    /// Identity.
    pub id: String,
    /// Shown name.
    pub name: String,
    /// Parts of it that refer to the object, such as names of streams; empty: the object itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub within: Vec<String>,
}
