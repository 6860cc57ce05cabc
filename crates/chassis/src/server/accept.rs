//! The loop of one listener: accept, sweep, and at the end drain.

use std::{
    convert::Infallible, error::Error as StdError, io, net::SocketAddr, pin::pin, sync::Arc, time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use hyper::{
    body::{Body, Incoming},
    service::Service,
};
use metrics::{Counter, Gauge, counter, gauge};
use tokio::{
    net::{TcpListener, TcpStream},
    time::{Interval, MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use super::{
    BACKLOG, Options, connection,
    registry::{Registry, SWEEP},
};
use crate::{Error, metrics::names, shutdown::ShutdownGuard, warn_limited};

/// How long nothing is accepted after the system refused (no file descriptors or no memory).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves `listener` until the phase of `guard` (normally [`crate::shutdown::Phase::Drain`]) begins, then finishes the
/// requests under way and gives the guard back. `make` gives the service of one connection from the peer's address.
///
/// # Errors
/// When the listener cannot be handed to the runtime.
pub async fn serve<M, S, B>(
    listener: std::net::TcpListener,
    make: M,
    options: Options,
    guard: ShutdownGuard,
) -> Result<(), Error>
where
    M: Fn(SocketAddr) -> S + Send,
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Send + 'static,
    S::Future: Send,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let result = serve_until(listener, make, options, guard.token()).await;
    drop(guard);
    result
}

/// As [`serve`], until `stop` is cancelled. Dropping the future stops accepting; connections that are open go on until the runtime ends.
///
/// # Errors
/// When the listener cannot be handed to the runtime.
pub async fn serve_until<M, S, B>(
    listener: std::net::TcpListener,
    make: M,
    options: Options,
    stop: CancellationToken,
) -> Result<(), Error>
where
    M: Fn(SocketAddr) -> S + Send,
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Send + 'static,
    S::Future: Send,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let listener =
        TcpListener::from_std(listener).map_err(|source| Error::Start { what: "a listener", source })?;
    let mut loop_ = Loop::new(options);
    let mut stopped = pin!(stop.cancelled());
    loop {
        let full = loop_.registry.is_full();
        tokio::select! {
            () = &mut stopped => break,
            _ = loop_.ticks.tick() => loop_.sweep(),
            () = loop_.registry.ended(), if full => {}
            accepted = listener.accept(), if !full => match accepted {
                Ok((stream, peer)) => loop_.begin(stream, peer, &make),
                Err(error) => loop_.accept_failed(&error).await,
            },
        }
    }
    loop_.registry.last_requests();
    loop_.take_waiting(listener, &make);
    loop_.drain().await;
    Ok(())
}

struct Loop {
    name: &'static str,
    registry: Arc<Registry>,
    ticks: Interval,
    accepted: Counter,
    open: Gauge,
    aborted: Counter,
}

impl Loop {
    fn new(options: Options) -> Self {
        let mut ticks = interval(SWEEP);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            name: options.name,
            registry: Registry::new(options.name, options.limits),
            ticks,
            accepted: counter!(names::CONNECTIONS_ACCEPTED, "listener" => options.name),
            open: gauge!(names::CONNECTIONS, "listener" => options.name),
            aborted: counter!(names::CONNECTIONS_CUT_OFF, "listener" => options.name),
        }
    }

    fn begin<M, S, B>(&self, stream: TcpStream, peer: SocketAddr, make: &M)
    where
        M: Fn(SocketAddr) -> S + Send,
        S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Send + 'static,
        S::Future: Send,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        // Dropping the stream closes it.
        let Some(registration) = self.registry.add(peer.ip()) else { return };
        // Answers are small and complete; waiting to merge them would only delay them.
        let _ = stream.set_nodelay(true);
        self.accepted.increment(1);
        tokio::spawn(connection::run(stream, make(peer), registration));
    }

    /// Whoever is in the kernel's queue when the listener closes would be reset: they are served as well. A socket that a supervisor holds
    /// open goes on to queue for the next process.
    fn take_waiting<M, S, B>(&self, listener: TcpListener, make: &M)
    where
        M: Fn(SocketAddr) -> S + Send,
        S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Send + 'static,
        S::Future: Send,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        let Ok(listener) = listener.into_std() else { return };
        for _ in 0..BACKLOG {
            let Ok((stream, peer)) = listener.accept() else { return };
            if stream.set_nonblocking(true).is_ok()
                && let Ok(stream) = TcpStream::from_std(stream)
            {
                self.begin(stream, peer, make);
            }
        }
    }

    fn sweep(&self) {
        self.aborted.increment(self.registry.sweep() as u64);
        self.open.set(self.registry.len() as f64);
    }

    async fn accept_failed(&self, error: &io::Error) {
        use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
        if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
            warn_limited!(6, listener = self.name, %error, "connections cannot be accepted");
            tokio::time::sleep(ACCEPT_PAUSE).await;
        }
    }

    async fn drain(mut self) {
        while self.registry.len() > 0 {
            tokio::select! {
                () = self.registry.ended() => {}
                _ = self.ticks.tick() => self.sweep(),
            }
        }
        self.open.set(0.0);
    }
}
