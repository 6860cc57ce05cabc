//! The document store: what every adapter can do, which is only what MongoDB and SQLite do alike.
//! Each operation touches one document and is atomic and durable when it returns. There are no transactions,
//! no joins and no unscoped look-ups: what must change together lives in one document.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;

use crate::{
    BackupReport, CollectionSpec, Document, Error, Mark, MongoStore, NewDocument, Page, Query, Replacement,
    Result, SqliteOptions, SqliteStore,
};

/// Permission to look across workspaces, for the snapshot feed, login and the workers. Making one is a
/// decision worth finding in a search: it says what for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SystemScope {
    purpose: &'static str,
}

impl SystemScope {
    /// A scope over all workspaces for one purpose, e.g. `"routing snapshot"`.
    #[must_use]
    pub const fn new(purpose: &'static str) -> Self {
        Self { purpose }
    }

    /// What it was made for.
    #[must_use]
    pub const fn purpose(self) -> &'static str {
        self.purpose
    }
}

/// On whose behalf a store is asked.
#[derive(Debug, Clone, Copy)]
pub enum Tenant<'a> {
    /// One workspace, by its text id: documents of others do not exist for it.
    Workspace(&'a str),
    /// The system itself, over all workspaces.
    System(SystemScope),
}

impl<'a> Tenant<'a> {
    /// The workspace that a look-up is restricted to.
    #[must_use]
    pub const fn restriction(self) -> Option<&'a str> {
        match self {
            Self::Workspace(workspace) => Some(workspace),
            Self::System(_) => None,
        }
    }

    /// Checks that a new document belongs to this tenant.
    pub(crate) fn admit(self, document: &NewDocument) -> Result<()> {
        match self.restriction() {
            Some(workspace) if workspace != document.workspace || workspace.is_empty() => {
                Err(Error::invalid("workspace", "must be the workspace of the caller's scope"))
            }
            _ => Ok(()),
        }
    }
}

/// A store of JSON documents in declared collections.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Name of the adapter: `sqlite` or `mongodb`.
    fn kind(&self) -> &'static str;

    /// Makes collections and indexes as declared; safe to call at each start and from several nodes.
    async fn ensure(&self, specs: &[&'static CollectionSpec]) -> Result<()>;

    /// Stores a new document at version 1.
    ///
    /// # Errors
    /// `Conflict{field}` when the id or a unique key is taken, `Invalid`, `Unavailable`.
    async fn insert(
        &self,
        tenant: Tenant<'_>,
        spec: &'static CollectionSpec,
        document: NewDocument,
    ) -> Result<Document>;

    /// The document with this id, if there is one for this tenant.
    async fn find(
        &self,
        tenant: Tenant<'_>,
        spec: &'static CollectionSpec,
        id: &str,
    ) -> Result<Option<Document>>;

    /// Puts a new body in place of the one at the expected version (compare-and-set).
    ///
    /// # Errors
    /// `VersionMismatch`, `NotFound`, `Conflict{field}`, `Invalid`, `Unavailable`.
    async fn replace(
        &self,
        tenant: Tenant<'_>,
        spec: &'static CollectionSpec,
        replacement: Replacement,
    ) -> Result<Document>;

    /// Deletes the document if it is still at the expected version.
    ///
    /// # Errors
    /// `VersionMismatch`, `NotFound`, `Unavailable`.
    async fn delete(
        &self,
        tenant: Tenant<'_>,
        spec: &'static CollectionSpec,
        id: &str,
        expected: u64,
    ) -> Result<()>;

    /// One page of documents. Those that cannot be read are named in [`Page::damaged`], not hidden.
    ///
    /// # Errors
    /// `Invalid` for a path that is not declared or a limit out of bounds, `Unavailable`.
    async fn list(&self, tenant: Tenant<'_>, spec: &'static CollectionSpec, query: &Query) -> Result<Page>;

    /// How many documents a query (without regard to its limit) matches, counting no further than `at_most`.
    ///
    /// # Errors
    /// As [`Store::list`].
    async fn count(
        &self,
        tenant: Tenant<'_>,
        spec: &'static CollectionSpec,
        query: &Query,
        at_most: u32,
    ) -> Result<u32>;

    /// What a collection holds now, without the bodies of its documents. Writes during the call are in it or not.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn mark(&self, system: SystemScope, spec: &'static CollectionSpec) -> Result<Mark>;

    /// Whether the store answers now.
    async fn ping(&self) -> Result<()>;

    /// Writes a consistent copy of the running database to the file `target`, which must not exist yet. Writers
    /// go on meanwhile; the copy holds every write acknowledged before the call.
    ///
    /// # Errors
    /// `Invalid{path}` when the target exists, `Invalid{catalog.url}` for stores that are no file (MongoDB has
    /// its own tools), `Corrupt` when the copy fails its check, `Unavailable` when it cannot be written.
    async fn backup_to(&self, target: &Path) -> Result<BackupReport> {
        let reason = format!("{} cannot be copied to {}: use mongodump", self.kind(), target.display());
        Err(Error::invalid("catalog.url", reason))
    }

    /// Takes what was deleted or replaced before out of the store's own log, where it has one that it could be read from.
    ///
    /// # Errors
    /// `Unavailable` when somebody reads at the moment: try again.
    async fn scrub(&self) -> Result<()> {
        Ok(())
    }

    /// Finishes accepted writes and lets go of files and connections; later calls are `Unavailable`.
    async fn close(&self);
}

/// Opens the store named by a URL: `sqlite:PATH` or `mongodb://…/database` (`mongodb+srv://` too).
///
/// # Errors
/// `Invalid{field: "catalog.url"}` for another form, else the adapter's own.
pub async fn open(url: &str) -> Result<Arc<dyn Store>> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        return Ok(Arc::new(SqliteStore::open(path, SqliteOptions::default()).await?));
    }
    if url.starts_with("mongodb://") || url.starts_with("mongodb+srv://") {
        return Ok(Arc::new(MongoStore::connect(url).await?));
    }
    Err(Error::invalid("catalog.url", "must be sqlite:PATH or mongodb://HOST/DATABASE"))
}
