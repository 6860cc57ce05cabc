//! `/session`: logging in and out, and who the caller is.

use super::prelude::*;
use crate::{
    app::Peer,
    auth::{self, Attempt, Caller, Client, Key, Principal, SYSTEM, SameOrigin, Who, check_rules},
    types::{LoginInput, PasswordChange, Session, SessionKey, SessionUser, SessionWorkspace},
};
use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use signalbox_chassis::problem::Problem;
use signalbox_domain::{Invalid, User};

/// Says who the caller is and where it may go.
#[utoipa::path(get, path = "/session", tag = "session", responses((status = 200, body = Session)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn get_session(State(app): State<App>, caller: Caller) -> Result<Json<Session>, ApiError> {
    describe(&app, &caller).await.map(Json)
}

/// Logs in: the answer sets the session cookie.
#[utoipa::path(post, path = "/session", tag = "session", security(()), request_body = LoginInput,
    responses((status = 201, body = Session)), extensions(("x-role" = json!("public"))))]
pub async fn create_session(
    State(app): State<App>,
    _same: SameOrigin,
    peer: Peer,
    headers: HeaderMap,
    Input(login): Input<LoginInput>,
) -> Result<Response, ApiError> {
    let attempt =
        Attempt { email: &login.email, password: &login.password, address: peer.address, headers: &headers };
    let user = auth::log_in(&app, attempt).await?;
    answer(&app, &user.value, peer, &headers, StatusCode::CREATED).await
}

/// Logs out.
#[utoipa::path(delete, path = "/session", tag = "session", responses((status = 204)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn delete_session(
    State(app): State<App>,
    caller: Caller,
    peer: Peer,
) -> Result<Response, ApiError> {
    let person = caller.person()?;
    app.catalog().sessions().delete(SYSTEM, &person.session.token_sha256).await?;
    Ok(gone(peer))
}

/// Changes the caller's password and ends all other sessions.
#[utoipa::path(put, path = "/session/password", tag = "session", request_body = PasswordChange,
    responses((status = 200, body = Session)), extensions(("x-role" = json!("viewer"))))]
pub async fn change_password(
    State(app): State<App>,
    caller: Caller,
    peer: Peer,
    headers: HeaderMap,
    Input(change): Input<PasswordChange>,
) -> Result<Response, ApiError> {
    let person = caller.person()?;
    let user = person.user;
    if let Some(error) = check_rules("new_password", &change.new_password, &user.value.email) {
        return Err(Invalid(vec![error]).into());
    }
    // Guessing goes by the session, so that a stolen one cannot try more often than a browser may.
    let session = person.session.id.to_string();
    let key = Key { address: peer.address, account: &user.value.email, device: Some(&session) };
    let stored = Some(user.value.password_hash.clone());
    let admit = || app.login_limits().admit(key);
    if !app.passwords().verify(Who::Known, stored, change.current_password.clone(), admit).await? {
        app.login_limits().failed(key);
        return Err(Problem::invalid_field("current_password", "is wrong").into());
    }
    let changed = User {
        password_hash: app.passwords().hash(change.new_password.clone()).await?,
        session_epoch: user.value.session_epoch.wrapping_add(1),
        ..user.value
    };
    let stored = app.catalog().users().update(SYSTEM, user.version, changed).await?;
    auth::end_all(&app, stored.value.id).await?;
    answer(&app, &stored.value, peer, &headers, StatusCode::OK).await
}

/// Ends every session of the caller, this one too.
#[utoipa::path(post, path = "/session/sign-out-everywhere", tag = "session", responses((status = 204)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn sign_out_everywhere(
    State(app): State<App>,
    caller: Caller,
    peer: Peer,
) -> Result<Response, ApiError> {
    let person = caller.person()?;
    auth::end_all(&app, person.user.value.id).await?;
    Ok(gone(peer))
}

fn gone(peer: Peer) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    add_cookie(&mut response, &auth::cleared(peer.secure));
    response
}

fn add_cookie(response: &mut Response, line: &str) {
    if let Ok(value) = HeaderValue::from_str(line) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// Begins a session of `user` and answers with it.
pub(super) async fn answer(
    app: &App,
    user: &User,
    peer: Peer,
    headers: &HeaderMap,
    status: StatusCode,
) -> Result<Response, ApiError> {
    let user_agent =
        headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let client = Client { user_agent: user_agent.to_owned(), secure: peer.secure };
    let begun = auth::begin(app, user, &client).await?;
    let body = person(app, user, begun.session.csrf).await?;
    let mut response = (status, Json(body)).into_response();
    add_cookie(&mut response, &begun.cookie);
    add_cookie(&mut response, &auth::device_cookie(user, peer.secure));
    Ok(response)
}

async fn describe(app: &App, caller: &Caller) -> Result<Session, ApiError> {
    match &caller.0 {
        Principal::Person(them) => person(app, &them.user.value, them.session.csrf.clone()).await,
        Principal::Key(key) => Ok(Session {
            user: None,
            api_key: Some(SessionKey { id: key.value.id, name: key.value.name.clone() }),
            workspaces: workspaces(app, &[(key.workspace, key.value.role)]).await?,
            csrf_token: None,
        }),
    }
}

async fn person(app: &App, user: &User, csrf: String) -> Result<Session, ApiError> {
    let memberships: Vec<_> =
        user.memberships.iter().map(|membership| (membership.workspace_id, membership.role)).collect();
    Ok(Session {
        user: Some(SessionUser { id: user.id, email: user.email.clone(), name: user.name.clone() }),
        api_key: None,
        workspaces: workspaces(app, &memberships).await?,
        csrf_token: Some(csrf),
    })
}

async fn workspaces(
    app: &App,
    rights: &[(signalbox_domain::WorkspaceId, signalbox_domain::Role)],
) -> Result<Vec<SessionWorkspace>, ApiError> {
    let mut list = Vec::with_capacity(rights.len());
    for (id, role) in rights {
        if let Some(found) = app.catalog().workspaces().find(SYSTEM, *id).await? {
            let workspace = found.value;
            list.push(SessionWorkspace {
                id: *id,
                name: workspace.name,
                currency: workspace.currency,
                timezone: workspace.timezone,
                role: (*role).into(),
            });
        }
    }
    Ok(list)
}
