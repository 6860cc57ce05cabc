//! Cursors of the warehouse writer, kept in the catalog.

use async_trait::async_trait;
use signalbox_catalog::{Catalog, Error as CatalogError, SystemScope};
use signalbox_events::JournalId;
use signalbox_warehouse::{Cursor, CursorError, CursorStore};

const SYSTEM: SystemScope = SystemScope::new("warehouse writer cursors");

/// [`CursorStore`] over the catalog's compare-and-set documents.
pub(crate) struct CatalogCursors(pub(crate) Catalog);

fn name(journal: JournalId) -> String {
    format!("writer:{journal}")
}

fn unavailable(error: &CatalogError) -> CursorError {
    CursorError::Unavailable { reason: error.to_string() }
}

impl CatalogCursors {
    async fn read(&self, journal: JournalId) -> Result<Option<(u64, Cursor)>, CursorError> {
        let Some(found) =
            self.0.cursors().find(SYSTEM, &name(journal)).await.map_err(|error| unavailable(&error))?
        else {
            return Ok(None);
        };
        let cursor = serde_json::from_value(found.body)
            .map_err(|error| CursorError::Corrupt { reason: error.to_string() })?;
        Ok(Some((found.version, cursor)))
    }
}

#[async_trait]
impl CursorStore for CatalogCursors {
    async fn load(&self, journal: JournalId) -> Result<Option<Cursor>, CursorError> {
        Ok(self.read(journal).await?.map(|(_, cursor)| cursor))
    }

    async fn compare_and_set(&self, expected: Option<&Cursor>, new: &Cursor) -> Result<bool, CursorError> {
        let stored = self.read(new.journal).await?;
        if stored.as_ref().map(|(_, cursor)| cursor) != expected {
            return Ok(false);
        }
        let version = stored.map_or(0, |(version, _)| version);
        let body =
            serde_json::to_value(new).map_err(|error| CursorError::Corrupt { reason: error.to_string() })?;
        match self.0.cursors().compare_and_set(SYSTEM, &name(new.journal), version, body).await {
            Ok(_) => Ok(true),
            Err(CatalogError::VersionMismatch { .. }) => Ok(false),
            Err(error) => Err(unavailable(&error)),
        }
    }
}
