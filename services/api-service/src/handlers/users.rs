//! `/users`: members of the workspace.
//!
//! A person is one user of the whole instance and belongs to workspaces. An admin of one workspace decides about the membership in
//! it; name, address, password and state of a person who also belongs to another workspace are not theirs to change, or an admin of
//! one tenant could take over an account of another. A workspace always keeps an admin.

use super::prelude::*;
use crate::{
    auth::{self, SYSTEM, check_rules, normal_email},
    types::{User, UserInput},
};
use signalbox_catalog::{Error, Stored};
use signalbox_chassis::problem::Problem;
use signalbox_domain::{self as domain, FieldError, Invalid, Membership, Role, Scope, UserId};

/// Tries of a change that did not name a version.
const TRIES_MAX: usize = 5;

/// Lists members of the workspace.
#[utoipa::path(get, path = "/users", tag = "users", params(ListQuery), responses((status = 200, body = Page<User>)),
    extensions(("x-role" = json!("admin"))))]
pub async fn list_users(
    State(app): State<App>,
    CanAdmin(scope): CanAdmin,
    ValidQuery(query): ValidQuery<ListQuery>,
) -> Result<Json<Page<User>>, ApiError> {
    let limit = crud::page_size(query.limit)?;
    let needle = query.q.as_deref().unwrap_or_default().trim().to_lowercase();
    let wanted = query.state.as_deref().unwrap_or_default();
    let fits = |user: &domain::User| {
        let state = if user.state == domain::UserState::Active { "active" } else { "disabled" };
        (matches!(wanted, "" | "all") || wanted == state)
            && crud::found_in(&needle, &[&user.email, &user.name])
    };
    let after: Option<UserId> = match &query.cursor {
        Some(text) => {
            Some(text.parse().map_err(|_| Problem::invalid_field("cursor", "was not made by this list"))?)
        }
        None => None,
    };
    let mut members = app.catalog().users().list_members(&scope).await?;
    members.retain(|(user, _)| fits(&user.value) && after.is_none_or(|after| user.value.id < after));
    members.sort_by_key(|(user, _)| std::cmp::Reverse(user.value.id));
    let more = members.len() > limit;
    members.truncate(limit);
    let next_cursor = members.last().filter(|_| more).map(|(user, _)| user.id.clone());
    let items = members.into_iter().map(|(user, member)| output(user, member.role)).collect();
    Ok(Json(Page { items, next_cursor }))
}

/// Returns a member of the workspace.
#[utoipa::path(get, path = "/users/{id}", tag = "users", params(("id" = Id, Path)), responses((status = 200, body = User)),
    extensions(("x-role" = json!("admin"))))]
pub async fn get_user(
    State(app): State<App>,
    CanAdmin(scope): CanAdmin,
    PathId(id): PathId<UserId>,
) -> Result<Json<User>, ApiError> {
    let (user, role) = member(&app, &scope, id).await?;
    Ok(Json(output(user, role)))
}

/// Creates a user, or adds one who has an account in another workspace (without `password` then).
#[utoipa::path(post, path = "/users", tag = "users", request_body = UserInput, responses((status = 201, body = User)),
    extensions(("x-role" = json!("admin"))))]
pub async fn create_user(
    State(app): State<App>,
    CanAdmin(scope): CanAdmin,
    Input(input): Input<UserInput>,
) -> Result<Created<User>, ApiError> {
    let email = normal_email(&input.email);
    let role = Role::from(input.role);
    let membership = Membership { workspace_id: scope.workspace, role };
    if let Some(found) = app.catalog().users().find_by_email(SYSTEM, &email).await? {
        let known = found.value.role_in(scope.workspace).is_some();
        if known || input.password.is_some() {
            let reason = if known {
                "is a member already"
            } else {
                "has an account already; leave the password out to add them to this workspace"
            };
            return Err(Problem::conflict("email", reason).into());
        }
        let mut value = found.value;
        value.memberships.push(membership);
        let stored = app.catalog().users().update(SYSTEM, found.version, value).await?;
        return Ok(Created(output(stored, role)));
    }
    let password = input.password.clone().unwrap_or_default();
    let value = domain::User {
        id: UserId::random(app.now()),
        email,
        name: input.name.trim().to_owned(),
        password_hash: String::new(),
        state: input.state.into(),
        memberships: vec![membership],
        session_epoch: 0,
    };
    check_user(&value, input.password.as_deref().or(Some(&password)))?;
    let password_hash = app.passwords().hash(password).await?;
    let stored = app.catalog().users().create(SYSTEM, domain::User { password_hash, ..value }).await?;
    Ok(Created(output(stored, role)))
}

/// Replaces a member of the workspace that is still at the given version.
#[utoipa::path(put, path = "/users/{id}", tag = "users", params(("id" = Id, Path)), request_body = UserInput,
    responses((status = 200, body = User)), extensions(("x-role" = json!("admin"))))]
