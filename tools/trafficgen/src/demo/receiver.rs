//! The traffic sources that the demo plays, at the end where they receive conversions.

use crate::Error;
use axum::{Router, extract::State, http::StatusCode, routing::any};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use tokio::{net::TcpListener, task::JoinHandle};

/// One in this many postbacks is answered 503, as real receivers do: the delivery log shows the retry.
const BUSY_EVERY: u64 = 40;

/// A running receiver; stops when dropped.
#[derive(Debug)]
pub(super) struct Receiver {
    /// Its address.
    pub(super) base: String,
    received: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl Receiver {
    /// Listens on a free loopback port.
    pub(super) async fn start() -> Result<Self, Error> {
        let failed = || Error::io("cannot listen for outgoing postbacks");
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(failed())?;
        let base = format!("http://{}", listener.local_addr().map_err(failed())?);
        let received = Arc::new(AtomicU64::new(0));
        let app = Router::new().fallback(any(receive)).with_state(Arc::clone(&received));
        let task = tokio::spawn(async move {
            // Runs until the demo ends; the instance retries what it cannot deliver.
            let _ended = axum::serve(listener, app).await;
        });
        Ok(Self { base, received, task })
    }

    /// Postbacks received.
    pub(super) fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn receive(State(received): State<Arc<AtomicU64>>) -> (StatusCode, &'static str) {
    let number = received.fetch_add(1, Ordering::Relaxed) + 1;
    if number.is_multiple_of(BUSY_EVERY) {
        (StatusCode::SERVICE_UNAVAILABLE, "busy\n")
    } else {
        (StatusCode::OK, "OK\n")
    }
}
