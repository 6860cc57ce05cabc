//! The one-time token that lets the first person in.
//!
//! Made anew at each start while the instance has no user, so that the link which was printed last is the one that works. Only its
//! digest is stored. Of any number of requests that use it at once exactly one wins: the use is a compare-and-set in the catalog.

use super::{SYSTEM, token};
use crate::{app::App, error::ApiError};
use signalbox_catalog::{Catalog, Error, PageRequest};
use signalbox_domain::Timestamp;

/// Why a token cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// It is not the instance's token.
    Token,
    /// The set-up has been done.
    Done,
}

async fn has_users(catalog: &Catalog) -> Result<bool, Error> {
    let first = PageRequest { limit: 1, ..PageRequest::default() };
    let page = catalog.users().list(SYSTEM, &first).await?;
    Ok(!page.items.is_empty() || !page.damaged.is_empty())
}

/// Whether the instance waits for its first user.
///
/// # Errors
/// When the catalog does not answer.
pub async fn is_needed(app: &App) -> Result<bool, ApiError> {
    Ok(!has_users(app.catalog()).await?)
}

/// A new token for an instance without users; `None` when it has one, or when another node made one in the same moment.
///
/// # Errors
/// When the catalog does not answer.
pub async fn mint_setup_token(catalog: &Catalog, now: Timestamp) -> Result<Option<String>, Error> {
    if has_users(catalog).await? {
        return Ok(None);
    }
    let secret = token::random_token();
    match catalog.set_setup_token(SYSTEM, &token::digest(&secret), now).await {
        Ok(()) => Ok(Some(secret)),
        Err(Error::VersionMismatch { .. }) => {
            tracing::warn!("another node has made the set-up link; use the one that it printed");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Uses the token up.
///
/// # Errors
/// The outer one when the catalog does not answer, the inner one when the token cannot be used.
pub async fn use_token(app: &App, text: &str) -> Result<Result<(), Wrong>, ApiError> {
    if has_users(app.catalog()).await? {
        return Ok(Err(Wrong::Done));
    }
    match app.catalog().use_setup_token(SYSTEM, &token::digest(text.trim()), app.now()).await {
        Ok(()) => Ok(Ok(())),
        Err(Error::NotFound { .. }) => Ok(Err(Wrong::Token)),
        Err(Error::Conflict { .. } | Error::VersionMismatch { .. }) => Ok(Err(Wrong::Done)),
        Err(error) => Err(error.into()),
    }
}

/// Makes a used token usable again, after the set-up could not be finished.
pub async fn restore_token(app: &App, text: &str) {
    if let Err(error) = app.catalog().set_setup_token(SYSTEM, &token::digest(text.trim()), app.now()).await {
        tracing::error!(%error, "the set-up link is used up and the set-up was not finished; restart to get another");
    }
}

/// Whether `text` is the token that has not been used yet; says nothing about who will win.
///
/// # Errors
/// When the catalog does not answer.
pub async fn token_fits(app: &App, text: &str) -> Result<bool, ApiError> {
    let setup = app.catalog().find_setup(SYSTEM).await?;
    Ok(setup.is_some_and(|setup| token::same(&setup.token_sha256, &token::digest(text.trim()))))
}
