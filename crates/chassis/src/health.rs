//! Health and metrics on a listener and a thread of their own, so that they answer when the service is busy.
//!
//! `/health/live`: the process runs. `/health/ready`: every registered check says so, there is one, and no stop has begun; otherwise 503
//! and the list of what is missing. Either way it lists what is done without for the time being. `/metrics`: Prometheus text. Never:
//! touches a database to answer.

mod readiness;

#[cfg(test)]
mod tests;

use std::{net::SocketAddr, thread::JoinHandle, time::Duration};

use axum::{Json, Router, extract::State, http::StatusCode, response::IntoResponse, routing::get};
use serde::Serialize;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

pub use self::readiness::{Check, Missing, Readiness};
use crate::{
    Error, metrics,
    server::{self, Limits, Options},
};

/// How often recorded values are moved into their buckets.
const UPKEEP: Duration = Duration::from_secs(5);

/// The health listener. It answers until this is dropped, so drop it last.
#[derive(Debug)]
pub struct HealthServer {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Opens the listener (`setting` names the key in messages, such as `traffic.health_listen`) and answers from a thread of its own.
///
/// # Errors
/// When the address is taken or the thread cannot be made.
pub fn serve(
    setting: &'static str,
    address: SocketAddr,
    readiness: Readiness,
) -> Result<HealthServer, Error> {
    let listener = server::bind(setting, address)?;
    let start = |source| Error::Start { what: "the health listener", source };
    let address = listener.local_addr().map_err(start)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(start)?;
    let (stop, stopped) = oneshot::channel();
    let router = router(readiness);
    let options = Options { name: "health", limits: Limits::small() };
    let run = move || {
        runtime.block_on(async move {
            tokio::select! {
                result = server::serve_until(listener, server::for_router(router), options, CancellationToken::new()) => {
                    if let Err(error) = result {
                        tracing::error!(%error, "the health listener ended");
                    }
                }
                () = upkeep() => {}
                _ = stopped => {}
            }
        });
    };
    let thread = std::thread::Builder::new().name("health".to_owned()).spawn(run).map_err(start)?;
    Ok(HealthServer { address, stop: Some(stop), thread: Some(thread) })
}

async fn upkeep() {
    let mut ticks = tokio::time::interval(UPKEEP);
    loop {
        ticks.tick().await;
        metrics::install().upkeep();
    }
}

/// The three pages, to be mounted where a service has no second listener, or for tests.
pub fn router(readiness: Readiness) -> Router {
    Router::new()
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .route("/metrics", get(|| async { metrics::install().render() }))
        .with_state(readiness)
}

#[derive(Serialize)]
struct Body {
    status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing: Vec<Missing>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    without: Vec<Missing>,
}

async fn live() -> impl IntoResponse {
    Json(Body { status: "live", missing: Vec::new(), without: Vec::new() })
}

async fn ready(State(readiness): State<Readiness>) -> impl IntoResponse {
    let (missing, without) = (readiness.missing(), readiness.without());
    let (code, status) = match missing.is_empty() {
        true => (StatusCode::OK, "ready"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "not ready"),
    };
    (code, Json(Body { status, missing, without }))
}

impl HealthServer {
    /// The bound address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for HealthServer {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the health listener panicked");
        }
    }
}
