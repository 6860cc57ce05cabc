//! The process around the server: what `signalbox embedded-clickhouse` and the binary of this crate run.
//!
//! Promises: yields to the services it works for; ends when its parent does, however that ended; on SIGTERM lets running queries
//! finish within the drain time; says on standard output, in one line of JSON, that it is ready or why it is not.

use std::{
    future::Future,
    io::Write,
    net::SocketAddr,
    os::unix::process::{CommandExt, parent_id},
    path::PathBuf,
    process::{Command, ExitCode},
};

use serde::{Deserialize, Serialize};
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    engine::EngineConfig,
    error::Error,
    locate::find_library,
    os,
    password::Password,
    run::Limits,
    server::{Server, ServerConfig, serve_until},
};

/// Variable with the password, so that it shows in no list of processes.
pub const PASSWORD_VARIABLE: &str = "SIGNALBOX_EMBEDDED_PASSWORD";

/// How much this process yields to others.
const NICE: i32 = 5;

/// Arguments of the process.
#[derive(Clone, Debug, clap::Args)]
pub struct ChildArgs {
    /// Address and port to listen on; port 0: any free one
    #[arg(long, default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Folder of the data
    #[arg(long)]
    pub data: PathBuf,
    /// The engine's library, libchdb.so [default: SIGNALBOX_LIBCHDB, else the cache that `make setup` fills]
    #[arg(long)]
    pub lib: Option<PathBuf>,
    /// End when this process is no longer the parent
    #[arg(long)]
    pub parent_pid: Option<u32>,
    /// The parent holds the port for this process
    #[arg(long, hide = true)]
    pub reuse_port: bool,
    /// Memory in MiB above which queries are refused [default: two fifths of the machine's]
    #[arg(long)]
    pub memory_mib_max: Option<u64>,
    /// File with the password; its line break is not part of it [default: the variable SIGNALBOX_EMBEDDED_PASSWORD]
    #[arg(long)]
    pub password_file: Option<PathBuf>,
    /// Write the log as JSON
    #[arg(long)]
    pub log_json: bool,
}

/// The line on standard output.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum Report {
    /// Listening, and the engine answers.
    Ready {
        /// Where.
        address: SocketAddr,
    },
    /// Ends now.
    Failed {
        /// Why, and what to do.
        reason: String,
    },
}

impl Report {
    fn send(&self) {
        let line = serde_json::to_string(self).unwrap_or_default();
        let mut out = std::io::stdout().lock();
        // Nobody may be reading; the log says the same.
        let _unread = writeln!(out, "{line}").and_then(|()| out.flush());
    }
}

/// Runs the process to its end. Call it first thing in `main`, before any thread is started.
pub fn run(args: ChildArgs) -> ExitCode {
    // The engine reads its time zone from the environment when it is loaded: every time is UTC.
    if std::env::var_os("TZ").is_none_or(|zone| zone != "UTC") {
        let failed = std::env::current_exe()
            .map(|exe| Command::new(exe).args(std::env::args_os().skip(1)).env("TZ", "UTC").exec());
        let error = failed.unwrap_or_else(|error| error);
        return fail(&Error::Io { what: "cannot start again with TZ=UTC", source: error });
    }
    if let Err(error) = os::lower_priority(NICE) {
        tracing::debug!(%error, "keeps its priority");
    }
    if let Err(error) = os::raise_open_files() {
        tracing::debug!(%error, "keeps its limit of open files");
    }
    start_log(args.log_json);
    match serve(args) {
        Ok(true) => {
            tracing::info!("embedded ClickHouse stopped");
            // Every connection is closed. The engine's own destructors have nothing left to do, and have been seen to abort.
            os::exit_now(0)
        }
        Ok(false) => {
            tracing::warn!("embedded ClickHouse ended while a query was running");
            os::exit_now(0)
        }
        Err(error) => fail(&error),
    }
}

fn fail(error: &Error) -> ExitCode {
    tracing::error!(%error, "embedded ClickHouse cannot run");
    Report::Failed { reason: error.to_string() }.send();
    ExitCode::FAILURE
}

fn start_log(json: bool) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("SIGNALBOX_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second subscriber, in a process that has one, is refused: that one is fine too.
    let _has_one = if json { builder.json().try_init() } else { builder.with_ansi(false).try_init() };
}

fn serve(args: ChildArgs) -> Result<bool, Error> {
    watch_parent(args.parent_pid)?;
    let config = config(args)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("clickhouse-http")
        .thread_stack_size(crate::lanes::STACK_BYTES)
        .enable_all()
        .build()
        .map_err(|source| Error::Io { what: "cannot start the runtime", source })?;
    runtime.block_on(async {
        let stop_signal = stop_signal()?;
        let ready = |server: &Server| Report::Ready { address: server.address() }.send();
        serve_until(config, ready, stop_signal).await
    })
}

fn config(args: ChildArgs) -> Result<ServerConfig, Error> {
    let password = match &args.password_file {
        Some(path) => {
            let text = std::fs::read_to_string(path);
            let text = text.map_err(|error| Error::Invalid {
                field: "password_file",
                reason: format!("{}: {error}", path.display()),
            })?;
            Some(text.trim_end_matches(['\r', '\n']).to_owned())
        }
        None => std::env::var(PASSWORD_VARIABLE).ok(),
    };
    let mut engine = EngineConfig::new(args.data, find_library(args.lib.as_deref())?);
    if let Some(mib) = args.memory_mib_max {
        engine.memory_bytes_max = mib.saturating_mul(1 << 20);
    }
    Ok(ServerConfig {
        listen: args.listen,
        reuse_port: args.reuse_port,
        password: password.filter(|password| !password.is_empty()).map(Password::from),
        engine,
        limits: Limits::default(),
    })
}

/// Ends this process, at once, when its parent is another one than it was.
fn watch_parent(expected: Option<u32>) -> Result<(), Error> {
    let Some(expected) = expected else { return Ok(()) };
    let io = |source| Error::Io { what: "cannot watch the parent process", source };
    os::die_with_parent().map_err(io)?;
    // The kernel tells only of what happens from now on.
    if parent_id() != expected {
        return Err(Error::Invalid {
            field: "parent_pid",
            reason: format!("process {expected} is not the parent; it may have ended"),
        });
    }
    let watch = move || {
        let (_never, tick) = std::sync::mpsc::channel::<()>();
        while parent_id() == expected {
            let _elapsed = tick.recv_timeout(os::PARENT_CHECK_INTERVAL);
        }
        os::exit_now(0)
    };
    std::thread::Builder::new().name("parent-watch".to_owned()).spawn(watch).map(drop).map_err(io)
}

/// Ends at the first SIGTERM or SIGINT; a second one ends the process at once.
fn stop_signal() -> Result<impl Future<Output = ()>, Error> {
    let io = |source| Error::Io { what: "cannot wait for signals", source };
    let mut terminate = signal(SignalKind::terminate()).map_err(io)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(io)?;
    let first = tokio_util::sync::CancellationToken::new();
    let told = first.clone();
    tokio::spawn(async move {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        told.cancel();
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        os::exit_now(1)
    });
    Ok(first.cancelled_owned())
}
