//! The engine as its users see it: real library, real child process, real sockets, the real `clickhouse` client.

mod client;
mod exactly_once;
mod inserts;
mod misuse;
mod process;
mod queries;
mod support;
