//! The command line of the traffic generator.

use clap::{Args, Parser, Subcommand};
use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};
use tokio::signal::unix::{SignalKind, signal};
use trafficgen::{
    Error, bench, demo, drill,
    drive::{Drive, Plan},
};

/// Measurements of an overload without garbage, and as many with it.
const OVERLOAD_ROUNDS: u32 = 5;

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
    /// Send a planned amount of traffic and keep a ledger of it.
    Drive(DriveArguments),
    /// Disturb a loaded instance and prove that nothing was lost or counted twice.
    Drill {
        /// What happens to it.
        #[arg(long, value_enum, default_value_t = Kind::Crash)]
        kind: Kind,
        /// How long an outage or a full disk lasts, and each half of all rounds of an overload, seconds.
        #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=600))]
        seconds: u64,
        /// The `signalbox` program.
        #[arg(long)]
        signalbox: PathBuf,
        /// How often something is killed, or restarted.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
        kills: u32,
        /// New clicks a second.
        #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
        rate: u32,
        /// The same seed draws the same traffic and the same pauses between kills.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Measure throughput, latency and memory, beside nginx when it is installed.
    Bench(bench::Arguments),
    /// Measure how many postbacks a second are taken, judged and told on.
    BenchPostbacks(bench::postbacks::Arguments),
}

/// What a drill does.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Kind {
    /// `kill -9` of the instance or its engine at random moments.
    Crash,
    /// Event sink, ClickHouse and catalog are away, under load and at a start.
    Outage,
    /// The journal at its bound, a full disk, a damaged journal.
    Disk,
    /// Ten times as much garbage as good traffic, which must not make its p99 more than twice as long.
    Overload,
    /// SIGTERM and start, over and over.
    Restart,
}

#[derive(Args)]
struct DriveArguments {
    /// Base address for clicks.
    #[arg(long)]
    traffic: String,
    /// Base address for postbacks.
    #[arg(long)]
    postback: String,
    /// Campaigns and networks, as JSON (tools/trafficgen/README.md).
    #[arg(long)]
    plan: PathBuf,
    /// Where the ledger goes, one line of JSON for each attempt.
    #[arg(long)]
    ledger: PathBuf,
    /// Clicks; the plan's when absent.
    #[arg(long)]
    clicks: Option<u32>,
    /// Clicks that convert; the plan's when absent.
    #[arg(long)]
    conversions: Option<u32>,
    /// Requests at one time; the plan's when absent.
    #[arg(long)]
    concurrency: Option<usize>,
    /// The same seed draws the same traffic.
    #[arg(long)]
    seed: Option<u64>,
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
        Command::Bench(arguments) => {
            tokio::select! {
                done = bench::run(&arguments) => done,
                () = stopped() => Err(Error::Setup("stopped before the end".to_owned())),
            }
        }
        Command::BenchPostbacks(arguments) => {
            tokio::select! {
                done = bench::postbacks::run(&arguments) => done,
                () = stopped() => Err(Error::Setup("stopped before the end".to_owned())),
            }
        }
        Command::Drill { kind, seconds, signalbox, kills, rate, seed } => {
            let options = drill::Options { signalbox, kills, rate, seed };
            tokio::select! {
                done = drill(kind, options, Duration::from_secs(seconds)) => done,
                () = stopped() => Err(Error::Setup("stopped before the end: nothing was proved".to_owned())),
            }
        }
        Command::Drive(arguments) => {
            tokio::select! {
                done = drive(&arguments) => done,
                () = stopped() => Err(Error::Setup("stopped; the ledger holds what was sent until now".to_owned())),
            }
        }
    }
}

async fn drill(kind: Kind, options: drill::Options, time: Duration) -> Result<(), Error> {
    let drill::Options { signalbox, kills, rate, .. } = options.clone();
    match kind {
        Kind::Crash => drill::run(&options).await.map(drop),
        Kind::Outage => {
            drill::outage::run(&drill::outage::Options { signalbox, outage: time, rate }).await.map(drop)
        }
        Kind::Disk => drill::disk::run(&drill::disk::Options { signalbox, full: time, rate }).await.map(drop),
        Kind::Overload => {
            let measured = Duration::from_secs((time.as_secs() / u64::from(OVERLOAD_ROUNDS)).max(1));
            let options =
                drill::overload::Options { signalbox, rounds: OVERLOAD_ROUNDS, measured, rate, judged: true };
            drill::overload::run(&options).await.map(drop)
        }
        Kind::Restart => {
            drill::restart::run(&drill::restart::Options { signalbox, restarts: kills, rate }).await.map(drop)
        }
    }
}

async fn drive(arguments: &DriveArguments) -> Result<(), Error> {
    let place = |path: &Path| path.display().to_string();
    let failed = |path: &Path| {
        let what = format!("cannot use {}", place(path));
        move |source| Error::Io { what, source }
    };
    let text = std::fs::read(&arguments.plan).map_err(failed(&arguments.plan))?;
    let json = |source| Error::Json { what: place(&arguments.plan), source };
    let mut plan: Plan = serde_json::from_slice(&text).map_err(json)?;
    plan.traffic.clone_from(&arguments.traffic);
    plan.postback.clone_from(&arguments.postback);
    plan.clicks = arguments.clicks.unwrap_or(plan.clicks);
    plan.conversions = arguments.conversions.unwrap_or(plan.conversions);
    plan.concurrency = arguments.concurrency.unwrap_or(plan.concurrency);
    plan.seed = arguments.seed.unwrap_or(plan.seed);
    let mut file = BufWriter::new(File::create(&arguments.ledger).map_err(failed(&arguments.ledger))?);
    let ledger = Drive::new(plan)?.run(Some(&mut file)).await?;
    file.flush().map_err(failed(&arguments.ledger))?;
    let summary = serde_json::to_string_pretty(&ledger.summary())
        .map_err(|source| Error::Json { what: "summary".to_owned(), source })?;
    writeln!(std::io::stdout(), "{summary}")
        .map_err(|source| Error::Io { what: "standard output".to_owned(), source })
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
