//! The engine, databases, journals, cursors in memory and hooks that stop a writer.

use async_trait::async_trait;
use signalbox_embedded_clickhouse::{Handle, State, Supervisor, SupervisorConfig};
use signalbox_events::{Journal, JournalId, JournalOptions, LocalSource, Stream};
use signalbox_warehouse::writer::{Hook, Point};
use signalbox_warehouse::{Cursor, CursorError, CursorStore, Error, Step, Warehouse, Writer, WriterOptions};
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;

pub type Running<'e> = Pin<Box<dyn Future<Output = ()> + Send + 'e>>;

/// A supervised engine.
pub struct Engine {
    handle: Mutex<Option<Handle>>,
    pub url: String,
    password: String,
    /// Removed when the engine has ended.
    _dir: TempDir,
}

impl Engine {
    pub async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut config = SupervisorConfig::new(std::env::current_exe().unwrap(), dir.path().join("data"));
        config.args = vec!["embedded-clickhouse".into()];
        let handle = Supervisor::start(config).await.unwrap_or_else(|error| panic!("{error}"));
        let (url, password) = (handle.base_url(), handle.password().unwrap_or_default().to_owned());
        Self { handle: Mutex::new(Some(handle)), url, password, _dir: dir }
    }

    pub async fn connect(&self, database: &str) -> Warehouse {
        Warehouse::connect(&self.url, database, "default", &self.password).await.unwrap()
    }

    /// The process id of the child, once one answers that is not `old`.
    pub async fn ready_pid(&self, old: u32) -> u32 {
        let mut state = self.handle.lock().unwrap().as_ref().unwrap().state();
        loop {
            if let State::Ready { pid } = *state.borrow_and_update()
                && pid != old
            {
                return pid;
            }
            state.changed().await.unwrap();
        }
    }

    pub async fn stop(&self) {
        let handle = self.handle.lock().unwrap().take();
        if let Some(handle) = handle {
            handle.stop().await;
        }
    }
}

/// What tests share.
pub struct Env {
    pub engine: Engine,
    databases: AtomicU32,
}

impl Env {
    pub async fn start() -> Self {
        Self { engine: Engine::start().await, databases: AtomicU32::new(0) }
    }

    pub async fn stop(&self) {
        self.engine.stop().await;
    }

    /// A name that no test has had.
    pub fn database_name(&self) -> String {
        format!("t{}", self.databases.fetch_add(1, Ordering::Relaxed))
    }

    /// An empty database with the schema.
    pub async fn database(&self) -> Warehouse {
        let warehouse = self.engine.connect(&self.database_name()).await;
        warehouse.migrate().await.unwrap();
        warehouse
    }

    /// A plain client on the same database, to look past the crate.
    pub fn client(&self, warehouse: &Warehouse) -> clickhouse::Client {
        clickhouse::Client::default()
            .with_url(&self.engine.url)
            .with_user("default")
            .with_password(&self.engine.password)
            .with_database(warehouse.database())
    }
}

/// A journal in a folder of its own, readable as a source.
pub struct Events {
    pub journal: Journal,
    pub source: Arc<LocalSource>,
    _dir: TempDir,
}

impl Events {
    pub fn new() -> Self {
        Self::with(JournalOptions::new(Stream::Clicks))
    }

    pub fn with(options: JournalOptions) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(dir.path().join("journal"), options).unwrap();
        let source = Arc::new(LocalSource::new([journal.clone()]));
        Self { journal, source, _dir: dir }
    }

    pub fn append(&self, payloads: &[Vec<u8>]) {
        for chunk in payloads.chunks(500) {
            self.journal.append_batch(chunk).unwrap();
        }
    }

    pub fn writer(&self, warehouse: &Warehouse, cursors: &Arc<Cursors>, batch: usize) -> Writer {
        let options = WriterOptions {
            batch_records_max: batch,
            read_wait: Duration::ZERO,
            linger: Duration::ZERO,
            ..WriterOptions::default()
        };
        let cursors: Arc<dyn CursorStore> = cursors.clone();
        Writer::new(warehouse.clone(), self.source.clone(), self.journal.id(), cursors, options)
    }
}

