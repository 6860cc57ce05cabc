//! Keeps the engine's process alive: starts it, waits until it answers, starts it again when it dies or hangs.
//!
//! Promises: the address stays the same across restarts, because the port is held here; the child never outlives the supervisor;
//! a first start that fails is an error with the child's own reason, later ones are tried again, ever more slowly, and reported.
//! Works on a thread and a runtime of its own: the kernel ties a child to the thread that started it.

mod process;

use std::{
    ffi::OsString,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use socket2::Socket;
use tokio::sync::{oneshot, watch};

use crate::{
    error::Error,
    locate::find_library,
    password::Password,
    server::{bound_socket, listen_error},
};
use process::Child;

/// Pauses between restarts: doubled from the first to the last, back to the first after a child has lived for [`STEADY`].
const BACKOFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(10));
const STEADY: Duration = Duration::from_secs(60);
/// How often the child is asked whether it lives, within the time after which silence means that it hangs.
const PINGS: u32 = 6;

/// What to run and where.
#[derive(Clone, Debug)]
pub struct SupervisorConfig {
    /// The program: `signalbox` itself, or `embedded-clickhouse`.
    pub exe: PathBuf,
    /// Arguments before ours, such as `embedded-clickhouse` for the subcommand of `signalbox`.
    pub args: Vec<OsString>,
    /// Folder of the data; made when missing.
    pub data_dir: PathBuf,
    /// The library; `None`: see [`crate::find_library`].
    pub library: Option<PathBuf>,
    /// Loopback port; 0: any free one, chosen once.
    pub port: u16,
    /// What clients have to know. A random one by default; `None`: everybody on this machine may do everything.
    pub password: Option<Password>,
    /// How long a start may take.
    pub start_max: Duration,
    /// A child that has answered no ping for so long hangs: it is killed and replaced.
    pub silence_max: Duration,
}

impl SupervisorConfig {
    /// Any free port, a random password, 60 s for a start, 30 s of silence.
    pub fn new(exe: impl Into<PathBuf>, data_dir: impl Into<PathBuf>) -> Self {
        Self {
            exe: exe.into(),
            args: Vec::new(),
            data_dir: data_dir.into(),
            library: None,
            port: 0,
            password: Some(Password::random()),
            start_max: Duration::from_secs(60),
            silence_max: Duration::from_secs(30),
        }
    }
}

/// How the child is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Being started for the first time.
    Starting,
    /// Answers.
    Ready {
        /// Its process id.
        pid: u32,
    },
    /// Died, or does not start; tried again soon.
    Down {
        /// Why.
        reason: String,
    },
    /// Stopped by us, for good.
    Stopped,
}

/// Starts engines in processes of their own.
#[derive(Debug)]
pub struct Supervisor;

impl Supervisor {
    /// Starts the child and waits until it answers. Errors say what to do; see [`Error`].
    pub async fn start(config: SupervisorConfig) -> Result<Handle, Error> {
        let library = find_library(config.library.as_deref())?;
        let reservation = reserve(config.port)?;
        let address = reservation.local_addr().ok().and_then(|address| address.as_socket());
        let address = address.ok_or_else(|| {
            listen_error((Ipv4Addr::LOCALHOST, config.port).into(), std::io::Error::other("no address"))
        })?;
        let (state_sender, state) = watch::channel(State::Starting);
        let (restart_sender, restarts) = watch::channel(0);
        let (stop, stopped) = watch::channel(false);
        let (first_sender, first) = oneshot::channel();
        let password = config.password.clone();
        let keeper = Keeper {
            child: process::Plan { config, library, address },
            state: state_sender,
            restarts: restart_sender,
            stop: stopped,
            _reservation: reservation,
        };
        let thread = std::thread::Builder::new()
            .name("clickhouse-keeper".to_owned())
            .spawn(move || keeper.work(first_sender))
            .map_err(|source| Error::Io { what: "cannot start a thread", source })?;
        let gone = |_| Error::ChildFailed { reason: "its supervisor ended".to_owned() };
        first.await.map_err(gone)??;
        Ok(Handle { address, password, state, restarts, stop, thread: Some(thread) })
    }
}

/// Holds the port, so that it is ours while no child listens. Refuses one that somebody listens on.
fn reserve(port: u16) -> Result<Socket, Error> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let taken = |source| listen_error(address, source);
    // A plain bind is refused if anybody has the port, sharing or not.
    let probe = bound_socket(address, false).map_err(taken)?;
    let chosen = probe.local_addr().map_err(taken)?.as_socket().unwrap_or(address);
    drop(probe);
    bound_socket(chosen, true).map_err(taken)
}

/// A supervised engine. Dropping it stops the child without waiting for it; [`Handle::stop`] waits.
#[derive(Debug)]
pub struct Handle {
    address: SocketAddr,
    password: Option<Password>,
    state: watch::Receiver<State>,
    restarts: watch::Receiver<u64>,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Handle {
    /// Where it listens, now and after every restart.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:PORT`, without credentials: for logs and for clients that take them apart.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The user to be.
    pub fn user(&self) -> &'static str {
        crate::USER
    }

