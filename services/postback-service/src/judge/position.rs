//! How far postbacks are settled: one document in the catalog for each postback journal.

use serde::{Deserialize, Serialize};
use signalbox_catalog::{Catalog, Error, SystemScope};
use signalbox_events::JournalId;

const SYSTEM: SystemScope = SystemScope::new("postback judge position");
/// Name of the judge among the consumers of the postback journal.
pub(crate) const CONSUMER: &str = "judge";

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Body {
    next: u64,
}

/// The first postback that is not settled.
#[derive(Debug)]
pub(crate) struct Position {
    name: String,
    version: u64,
    body: Body,
}

impl Position {
    pub(crate) async fn load(catalog: &Catalog, journal: JournalId) -> Result<Self, Error> {
        Self::named(catalog, format!("judge:{journal}")).await
    }

    /// A position of another reader.
    pub(crate) async fn named(catalog: &Catalog, name: String) -> Result<Self, Error> {
        let Some(found) = catalog.cursors().find(SYSTEM, &name).await? else {
            return Ok(Self { name, version: 0, body: Body::default() });
        };
        let body = serde_json::from_value(found.body).map_err(|error| Error::Corrupt {
            collection: "cursors",
            id: name.clone(),
            reason: error.to_string(),
        })?;
        Ok(Self { name, version: found.version, body })
    }

    pub(crate) const fn next(&self) -> u64 {
        self.body.next
    }

    /// Everything before `next` is settled.
    pub(crate) async fn advance(&mut self, catalog: &Catalog, next: u64) -> Result<(), Error> {
        self.body.next = next;
        let body = serde_json::json!({ "next": next });
        self.version = catalog.cursors().compare_and_set(SYSTEM, &self.name, self.version, body).await?;
        Ok(())
    }
}
