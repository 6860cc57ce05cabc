//! The engine and its HTTP interface in this process: started, running, stopped.
//!
//! Promises: the port is taken only when the engine answers; a stop lets running queries end within a bound, closes the engine
//! in good order when none is left, and otherwise leaves it to a sudden end, which its files are made for.
//! Never: listens beyond this machine without a password.

use std::{
    future::Future,
    net::SocketAddr,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use socket2::{Domain, Socket, Type};
use tokio::{net::TcpListener, sync::Notify, task::JoinHandle, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::{
    control::Control,
    engine::{Engine, EngineConfig},
    error::Error,
    http::{App, router},
    lanes::{Lane, Shared},
    password::Password,
    run::Limits,
    spool::SpoolBudget,
};

/// Queries that ignore being stopped are given so long after the drain.
const STOP_GRACE: Duration = Duration::from_secs(1);

/// How to serve.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Address and port; port 0: any free one.
    pub listen: SocketAddr,
    /// The port is held by another socket of ours that does not listen: a supervisor's reservation.
    pub reuse_port: bool,
    /// What clients have to know; `None` only on loopback.
    pub password: Option<Password>,
    /// The engine.
    pub engine: EngineConfig,
    /// The bounds.
    pub limits: Limits,
}

impl ServerConfig {
    /// Any free loopback port, no password, default limits.
    pub fn local(engine: EngineConfig) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            reuse_port: false,
            password: None,
            engine,
            limits: Limits::default(),
        }
    }
}

/// A running engine. One a process.
pub struct Server {
    app: Arc<App>,
    address: SocketAddr,
    stop: CancellationToken,
    serving: JoinHandle<()>,
    drain_max: Duration,
}

impl Server {
    /// Opens the engine, then listens. Call it inside a multi-threaded tokio runtime.
    pub async fn start(config: ServerConfig) -> Result<Self, Error> {
        if config.password.is_none() && !config.listen.ip().is_loopback() {
            return Err(Error::Unprotected { address: config.listen });
        }
        let ServerConfig { listen, reuse_port, password, engine, limits } = config;
        let started = Instant::now();
        let engine = tokio::task::spawn_blocking(move || Engine::open(&engine)).await;
        let engine = engine.map_err(|error| Error::Io {
            what: "opening the engine",
            source: std::io::Error::other(error),
        })??;
        let drain_max = limits.drain_max;
        let app = build(engine, limits, password)?;
        let listener = listen_on(listen, reuse_port)?;
        let address = listener.local_addr().map_err(|source| Error::Listen { address: listen, source })?;
        tracing::info!(
            %address,
            version = app.shared.engine.version(),
            opened_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            "embedded ClickHouse is ready"
        );
        let stop = CancellationToken::new();
        let (router, stopped) = (router(Arc::clone(&app)), stop.clone());
        let serving = tokio::spawn(async move {
            let served =
                axum::serve(listener, router).with_graceful_shutdown(stopped.cancelled_owned()).await;
            if let Err(error) = served {
                tracing::error!(%error, "the embedded ClickHouse interface stopped");
            }
        });
        Ok(Self { app, address, stop, serving, drain_max })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Base URL without credentials, such as `http://127.0.0.1:8123`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Version of the engine.
    pub fn version(&self) -> &str {
        self.app.shared.engine.version()
    }

    /// Stops: new queries are refused, running ones may end within the drain time, then they are stopped. True: the engine was
    /// closed in good order; false: a query would not end, and the process should now end at once.
    pub async fn stop(self) -> bool {
        let shared = &self.app.shared;
        shared.stopping.store(true, Ordering::Release);
        self.stop.cancel();
        let mut idle = wait_idle(shared, self.drain_max).await;
        if !idle {
            tracing::warn!(
                running = shared.active.load(Ordering::Acquire),
                "stopping queries that still run"
            );
            self.app.control.stop_all();
            idle = wait_idle(shared, STOP_GRACE).await;
        }
        // Answers on their way out; clients that keep connections open without using them are not waited for.
        let mut serving = self.serving;
        if tokio::time::timeout(STOP_GRACE, &mut serving).await.is_err() {
            serving.abort();
        }
        if idle {
            shared.engine.close();
        }
        idle
    }
}

fn build(engine: Engine, limits: Limits, password: Option<Password>) -> Result<Arc<App>, Error> {
    let engine = Arc::new(engine);
    let active = Arc::new(AtomicUsize::new(0));
    let (control, _thread) = Control::start(Arc::clone(&engine), Arc::clone(&active))?;
    let spools = SpoolBudget::new(limits.body_bytes_max, limits.bodies_bytes_max);
    let shared = Arc::new(Shared {
        engine,
        limits,
        runtime: tokio::runtime::Handle::current(),
        active,
        ended: Notify::new(),
        stopping: AtomicBool::new(false),
    });
    let (reads, _read_threads) = Lane::start("reads", shared.limits.readers, &shared)?;
    let (writes, _write_threads) = Lane::start("writes", shared.limits.writers, &shared)?;
    Ok(Arc::new(App { shared, reads, writes, control, spools, password }))
}

/// Whether no query runs, at the latest after `limit`.
async fn wait_idle(shared: &Shared, limit: Duration) -> bool {
    let deadline = Instant::now() + limit;
    loop {
        let mut ended = pin!(shared.ended.notified());
        ended.as_mut().enable();
        if shared.active.load(Ordering::Acquire) == 0 {
            return true;
        }
        if tokio::time::timeout_at(deadline, ended).await.is_err() {
            return shared.active.load(Ordering::Acquire) == 0;
        }
    }
}

fn listen_on(address: SocketAddr, reuse_port: bool) -> Result<TcpListener, Error> {
    let open = || {
        let socket = bound_socket(address, reuse_port)?;
        socket.listen(1024)?;
        socket.set_nonblocking(true)?;
        TcpListener::from_std(socket.into())
    };
    open().map_err(|source| listen_error(address, source))
}

/// A bound socket that does not listen yet.
pub(crate) fn bound_socket(address: SocketAddr, reuse_port: bool) -> std::io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    // Connections of the process before this one may still be closing.
    socket.set_reuse_address(true)?;
    if reuse_port {
        socket.set_reuse_port(true)?;
    }
    socket.bind(&address.into())?;
    Ok(socket)
}

pub(crate) fn listen_error(address: SocketAddr, source: std::io::Error) -> Error {
    match source.kind() {
        std::io::ErrorKind::AddrInUse => Error::PortTaken { address },
        _ => Error::Listen { address, source },
    }
}

/// Runs a server until `until` ends, then stops it; what [`Server::stop`] says.
pub(crate) async fn serve_until(
    config: ServerConfig,
    ready: impl FnOnce(&Server),
    until: impl Future<Output = ()>,
) -> Result<bool, Error> {
    let server = Server::start(config).await?;
    ready(&server);
    until.await;
    Ok(server.stop().await)
}
