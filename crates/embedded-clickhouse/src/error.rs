//! What can go wrong around the engine, sorted by what the caller can do. Errors of queries are not here: they are answers.

use std::{io, net::SocketAddr, path::PathBuf, time::Duration};

/// Why the engine is not there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The library is not on this machine. The text says how to get it.
    #[error(
        "the ClickHouse engine (libchdb {version}) is not at {path}. Run `make setup`, or `node tools/fetch/fetch.mjs libchdb`, \
         or name a libchdb of your own in `warehouse.libchdb_path` or SIGNALBOX_LIBCHDB; or set `warehouse.url` to a ClickHouse server",
        version = crate::LIBCHDB_VERSION, path = .path.display()
    )]
    LibraryMissing {
        /// Where it was looked for last.
        path: PathBuf,
    },
    /// The file is there but is not a libchdb for this machine.
    #[error("{} cannot be loaded as libchdb {version}: {reason}", .path.display(), version = crate::LIBCHDB_VERSION)]
    LibraryUnusable {
        /// The file.
        path: PathBuf,
        /// What the loader said.
        reason: String,
    },
    /// Another process works on the same data.
    #[error(
        "the data folder {} is in use by another process{}; stop it, or give this instance a folder of its own", .dir.display(),
        .pid.as_ref().map(|pid| format!(" (id {pid})")).unwrap_or_default()
    )]
    DataDirInUse {
        /// The folder.
        dir: PathBuf,
        /// Who holds it, as far as it said.
        pid: Option<u32>,
    },
    /// The folder cannot be made or written to.
    #[error("the data folder {} cannot be used: {source}; check its owner, its permissions and the disk", .dir.display())]
    DataDirUnusable {
        /// The folder.
        dir: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The engine refused the data folder; what it printed on standard error says why.
    #[error("the ClickHouse engine could not open {}; its own words are on standard error above this line", .dir.display())]
    EngineRefused {
        /// The folder.
        dir: PathBuf,
    },
    /// The engine opened but does not work.
    #[error("the ClickHouse engine opened but does not answer: {reason}")]
    EngineBroken {
        /// What it said.
        reason: String,
    },
    /// One process has room for one engine.
    #[error("this process has an embedded engine already")]
    AlreadyOpen,
    /// Somebody listens there already.
    #[error(
        "{address} is taken by another program; free it, or set another port in `warehouse.listen_port` (0: any free one)"
    )]
    PortTaken {
        /// The address.
        address: SocketAddr,
    },
    /// The address cannot be listened on for another reason.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// Anybody in the network could read and write everything.
    #[error(
        "refusing to listen on {address} without a password: set SIGNALBOX_EMBEDDED_PASSWORD, or listen on 127.0.0.1"
    )]
    Unprotected {
        /// The address.
        address: SocketAddr,
    },
    /// A setting is wrong.
    #[error("{field}: {reason}")]
    Invalid {
        /// The setting.
        field: &'static str,
        /// What is wrong and how to mend it.
        reason: String,
    },
    /// The child process could not be started at all.
    #[error("cannot start {}: {source}", .exe.display())]
    Spawn {
        /// The program.
        exe: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The child process started and ended before it was ready.
    #[error("the embedded ClickHouse process did not start: {reason}")]
    ChildFailed {
        /// Its last words, or how it ended.
        reason: String,
    },
    /// The child process took too long.
    #[error("the embedded ClickHouse process was not ready within {} s", .0.as_secs())]
    StartTimeout(Duration),
    /// Something in this process failed: a thread, a pipe.
    #[error("{what}: {source}")]
    Io {
        /// What was being done.
        what: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

impl Error {
    /// Whether the same call may succeed later without anybody changing anything.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::DataDirInUse { .. }
                | Self::PortTaken { .. }
                | Self::ChildFailed { .. }
                | Self::StartTimeout(_)
        )
    }
}
