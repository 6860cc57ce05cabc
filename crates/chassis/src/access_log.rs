//! One event and a few numbers for each request: method, matched route, status, duration.
//!
//! Never: the path as sent, the query, an address, a header or a body – they may hold personal data and secrets.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request, State},
    http::{Method, StatusCode},
    middleware::Next,
    response::Response,
};
use metrics::{counter, gauge, histogram};

use crate::{metrics::names, request_id, warn_limited};

/// What is logged and counted, and under which name.
#[derive(Clone, Copy, Debug)]
pub struct AccessLog {
    /// The service, such as `api`; a label.
    pub service: &'static str,
    /// Whether answers below 500 are logged at level info; otherwise at level debug.
    pub successes: bool,
}

/// Use it with `middleware::from_fn_with_state(AccessLog { … }, access_log::middleware)`, inside [`request_id::middleware`].
pub async fn middleware(State(log): State<AccessLog>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = method_label(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let in_flight = InFlight::begin(log.service);
    let response = next.run(request).await;
    drop(in_flight);
    let route = route.as_ref().map_or("unmatched", MatchedPath::as_str);
    let duration = started.elapsed().as_secs_f64();
    let status = response.status();
    counter!(names::REQUESTS, "service" => log.service, "method" => method, "route" => route.to_owned(),
        "status" => status_label(status))
    .increment(1);
    histogram!(names::REQUEST_SECONDS, "service" => log.service, "route" => route.to_owned())
        .record(duration);
    let (status, duration_ms) = (status.as_u16(), (duration * 1_000_000.0).round() / 1_000.0);
    let id = request_id::current();
    let request_id = id.as_ref().map(request_id::RequestId::as_str);
    let service = log.service;
    if status == 503 {
        // Comes in floods, and the counters have them all.
        warn_limited!(30, service, method, route, status, duration_ms, request_id, "request");
    } else if status >= 500 {
        tracing::warn!(service, method, route, status, duration_ms, request_id, "request");
    } else if log.successes {
        tracing::info!(service, method, route, status, duration_ms, request_id, "request");
    } else {
        tracing::debug!(service, method, route, status, duration_ms, request_id, "request");
    }
    response
}

/// The known methods by name, all others as one: a stranger must not be able to make labels.
fn method_label(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

fn status_label(status: StatusCode) -> String {
    status.as_str().to_owned()
}

/// Counted as under way until dropped, also when the client goes away.
struct InFlight(metrics::Gauge);

impl InFlight {
    fn begin(service: &'static str) -> Self {
        let gauge = gauge!(names::REQUESTS_IN_FLIGHT, "service" => service);
        gauge.increment(1.0);
        Self(gauge)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}
