//! What stands around every router, in the order that matters: request id, log, headers, shedding, panics, body limit.

#[cfg(test)]
mod tests;

use std::{any::Any, sync::Arc};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::StatusCode,
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse as _, Response},
};
use metrics::{Counter, counter};
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;

use crate::{
    access_log::{self, AccessLog},
    metrics::names,
    problem::Problem,
    request_id, security_headers,
};

/// What differs between services.
#[derive(Clone, Copy, Debug)]
pub struct Layers {
    /// Name in logs and metrics.
    pub service: &'static str,
    /// Whether answers below 500 are logged at level info; otherwise at level debug.
    pub log_successes: bool,
    /// Requests worked on at one time; one more is answered 503 at once.
    pub in_flight_max: usize,
    /// Largest request body that extractors read; a larger one is answered 413.
    pub body_bytes_max: usize,
    /// Content-Security-Policy, unless the handler sets one.
    pub csp: &'static str,
}

impl Layers {
    /// Puts everything around `router`. Unknown methods are answered with a problem; for unknown paths give the router a
    /// fallback before, such as [`not_found`].
    pub fn around(self, router: Router) -> Router {
        let shed = Shed {
            permits: Arc::new(Semaphore::new(self.in_flight_max.min(Semaphore::MAX_PERMITS))),
            refused: counter!(names::REQUESTS_SHED, "service" => self.service),
        };
        let log = AccessLog { service: self.service, successes: self.log_successes };
        // The last one added is the outermost.
        router
            .method_not_allowed_fallback(|| async {
                Problem::new(
                    StatusCode::METHOD_NOT_ALLOWED,
                    "method_not_allowed",
                    "This path does not answer that method",
                )
            })
            .layer(DefaultBodyLimit::max(self.body_bytes_max))
            .layer(CatchPanicLayer::custom(panicked))
            .layer(from_fn_with_state(shed, shed_overload))
            .layer(from_fn_with_state(self.csp, security_headers::middleware))
            .layer(from_fn_with_state(log, access_log::middleware))
            .layer(from_fn(request_id::middleware))
    }
}

/// A fallback for routers: 404 as a problem.
pub async fn not_found() -> Problem {
    Problem::not_found("page")
}

/// The hook of [`crate::telemetry`] has logged the panic; the client learns only that it happened.
fn panicked(_payload: Box<dyn Any + Send + 'static>) -> Response {
    Problem::unexplained().into_response()
}

#[derive(Clone)]
struct Shed {
    permits: Arc<Semaphore>,
    refused: Counter,
}

async fn shed_overload(State(shed): State<Shed>, request: Request, next: Next) -> Response {
    let Ok(_permit) = shed.permits.try_acquire() else {
        shed.refused.increment(1);
        return Problem::unavailable("The service has too much to do at the moment")
            .with_code("overloaded")
            .into_response();
    };
    next.run(request).await
}
