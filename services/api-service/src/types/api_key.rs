//! API keys on the wire.

use super::{Envelope, Id, Role, Time};
use serde::{Deserialize, Serialize};
use signalbox_domain::{self as domain, ApiKeyId};
use utoipa::ToSchema;

/// A program's credential, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ApiKey {
    /// Identity.
    #[schema(value_type = Id)]
    pub id: ApiKeyId,
    /// Raised by each write; sent back with a replacement.
    pub version: u64,
    /// When it was made.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
    /// Shown name.
    pub name: String,
    /// What it may do in the workspace.
    pub role: Role,
    /// First characters of the key, to recognise it by.
    #[schema(example = "sbx_0d3k5v8t2m9qa_4f7a")]
    pub prefix: String,
    /// When it stops working; absent: never.
    pub expires_at: Option<Time>,
}

/// An API key to be stored.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyInput {
    /// Version that was read; needed to replace, ignored to create.
    #[serde(default)]
    pub version: Option<u64>,
    /// Shown name.
    pub name: String,
    /// What it may do in the workspace.
    pub role: Role,
    /// When it stops working; absent: never.
    #[serde(default)]
    pub expires_at: Option<Time>,
}

/// A new API key: the only answer that ever holds the key itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ApiKeyCreated {
    /// The key's description.
    pub api_key: ApiKey,
    /// The key: send it as `Authorization: Bearer …` or `Api-Key: …`. It is shown once.
    #[schema(example = "sbx_0d3k5v8t2m9qa_4f7a…")]
    pub key: String,
}

impl ApiKey {
    /// What the API shows of a stored key.
    pub fn new(envelope: Envelope, key: domain::ApiKey) -> Self {
        Self {
            id: key.id,
            version: envelope.version,
            created_at: envelope.created_at,
            updated_at: envelope.updated_at,
            name: key.name,
            role: key.role.into(),
            prefix: key.prefix,
            expires_at: key.expires_at.map(Time),
        }
    }
}
