//! What an instance survives, in short: `make drill KIND=outage` is the long form. A program of its own, so that
//! its load does not fall on tests that measure.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails where something is not as expected"
)]

mod outages;
mod readiness;
mod servers;
mod visitors;

const EXE: &str = env!("CARGO_BIN_EXE_signalbox");
