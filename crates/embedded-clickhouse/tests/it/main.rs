//! The engine as its users see it: real library, real child process, real sockets, the real `clickhouse` client.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test says what went wrong by stopping"
)]

mod client;
mod exactly_once;
mod inserts;
mod misuse;
mod process;
mod queries;
mod support;
