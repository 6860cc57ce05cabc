//! On whose behalf the catalog is asked.

use signalbox_domain::{Role, Scope, WorkspaceId};

use crate::{Error, Result, SystemScope, Tenant};

/// A workspace with a role, or the system. Made from `&Scope` or `SystemScope`.
#[derive(Debug, Clone, Copy)]
pub enum Access {
    /// Somebody in a workspace.
    Scope(Scope),
    /// The product itself, over all workspaces.
    System(SystemScope),
}

impl From<&Scope> for Access {
    fn from(scope: &Scope) -> Self {
        Self::Scope(*scope)
    }
}

impl From<Scope> for Access {
    fn from(scope: Scope) -> Self {
        Self::Scope(scope)
    }
}

impl From<SystemScope> for Access {
    fn from(scope: SystemScope) -> Self {
        Self::System(scope)
    }
}

impl Access {
    /// The workspace it is restricted to.
    #[must_use]
    pub const fn workspace(self) -> Option<WorkspaceId> {
        match self {
            Self::Scope(scope) => Some(scope.workspace),
            Self::System(_) => None,
        }
    }

    /// Refuses roles below `needs`.
    pub(super) fn require(self, needs: Role) -> Result<()> {
        match self {
            Self::Scope(scope) if !scope.allows(needs) => Err(Error::Forbidden { needs }),
            _ => Ok(()),
        }
    }

    /// The workspace's text id, kept while a [`Tenant`] borrows it.
    pub(super) fn holder(self) -> Holder {
        Holder { access: self, workspace: self.workspace().map(|id| id.to_string()) }
    }
}

/// Owner of the text that a [`Tenant`] borrows.
pub(super) struct Holder {
    access: Access,
    workspace: Option<String>,
}

impl Holder {
    pub(super) fn tenant(&self) -> Tenant<'_> {
        match (&self.workspace, self.access) {
            (_, Access::System(scope)) => Tenant::System(scope),
            (workspace, Access::Scope(_)) => Tenant::Workspace(workspace.as_deref().unwrap_or_default()),
        }
    }
}
