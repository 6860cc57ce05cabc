//! Who asks, and for which workspace: the first argument of every store function.

use crate::{ApiKeyId, UserId, WorkspaceId};
use serde::{Deserialize, Serialize};

/// What an actor may do inside a workspace; each role includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads reports, logs and configuration.
    Viewer,
    /// Also edits campaigns, streams, destinations, sources, networks, outputs and domains.
    Editor,
    /// Also edits users, keys and the workspace itself.
    Admin,
}

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A person with a session.
    User(UserId),
    /// A program with an API key.
    ApiKey(ApiKeyId),
    /// The product itself: workers, migrations, first-run set-up.
    System,
}

/// A workspace together with the right to act in it. Can only widen by building a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// The tenant all stores filter by.
    pub workspace: WorkspaceId,
    /// What the actor may do there.
    pub role: Role,
    /// Who acts, for the history.
    pub actor: Actor,
}

impl Scope {
    /// The product acting inside one workspace.
    pub const fn system(workspace: WorkspaceId) -> Self {
        Self { workspace, role: Role::Admin, actor: Actor::System }
    }

    /// Whether the actor has at least `role`.
    pub fn allows(&self, role: Role) -> bool {
        self.role >= role
    }
}
