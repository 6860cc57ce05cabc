//! The embedded store: one SQLite file in WAL mode.
//!
//! Promises: a write that returned `Ok` survives `kill -9` and, with [`Durability::Full`], a power cut; readers
//! never wait for the writer; no SQLite call runs on a thread of the async runtime.
//! All writes go through one thread that commits whatever has queued up as one transaction (group commit), so
//! that one fsync pays for many writes. Reads use a small pool of read-only connections.
//! Never: a transaction over several operations of a caller, SQL from outside this folder.

mod backup;
mod readers;
mod schema;
mod sql;
#[cfg(test)]
mod tests;
mod writer;

use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::OptionalExtension;

pub use backup::BackupReport;

use crate::document::{check_body, check_id};
use crate::{
    CollectionSpec, Document, Error, Mark, NewDocument, Page, Query, Replacement, Result, Store, SystemScope,
    Tenant, metrics,
};
use readers::Readers;
use writer::{Change, Writer};

/// How long a call waits for a place in a queue, and SQLite for a lock of another process.
pub(crate) const WAIT_MAX: Duration = Duration::from_secs(5);

/// When a write counts as safe.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Durability {
    /// On the disk before it is acknowledged (`synchronous=FULL`): cursors, conversions and deliveries must
    /// not go back in time after a power cut, or they would disagree with what was already told to others.
    #[default]
    Full,
    /// In the operating system (`synchronous=NORMAL`): survives `kill -9`, not a power cut. For throw-away
    /// instances and tests of speed.
    Normal,
}

/// How to open the file.
#[derive(Debug, Clone, Copy)]
pub struct SqliteOptions {
    /// When a write counts as safe.
    pub durability: Durability,
    /// Read connections, 1 to 64.
    pub readers: usize,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self { durability: Durability::Full, readers: 4 }
    }
}

/// The SQLite adapter. Cheap to share behind an `Arc`.
#[derive(Debug)]
pub struct SqliteStore {
    path: PathBuf,
    writer: Writer,
    readers: Readers,
}

impl SqliteStore {
    /// Opens the file, making it (readable by its owner only) and its folder if needed.
    ///
    /// # Errors
    /// `Unavailable` when it cannot be opened, `Invalid{catalog.url}` when it is another program's database or
    /// was written by a newer version.
    pub async fn open(path: impl AsRef<Path>, options: SqliteOptions) -> Result<Self> {
        let path = path.as_ref().to_path_buf();
        if !(1..=64).contains(&options.readers) {
            return Err(Error::invalid("catalog.readers", "must be between 1 and 64"));
        }
        on_blocking_thread(move || {
            let connection = schema::open_for_writing(&path, options.durability)?;
            let readers = Readers::open(&path, options.readers)?;
            let writer = Writer::start(connection)?;
            Ok(Self { path, writer, readers })
        })
        .await
    }

    /// Puts a backup in place as a new database at `target`, where none may be: stop the instance and move the
    /// old file (and its `-wal` and `-shm`) away first.
    ///
    /// # Errors
    /// `Invalid` when the target exists or the backup is none of ours, `Corrupt`, `Unavailable`.
    pub async fn restore(backup: impl AsRef<Path>, target: impl AsRef<Path>) -> Result<BackupReport> {
        let (backup, target) = (backup.as_ref().to_path_buf(), target.as_ref().to_path_buf());
        on_blocking_thread(move || backup::restore(&backup, &target)).await
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    async fn change(&self, change: Change, size: usize) -> Result<writer::Written> {
        self.writer.submit(change, size).await
    }
}

// === impl Store ===

#[async_trait]
impl Store for SqliteStore {
    fn kind(&self) -> &'static str {
        "sqlite"
    }