/// Cursors in memory: they outlive every writer of a test.
#[derive(Default)]
pub struct Cursors {
    stored: Mutex<HashMap<JournalId, Cursor>>,
}

impl Cursors {
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    pub fn of(&self, journal: JournalId) -> Option<Cursor> {
        self.stored.lock().unwrap().get(&journal).cloned()
    }

    /// As a restored backup would.
    pub fn put_back(&self, journal: JournalId, cursor: Option<Cursor>) {
        let mut stored = self.stored.lock().unwrap();
        match cursor {
            Some(cursor) => stored.insert(journal, cursor),
            None => stored.remove(&journal),
        };
    }
}

#[async_trait]
impl CursorStore for Cursors {
    async fn load(&self, journal: JournalId) -> Result<Option<Cursor>, CursorError> {
        Ok(self.of(journal))
    }

    async fn compare_and_set(&self, expected: Option<&Cursor>, new: &Cursor) -> Result<bool, CursorError> {
        let mut stored = self.stored.lock().unwrap();
        if stored.get(&new.journal) != expected {
            return Ok(false);
        }
        stored.insert(new.journal, new.clone());
        Ok(true)
    }
}

/// Stops the writer at the n-th point it comes to (counted from 0), as a crash would.
pub struct CrashAt {
    left: AtomicUsize,
    pub stopped: Mutex<Option<Point>>,
}

impl CrashAt {
    pub fn nth(points: usize) -> Arc<Self> {
        Arc::new(Self { left: AtomicUsize::new(points), stopped: Mutex::new(None) })
    }
}

#[async_trait]
impl Hook for CrashAt {
    async fn at(&self, point: Point) -> Result<(), Error> {
        let before = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if before.is_ok() {
            return Ok(());
        }
        *self.stopped.lock().unwrap() = Some(point);
        Err(Error::Stopped { point: format!("{point:?}") })
    }
}

/// Stops the writer whenever it comes to this point.
pub struct CrashOn(pub Point);

#[async_trait]
impl Hook for CrashOn {
    async fn at(&self, point: Point) -> Result<(), Error> {
        if point == self.0 { Err(Error::Stopped { point: format!("{point:?}") }) } else { Ok(()) }
    }
}

/// Holds the writer at a point until it is released.
pub struct HoldOn {
    point: Point,
    arrived: tokio::sync::Semaphore,
    released: tokio::sync::Semaphore,
}

impl HoldOn {
    pub fn at(point: Point) -> Arc<Self> {
        let closed = || tokio::sync::Semaphore::new(0);
        Arc::new(Self { point, arrived: closed(), released: closed() })
    }

    pub async fn arrived(&self) {
        self.arrived.acquire().await.unwrap().forget();
    }

    pub fn release(&self) {
        self.released.add_permits(1_000);
    }
}

#[async_trait]
impl Hook for HoldOn {
    async fn at(&self, point: Point) -> Result<(), Error> {
        if point == self.point {
            self.arrived.add_permits(1);
            self.released.acquire().await.unwrap().forget();
        }
        Ok(())
    }
}

/// Steps until nothing is left; how many steps that took.
pub async fn drain(writer: &mut Writer) -> usize {
    for steps in 0.. {
        assert!(steps < 10_000, "the writer does not come to an end");
        if writer.step().await.unwrap() == Step::Idle {
            return steps;
        }
    }
    unreachable!()
}

/// Steps until nothing is left or an error comes.
pub async fn drain_or_fail(writer: &mut Writer) -> Result<(), Error> {
    loop {
        if writer.step().await? == Step::Idle {
            return Ok(());
        }
    }
}

/// Polls until `done` says so.
pub async fn eventually<F: Future<Output = bool>>(what: &str, limit: Duration, mut done: impl FnMut() -> F) {
    let deadline = tokio::time::Instant::now() + limit;
    while !done().await {
        assert!(tokio::time::Instant::now() < deadline, "{what}: not within {limit:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
