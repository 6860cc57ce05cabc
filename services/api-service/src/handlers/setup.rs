//! `/setup`: the first start of an instance.

use super::{prelude::*, session::answer};
use crate::{
    app::Peer,
    auth::{self, Key, SYSTEM, SameOrigin, Wrong, check_rules, normal_email},
    types::{Session, SetupInput, SetupState, WorkspaceInput},
};
use axum::http::HeaderMap;
use axum::response::Response;
use signalbox_chassis::problem::Problem;
use signalbox_domain::{Invalid, Membership, Role, User, UserId, UserState, Workspace, WorkspaceId};

/// Says whether the instance waits for its first user.
#[utoipa::path(get, path = "/setup", tag = "session", security(()), responses((status = 200, body = SetupState)),
    extensions(("x-role" = json!("public"))))]
pub async fn get_setup(State(app): State<App>) -> Result<Json<SetupState>, ApiError> {
    Ok(Json(SetupState { needed: auth::is_needed(&app).await? }))
}

/// Creates the first workspace and its admin, and logs in. Works once: afterwards 410 `setup_done`.
#[utoipa::path(post, path = "/setup", tag = "session", security(()), request_body = SetupInput,
    responses((status = 201, body = Session)), extensions(("x-role" = json!("public"))))]
pub async fn create_setup(
    State(app): State<App>,
    _same: SameOrigin,
    peer: Peer,
    headers: HeaderMap,
    Input(input): Input<SetupInput>,
) -> Result<Response, ApiError> {
    // Wrong tokens count as failed logins of this address, under an account that cannot exist.
    let key = Key { address: peer.address, account: "set-up", device: None };
    app.login_limits().admit(key)?;
    if !auth::is_needed(&app).await? {
        return Err(done());
    }
    let (workspace, user) = people(&app, &input)?;
    if !auth::token_fits(&app, &input.token).await? {
        app.login_limits().failed(key);
        return Err(wrong_token());
    }
    let user = User { password_hash: app.passwords().hash(input.password.clone()).await?, ..user };
    // From here on one request wins.
    match auth::use_token(&app, &input.token).await? {
        Ok(()) => {}
        Err(Wrong::Done) => return Err(done()),
        Err(Wrong::Token) => return Err(wrong_token()),
    }
    let stored = match create(&app, workspace, user).await {
        Ok(stored) => stored,
        Err(error) => {
            auth::restore_token(&app, &input.token).await;
            return Err(error);
        }
    };
    tracing::info!("the set-up is done");
    answer(&app, &stored.value, peer, &headers, StatusCode::CREATED).await
}

fn done() -> ApiError {
    let detail = "The set-up of this instance has been done; log in";
    Problem::new(StatusCode::GONE, "setup_done", detail).into()
}

fn wrong_token() -> ApiError {
    let detail =
        "This set-up link is not the one that was printed last; start the instance again to get a new one";
    Problem::forbidden(detail).with_code("setup_token").into()
}

/// The workspace and its admin, everything wrong named at once.
fn people(app: &App, input: &SetupInput) -> Result<(Workspace, User), ApiError> {
    let now = app.now();
    let workspace = WorkspaceInput {
        version: None,
        name: input.workspace.name.clone(),
        currency: input.workspace.currency,
        timezone: input.workspace.timezone.clone(),
        rates: Vec::new(),
        conversion_types: Vec::new(),
        addresses: Default::default(),
        role: None,
    };
    let workspace = workspace.into_domain(WorkspaceId::random(now));
    let user = User {
        id: UserId::random(now),
        email: normal_email(&input.email),
        name: input.name.trim().to_owned(),
        password_hash: String::new(),
        state: UserState::Active,
        memberships: vec![Membership { workspace_id: workspace.id, role: Role::Admin }],
        session_epoch: 0,
    };
    let mut errors = user.validate().err().map_or_else(Vec::new, |invalid| invalid.0);
    errors.extend(check_rules("password", &input.password, &user.email));
    for error in workspace.validate().err().into_iter().flat_map(|invalid| invalid.0) {
        errors.push(signalbox_domain::FieldError { field: format!("workspace.{}", error.field), ..error });
    }
    if errors.is_empty() { Ok((workspace, user)) } else { Err(Invalid(errors).into()) }
}

async fn create(
    app: &App,
    workspace: Workspace,
    user: User,
) -> Result<signalbox_catalog::Stored<User>, ApiError> {
    let made = app.catalog().workspaces().create(SYSTEM, workspace).await?;
    match app.catalog().users().create(SYSTEM, user).await {
        Ok(stored) => Ok(stored),
        Err(error) => {
            if let Err(error) = app.catalog().workspaces().delete(SYSTEM, made.value.id, made.version).await {
                tracing::warn!(%error, "a workspace without users was left behind");
            }
            Err(error.into())
        }
    }
}
