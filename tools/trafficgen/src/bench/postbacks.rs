//! `trafficgen bench-postbacks`: how many postbacks a second the whole embedded instance takes, judges and tells on, beside the generator on the
//! same cores.
//!
//! Promises: requests come evenly, whatever the server does, and latency counts from the planned moment; every postback that was answered
//! is in the report afterwards, once and to the cent, or the bench fails; a share of the clicks is older than memory holds. Bounded in time
//! and on loopback.

mod inbound;
mod outgoing;
mod receiver;
mod rig;

use super::machine::Machine;
use crate::{Error, demo::say};
use clap::Args;
use rig::Rig;
use serde::Serialize;
use std::{fs, path::PathBuf};

/// How the benchmark is run.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// The `signalbox` program, a release build.
    #[arg(long)]
    pub signalbox: PathBuf,
    /// Clicks; memory holds half of them.
    #[arg(long, default_value_t = 60_000, value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    pub clicks: u32,
    /// Inbound postbacks a second.
    #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub rate: u32,
    /// For so long, seconds.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=600))]
    pub seconds: u32,
    /// Conversions a second that are told to receivers.
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub outgoing_rate: u32,
    /// Seconds of a round in which they are told.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=600))]
    pub round_seconds: u32,
    /// Rounds of each kind (alone, beside good receivers, beside ones that fail), in turns.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub rounds: u32,
    /// File that the figures are written to; they are only told when absent.
    #[arg(long)]
    pub write: Option<PathBuf>,
    /// Where data go meanwhile; beside the program when absent. It must be on a real disk.
    #[arg(long)]
    pub folder: Option<PathBuf>,
}

/// What was found.
#[derive(Debug, Serialize)]
struct Results {
    at: String,
    machine: Machine,
    clicks: u32,
    clicks_in_memory: u32,
    inbound: inbound::Outcome,
    lookup: inbound::Lookups,
    outgoing: outgoing::Outcome,
}

/// Measures, tells, writes.
///
/// # Errors
/// When something cannot be started, or a postback is lost or counted twice.
pub async fn run(arguments: &Arguments) -> Result<(), Error> {
    let machine = Machine::describe();
    if let Some(warning) = machine.warning() {
        say(format_args!("{warning}"));
    }
    let rig = Rig::start(arguments).await?;
    let measured = measure(&rig, arguments).await;
    let stopped = rig.stop().await;
    let (inbound, lookup, outgoing) = measured?;
    stopped?;
    let at = jiff::Timestamp::now().to_string();
    let clicks_in_memory = rig::in_memory(arguments);
    let results =
        Results { at, machine, clicks: arguments.clicks, clicks_in_memory, inbound, lookup, outgoing };
    let text = serde_json::to_string_pretty(&results).map_err(Error::json("the results"))?;
    say(format_args!("{text}"));
    match &arguments.write {
        Some(file) => fs::write(file, text + "\n").map_err(Error::file("cannot write", file)),
        None => Ok(()),
    }
}

async fn measure(
    rig: &Rig,
    arguments: &Arguments,
) -> Result<(inbound::Outcome, inbound::Lookups, outgoing::Outcome), Error> {
    let inbound = inbound::measure(rig, arguments).await?;
    let lookup = inbound::look_up(rig).await?;
    let outgoing = outgoing::measure(rig, arguments).await?;
    Ok((inbound, lookup, outgoing))
}
