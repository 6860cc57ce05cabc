//! Traffic for a running instance: a demo that lives, a driver with its own ledger, a drill that kills, and a benchmark.
//!
//! Promises: everything goes through the public endpoints as real HTTP; what is in flight, queued and retried is bounded; only processes
//! that it started are stopped, by their own id. Never writes into a store by another road, and never holds money in a float.

pub mod api;
pub mod bench;
pub mod demo;
pub mod drill;
pub mod drive;
mod error;
pub mod instance;
pub mod world;

pub use error::Error;
