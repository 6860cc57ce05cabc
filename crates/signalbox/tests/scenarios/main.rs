//! Stories of a whole instance over real sockets: the program, its files, its embedded engine.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails where something is not as expected")]

mod backup;
mod bad_input;
mod conversion_apis;
mod conversion_types;
mod counters;
mod drill;
mod erased;
mod events;
mod ledger;
mod live_log;
mod loop_story;
mod oracle;
mod postbacks_drill;
mod postbacks_replay;
mod privacy;
mod rematch;
mod routing;
mod starting;
mod ways_in;
mod world;
