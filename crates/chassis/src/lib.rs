//! What every Signalbox process has: settings, telemetry, health, metrics, shutdown, HTTP serving, problems, client address.
//!
//! Promises: a process that cannot run says why, names the setting and the fix, and ends; a process that runs answers
//! `/health/*` and `/metrics` from a thread of its own; a process that is told to stop does so in order and within a deadline.
//! Never: knows what a click or a campaign is. Nothing here depends on another crate of the workspace.

pub mod access_log;
pub mod client_ip;
pub mod data_dir;
pub mod embed;
pub mod extract;
pub mod health;
pub mod layers;
pub mod memory;
pub mod metrics;
pub mod outgoing;
pub mod problem;
pub mod process;
pub mod ratelimit;
pub mod request_id;
pub mod secret;
pub mod security_headers;
pub mod server;
pub mod settings;
pub mod shutdown;
pub mod telemetry;

mod error;

pub use error::Error;
