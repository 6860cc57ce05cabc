//! What somebody may do: a workspace together with at least a role.

use super::Caller;
use crate::{app::App, error::ApiError};
use axum::{
    extract::FromRequestParts,
    http::{HeaderName, request::Parts},
};
use signalbox_chassis::problem::Problem;
use signalbox_domain::{Role, Scope, WorkspaceId};

const WORKSPACE: HeaderName = HeaderName::from_static("x-workspace");

/// May read the workspace: every role. Otherwise 401 or 403.
#[derive(Debug, Clone, Copy)]
pub struct CanRead(pub Scope);

/// May edit campaigns and all they need: editors and admins. Otherwise 401 or 403.
#[derive(Debug, Clone, Copy)]
pub struct CanEdit(pub Scope);

/// May edit users, keys and the workspace: admins. Otherwise 401 or 403.
#[derive(Debug, Clone, Copy)]
pub struct CanAdmin(pub Scope);

async fn authorize(parts: &mut Parts, app: &App, needs: Role) -> Result<Scope, ApiError> {
    let caller = Caller::from_request_parts(parts, app).await?;
    let asked = parts.headers.get(WORKSPACE).map(|text| text.to_str().unwrap_or_default());
    scope_of(&caller, asked, "X-Workspace", needs)
}

/// The caller's right in the workspace that `field` of the request names, else in its first one.
pub(crate) fn scope_of(
    caller: &Caller,
    asked: Option<&str>,
    field: &str,
    needs: Role,
) -> Result<Scope, ApiError> {
    let workspace = match asked {
        None => caller.workspaces().first().copied(),
        Some(text) => {
            let parsed = text.trim().parse::<WorkspaceId>();
            Some(parsed.map_err(|_| Problem::invalid_field(field, "is not an identifier"))?)
        }
    };
    let Some(workspace) = workspace else {
        return Err(Problem::forbidden("You belong to no workspace").with_code("no_workspace").into());
    };
    let Some(scope) = caller.scope_in(workspace) else {
        return Err(Problem::forbidden("You do not belong to this workspace")
            .with_code("no_workspace")
            .into());
    };
    if !scope.allows(needs) {
        return Err(needs_role(needs).into());
    }
    Ok(scope)
}

/// 403: the caller's role is not enough.
pub(crate) fn needs_role(needs: Role) -> Problem {
    let word = match needs {
        Role::Viewer => "viewer",
        Role::Editor => "editor",
        Role::Admin => "admin",
    };
    Problem::forbidden(format!("This needs the role {word} in the workspace"))
}

impl FromRequestParts<App> for CanRead {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        authorize(parts, app, Role::Viewer).await.map(Self)
    }
}

impl FromRequestParts<App> for CanEdit {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        authorize(parts, app, Role::Editor).await.map(Self)
    }
}

impl FromRequestParts<App> for CanAdmin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        authorize(parts, app, Role::Admin).await.map(Self)
    }
}
