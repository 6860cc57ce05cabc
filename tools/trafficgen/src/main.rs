//! The command line of the traffic generator.

use clap::{Parser, Subcommand};
use std::{io::Write as _, path::PathBuf, process::ExitCode, time::Duration};
use tokio::signal::unix::{SignalKind, signal};
use trafficgen::{Error, demo};

/// Real traffic for a running Signalbox.
#[derive(Parser)]
#[command(name = "trafficgen", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start an instance with a seeded workspace and live traffic, until Ctrl-C.
    Demo {
        /// The `signalbox` program.
        #[arg(long)]
        signalbox: PathBuf,
        /// Where the demo's instance keeps its data.
        #[arg(long, default_value = "data/demo")]
        data_dir: PathBuf,
        /// New clicks a second.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=i64::from(demo::RATE_MAX)))]
        rate: u32,
        /// End by itself after this many seconds.
        #[arg(long)]
        seconds: Option<u64>,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&Error::Setup(format!("cannot start: {error}"))),
    };
    match runtime.block_on(run(arguments.command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

async fn run(command: Command) -> Result<(), Error> {
    match command {
        Command::Demo { signalbox, data_dir, rate, seconds } => {
            let options =
                demo::Options { signalbox, data_dir, rate, run_for: seconds.map(Duration::from_secs) };
            demo::run(&options, stopped()).await
        }
    }
}

/// Resolves at the first SIGINT or SIGTERM.
async fn stopped() {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

fn failed(error: &Error) -> ExitCode {
    // Nobody is left to tell when standard error is closed.
    let _gone = writeln!(std::io::stderr(), "trafficgen: {error}");
    ExitCode::FAILURE
}
