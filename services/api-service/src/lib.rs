//! api-service: MANAGES. The admin API, who may use it, reports and logs; also serves the built admin pages.
//!
//! Promises: whatever the admin does, an API key can do; nobody reads or changes another workspace; a wrong request is answered with a
//! problem that names the field and the fix; the OpenAPI document is made of the code that answers. Every list, body, queue and wait
//! is bounded.
//! Never: routes traffic (the simulator asks the same engine, and keeps nothing), writes facts, or loads anything from elsewhere.

mod admin;
mod alerts;
mod app;
mod auth;
mod connect;
mod costs;
mod docs;
mod error;
mod export;
mod extract;
pub mod fuzzing;
mod geo;
mod handlers;
mod landing_store;
mod log;
mod metrics;
mod openapi;
mod outgoing;
mod present;
mod rate_feed;
mod rates;
mod recurring;
mod report;
mod retention;
mod router;
mod scheduled;
mod service;
mod simulate;
mod templates;
pub mod types;
mod upload;
mod vocabulary;

#[cfg(test)]
mod tests;

pub use connect::connect;
pub use service::{Deps, Error, Running, start};

/// The OpenAPI document as JSON, the same that `/api/openapi.json` answers with.
pub fn openapi_json() -> String {
    let (_, document) = router::api().split_for_parts();
    serde_json::to_string_pretty(&openapi::finish(document)).unwrap_or_default()
}
