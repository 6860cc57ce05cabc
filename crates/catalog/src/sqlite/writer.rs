//! The one writer: a thread that takes changes from a bounded queue and commits all that has queued up as one
//! transaction, then tells each caller its own outcome.
//!
//! Bounds: [`QUEUE_JOBS`] changes and [`QUEUE_KIB`] of bodies. A caller waits for a place, at most
//! [`WAIT_MAX`], then gets `Unavailable`. A change whose caller went away is still carried out.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::timeout;

use super::{WAIT_MAX, schema, sql};
use crate::document::now_ms;
use crate::{CollectionSpec, Document, Error, Result, metrics};

/// Changes that may wait.
const QUEUE_JOBS: usize = 4096;
/// Bodies that may wait, in KiB.
const QUEUE_KIB: usize = 64 * 1024;
/// How long emptying the log waits for readers.
const SCRUB_WAIT: Duration = Duration::from_millis(200);
/// Changes in one transaction.
const BATCH_JOBS: usize = 512;

/// One change to one document.
#[derive(Debug)]
pub(super) enum Change {
    /// Make a collection's table and indexes.
    Ensure { spec: &'static CollectionSpec },
    /// New document.
    Insert { spec: &'static CollectionSpec, id: String, workspace: String, schema: u16, body: String },
    /// New body if the version is as expected.
    Replace {
        spec: &'static CollectionSpec,
        id: String,
        restriction: Option<String>,
        expected: u64,
        schema: u16,
        body: String,
    },
    /// Delete if the version is as expected.
    Delete { spec: &'static CollectionSpec, id: String, restriction: Option<String>, expected: u64 },
}

/// The envelope that a change left behind.
#[derive(Debug, Default)]
pub(super) struct Written {
    workspace: String,
    version: u64,
    created: i64,
    updated: i64,
}

impl Written {
    pub(super) fn document(self, id: String, schema: u16, body: Value) -> Document {
        let Self { workspace, version, created, updated } = self;
        Document { id, workspace, version, schema, created, updated, body }
    }
}

enum Message {
    Job(Job),
    /// Fold the log into the file, and empty it.
    Scrub(oneshot::Sender<Result<()>>),
    Stop(oneshot::Sender<()>),
}

struct Job {
    change: Change,
    answer: oneshot::Sender<Result<Written>>,
    _place: OwnedSemaphorePermit,
}

#[derive(Debug)]
pub(super) struct Writer {
    queue: mpsc::Sender<Message>,
    room: Arc<Semaphore>,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> Result<Self> {
        let (queue, messages) = mpsc::channel(QUEUE_JOBS);
        std::thread::Builder::new()
            .name("catalog-writer".to_owned())
            .spawn(move || run(connection, messages))
            .map_err(|e| Error::unavailable_from("starting the catalog writer", e))?;
        Ok(Self { queue, room: Arc::new(Semaphore::new(QUEUE_KIB)) })
    }

    /// Queues a change of `size` body bytes and waits until it is committed or refused.
    pub(super) async fn submit(&self, change: Change, size: usize) -> Result<Written> {
        let kib = u32::try_from(size / 1024 + 1).unwrap_or(u32::MAX);
        let (answer, outcome) = oneshot::channel();
        let queued = timeout(WAIT_MAX, async {
            let place = Arc::clone(&self.room).acquire_many_owned(kib).await.ok()?;
            self.queue.send(Message::Job(Job { change, answer, _place: place })).await.ok()
        })
        .await;
        match queued {
            Ok(Some(())) => {}
            Ok(None) => return Err(Error::unavailable("the catalog is closed")),
            Err(_elapsed) => {
                metrics::refused("writer_queue_full");
                return Err(Error::unavailable("the catalog's write queue is full"));
            }
        }
        metrics::queue_depth(QUEUE_JOBS - self.queue.capacity());
        outcome.await.map_err(|_| Error::unavailable("the catalog writer stopped"))?
    }

    pub(super) fn alive(&self) -> Result<()> {
        if self.queue.is_closed() { Err(Error::unavailable("the catalog writer stopped")) } else { Ok(()) }
    }

    /// Folds the log into the file and empties it, behind what is queued.
    pub(super) async fn scrub(&self) -> Result<()> {
        let (answer, outcome) = oneshot::channel();
        if self.queue.send(Message::Scrub(answer)).await.is_err() {
            return Err(Error::unavailable("the catalog is closed"));
        }
        outcome.await.map_err(|_| Error::unavailable("the catalog writer stopped"))?
    }

    /// Commits what is queued and ends the thread.
    pub(super) async fn stop(&self) {
        let (answer, stopped) = oneshot::channel();
        if self.queue.send(Message::Stop(answer)).await.is_ok() {
            // An error only says that the thread is gone already.
            drop(stopped.await);
        }
    }
}

/// Body of the writer thread; ends when told to or when the store is dropped.
fn run(connection: Connection, mut messages: mpsc::Receiver<Message>) {
    let mut stopping = None;
    while stopping.is_none() {
        let Some(first) = messages.blocking_recv() else { break };
        let (mut batch, mut scrubs) = (Vec::new(), Vec::new());
        let mut next = Some(first);
        while let Some(message) = next {
            match message {
                Message::Job(job) => batch.push(job),
                Message::Scrub(answer) => scrubs.push(answer),
                Message::Stop(answer) => {
                    messages.close();
                    stopping = Some(answer);
                }
            }
            next = if batch.len() < BATCH_JOBS { messages.try_recv().ok() } else { None };
        }
        commit(&connection, batch);
        for answer in scrubs {
            // The caller may have stopped waiting.
            let _ = answer.send(scrub(&connection));
        }
    }
    // Changes that were queued behind the stop are still carried out.
    let mut rest = Vec::new();
    while let Ok(message) = messages.try_recv() {
        // A log that was to be emptied is, at the end.
        if let Message::Job(job) = message {
            rest.push(job);
        }
    }
    commit(&connection, rest);
    if let Err(error) = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)") {
        tracing::warn!(%error, "catalog checkpoint at close");
    }
    drop(connection);
    if let Some(answer) = stopping {
        // The caller may have stopped waiting.
        let _ = answer.send(());
    }
}

/// Readers hold the log for milliseconds; writers wait behind this no longer than [`SCRUB_WAIT`].
fn scrub(connection: &Connection) -> Result<()> {
    let failed = |e| sql::failed("emptying the catalog's log", e);
    connection.busy_timeout(SCRUB_WAIT).map_err(failed)?;
    let busy = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
    connection.busy_timeout(WAIT_MAX).map_err(failed)?;
    match busy.map_err(failed)? {
        0 => Ok(()),
        _ => Err(Error::unavailable("somebody reads the catalog's log; it is emptied later")),
    }
}

/// Carries out a batch as one transaction and answers everybody.
fn commit(connection: &Connection, batch: Vec<Job>) {
    if batch.is_empty() {
        return;
    }
    metrics::batch(batch.len());
    let (changes, answers): (Vec<_>, Vec<_>) =
        batch.into_iter().map(|job| (job.change, (job.answer, job._place))).unzip();
    let outcomes = transact(connection, &changes).unwrap_or_else(|failure| {
        tracing::error!(error = %failure, changes = changes.len(), "catalog transaction failed");
        changes.iter().map(|_| Err(Error::unavailable(failure.to_string()))).collect()
    });
    for ((answer, _place), outcome) in answers.into_iter().zip(outcomes) {
        // Nobody listening is fine: the change is in.
        drop(answer.send(outcome));
    }
}

/// The outcome of each change, all committed; an error means that none of them was.
fn transact(connection: &Connection, changes: &[Change]) -> Result<Vec<Result<Written>>> {
    let failed = |e| sql::failed("catalog transaction", e);
    connection.execute_batch("BEGIN IMMEDIATE").map_err(failed)?;
    let mut outcomes = Vec::with_capacity(changes.len());
    for change in changes {
        outcomes.push(apply(connection, change));
        if connection.is_autocommit() {
            // Disk full or an I/O error: SQLite has rolled back everything in the batch by itself.
            let reason = match outcomes.pop() {
                Some(Err(error)) => error.to_string(),
                _ => "SQLite rolled the transaction back".to_owned(),
            };
            return Err(Error::unavailable(reason));
        }
    }
    if let Err(error) = connection.execute_batch("COMMIT") {
        if !connection.is_autocommit()
            && let Err(again) = connection.execute_batch("ROLLBACK")
        {
            tracing::error!(error = %again, "catalog rollback failed");
        }
        return Err(failed(error));
    }
    Ok(outcomes)
}

/// One statement: SQLite undoes it alone when it is refused, the rest of the transaction stands.
fn apply(connection: &Connection, change: &Change) -> Result<Written> {
    match change {
        Change::Ensure { spec } => schema::ensure(connection, spec).map(|()| Written::default()),
        Change::Insert { spec, id, workspace, schema, body } => {
            let now = now_ms();
            let text = format!("INSERT INTO \"{}\" VALUES (?, ?, 1, ?, ?, ?, ?)", spec.name);
            let mut statement = connection.prepare_cached(&text).map_err(|e| refusal(spec, e))?;
            statement
                .execute(params![id, workspace, schema, now, now, body])
                .map_err(|e| refusal(spec, e))?;
            Ok(Written { workspace: workspace.clone(), version: 1, created: now, updated: now })
        }
        Change::Replace { spec, id, restriction, expected, schema, body } => {
            let now = now_ms();
            let text = format!(
                "UPDATE \"{}\" SET version = version + 1, schema = ?1, updated = max(?2, updated), body = ?3 \
                 WHERE id = ?4 AND version = ?5 AND (?6 IS NULL OR workspace = ?6) \
                 RETURNING workspace, created, updated",
                spec.name
            );
            let mut statement = connection.prepare_cached(&text).map_err(|e| refusal(spec, e))?;
            let values = params![schema, now, body, id, version(*expected), restriction];
            let left = statement.query_row(values, |row| {
                Ok(Written {
                    workspace: row.get(0)?,
                    version: expected + 1,
                    created: row.get(1)?,
                    updated: row.get(2)?,
                })
            });
            match left.optional().map_err(|e| refusal(spec, e))? {
                Some(written) => Ok(written),
                None => Err(why_not(connection, spec, id, (restriction.as_deref(), *expected))),
            }
        }
        Change::Delete { spec, id, restriction, expected } => {
            let text = format!(
                "DELETE FROM \"{}\" WHERE id = ?1 AND version = ?2 AND (?3 IS NULL OR workspace = ?3)",
                spec.name
            );
            let mut statement = connection.prepare_cached(&text).map_err(|e| refusal(spec, e))?;
            let values = params![id, version(*expected), restriction];
            match statement.execute(values).map_err(|e| refusal(spec, e))? {
                0 => Err(why_not(connection, spec, id, (restriction.as_deref(), *expected))),
                _ => Ok(Written::default()),
            }
        }
    }
}

/// Versions beyond SQLite's integers match nothing.
fn version(expected: u64) -> i64 {
    i64::try_from(expected).unwrap_or(-1)
}

/// Why a compare-and-set found nothing: another version, or no such document for this tenant.
fn why_not(
    connection: &Connection,
    spec: &'static CollectionSpec,
    id: &str,
    (restriction, expected): (Option<&str>, u64),
) -> Error {
    let present = connection
        .prepare_cached(&sql::find(spec))
        .and_then(|mut statement| statement.exists(params![id, restriction]));
    match present {
        Ok(true) => Error::VersionMismatch { collection: spec.name, id: id.to_owned(), expected },
        Ok(false) => Error::NotFound { collection: spec.name, id: id.to_owned() },
        Err(error) => sql::failed("compare-and-set", error),
    }
}

/// A refused statement as our error.
fn refusal(spec: &'static CollectionSpec, error: rusqlite::Error) -> Error {
    if let rusqlite::Error::SqliteFailure(failure, message) = &error
        && failure.code == rusqlite::ErrorCode::ConstraintViolation
    {
        let message = message.as_deref().unwrap_or_default();
        return Error::Conflict { collection: spec.name, field: schema::conflicting_field(spec, message) };
    }
    sql::failed(spec.name, error)
}
