//! `/workspaces`: tenants. The workspace of the path counts here, not `X-Workspace`.

use super::prelude::*;
use crate::{
    auth::{Caller, SYSTEM, needs_role},
    rates,
    types::{RateRow, RatesImport, RatesImported, Workspace, WorkspaceInput},
};
use signalbox_catalog::{Error, Stored, Usage};
use signalbox_chassis::problem::Problem;
use signalbox_domain::{self as domain, Membership, Role, Scope, User, WorkspaceId};

/// Tries to change a user that others change at the same time.
const TRIES_MAX: usize = 5;

/// Lists the workspaces that the caller belongs to.
#[utoipa::path(get, path = "/workspaces", tag = "workspaces", params(ListQuery), responses((status = 200, body = Page<Workspace>)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn list_workspaces(
    State(app): State<App>,
    caller: Caller,
    ValidQuery(query): ValidQuery<ListQuery>,
) -> Result<Json<Page<Workspace>>, ApiError> {
    let limit = crud::page_size(query.limit)?;
    let needle = query.q.as_deref().unwrap_or_default().trim().to_lowercase();
    let mut items = Vec::new();
    for id in caller.workspaces() {
        let Some(scope) = caller.scope_in(id) else { continue };
        let found = app.catalog().workspaces().find(SYSTEM, id).await?;
        items.extend(
            found.filter(|it| crud::found_in(&needle, &[&it.value.name])).map(|it| output(&scope, it)),
        );
    }
    // Nobody belongs to more workspaces than a page holds, but for operators, who see the first ones.
    items.truncate(limit);
    Ok(Json(Page { items, next_cursor: None }))
}

/// Returns a workspace.
#[utoipa::path(get, path = "/workspaces/{id}", tag = "workspaces", params(("id" = Id, Path)), responses((status = 200, body = Workspace)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn get_workspace(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<WorkspaceId>,
) -> Result<Json<Workspace>, ApiError> {
    let scope = scope(&caller, id, Role::Viewer)?;
    Ok(Json(output(&scope, app.catalog().workspaces().get(SYSTEM, id).await?)))
}

/// Creates a workspace with the caller as its admin. Needs the role admin in the workspace that the caller acts in.
#[utoipa::path(post, path = "/workspaces", tag = "workspaces", request_body = WorkspaceInput, responses((status = 201, body = Workspace)),
    extensions(("x-role" = json!("admin"))))]
pub async fn create_workspace(
    State(app): State<App>,
    CanAdmin(scope): CanAdmin,
    caller: Caller,
    Input(input): Input<WorkspaceInput>,
) -> Result<Created<Workspace>, ApiError> {
    let person = caller.person()?;
    let id = WorkspaceId::random(app.now());
    let workspace = input.checked(id, app.now())?;
    let stored = app.catalog().workspaces().create(SYSTEM, workspace).await?;
    let member = Membership { workspace_id: id, role: Role::Admin };
    let joined = change_user(&app, person.user, |user| user.memberships.push(member)).await;
    if let Err(error) = joined {
        // Nobody could ever reach it.
        app.catalog().workspaces().delete(SYSTEM, id, stored.version).await?;
        return Err(error);
    }
    let scope = Scope { workspace: id, role: Role::Admin, ..scope };
    Ok(Created(output(&scope, stored)))
}

/// Replaces a workspace that is still at the given version.
#[utoipa::path(put, path = "/workspaces/{id}", tag = "workspaces", params(("id" = Id, Path)), request_body = WorkspaceInput,
    responses((status = 200, body = Workspace)), extensions(("x-role" = json!("admin"))))]
pub async fn replace_workspace(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<WorkspaceId>,
    Input(input): Input<WorkspaceInput>,
) -> Result<Json<Workspace>, ApiError> {
    let scope = scope(&caller, id, Role::Admin)?;
    let repo = app.catalog().workspaces();
    let current = repo.get(SYSTEM, id).await?;
    let version = crud::required_version(input.version)?;
    if version != current.version {
        return Err(Problem::stale().into());
    }
    let unsaid = input.addresses.is_none();
    let mut workspace = input.checked(id, app.now())?;
    if unsaid {
        // Whoever does not know the setting must not lift it.
        workspace.addresses = current.value.addresses;
    }
    workspace.keep_sources(&current.value);
    if workspace.currency != current.value.currency {
        let reason = format!("is {} and cannot be changed: amounts are kept in it", current.value.currency);
        return Err(Problem::invalid_field("currency", reason).into());
    }
    Ok(Json(output(&scope, repo.update(&scope, version, workspace).await?)))
}

