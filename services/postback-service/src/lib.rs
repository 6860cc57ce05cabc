//! postback-service: receives conversions, attributes them to clicks, tells others, and writes events into ClickHouse.
//!
//! Promises: a postback that was answered 200 is on disk and will be judged, whatever is killed; a conversion counts once however often it is
//! sent; an outgoing postback is tried until it arrives or is given up visibly. Its roles (receive, judge, deliver, write) do not wait for one
//! another. Never decides where a visitor goes.

mod attribute;
mod clearing;
mod config;
pub mod connect;
pub mod conversion;
mod converted;
mod counters;
mod cursors;
pub mod deliver;
mod erasure;
pub mod fuzzing;
mod gate;
mod heads;
pub mod journal;
mod judge;
mod metrics;
mod outbox;
pub mod reading;
pub mod receive;
mod recent;
mod relay;
mod rematch;
mod removal;
mod replay;
mod start;
mod strays;
#[cfg(test)]
mod testing;
mod upload;
mod write;

pub use gate::{Paused, WriterGate};
pub use start::{Deps, Error, Running, start};
