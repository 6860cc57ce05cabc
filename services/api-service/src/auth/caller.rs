//! Somebody who has proved who they are.

use super::{api_key, csrf, session};
use crate::{app::App, error::ApiError};
use axum::{extract::FromRequestParts, http::request::Parts};
use signalbox_catalog::{Session, Stored};
use signalbox_chassis::problem::Problem;
use signalbox_domain::{Actor, ApiKey, Scope, User, WorkspaceId};

/// A person with a session.
#[derive(Debug, Clone)]
pub struct Person {
    /// The user.
    pub user: Stored<User>,
    /// The session.
    pub session: Session,
}

/// Who asks.
#[derive(Debug, Clone)]
pub enum Principal {
    /// A person.
    Person(Box<Person>),
    /// A program.
    Key(Box<Stored<ApiKey>>),
}

/// Somebody who has proved who they are, by API key or by session; a changing request of a session has its CSRF token.
/// Says nothing about a workspace yet. Otherwise 401, or 403 `csrf`.
#[derive(Debug, Clone)]
pub struct Caller(pub Principal);

impl FromRequestParts<App> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        if let Some(text) = api_key::given(&parts.headers) {
            let found = api_key::recognise(app, text).await?;
            let key =
                found.ok_or_else(|| Problem::unauthorized("This API key is not known or has expired"))?;
            return Ok(Self(Principal::Key(Box::new(key))));
        }
        let found = session::recognise(app, &parts.headers).await?;
        let (session, user) = found.ok_or_else(|| Problem::unauthorized("Log in, or send an API key"))?;
        csrf::check(parts, app, &session.csrf)?;
        Ok(Self(Principal::Person(Box::new(Person { user, session }))))
    }
}

impl Caller {
    /// The person, or 403: a program cannot do this.
    ///
    /// # Errors
    /// 403 for an API key.
    pub fn person(self) -> Result<Person, ApiError> {
        match self.0 {
            Principal::Person(person) => Ok(*person),
            Principal::Key(_) => Err(Problem::forbidden("Only a person who is logged in can do this").into()),
        }
    }

    /// The caller's right in a workspace; `None` when it has none.
    pub fn scope_in(&self, workspace: WorkspaceId) -> Option<Scope> {
        match &self.0 {
            Principal::Person(person) => {
                let role = person.user.value.role_in(workspace)?;
                Some(Scope { workspace, role, actor: Actor::User(person.user.value.id) })
            }
            Principal::Key(key) => {
                let actor = Actor::ApiKey(key.value.id);
                (key.workspace == workspace).then_some(Scope { workspace, role: key.value.role, actor })
            }
        }
    }

    /// The workspaces that the caller belongs to, its first one first.
    pub fn workspaces(&self) -> Vec<WorkspaceId> {
        match &self.0 {
            Principal::Person(person) => {
                person.user.value.memberships.iter().map(|membership| membership.workspace_id).collect()
            }
            Principal::Key(key) => vec![key.workspace],
        }
    }
}
