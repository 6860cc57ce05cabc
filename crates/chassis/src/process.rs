//! A whole process in one call: settings → logs → data directory → health → service → wait → orderly stop → exit code.
//!
//! Promises: the exit code is 64 for a wrong configuration, 1 for anything else that went wrong, 0 after a clean stop;
//! every reason stands on standard error. Never: returns while a part still runs, unless the deadline of the stop is over.

use std::{fmt::Display, net::SocketAddr, process::ExitCode, time::Duration};

use tokio::runtime::{Builder, Handle, Runtime};

use crate::{
    Error,
    data_dir::{DataDir, Format},
    health::{self, Readiness},
    memory, metrics, server,
    settings::{self, Settings, SettingsError},
    shutdown::Shutdown,
    telemetry,
};

/// After the stop, tasks that still run get this long before the process ends without them.
const RUNTIME_STOP: Duration = Duration::from_secs(1);

/// Threads for work that waits or computes are kept, not ended after ten quiet seconds: the memory that a thread leaves half empty at its
/// end is used by no other, and a configuration that was read every half minute by a thread of its own made a process grow by 40 MB.
const THREADS_KEPT: Duration = Duration::from_secs(24 * 3600);

/// How much the threads beside the front yield to it: at this niceness a thread gets a third of what one of the front gets when both want
/// the same core.
const BESIDE_NICE: i32 = 5;

/// What differs between processes.
#[derive(Clone, Copy, Debug)]
pub struct Process<'a> {
    /// Name in logs, such as `traffic-service`.
    pub name: &'static str,
    /// The format of the data directory; `None` for a process that keeps nothing.
    pub data_format: Option<Format<'a>>,
    /// Chooses the health listener: the key of its setting and the address.
    pub health: fn(&Settings) -> (&'static str, SocketAddr),
    /// How many threads answer visitors and networks, on a runtime of their own before all other work; `None`: nobody is answered here who
    /// must not wait.
    pub front: Option<fn(&Settings) -> usize>,
}

/// What a service gets to start with.
#[derive(Clone)]
pub struct Context {
    /// The configuration.
    pub settings: Settings,
    /// The stop of this process.
    pub shutdown: Shutdown,
    /// What must be true before traffic may come.
    pub readiness: Readiness,
    /// Where visitors and networks are answered: no work of this process that may wait runs on its threads, and the operating system
    /// prefers them. The same as everything else's in a process without a front.
    pub front: Handle,
}

impl Process<'_> {
    /// Runs the process with what [`Settings::load`] or a loader gave; `start` starts the service and gives back what must
    /// stay alive until the stop is over.
    pub fn run<F, R, T, E>(self, settings: Result<Settings, SettingsError>, start: F) -> ExitCode
    where
        F: FnOnce(Context) -> R,
        R: Future<Output = Result<T, E>>,
        E: Display,
    {
        memory::small_pages();
        let settings = match settings {
            Ok(settings) => settings,
            Err(error) => return refuse(&Error::Settings(error)),
        };
        if let Err(error) = telemetry::init(&settings.telemetry) {
            return refuse(&error);
        }
        match self.run_with(settings, start) {
            Ok(code) => code,
            Err(error) => {
                tracing::error!(process = self.name, "{error}");
                ExitCode::FAILURE
            }
        }
    }

    fn run_with<F, R, T, E>(self, settings: Settings, start: F) -> Result<ExitCode, Error>
    where
        F: FnOnce(Context) -> R,
        R: Future<Output = Result<T, E>>,
        E: Display,
    {
        metrics::install();
        let instance = &settings.instance;
        let _data_dir = match self.data_format {
            Some(format) => Some(DataDir::open(
                &instance.data_dir,
                &format!("{} on {}", self.name, instance.node_name),
                format,
            )?),
            None => None,
        };
        let shutdown = Shutdown::of(instance);
        let readiness = Readiness::new(&shutdown);
        let (setting, address) = (self.health)(&settings);
        // Answers until the very end, so that an operator sees a stop that takes long.
        let health = health::serve(setting, address, readiness.clone())?;
        tracing::info!(process = self.name, version = env!("CARGO_PKG_VERSION"), health = %health.address(), "starting");
        let front = match self.front {
            Some(threads) => {
                let mut builder = runtime();
                builder.thread_name("front").worker_threads(threads(&settings).max(1));
                Some(build(&mut builder)?)
            }
            None => None,
        };
        let mut builder = runtime();
        if front.is_some() {
            yield_to_the_front(&mut builder);
        }
        let beside = build(&mut builder)?;
        let handle = front.as_ref().unwrap_or(&beside).handle().clone();
        let code =
            beside.block_on(self.serve(Context { settings, shutdown, readiness, front: handle }, start));
        if let Some(front) = front {
            front.shutdown_timeout(RUNTIME_STOP);
        }
        beside.shutdown_timeout(RUNTIME_STOP);
        code
    }

    async fn serve<F, R, T, E>(self, context: Context, start: F) -> Result<ExitCode, Error>
    where
        F: FnOnce(Context) -> R,
        R: Future<Output = Result<T, E>>,
        E: Display,
    {
        let shutdown = context.shutdown.clone();
        shutdown.install_signals()?;
        // The health listener answers already; parts that have not begun yet must count as well.
        let starting = context.readiness.register("start");
        let started = tokio::select! {
            started = start(context) => started,
            // A stop that comes while the service still starts.
            outcome = shutdown.finished() => return Ok(self.ended(&outcome)),
        };
        let running = match started {
            Ok(running) => running,
            Err(error) => {
                tracing::error!(process = self.name, %error, "cannot start");
                shutdown.stop("the start failed").await;
                return Ok(ExitCode::FAILURE);
            }
        };
        server::close_unused();
        starting.ready();
        tracing::info!(process = self.name, "started");
        let outcome = shutdown.finished().await;
        drop(running);
        Ok(self.ended(&outcome))
    }

    fn ended(self, outcome: &crate::shutdown::Outcome) -> ExitCode {
        let took_ms = u64::try_from(outcome.took.as_millis()).unwrap_or(u64::MAX);
        tracing::info!(
            process = self.name,
            reason = outcome.reason,
            clean = outcome.is_clean(),
            took_ms,
            "stopped"
        );
        if outcome.is_clean() && !outcome.part_died { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

fn runtime() -> Builder {
    let mut builder = Builder::new_multi_thread();
    builder.enable_all().thread_keep_alive(THREADS_KEPT);
    builder
}

fn build(builder: &mut Builder) -> Result<Runtime, Error> {
    builder.build().map_err(|source| Error::Start { what: "the runtime", source })
}

/// Linux counts niceness by thread; elsewhere it is the whole process's, front and all, and is left alone.
#[cfg(target_os = "linux")]
fn yield_to_the_front(beside: &mut Builder) {
    // Set rather than added to: threads inherit the niceness of the thread that starts them.
    let nice = rustix::process::getpriority_process(None).unwrap_or(0) + BESIDE_NICE;
    beside.on_thread_start(move || {
        if let Err(error) = rustix::process::setpriority_process(None, nice) {
            tracing::debug!(%error, "a thread beside the front runs at the front's priority");
        }
    });
}

#[cfg(not(target_os = "linux"))]
fn yield_to_the_front(_: &mut Builder) {}

/// Says why on standard error, where it is read even when logging was not set up yet.
pub fn refuse(error: &Error) -> ExitCode {
    use std::io::Write as _;
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(std::io::stderr(), "signalbox: {error}");
    match error {
        Error::Settings(_) => ExitCode::from(settings::EXIT_CODE),
        _ => ExitCode::FAILURE,
    }
}
