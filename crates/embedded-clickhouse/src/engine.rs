//! The engine: opened once a process on one data folder, giving out connections.
//!
//! Promises: every connection starts from the same settings and forgets everything when it is dropped, so that nothing one
//! request sets reaches another. Opening one costs about a millisecond, so a few are opened before they are needed.
//! Never: runs two queries on one connection.

use std::{
    collections::HashSet,
    ffi::CString,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crate::{
    error::Error,
    ffi::{Counts, Library, Output, Params, RawHandle, RawStream},
    lock::DataDirLock,
    os,
};

/// What the engine may use. The defaults suit one small machine.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Folder of the data; made when missing.
    pub data_dir: PathBuf,
    /// The library file; see [`crate::find_library`].
    pub library: PathBuf,
    /// Memory in bytes above which the engine refuses queries (error 241) instead of growing.
    pub memory_bytes_max: u64,
    /// Memory in bytes for the cache of marks.
    pub mark_cache_bytes: u64,
    /// Threads for merges.
    pub merge_threads: u16,
}

impl EngineConfig {
    /// Defaults: two fifths of the machine's memory within 768 MiB … 8 GiB, 64 MiB of mark cache, 2 merge threads.
    pub fn new(data_dir: impl Into<PathBuf>, library: impl Into<PathBuf>) -> Self {
        const MIB: u64 = 1 << 20;
        let machine = os::physical_memory_bytes().unwrap_or(4096 * MIB);
        Self {
            data_dir: data_dir.into(),
            library: library.into(),
            memory_bytes_max: (machine / 5 * 2).clamp(768 * MIB, 8192 * MIB),
            mark_cache_bytes: 64 * MIB,
            merge_threads: 2,
        }
    }

    fn arguments(&self) -> Result<Vec<CString>, Error> {
        let dir = std::path::absolute(&self.data_dir)
            .map_err(|source| Error::DataDirUnusable { dir: self.data_dir.clone(), source })?;
        let with_path = |name: &[u8], path: &Path| [name, path.as_os_str().as_bytes()].concat();
        let path = with_path(b"--path=", &dir);
        let backups = with_path(b"--backups.allowed_path=", &dir.join(BACKUPS));
        let server = [
            format!("--max_server_memory_usage={}", self.memory_bytes_max),
            format!("--mark_cache_size={}", self.mark_cache_bytes),
            format!("--background_pool_size={}", self.merge_threads),
        ];
        let fixed = SMALL_MACHINE.iter().map(|argument| argument.as_bytes().to_vec());
        let all = [b"chdb".to_vec(), path, backups]
            .into_iter()
            .chain(server.into_iter().map(String::into_bytes))
            .chain(fixed);
        all.map(CString::new).collect::<Result<_, _>>().map_err(|_| Error::Invalid {
            field: "data_dir",
            reason: "a path cannot hold a NUL byte".to_owned(),
        })
    }
}

/// Folder, below that of the data, where `BACKUP … TO File('name')` may write and `RESTORE … FROM File('name')` may read.
const BACKUPS: &str = "backups";

/// Pools that the engine sizes for large servers. Each of its threads also holds three files open.
const SMALL_MACHINE: [&str; 5] = [
    "--background_schedule_pool_size=2",
    "--max_parts_cleaning_thread_pool_size=2",
    "--max_active_parts_loading_thread_pool_size=4",
    "--max_outdated_parts_loading_thread_pool_size=2",
    "--max_thread_pool_free_size=16",
];

/// Settings every connection starts with: the engine behaves as the server does, not as the command-line tool it is made of;
/// and it reads files on the query's own threads, which on a small machine is as fast with fewer of them. A query keeps its second
/// thread when little memory is left: the engine asks for 1 GiB a reading and 4 GiB a writing thread, which is more than it may have
/// here, and the queries of this product need far less (a correction of a million costs: 1.1 s on one thread, 0.75 s on two).
const BASELINE: &str = "SET implicit_select=0, allow_introspection_functions=0, input_format_parallel_parsing=0, \
                        local_filesystem_read_method='pread', max_threads_min_free_memory_per_thread=134217728, \
                        max_insert_threads_min_free_memory_per_thread=536870912";

/// How long a process that is being killed may hold on to the data.
const LOCK_PATIENCE: Duration = Duration::from_secs(3);

/// Connections that wait for a request, at most.
const SPARE_MAX: usize = 2;

static OPEN: AtomicBool = AtomicBool::new(false);

/// The opened engine.
pub(crate) struct Engine {
    library: Arc<Library>,
    arguments: Vec<CString>,
    /// Keeps the engine open between requests.
    anchor: Mutex<Option<RawHandle>>,
    /// False once it is being closed: a connection made then would open it again.
    is_open: RwLock<bool>,
    /// Opened while nobody waited.
    spare: Mutex<Vec<Connection>>,
    _lock: DataDirLock,
    version: String,
    formats: HashSet<String>,
}

