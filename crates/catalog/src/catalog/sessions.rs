//! Login sessions, found by the hash of their token.

use serde::{Deserialize, Serialize};
use signalbox_domain::{SessionId, Timestamp, UserId};

use super::entity::SESSIONS;
use super::stored::{Stored, decode, decode_page, encode};
use crate::{Error, NewDocument, PAGE_MAX, Query, Replacement, Result, Store, SystemScope, Tenant};

const SCHEMA: u16 = 1;

/// A login session. The token itself is never stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Public identity, for lists and for ending it.
    pub id: SessionId,
    /// SHA-256 of the token, hexadecimal; the id of the document.
    pub token_sha256: String,
    /// Whose it is.
    pub user_id: UserId,
    /// [`signalbox_domain::User::session_epoch`] at login; an older one is no longer valid.
    pub epoch: u32,
    /// Token that changing requests must repeat.
    pub csrf: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last seen, to a precision that the caller chooses.
    pub seen_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Browser, as far as the user needs it to recognise the session.
    #[serde(default)]
    pub user_agent: String,
}

/// The sessions.
#[derive(Clone, Copy)]
pub struct Sessions<'a> {
    store: &'a dyn Store,
}

impl std::fmt::Debug for Sessions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sessions")
    }
}

impl<'a> Sessions<'a> {
    pub(super) fn new(store: &'a dyn Store) -> Self {
        Self { store }
    }

    /// Stores a new session.
    ///
    /// # Errors
    /// `Conflict{id}` when the token is known, `Invalid`, `Unavailable`.
    pub async fn create(&self, system: SystemScope, session: &Session) -> Result<Stored<Session>> {
        let (id, body) = (session.token_sha256.clone(), encode(session, None)?);
        let document = NewDocument { id, workspace: String::new(), schema: SCHEMA, body };
        decode(SESSIONS.name, SCHEMA, self.store.insert(Tenant::System(system), &SESSIONS, document).await?)
    }

    /// The session of a token, expired or not.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn find(&self, system: SystemScope, token_sha256: &str) -> Result<Option<Stored<Session>>> {
        let found = self.store.find(Tenant::System(system), &SESSIONS, token_sha256).await?;
        found.map(|document| decode(SESSIONS.name, SCHEMA, document)).transpose()
    }

    /// Changes a session that is at version `expected`.
    ///
    /// # Errors
    /// `VersionMismatch`, `NotFound`, `Unavailable`.
    pub async fn update(
        &self,
        system: SystemScope,
        expected: u64,
        session: &Session,
    ) -> Result<Stored<Session>> {
        let (id, body) = (session.token_sha256.clone(), encode(session, None)?);
        let replacement = Replacement { id, expected, schema: SCHEMA, body };
        decode(
            SESSIONS.name,
            SCHEMA,
            self.store.replace(Tenant::System(system), &SESSIONS, replacement).await?,
        )
    }

    /// Ends a session; ending one that is gone is no error.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn delete(&self, system: SystemScope, token_sha256: &str) -> Result<()> {
        // A session that is being marked as seen changes under us: look again, it ends all the same.
        loop {
            let Some(found) = self.store.find(Tenant::System(system), &SESSIONS, token_sha256).await? else {
                return Ok(());
            };
            let deleted =
                self.store.delete(Tenant::System(system), &SESSIONS, token_sha256, found.version).await;
            match deleted {
                Err(Error::VersionMismatch { .. }) => {}
                Ok(()) | Err(Error::NotFound { .. }) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    /// Sessions of a user, at most [`PAGE_MAX`].
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn list_of(&self, system: SystemScope, user: UserId) -> Result<Vec<Stored<Session>>> {
        let query = Query::new().eq("user_id", user.to_string()).limit(PAGE_MAX);
        let page = self.store.list(Tenant::System(system), &SESSIONS, &query).await?;
        Ok(decode_page(SESSIONS.name, SCHEMA, page)?.items)
    }

    /// Ends all sessions of a user, except the one with `keep`.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn delete_of(&self, system: SystemScope, user: UserId, keep: Option<&str>) -> Result<usize> {
        let mut ended = 0;
        loop {
            let sessions = self.list_of(system, user).await?;
            let going: Vec<_> = sessions.iter().filter(|s| keep != Some(s.id.as_str())).collect();
            for session in &going {
                self.delete(system, &session.id).await?;
            }
            ended += going.len();
            if sessions.len() < usize::from(PAGE_MAX) {
                return Ok(ended);
            }
        }
    }

    /// Forgets sessions that ended before `now`; returns how many (at most [`PAGE_MAX`] a call).
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn purge(&self, system: SystemScope, now: Timestamp) -> Result<usize> {
        let query = Query::new().order_by("expires_at").below(now.0).limit(PAGE_MAX);
        let page = self.store.list(Tenant::System(system), &SESSIONS, &query).await?;
        let mut gone = 0;
        for document in page.documents {
            // A session that was prolonged in between has another version and stays.
            match self.store.delete(Tenant::System(system), &SESSIONS, &document.id, document.version).await {
                Ok(()) => gone += 1,
                Err(Error::VersionMismatch { .. } | Error::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(gone)
    }
}