    async fn ensure(&self, specs: &[&'static CollectionSpec]) -> Result<()> {
        for spec in specs {
            spec.check()?;
            self.change(Change::Ensure { spec }, 0).await?;
        }
        Ok(())
    }

    async fn insert(
        &self,
        tenant: Tenant<'_>,
        spec: &'static CollectionSpec,
        document: NewDocument,
    ) -> Result<Document> {
        let done = metrics::Operation::start("insert");
        check_id(&document.id)?;
        tenant.admit(&document)?;
        let text = check_body(spec, &document.body)?;
        let NewDocument { id, workspace, schema, body } = document;
        let size = text.len();
        let change =
            Change::Insert { spec, id: id.clone(), workspace: workspace.clone(), schema, body: text };
        let written = self.change(change, size).await?;
        done.ok();
        Ok(written.document(id, schema, body))
    }

    async fn find(
        &self,
        tenant: Tenant<'_>,
        spec: &'static CollectionSpec,
        id: &str,
    ) -> Result<Option<Document>> {
        let done = metrics::Operation::start("find");
        check_id(id)?;
        let (id, restriction) = (id.to_owned(), tenant.restriction().map(str::to_owned));
        let found = self
            .readers
            .with(move |connection| {
                let text = sql::find(spec);
                let mut statement = connection.prepare_cached(&text).map_err(|e| sql::failed("find", e))?;
                let row = statement
                    .query_row((&id, &restriction), sql::raw)
                    .optional()
                    .map_err(|e| sql::failed("find", e))?;
                row.map(|row| row.document(spec)).transpose()
            })
            .await?;
        done.ok();
        Ok(found)
    }

    async fn replace(
        &self,
        tenant: Tenant<'_>,
        spec: &'static CollectionSpec,
        replacement: Replacement,
    ) -> Result<Document> {
        let done = metrics::Operation::start("replace");
        check_id(&replacement.id)?;
        let text = check_body(spec, &replacement.body)?;
        let Replacement { id, expected, schema, body } = replacement;
        let size = text.len();
        let change = Change::Replace {
            spec,
            id: id.clone(),
            restriction: tenant.restriction().map(str::to_owned),
            expected,
            schema,
            body: text,
        };
        let written = self.change(change, size).await?;
        done.ok();
        Ok(written.document(id, schema, body))
    }

    async fn delete(
        &self,
        tenant: Tenant<'_>,
        spec: &'static CollectionSpec,
        id: &str,
        expected: u64,
    ) -> Result<()> {
        let done = metrics::Operation::start("delete");
        check_id(id)?;
        let restriction = tenant.restriction().map(str::to_owned);
        self.change(Change::Delete { spec, id: id.to_owned(), restriction, expected }, 0).await?;
        done.ok();
        Ok(())
    }

    async fn list(&self, tenant: Tenant<'_>, spec: &'static CollectionSpec, query: &Query) -> Result<Page> {
        let done = metrics::Operation::start("list");
        query.check(spec)?;
        let (query, restriction) = (query.clone(), tenant.restriction().map(str::to_owned));
        let page = self
            .readers
            .with(move |connection| {
                let documents = sql::list(connection, spec, &query, restriction.as_deref())?;
                query.page(documents)
            })
            .await?;
        done.ok();
        Ok(page)
    }

    async fn count(
        &self,
        tenant: Tenant<'_>,
        spec: &'static CollectionSpec,
        query: &Query,
        at_most: u32,
    ) -> Result<u32> {
        let done = metrics::Operation::start("count");
        query.check(spec)?;
        let (query, restriction) = (query.clone(), tenant.restriction().map(str::to_owned));
        let counted = self
            .readers
            .with(move |connection| sql::count(connection, spec, &query, (restriction.as_deref(), at_most)))
            .await?;
        done.ok();
        Ok(counted)
    }

    async fn mark(&self, _system: SystemScope, spec: &'static CollectionSpec) -> Result<Mark> {
        let done = metrics::Operation::start("mark");
        let mark = self.readers.with(move |connection| sql::mark(connection, spec)).await?;
        done.ok();
        Ok(mark)
    }

    async fn ping(&self) -> Result<()> {
        self.readers
            .with(|connection| {
                connection.query_row("SELECT 1", [], |_| Ok(())).map_err(|e| sql::failed("ping", e))
            })
            .await?;
        self.writer.alive()
    }

    async fn scrub(&self) -> Result<()> {
        self.writer.scrub().await
    }

    async fn backup_to(&self, target: &Path) -> Result<BackupReport> {
        let (source, target) = (self.path.clone(), target.to_path_buf());
        on_blocking_thread(move || backup::copy(&source, &target)).await
    }

    async fn close(&self) {
        // The writer last: whoever closes last folds the log into the file.
        self.readers.close().await;
        self.writer.stop().await;
    }
}

/// Runs blocking work on the runtime's pool for such work.
async fn on_blocking_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|e| Error::unavailable_from("store task", e))?
}
