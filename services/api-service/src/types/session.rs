//! First-run set-up, login and sessions on the wire.

use super::{Currency, Id, Role, Timezone};
use serde::{Deserialize, Serialize};
use signalbox_domain::{self as domain, ApiKeyId, UserId, WorkspaceId};
use utoipa::ToSchema;

/// Whether the instance waits for its first user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct SetupState {
    /// True until the first user exists.
    pub needed: bool,
}

/// The first workspace and its admin.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetupInput {
    /// The one-time token of the link that the process printed.
    pub token: String,
    /// Address used to log in; made lower case.
    #[schema(example = "ana@example.com")]
    pub email: String,
    /// At least ten characters and not the e-mail address.
    #[schema(format = "password")]
    pub password: String,
    /// Shown name of the user.
    #[serde(default)]
    pub name: String,
    /// The first workspace.
    pub workspace: SetupWorkspace,
}

/// The first workspace.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetupWorkspace {
    /// Shown name.
    #[schema(example = "Main")]
    pub name: String,
    /// Currency of all reported amounts.
    #[serde(default)]
    #[schema(value_type = Currency, default = "USD")]
    pub currency: domain::Currency,
    /// Timezone that reports use when nothing else is asked for.
    #[serde(default = "utc")]
    #[schema(value_type = Timezone, default = "UTC")]
    pub timezone: String,
}

/// Who wants to log in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginInput {
    /// Address used to log in, in any case.
    pub email: String,
    /// Password.
    #[schema(format = "password")]
    pub password: String,
}

/// A new password of the caller.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The password up to now.
    #[schema(format = "password")]
    pub current_password: String,
    /// At least ten characters and not the e-mail address.
    #[schema(format = "password")]
    pub new_password: String,
}

/// Who the caller is and where it may go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Session {
    /// The person; absent for an API key.
    pub user: Option<SessionUser>,
    /// The key; absent for a person.
    pub api_key: Option<SessionKey>,
    /// Workspaces the caller belongs to; the first is used when `X-Workspace` is absent.
    pub workspaces: Vec<SessionWorkspace>,
    /// To be sent as `X-CSRF-Token` with every request but GET and HEAD; absent for an API key.
    pub csrf_token: Option<String>,
}

/// The person who is logged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SessionUser {
    /// Identity.
    #[schema(value_type = Id)]
    pub id: UserId,
    /// Address used to log in.
    pub email: String,
    /// Shown name.
    pub name: String,
}

/// The API key that asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SessionKey {
    /// Identity.
    #[schema(value_type = Id)]
    pub id: ApiKeyId,
    /// Shown name.
    pub name: String,
}

/// A workspace the caller belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SessionWorkspace {
    /// Identity.
    #[schema(value_type = Id)]
    pub id: WorkspaceId,
    /// Shown name.
    pub name: String,
    /// Currency of all reported amounts.
    #[schema(value_type = Currency)]
    pub currency: domain::Currency,
    /// Timezone that reports use when nothing else is asked for.
    #[schema(value_type = Timezone)]
    pub timezone: String,
    /// What the caller may do in it.
    pub role: Role,
}

fn utc() -> String {
    "UTC".to_owned()
}
