//! `/views`: saved reports, of one's own and of the workspace.

use super::prelude::*;
use crate::{
    auth::needs_role,
    types::{SavedView, SavedViewInput, SavedViews, ViewQuery},
};
use signalbox_catalog::Stored;
use signalbox_chassis::problem::Problem;
use signalbox_domain::{self as domain, Actor, Role, SavedViewId, Scope, UserId};

/// Most views of a workspace, everybody's own ones included.
const VIEWS_MAX: usize = 2_000;

/// Lists the caller's own saved views and those of the workspace.
#[utoipa::path(get, path = "/views", tag = "views", params(ViewQuery), responses((status = 200, body = SavedViews)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn list_views(
    State(app): State<App>,
    CanRead(scope): CanRead,
    ValidQuery(query): ValidQuery<ViewQuery>,
) -> Result<Json<SavedViews>, ApiError> {
    let all = app.catalog().saved_views().list_all(&scope).await?.items;
    let wanted = |stored: &Stored<domain::SavedView>| {
        sees(&scope, &stored.value) && query.page.as_ref().is_none_or(|page| *page == stored.value.page)
    };
    let mut items: Vec<SavedView> = all.into_iter().filter(wanted).filter_map(shown).collect();
    items.sort_by_cached_key(|view| (view.name.to_lowercase(), view.id));
    Ok(Json(SavedViews { items }))
}

/// Returns a saved view.
#[utoipa::path(get, path = "/views/{id}", tag = "views", params(("id" = Id, Path)), responses((status = 200, body = SavedView)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn get_view(
    State(app): State<App>,
    CanRead(scope): CanRead,
    PathId(id): PathId<SavedViewId>,
) -> Result<Json<SavedView>, ApiError> {
    let found = find(&app, &scope, id).await?;
    Ok(Json(shown(found).ok_or_else(unreadable)?))
}

/// Saves a view: a person's own, or with `everybody` (role editor) the workspace's.
#[utoipa::path(post, path = "/views", tag = "views", request_body = SavedViewInput, responses((status = 201, body = SavedView)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn create_view(
    State(app): State<App>,
    CanRead(scope): CanRead,
    Input(input): Input<SavedViewInput>,
) -> Result<Created<SavedView>, ApiError> {
    let repo = app.catalog().saved_views();
    if repo.list_all(&scope).await?.items.len() >= VIEWS_MAX {
        let detail = format!("A workspace has at most {VIEWS_MAX} saved views; delete some first");
        return Err(Problem::new(StatusCode::CONFLICT, "too_many", detail).into());
    }
    let value = value(&scope, SavedViewId::random(app.now()), input)?;
    let made = repo.create(&scope, value).await?;
    Ok(Created(shown(made).ok_or_else(unreadable)?))
}

/// Replaces a saved view that is still at the given version.
#[utoipa::path(put, path = "/views/{id}", tag = "views", params(("id" = Id, Path)), request_body = SavedViewInput,
    responses((status = 200, body = SavedView)), extensions(("x-role" = json!("viewer"))))]
pub async fn replace_view(
    State(app): State<App>,
    CanRead(scope): CanRead,
    PathId(id): PathId<SavedViewId>,
    Input(input): Input<SavedViewInput>,
) -> Result<Json<SavedView>, ApiError> {
    let found = find(&app, &scope, id).await?;
    may_change(&scope, &found.value)?;
    let version = crud::required_version(input.version)?;
    let value = value(&scope, id, input)?;
    let written = app.catalog().saved_views().update(&scope, version, value).await?;
    Ok(Json(shown(written).ok_or_else(unreadable)?))
}

/// Deletes a saved view.
#[utoipa::path(delete, path = "/views/{id}", tag = "views", params(("id" = Id, Path), DeleteQuery), responses((status = 204)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn delete_view(
    State(app): State<App>,
    CanRead(scope): CanRead,
    PathId(id): PathId<SavedViewId>,
    ValidQuery(query): ValidQuery<DeleteQuery>,
) -> Result<StatusCode, ApiError> {
    let found = find(&app, &scope, id).await?;
    may_change(&scope, &found.value)?;
    let version = query.version.unwrap_or(found.version);
    app.catalog().saved_views().delete(&scope, id, version).await?;
    Ok(StatusCode::NO_CONTENT)
}

const fn person(scope: &Scope) -> Option<UserId> {
    match scope.actor {
        Actor::User(id) => Some(id),
        Actor::ApiKey(_) | Actor::System => None,
    }
}

fn sees(scope: &Scope, view: &domain::SavedView) -> bool {
    view.owner_id.is_none() || view.owner_id == person(scope)
}

/// The view, when the caller sees it; somebody else's own view does not exist.
pub(super) async fn find(
    app: &App,
    scope: &Scope,
    id: SavedViewId,
) -> Result<Stored<domain::SavedView>, ApiError> {
    let found = app.catalog().saved_views().find(scope, id).await?;
    let seen = found.filter(|stored| sees(scope, &stored.value));
    seen.ok_or_else(|| Problem::not_found("saved view").into())
}

fn may_change(scope: &Scope, view: &domain::SavedView) -> Result<(), ApiError> {
    if view.owner_id.is_none() && !scope.allows(Role::Editor) {
        return Err(needs_role(Role::Editor).into());
    }
    Ok(())
}

fn value(scope: &Scope, id: SavedViewId, input: SavedViewInput) -> Result<domain::SavedView, ApiError> {
    let owner_id = if input.everybody { None } else { person(scope) };
    if !input.everybody && owner_id.is_none() {
        let reason = "must be true: a program has no views of its own";
        return Err(Problem::invalid_field("everybody", reason).into());
    }
    let display = input.display.unwrap_or_else(|| serde_json::json!({}));
    if !display.is_object() {
        return Err(Problem::invalid_field("display", "must be an object").into());
    }
    let value = domain::SavedView {
        id,
        name: input.name,
        owner_id,
        page: input.page.unwrap_or_else(|| "reports".to_owned()),
        query: serde_json::to_string(&input.query).map_err(Problem::internal)?,
        display: display.to_string(),
    };
    may_change(scope, &value)?;
    value.validate()?;
    Ok(value)
}

/// `None` when a newer version wrote it in words that this one does not know.
fn shown(stored: Stored<domain::SavedView>) -> Option<SavedView> {
    let envelope = crud::envelope(&stored);
    let value = stored.value;
    Some(SavedView {
        id: value.id,
        version: envelope.version,
        created_at: envelope.created_at,
        updated_at: envelope.updated_at,
        name: value.name,
        everybody: value.owner_id.is_none(),
        page: value.page,
        query: serde_json::from_str(&value.query).ok()?,
        display: serde_json::from_str(&value.display).unwrap_or_default(),
    })
}

fn unreadable() -> ApiError {
    Problem::internal("a saved view cannot be read").into()
}
