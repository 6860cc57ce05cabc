//! Requests to the postback address that nobody could be told: a wrong key, a body that cannot be read.
//!
//! A ring for each node, in a document of its own: however many come, they push out one another and nothing else.

use serde::{Deserialize, Serialize};
use signalbox_domain::Timestamp;

use super::{Live, Versioned, decode};
use crate::{Result, SystemScope};

const PREFIX: &str = "strays:";
/// Most requests kept of one node; the oldest leave.
pub const STRAYS_MAX: usize = 200;

/// Most characters kept of a query.
pub const STRAY_QUERY_CHARS_MAX: usize = 1_000;

/// A request that belongs to nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StrayPostback {
    /// When it came, or came last.
    pub at: Timestamp,
    /// How often the same came, one after another.
    #[serde(default)]
    pub times: u64,
    /// Stable code: `key_unknown`, `address_not_allowed`, `parameters_unreadable`.
    pub code: String,
    /// A sentence why, with the fix.
    pub reason: String,
    /// Fingerprint of the key, 16 hexadecimal digits; empty: it came without. The key itself is not kept.
    #[serde(default)]
    pub key_fingerprint: String,
    /// `GET` or `POST`.
    pub method: String,
    /// First characters of its parameters, as a query.
    pub query: String,
    /// Address of the sender.
    pub ip: String,
    /// User agent of the sender, shortened.
    pub user_agent: String,
}

impl StrayPostback {
    /// Whether all that it said is kept, so that it can be judged once somebody says whose it is.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.code != "parameters_unreadable" && self.query.chars().count() < STRAY_QUERY_CHARS_MAX
    }
}

/// What one node keeps, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strays {
    /// At most [`STRAYS_MAX`].
    pub requests: Vec<StrayPostback>,
}

impl Live<'_> {
    /// The ring of one node.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn strays_of(&self, system: SystemScope, node: &str) -> Result<Versioned<Strays>> {
        let found = self.read(system, &format!("{PREFIX}{node}")).await?;
        Ok(found.unwrap_or(Versioned { version: 0, value: Strays::default() }))
    }

    /// The rings of all nodes together, newest first.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn strays(&self, system: SystemScope) -> Result<Vec<StrayPostback>> {
        let mut all = Vec::new();
        for found in self.0.list(system, PREFIX).await? {
            let ring: Strays = decode(&found.name, found.body)?;
            all.extend(ring.requests);
        }
        all.sort_by_key(|stray| std::cmp::Reverse(stray.at));
        Ok(all)
    }

    /// Puts the ring of a node in place of the one at version `expected` (0: there is none).
    ///
    /// # Errors
    /// `VersionMismatch` when another process has the same name, `Unavailable`.
    pub async fn put_strays(
        &self,
        system: SystemScope,
        (node, expected): (&str, u64),
        ring: &Strays,
    ) -> Result<u64> {
        self.write(system, (&format!("{PREFIX}{node}"), expected), ring).await
    }
}
