//! Work that recurs, such as looking at alerts: what it remembers of each thing, and which node does it.
//!
//! Promises: a state is changed only by somebody who saw its last version, so that two nodes that both believe to be the one never
//! both act on the same state. The lease only spares them the trying: it trusts the clocks of the nodes.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use signalbox_domain::{Scope, Timestamp, WorkspaceId};

use super::named::Named;
use crate::{Error, Result, SystemScope};

/// A kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobKind {
    /// Looking at figures.
    Alerts,
    /// Writing scheduled exports.
    Exports,
    /// Forgetting single events that are old.
    Retention,
    /// Clearing test data.
    Clearing,
    /// Erasing visitors' data.
    Erasure,
    /// Fetching exchange rates.
    Rates,
}

impl JobKind {
    const fn word(self) -> &'static str {
        match self {
            Self::Alerts => "alert",
            Self::Exports => "export",
            Self::Retention => "retention",
            Self::Clearing => "clearing",
            Self::Erasure => "erasure",
            Self::Rates => "rates",
        }
    }
}

/// States and leases of recurring work.
#[derive(Debug, Clone, Copy)]
pub struct Jobs<'a>(Named<'a>);

const SYSTEM: SystemScope = SystemScope::new("recurring work");

fn name(kind: JobKind, workspace: WorkspaceId, id: &str) -> String {
    format!("{}/{workspace}/{id}", kind.word())
}

impl<'a> Jobs<'a> {
    pub(super) const fn new(named: Named<'a>) -> Self {
        Self(named)
    }

    /// What is remembered of a thing of the scope's workspace, with the version to name in the next change; the default and 0 when
    /// there is nothing.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn find<T: DeserializeOwned + Default>(
        &self,
        scope: &Scope,
        (kind, id): (JobKind, &str),
    ) -> Result<(T, u64)> {
        let name = name(kind, scope.workspace, id);
        let Some(found) = self.0.find(SYSTEM, &name).await? else { return Ok((T::default(), 0)) };
        let corrupt = |error: serde_json::Error| Error::Corrupt {
            collection: "jobs",
            id: name,
            reason: error.to_string(),
        };
        Ok((serde_json::from_value(found.body).map_err(corrupt)?, found.version))
    }

    /// What is remembered of everything of this kind in the scope's workspace, by id; unreadable ones are left out.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn list<T: DeserializeOwned>(&self, scope: &Scope, kind: JobKind) -> Result<Vec<(String, T)>> {
        let prefix = name(kind, scope.workspace, "");
        let all = self.0.list(SYSTEM, &prefix).await?;
        let read = |document: super::NamedDocument| {
            let id = document.name.strip_prefix(&prefix)?.to_owned();
            Some((id, serde_json::from_value(document.body).ok()?))
        };
        Ok(all.into_iter().filter_map(read).collect())
    }

    /// Puts a state in place if it is at version `expected` (0: there is none yet); the new version.
    ///
    /// # Errors
    /// `VersionMismatch` when somebody else was there, `Invalid`, `Unavailable`.
    pub async fn replace<T: Serialize + Sync>(
        &self,
        scope: &Scope,
        (kind, id, expected): (JobKind, &str, u64),
        state: &T,
    ) -> Result<u64> {
        let body = serde_json::to_value(state).map_err(|error| Error::invalid("body", error.to_string()))?;
        self.0.compare_and_set(SYSTEM, &name(kind, scope.workspace, id), expected, body).await
    }

    /// Forgets the state of a thing that is gone; none is fine. One that is changed this very moment is left: it names nothing any more.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn forget(&self, scope: &Scope, (kind, id): (JobKind, &str)) -> Result<()> {
        let name = name(kind, scope.workspace, id);
        let Some(found) = self.0.find(SYSTEM, &name).await? else { return Ok(()) };
        match self.0.delete(SYSTEM, &name, found.version).await {
            Err(Error::VersionMismatch { .. } | Error::NotFound { .. }) => Ok(()),
            other => other,
        }
    }

    /// Makes `holder` the one who does this kind of work until `until`, unless somebody else is at `now`; whether it is.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn lease(
        &self,
        system: SystemScope,
        (kind, holder): (JobKind, &str),
        (now, until): (Timestamp, Timestamp),
    ) -> Result<bool> {
        let name = format!("lease/{}", kind.word());
        let found = self.0.find(system, &name).await?;
        let version = match found {
            None => 0,
            Some(found) => {
                let theirs = found.body["holder"].as_str() != Some(holder);
                if theirs && found.body["until"].as_i64().is_some_and(|until| until > now.0) {
                    return Ok(false);
                }
                found.version
            }
        };
        match self
            .0
            .compare_and_set(system, &name, version, json!({ "holder": holder, "until": until.0 }))
            .await
        {
            Ok(_) => Ok(true),
            Err(Error::VersionMismatch { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