/// Looks at a table of exchange rates, or adds them to those there are. A rate of the same currency and time is replaced.
#[utoipa::path(post, path = "/workspaces/{id}/rates", tag = "workspaces", params(("id" = Id, Path)), request_body = RatesImport,
    responses((status = 200, body = RatesImported)), extensions(("x-role" = json!("admin"))))]
pub async fn import_rates(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<WorkspaceId>,
    Input(input): Input<RatesImport>,
) -> Result<Json<RatesImported>, ApiError> {
    let scope = scope(&caller, id, Role::Admin)?;
    let repo = app.catalog().workspaces();
    let current = repo.get(SYSTEM, id).await?;
    let lines = rates::read_rates(&input.text, (&current.value, app.now()))
        .map_err(|reason| Problem::invalid_field("text", reason))?;
    let mut workspace = current.value;
    let before = workspace.all_rates();
    let good = lines.iter().filter_map(|line| line.rate.as_ref().ok().copied());
    workspace.set_rates(before.iter().copied().chain(good.clone()));
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let added = workspace.all_rates().len() - before.len();
    let replaced = before
        .iter()
        .filter(|old| good.clone().any(|new| (new.currency, new.since) == (old.currency, old.since)))
        .count();
    let bad = lines.iter().filter(|line| line.rate.is_err()).count();
    let taken = input.take && bad == 0;
    if taken {
        if input.version != current.version {
            return Err(Problem::stale().into());
        }
        repo.update(&scope, input.version, workspace).await?;
    }
    let row = |line: rates::RateLine| match line.rate {
        Ok(rate) => RateRow { line: line.line, rate: Some(rate.into()), reason: String::new() },
        Err(reason) => RateRow { line: line.line, rate: None, reason },
    };
    let (added, replaced, bad) = (count(added), count(replaced), count(bad));
    Ok(Json(RatesImported { lines: lines.into_iter().map(row).collect(), added, replaced, bad, taken }))
}

/// Deletes a workspace that nothing refers to; otherwise 409 `in_use` says who does.
#[utoipa::path(delete, path = "/workspaces/{id}", tag = "workspaces", params(("id" = Id, Path), DeleteQuery),
    responses((status = 204)), extensions(("x-role" = json!("admin"))))]
pub async fn delete_workspace(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<WorkspaceId>,
    ValidQuery(query): ValidQuery<DeleteQuery>,
) -> Result<StatusCode, ApiError> {
    scope(&caller, id, Role::Admin)?;
    let person = caller.person()?;
    let repo = app.catalog().workspaces();
    let current = repo.get(SYSTEM, id).await?;
    if query.version.is_some_and(|version| version != current.version) {
        return Err(Problem::stale().into());
    }
    let me = person.user.value.id.to_string();
    let others: Vec<Usage> =
        repo.usages(SYSTEM, id).await?.into_iter().filter(|usage| usage.id != me).collect();
    if !others.is_empty() {
        return Err(Error::InUse { collection: "workspaces", id: id.to_string(), users: others }.into());
    }
    if person.user.value.memberships.len() < 2 {
        let problem = Problem::new(
            StatusCode::CONFLICT,
            "last_workspace",
            "This is your only workspace; make another one first",
        );
        return Err(problem.into());
    }
    let left =
        change_user(&app, person.user, |user| user.memberships.retain(|it| it.workspace_id != id)).await?;
    if let Err(error) = repo.delete(SYSTEM, id, current.version).await {
        let member = Membership { workspace_id: id, role: Role::Admin };
        change_user(&app, left, |user| user.memberships.push(member)).await?;
        return Err(error.into());
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The caller's right in the workspace of the path. Of a workspace that the caller does not belong to it learns nothing.
fn scope(caller: &Caller, id: WorkspaceId, needs: Role) -> Result<Scope, ApiError> {
    let scope = caller.scope_in(id).ok_or_else(|| Problem::not_found("workspace"))?;
    if scope.allows(needs) { Ok(scope) } else { Err(needs_role(needs).into()) }
}

fn output(scope: &Scope, stored: Stored<domain::Workspace>) -> Workspace {
    Workspace::new(crud::envelope(&stored), stored.value, scope.role)
}

/// Changes a user whom others may change at the same time.
async fn change_user(
    app: &App,
    user: Stored<User>,
    edit: impl Fn(&mut User),
) -> Result<Stored<User>, ApiError> {
    let users = app.catalog().users();
    let mut current = user;
    for _ in 0..TRIES_MAX {
        let mut value = current.value.clone();
        edit(&mut value);
        match users.update(SYSTEM, current.version, value).await {
            Err(Error::VersionMismatch { .. }) => current = users.get(SYSTEM, current.value.id).await?,
            outcome => return Ok(outcome?),
        }
    }
    Err(Problem::stale().into())
}
