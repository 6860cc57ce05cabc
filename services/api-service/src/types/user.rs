//! Users on the wire, as one workspace sees them.

use super::{Envelope, Id, Role, Time};
use serde::{Deserialize, Serialize};
use signalbox_domain::{self as domain, UserId};
use utoipa::ToSchema;

api_enum! {
    /// Whether a user may log in.
    UserState from domain::UserState {
        /// May log in.
        Active,
        /// May not; sessions are ended.
        Disabled,
    }
}

/// A member of the workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct User {
    /// Identity.
    #[schema(value_type = Id)]
    pub id: UserId,
    /// Raised by each write; sent back with a replacement.
    pub version: u64,
    /// When it was made.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
    /// Address used to log in.
    pub email: String,
    /// Shown name.
    pub name: String,
    /// Whether the user may log in.
    pub state: UserState,
    /// What the user may do in this workspace.
    pub role: Role,
    /// Whether the user also belongs to other workspaces; then only the role can be changed here.
    pub shared: bool,
}

/// A member of the workspace to be stored.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserInput {
    /// Version that was read; needed to replace, ignored to create.
    #[serde(default)]
    pub version: Option<u64>,
    /// Address used to log in; made lower case.
    #[schema(example = "ana@example.com")]
    pub email: String,
    /// Shown name.
    #[serde(default)]
    pub name: String,
    /// At least ten characters and not the e-mail address. To create: needed for a new person, left out for one who has an
    /// account in another workspace. To replace: sets a new password and ends the user's sessions.
    #[serde(default)]
    #[schema(format = "password")]
    pub password: Option<String>,
    /// Whether the user may log in.
    #[serde(default = "active")]
    #[schema(default = "active")]
    pub state: UserState,
    /// What the user may do in this workspace.
    pub role: Role,
}

fn active() -> UserState {
    UserState::Active
}

impl User {
    /// What an admin of a workspace sees of a member with `role`.
    pub fn new(envelope: Envelope, user: domain::User, role: domain::Role) -> Self {
        Self {
            id: user.id,
            version: envelope.version,
            created_at: envelope.created_at,
            updated_at: envelope.updated_at,
            email: user.email,
            name: user.name,
            state: user.state.into(),
            role: role.into(),
            shared: user.memberships.len() > 1,
        }
    }
}