impl Engine {
    /// Opens the engine. Blocks for about 0.1 s, longer with many parts.
    pub(crate) fn open(config: &EngineConfig) -> Result<Self, Error> {
        if !config.library.is_file() {
            return Err(Error::LibraryMissing { path: config.library.clone() });
        }
        let arguments = config.arguments()?;
        if OPEN.swap(true, Ordering::AcqRel) {
            return Err(Error::AlreadyOpen);
        }
        Self::open_once(config, arguments).inspect_err(|_| OPEN.store(false, Ordering::Release))
    }

    fn open_once(config: &EngineConfig, arguments: Vec<CString>) -> Result<Self, Error> {
        let lock = DataDirLock::take_within(&config.data_dir, LOCK_PATIENCE)?;
        check_writable(&config.data_dir)?;
        let library = Library::load(&config.library)
            .map_err(|reason| Error::LibraryUnusable { path: config.library.clone(), reason })?;
        let refused = || Error::EngineRefused { dir: config.data_dir.clone() };
        let anchor = library.connect(&arguments).ok_or_else(refused)?;
        let mut engine = Self {
            library,
            arguments,
            anchor: Mutex::new(Some(anchor)),
            is_open: RwLock::new(true),
            spare: Mutex::new(Vec::new()),
            _lock: lock,
            version: String::new(),
            formats: HashSet::new(),
        };
        let ask = |sql: &str| {
            let mut connection = engine.connect().map_err(|reason| Error::EngineBroken { reason })?;
            connection.text(sql).map_err(|reason| Error::EngineBroken { reason })
        };
        let version = ask("SELECT version()")?.trim().to_owned();
        let formats = ask("SELECT name FROM system.formats")?.lines().map(str::to_ascii_lowercase).collect();
        (engine.version, engine.formats) = (version, formats);
        Ok(engine)
    }

    /// A connection of its own for one request: a spare one, or a new one.
    pub(crate) fn connect(&self) -> Result<Connection, String> {
        let spare = self.spare().pop();
        spare.map_or_else(|| self.open_connection(), Ok)
    }

    /// Opens a connection for a request to come, unless enough are waiting. Called by a thread that has just answered.
    pub(crate) fn prepare(&self) {
        if self.spare().len() >= SPARE_MAX {
            return;
        }
        // The next request says what is wrong.
        let Ok(connection) = self.open_connection() else { return };
        let is_open = self.is_open.read().unwrap_or_else(PoisonError::into_inner);
        if *is_open {
            self.spare().push(connection);
        }
    }

    fn spare(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open_connection(&self) -> Result<Connection, String> {
        let is_open = self.is_open.read().unwrap_or_else(PoisonError::into_inner);
        let handle = is_open.then(|| self.library.connect(&self.arguments)).flatten();
        drop(is_open);
        let mut connection = Connection { handle: handle.ok_or("the engine refused a connection")? };
        connection.run(BASELINE.as_bytes())?;
        Ok(connection)
    }

    /// Version of the engine, such as `26.5.1.1`.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// Whether there is a format of that name; upper and lower case are the same.
    pub(crate) fn is_format(&self, name: &str) -> bool {
        self.formats.contains(&name.to_ascii_lowercase())
    }

    /// Closes the engine in good order. Call it when no query runs.
    pub(crate) fn close(&self) {
        *self.is_open.write().unwrap_or_else(PoisonError::into_inner) = false;
        self.spare().clear();
        self.anchor.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.close();
        OPEN.store(false, Ordering::Release);
    }
}

fn check_writable(dir: &Path) -> Result<(), Error> {
    let probe = dir.join("write.probe");
    std::fs::write(&probe, b"probe")
        .and_then(|()| std::fs::remove_file(&probe))
        .map_err(|source| Error::DataDirUnusable { dir: dir.to_owned(), source })
}

/// One connection. Whatever is set on it is gone when it is dropped.
pub(crate) struct Connection {
    handle: RawHandle,
}

impl Connection {
    /// Runs a statement whose result does not matter; the error is the engine's text.
    pub(crate) fn run(&mut self, sql: &[u8]) -> Result<Counts, String> {
        self.query(sql, "Null", &[]).map(|output| output.counts())
    }

    /// The result as tab-separated text.
    pub(crate) fn text(&mut self, sql: &str) -> Result<String, String> {
        let output = self.query(sql.as_bytes(), "TabSeparated", &[])?;
        Ok(String::from_utf8_lossy(output.as_ref()).into_owned())
    }

    /// Runs a statement and holds its whole result. `format` is used unless the statement names another.
    pub(crate) fn query(&mut self, sql: &[u8], format: &str, params: &Params) -> Result<Output, String> {
        self.handle.query(sql, format, params)
    }

    /// Runs a SELECT piece by piece.
    pub(crate) fn stream(
        &mut self,
        sql: &[u8],
        format: &str,
        params: &Params,
    ) -> Result<RawStream<'_>, String> {
        self.handle.stream(sql, format, params)
    }
}
