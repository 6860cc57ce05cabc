//! Receivers of outgoing postbacks: ones that answer at once and note what they were told when, one that hangs and one that refuses.

use crate::Error;
use axum::{
    Router,
    extract::{RawQuery, State},
    routing::any,
};
use std::{
    collections::HashMap,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};
use tokio::{
    net::{TcpListener, TcpSocket},
    task::JoinHandle,
};

/// By query string, the moment at which it was told first.
type Arrivals = Arc<Mutex<HashMap<String, Instant>>>;

/// Answers at once and notes when it was told what first.
pub(super) struct Receiver {
    pub(super) base: String,
    arrivals: Arrivals,
    task: JoinHandle<()>,
}

impl Receiver {
    pub(super) async fn start() -> Result<Self, Error> {
        let listener = listen().await?;
        let base = base(listener.local_addr())?;
        let arrivals = Arrivals::default();
        let app = Router::new().fallback(any(note)).with_state(Arc::clone(&arrivals));
        let task = tokio::spawn(async move {
            // Runs until the bench ends.
            let _ended = axum::serve(listener, app).await;
        });
        Ok(Self { base, arrivals, task })
    }

    /// How many different queries that begin so it was told.
    pub(super) fn count(&self, prefix: &str) -> usize {
        lock(&self.arrivals).keys().filter(|query| query.starts_with(prefix)).count()
    }

    /// What it was told since it was asked last.
    pub(super) fn take(&self) -> HashMap<String, Instant> {
        std::mem::take(&mut *lock(&self.arrivals))
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Two receivers that fail.
pub(super) struct Failing {
    /// Where connections are made and nothing is ever answered.
    pub(super) hanging: String,
    /// Where connections are refused.
    pub(super) refusing: String,
    _never_accepts: TcpListener,
    _never_listens: TcpSocket,
}

impl Failing {
    pub(super) async fn start() -> Result<Self, Error> {
        let hangs = listen().await?;
        // Bound, so that nobody else gets the port, and never listening, so that it refuses.
        let refuses = TcpSocket::new_v4().map_err(Error::io("cannot make a socket that refuses"))?;
        refuses
            .bind((Ipv4Addr::LOCALHOST, 0).into())
            .map_err(Error::io("cannot bind a port that refuses"))?;
        Ok(Self {
            hanging: base(hangs.local_addr())?,
            refusing: base(refuses.local_addr())?,
            _never_accepts: hangs,
            _never_listens: refuses,
        })
    }
}

async fn note(State(arrivals): State<Arrivals>, RawQuery(query): RawQuery) -> &'static str {
    let now = Instant::now();
    if let Some(query) = query {
        lock(&arrivals).entry(query).or_insert(now);
    }
    "OK\n"
}

fn lock(arrivals: &Arrivals) -> MutexGuard<'_, HashMap<String, Instant>> {
    arrivals.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn listen() -> Result<TcpListener, Error> {
    TcpListener::bind("127.0.0.1:0").await.map_err(Error::io("cannot listen for outgoing postbacks"))
}

fn base(address: std::io::Result<SocketAddr>) -> Result<String, Error> {
    address
        .map(|address| format!("http://{address}"))
        .map_err(Error::io("cannot listen for outgoing postbacks"))
}
