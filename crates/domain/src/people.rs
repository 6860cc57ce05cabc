//! People and programs that may act: users and API keys.

use crate::{ApiKeyId, Invalid, Role, Timestamp, UserId, Validator, WorkspaceId};
use serde::{Deserialize, Serialize};

/// Whether a user may log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserState {
    /// May log in.
    #[default]
    Active,
    /// May not; sessions are ended.
    Disabled,
}

/// A right of a user in one workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// Where.
    pub workspace_id: WorkspaceId,
    /// What.
    pub role: Role,
}

/// A person who can log in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Identity.
    pub id: UserId,
    /// Lower-case address used to log in; unique over the instance.
    pub email: String,
    /// Shown name.
    #[serde(default)]
    pub name: String,
    /// argon2id in PHC text form.
    pub password_hash: String,
    /// Whether the user may log in.
    #[serde(default)]
    pub state: UserState,
    /// Rights, one per workspace.
    #[serde(default)]
    pub memberships: Vec<Membership>,
    /// Raised to end every session.
    #[serde(default)]
    pub session_epoch: u32,
}

impl User {
    /// Checks address and name.
    pub fn validate(&self) -> Result<(), Invalid> {
        let mut v = Validator::new();
        let (local, host) = self.email.split_once('@').unwrap_or(("", ""));
        let plausible = !local.is_empty()
            && !host.is_empty()
            && self.email.len() <= 254
            && !self.email.contains(char::is_whitespace);
        v.require(
            plausible && self.email == self.email.to_lowercase(),
            "email",
            "must be an e-mail address in lower case",
        );
        v.at_most("name", &self.name, 100);
        v.finish()
    }

    /// The user's right in a workspace.
    pub fn role_in(&self, workspace: WorkspaceId) -> Option<Role> {
        self.memberships
            .iter()
            .find(|membership| membership.workspace_id == workspace)
            .map(|membership| membership.role)
    }
}

/// A program's credential. The key itself is shown once and never stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// Identity.
    pub id: ApiKeyId,
    /// Shown name.
    pub name: String,
    /// What it may do in its workspace.
    pub role: Role,
    /// SHA-256 of the secret part, hexadecimal.
    pub secret_sha256: String,
    /// First characters, to recognise it by.
    pub prefix: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working; absent: never.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

impl ApiKey {
    /// Checks the name.
    pub fn validate(&self) -> Result<(), Invalid> {
        let mut v = Validator::new();
        v.name("name", &self.name, 100);
        v.finish()
    }
}
