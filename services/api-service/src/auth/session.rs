//! Login sessions: begun, recognised, prolonged, ended.

use super::{SYSTEM, cookie, token};
use crate::{app::App, error::ApiError};
use axum::http::HeaderMap;
use signalbox_catalog::{Session, Stored};
use signalbox_domain::{SessionId, User, UserId};

/// Most sessions of one user; the oldest ends when another one begins.
const SESSIONS_MAX: usize = 50;
/// A session is marked as seen at most this often, so that reading does not always write.
const SEEN_EVERY_MS: i64 = 600_000;
/// Longest user agent that is kept.
const USER_AGENT_MAX: usize = 200;

/// What a session remembers of its browser.
#[derive(Debug, Clone, Default)]
pub struct Client {
    /// User agent as sent.
    pub user_agent: String,
    /// Whether the browser came over https.
    pub secure: bool,
}

/// A session that has just begun.
#[derive(Debug, Clone)]
pub struct Begun {
    /// The session.
    pub session: Session,
    /// The cookie that carries its token.
    pub cookie: String,
}

/// Begins a session of a user.
///
/// # Errors
/// When the catalog does not answer.
pub async fn begin(app: &App, user: &User, client: &Client) -> Result<Begun, ApiError> {
    let secret = token::random_token();
    let now = app.now();
    let session = Session {
        id: SessionId::random(now),
        token_sha256: token::digest(&secret),
        user_id: user.id,
        epoch: user.session_epoch,
        csrf: token::random_token(),
        created_at: now,
        seen_at: now,
        expires_at: now.plus_ms(app.session_ms()),
        user_agent: client.user_agent.chars().take(USER_AGENT_MAX).collect(),
    };
    let sessions = app.catalog().sessions();
    sessions.create(SYSTEM, &session).await?;
    let mut all = sessions.list_of(SYSTEM, user.id).await?;
    all.sort_by_key(|stored| std::cmp::Reverse(stored.value.created_at));
    for old in all.iter().skip(SESSIONS_MAX) {
        sessions.delete(SYSTEM, &old.value.token_sha256).await?;
    }
    let cookie = cookie::set_cookie(cookie::SESSION_COOKIE, &secret, "/", client.secure);
    Ok(Begun { session, cookie })
}

/// The session of a request's cookie and its user, when both are still good.
pub(super) async fn recognise(
    app: &App,
    headers: &HeaderMap,
) -> Result<Option<(Session, Stored<User>)>, ApiError> {
    let Some(secret) = cookie::find(headers, cookie::SESSION_COOKIE).filter(|secret| secret.len() == 52)
    else {
        return Ok(None);
    };
    let found = app.catalog().sessions().find(SYSTEM, &token::digest(secret)).await?;
    let Some(stored) = found.filter(|stored| stored.value.expires_at > app.now()) else { return Ok(None) };
    let user = app.catalog().users().find(SYSTEM, stored.value.user_id).await?;
    let good = |user: &Stored<User>| {
        user.value.state == signalbox_domain::UserState::Active
            && user.value.session_epoch == stored.value.epoch
    };
    let Some(user) = user.filter(good) else { return Ok(None) };
    let session = prolong(app, stored).await;
    Ok(Some((session, user)))
}

/// Marks the session as seen. When that fails it is only seen a little later.
async fn prolong(app: &App, stored: Stored<Session>) -> Session {
    let now = app.now();
    let every = SEEN_EVERY_MS.min(app.session_ms() / 10);
    if now.since_ms(stored.value.seen_at) < every {
        return stored.value;
    }
    let session = Session { seen_at: now, expires_at: now.plus_ms(app.session_ms()), ..stored.value };
    if let Err(error) = app.catalog().sessions().update(SYSTEM, stored.version, &session).await {
        tracing::debug!(%error, "a session was not marked as seen");
    }
    session
}

/// Ends every session of a user.
///
/// # Errors
/// When the catalog does not answer.
pub async fn end_all(app: &App, user: UserId) -> Result<(), ApiError> {
    app.catalog().sessions().delete_of(SYSTEM, user, None).await?;
    Ok(())
}
