//! The engine as a program of its own: for tests, and for looking at the data of an instance that is not running.

use std::process::ExitCode;

use clap::Parser;
use signalbox_embedded_clickhouse::child::{ChildArgs, run};

/// ClickHouse's HTTP interface over libchdb.
#[derive(Parser)]
#[command(name = "embedded-clickhouse", version)]
struct Arguments {
    #[command(flatten)]
    child: ChildArgs,
}

fn main() -> ExitCode {
    run(Arguments::parse().child)
}