pub async fn replace_user(
    State(app): State<App>,
    CanAdmin(scope): CanAdmin,
    PathId(id): PathId<UserId>,
    Input(input): Input<UserInput>,
) -> Result<Json<User>, ApiError> {
    let (current, role_before) = member(&app, &scope, id).await?;
    let version = crud::required_version(input.version)?;
    if version != current.version {
        return Err(Problem::stale().into());
    }
    let role = Role::from(input.role);
    let disabled = domain::UserState::from(input.state) == domain::UserState::Disabled;
    if role_before == Role::Admin && (role < Role::Admin || disabled) {
        keep_an_admin(&app, &scope, id).await?;
    }
    let mut value = current.value.clone();
    for membership in value.memberships.iter_mut().filter(|it| it.workspace_id == scope.workspace) {
        membership.role = role;
    }
    let changed = change_person(&app, &mut value, &input).await?;
    let stored = app.catalog().users().update(SYSTEM, version, value).await?;
    if changed {
        auth::end_all(&app, id).await?;
    }
    Ok(Json(output(stored, role)))
}

/// Takes a member out of the workspace; a person who belongs to no other one is deleted. 409 `last_admin` for the only admin.
#[utoipa::path(delete, path = "/users/{id}", tag = "users", params(("id" = Id, Path), DeleteQuery),
    responses((status = 204)), extensions(("x-role" = json!("admin"))))]
pub async fn delete_user(
    State(app): State<App>,
    CanAdmin(scope): CanAdmin,
    PathId(id): PathId<UserId>,
    ValidQuery(query): ValidQuery<DeleteQuery>,
) -> Result<StatusCode, ApiError> {
    for _ in 0..TRIES_MAX {
        let (current, role) = member(&app, &scope, id).await?;
        if query.version.is_some_and(|version| version != current.version) {
            break;
        }
        if role == Role::Admin {
            keep_an_admin(&app, &scope, id).await?;
        }
        let users = app.catalog().users();
        let mut value = current.value;
        value.memberships.retain(|membership| membership.workspace_id != scope.workspace);
        let outcome = if value.memberships.is_empty() {
            users.delete(SYSTEM, id, current.version).await
        } else {
            users.update(SYSTEM, current.version, value).await.map(drop)
        };
        match outcome {
            Err(Error::VersionMismatch { .. }) => {}
            outcome => {
                outcome?;
                if users.find(SYSTEM, id).await?.is_none() {
                    auth::end_all(&app, id).await?;
                }
                return Ok(StatusCode::NO_CONTENT);
            }
        }
    }
    Err(Problem::stale().into())
}

fn output(stored: Stored<domain::User>, role: Role) -> User {
    User::new(crud::envelope(&stored), stored.value, role)
}

/// A member of the workspace and what it may do there. Other users do not exist for it.
async fn member(app: &App, scope: &Scope, id: UserId) -> Result<(Stored<domain::User>, Role), ApiError> {
    let user = app.catalog().users().get(SYSTEM, id).await?;
    let role = user.value.role_in(scope.workspace).ok_or_else(|| Problem::not_found("user"))?;
    Ok((user, role))
}

/// Refuses to leave the workspace without an admin who can log in.
async fn keep_an_admin(app: &App, scope: &Scope, leaving: UserId) -> Result<(), ApiError> {
    let members = app.catalog().users().list_members(scope).await?;
    let stays = members.iter().any(|(user, member)| {
        user.value.id != leaving
            && member.role == Role::Admin
            && user.value.state == domain::UserState::Active
    });
    if stays {
        return Ok(());
    }
    let detail = "This is the only admin of the workspace; make somebody else admin first";
    Err(Problem::new(StatusCode::CONFLICT, "last_admin", detail).into())
}

fn check_user(user: &domain::User, password: Option<&str>) -> Result<(), ApiError> {
    let mut errors = user.validate().err().map_or_else(Vec::new, |invalid| invalid.0);
    errors.extend(password.and_then(|password| check_rules("password", password, &user.email)));
    if errors.is_empty() { Ok(()) } else { Err(Invalid(errors).into()) }
}

/// Puts name, address, password and state as sent; returns whether the user's sessions end.
async fn change_person(app: &App, user: &mut domain::User, input: &UserInput) -> Result<bool, ApiError> {
    let (email, name, state) = (normal_email(&input.email), input.name.trim().to_owned(), input.state.into());
    let wanted = [
        ("email", email != user.email),
        ("name", name != user.name),
        ("state", state != user.state),
        ("password", input.password.is_some()),
    ];
    if user.memberships.len() > 1 {
        let reason = "belongs to a person who is also a member of another workspace; only the role can be changed here";
        let refuse =
            |(field, _): (&str, bool)| FieldError { field: field.to_owned(), reason: reason.to_owned() };
        let errors: Vec<FieldError> =
            wanted.into_iter().filter(|(_, changed)| *changed).map(refuse).collect();
        return if errors.is_empty() { Ok(false) } else { Err(Invalid(errors).into()) };
    }
    (user.email, user.name, user.state) = (email, name, state);
    check_user(user, input.password.as_deref())?;
    if let Some(password) = &input.password {
        user.password_hash = app.passwords().hash(password.clone()).await?;
    }
    let ends = input.password.is_some() || user.state == domain::UserState::Disabled;
    if ends {
        user.session_epoch = user.session_epoch.wrapping_add(1);
    }
    Ok(ends)
}
