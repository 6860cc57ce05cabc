//! The service through its port: a real catalog, a real journal, real requests.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails where something is not as expected")]

mod actions;
mod api;
mod compat;
mod events;
mod hosted;
mod landing;
mod privacy;
mod script;
mod support;
mod trace;