    /// The password to give, if one is needed.
    pub fn password(&self) -> Option<&str> {
        self.password.as_ref().map(Password::expose)
    }

    /// `http://USER:PASSWORD@127.0.0.1:PORT`: what the setting `warehouse.url` takes. Secret.
    pub fn url(&self) -> String {
        match &self.password {
            Some(password) => {
                let password = percent_encoding::utf8_percent_encode(
                    password.expose(),
                    percent_encoding::NON_ALPHANUMERIC,
                );
                format!("http://{}:{password}@{}", crate::USER, self.address)
            }
            None => self.base_url(),
        }
    }

    /// Follows the state; for readiness and for waiting.
    pub fn state(&self) -> watch::Receiver<State> {
        self.state.clone()
    }

    /// How often the child has been started again.
    pub fn restarts(&self) -> u64 {
        *self.restarts.borrow()
    }

    /// Stops the child in good order: running queries may finish for 5 s. Returns when it has ended.
    pub async fn stop(mut self) {
        let _ended = self.stop.send(true);
        if let Some(thread) = self.thread.take() {
            let joined = tokio::task::spawn_blocking(move || thread.join()).await;
            if !matches!(joined, Ok(Ok(()))) {
                tracing::error!("the supervisor of the embedded ClickHouse ended in a panic");
            }
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let _ended = self.stop.send(true);
    }
}

/// Works on the thread.
struct Keeper {
    child: process::Plan,
    state: watch::Sender<State>,
    restarts: watch::Sender<u64>,
    stop: watch::Receiver<bool>,
    _reservation: Socket,
}

impl Keeper {
    fn work(mut self, first: oneshot::Sender<Result<(), Error>>) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        match runtime {
            Ok(runtime) => runtime.block_on(self.keep(first)),
            Err(source) => {
                let _gone =
                    first.send(Err(Error::Io { what: "cannot start the supervisor's runtime", source }));
            }
        }
        self.set(State::Stopped);
    }

    fn set(&self, state: State) {
        let up = matches!(state, State::Ready { .. });
        metrics::gauge!("signalbox_embedded_clickhouse_up").set(f64::from(u8::from(up)));
        self.state.send_replace(state);
    }

    async fn keep(&mut self, first: oneshot::Sender<Result<(), Error>>) {
        let start_max = self.child.config.start_max;
        let mut child = match self.child.start(start_max).await {
            Ok(child) => child,
            Err(error) => {
                let _gone = first.send(Err(error));
                return;
            }
        };
        self.set(State::Ready { pid: child.pid() });
        if first.send(Ok(())).is_err() {
            // Whoever asked has given up waiting.
            return child.stop().await;
        }
        let mut pause = BACKOFF.0;
        loop {
            let lived_since = Instant::now();
            let Some(reason) = self.until_down(&mut child).await else { return child.stop().await };
            if lived_since.elapsed() > STEADY {
                pause = BACKOFF.0;
            }
            child = match self.start_again(reason, &mut pause).await {
                Some(child) => child,
                None => return,
            };
        }
    }

    /// Waits until the child is down, and says why; `None`: we are to stop.
    async fn until_down(&mut self, child: &mut Child) -> Option<String> {
        let silence_max = self.child.config.silence_max;
        let mut heard = Instant::now();
        let mut tick = tokio::time::interval(silence_max / PINGS);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = self.stop.wait_for(|stop| *stop) => return None,
                reason = child.ended() => return Some(reason),
                _ = tick.tick() => {
                    if process::ping(self.child.address, silence_max / PINGS).await {
                        heard = Instant::now();
                    } else if heard.elapsed() >= silence_max {
                        child.kill().await;
                        return Some(format!("it has not answered for {} s", heard.elapsed().as_secs()));
                    }
                }
            }
        }
    }

    /// Tries until it runs again; `None`: we are to stop.
    async fn start_again(&mut self, mut reason: String, pause: &mut Duration) -> Option<Child> {
        loop {
            tracing::error!(
                reason,
                retry_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX),
                "embedded ClickHouse is down"
            );
            self.set(State::Down { reason });
            tokio::select! {
                _ = self.stop.wait_for(|stop| *stop) => return None,
                () = tokio::time::sleep(*pause) => {}
            }
            *pause = (*pause * 2).min(BACKOFF.1);
            self.restarts.send_modify(|count| *count += 1);
            metrics::counter!("signalbox_embedded_clickhouse_restarts_total").increment(1);
            let start_max = self.child.config.start_max;
            let mut stop = self.stop.clone();
            let started = tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return None,
                started = self.child.start(start_max) => started,
            };
            match started {
                Ok(child) => {
                    self.set(State::Ready { pid: child.pid() });
                    return Some(child);
                }
                Err(error) => reason = error.to_string(),
            }
        }
    }
}
