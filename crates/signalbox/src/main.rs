//! The command line of Signalbox.

use clap::{Parser, Subcommand};
use signalbox::{DATA_FORMAT, backup, instance};
use signalbox_chassis::{
    process::{Process, refuse},
    settings::Settings,
};
use signalbox_embedded_clickhouse::child::ChildArgs;
use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Self-hosted traffic tracker: clicks, routing, conversions, postbacks, reports.
#[derive(Parser)]
#[command(name = "signalbox", version)]
struct Arguments {
    /// Configuration file (every setting: docs/configuration.md).
    #[arg(long, global = true, env = "SIGNALBOX_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run everything in this process.
    Run {
        /// Print the addresses as one line of JSON when everything answers.
        #[arg(long)]
        print_json: bool,
    },
    /// Show the effective configuration and where each value comes from.
    Check,
    /// Copy a running instance into a folder.
    Backup {
        /// A folder that does not exist yet.
        target: PathBuf,
    },
    /// Fill an empty data directory from a backup.
    Restore {
        /// The folder that `backup` made.
        source: PathBuf,
    },
    /// The embedded engine (started by `run`).
    #[command(hide = true)]
    EmbeddedClickhouse(ChildArgs),
}

fn main() -> ExitCode {
    let Arguments { config, command } = Arguments::parse();
    let config = config.as_deref();
    match command {
        Command::Run { print_json } => run(config, print_json),
        Command::Check => check(config),
        Command::Backup { target } => with_settings(config, |settings| backup::backup(settings, &target)),
        Command::Restore { source } => with_settings(config, |settings| backup::restore(settings, &source)),
        Command::EmbeddedClickhouse(arguments) => signalbox_embedded_clickhouse::child::run(arguments),
    }
}

fn run(config: Option<&Path>, print_json: bool) -> ExitCode {
    let process = Process {
        name: "signalbox",
        data_format: Some(DATA_FORMAT),
        health: |settings| ("api.health_listen", settings.api.health_listen),
        front: Some(|settings| settings.traffic.worker_threads()),
    };
    process.run(Settings::load(config), async move |context| {
        let running = instance::start(context, None).await?;
        let printed =
            if print_json { running.addresses.print_json() } else { running.addresses.print_text() };
        if let Err(error) = printed {
            tracing::debug!(%error, "standard output is closed");
        }
        Ok::<_, instance::Error>(running)
    })
}

fn check(config: Option<&Path>) -> ExitCode {
    with_settings(config, |settings| {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}", settings.describe()).map_err(|error| error.to_string())
    })
}

fn with_settings<E: std::fmt::Display>(
    config: Option<&Path>,
    act: impl FnOnce(&Settings) -> Result<(), E>,
) -> ExitCode {
    let settings = match Settings::load(config) {
        Ok(settings) => settings,
        Err(error) => return refuse(&signalbox_chassis::Error::Settings(error)),
    };
    match act(&settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell when standard error is closed.
            let _gone = writeln!(std::io::stderr(), "signalbox: {error}");
            ExitCode::FAILURE
        }
    }
}
