//! `trafficgen drill --kind restart`: the instance is stopped by SIGTERM and started again, over and over, under load.
//!
//! The listener for visitors is held open by the drill, as systemd holds it (`LISTEN_FDS`): what comes between two processes waits in the
//! kernel's queue. Promises: no redirect fails, no connection is refused or lost; readiness turns before anything stops; each stop ends in
//! time; every click is in the report exactly once.

use super::{
    START_PATIENCE, environment,
    rig::{self, Rig},
};
use crate::{Error, demo::say, instance::Instance};
use serde::Serialize;
use std::{
    net::{SocketAddr, TcpListener},
    os::fd::OwnedFd,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::process::Command;

const CONCURRENCY: usize = 32;
const PER_THOUSAND: u32 = 25;
/// From SIGTERM to the end of the process at most.
const EXIT_MAX: Duration = Duration::from_secs(10);
/// How long readiness says no before the process stops accepting.
const NOTICE_MS: u64 = 400;
/// What a shell does with the socket that it gets as its standard input: number 3, as the protocol wants, for the program that it becomes.
const HAND_OVER: &str = r#"exec 3<&0 </dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec "$0" run --print-json"#;

/// How the drill is done.
#[derive(Debug, Clone)]
pub struct Options {
    /// The `signalbox` program.
    pub signalbox: PathBuf,
    /// How often it is restarted.
    pub restarts: u32,
    /// New clicks a second.
    pub rate: u32,
}

/// What was proved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Restarts under load.
    pub restarts: u32,
    /// Redirects in all; none failed.
    pub clicks: u64,
    /// Connections that were refused: none.
    pub refused: u64,
    /// Clicks in the report: every one, once.
    pub stored: u64,
    /// Conversions in the report: every one, once.
    pub conversions: u64,
    /// The longest time from SIGTERM to the end of the process, milliseconds.
    pub exit_ms_max: u128,
    /// The longest time from SIGTERM until the next process answered, milliseconds.
    pub gap_ms_max: u128,
}

/// Drills and prints what was proved, as a line of JSON.
///
/// # Errors
/// When something cannot be started, a redirect failed, a stop took too long, or the report differs from the ledger.
pub async fn run(options: &Options) -> Result<Outcome, Error> {
    let folder = rig::folder()?;
    let mut environment = environment(folder.path())?;
    environment.push(("SIGNALBOX__INSTANCE__SHUTDOWN_NOTICE_MS".to_owned(), NOTICE_MS.to_string()));
    let listener = listen(&environment)?;
    let instance = start(&options.signalbox, &environment, &listener).await?;
    let mut rig = Rig::with(&options.signalbox, folder, environment, instance).await?;
    let when = "over restarts";
    let driving = rig.drive(options.rate, CONCURRENCY, PER_THOUSAND)?;
    let (mut exit_max, mut gap_max) = (Duration::ZERO, Duration::ZERO);
    for number in 1..=options.restarts {
        rig::let_run(&driving.progress, Duration::from_secs(1), when).await?;
        let begun = Instant::now();
        let exit = stop(&mut rig).await?;
        exit_max = exit_max.max(exit);
        rig.instance = Some(start(rig.signalbox(), rig.environment(), &listener).await?);
        gap_max = gap_max.max(begun.elapsed());
        say(format_args!("Restart {number} of {}: ended after {} ms", options.restarts, exit.as_millis()));
    }
    rig::let_run(&driving.progress, Duration::from_secs(1), when).await?;
    let ledger = rig.finish(driving).await?;
    let refused = rig::failures(&ledger).get("no connection").copied().unwrap_or(0);
    let clicks = rig::none_failed(&ledger, when)?;
    let agreed = rig.agree(0).await?;
    rig.stop().await?;
    let outcome = Outcome {
        restarts: options.restarts,
        clicks,
        refused,
        stored: agreed.clicks,
        conversions: agreed.conversions,
        exit_ms_max: exit_max.as_millis(),
        gap_ms_max: gap_max.as_millis(),
    };
    say(format_args!("{}", serde_json::to_string(&outcome).map_err(Error::json("the result"))?));
    Ok(outcome)
}

/// Stops it under load; how long that took. Readiness is the first thing that turns.
async fn stop(rig: &mut Rig) -> Result<Duration, Error> {
    let Some(mut instance) = rig.instance.take() else { return Ok(Duration::ZERO) };
    let begun = Instant::now();
    instance.terminate()?;
    while rig.is_ready().await? {
        if begun.elapsed() > EXIT_MAX {
            return Err(Error::Mismatch("readiness does not turn after SIGTERM".to_owned()));
        }
    }
    let ended = tokio::time::timeout(EXIT_MAX.saturating_sub(begun.elapsed()), instance.ended()).await;
    match ended {
        Ok(Ok(status)) if status.success() => Ok(begun.elapsed()),
        Ok(Ok(status)) => Err(Error::Mismatch(format!("the stop was not clean: {status}"))),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(Error::Mismatch(format!("the stop took longer than {} s", EXIT_MAX.as_secs()))),
    }
}

/// Opens the socket that the environment names, as a supervisor does.
fn listen(environment: &[(String, String)]) -> Result<TcpListener, Error> {
    let address = environment.iter().find(|(name, _)| name == "SIGNALBOX__TRAFFIC__LISTEN");
    let address: Option<SocketAddr> = address.and_then(|(_, address)| address.parse().ok());
    let address = address.ok_or_else(|| Error::Setup("no address for visitors".to_owned()))?;
    TcpListener::bind(address).map_err(Error::io("cannot listen for visitors"))
}

/// Starts the program with the socket passed to it.
async fn start(
    signalbox: &Path,
    environment: &[(String, String)],
    listener: &TcpListener,
) -> Result<Instance, Error> {
    let socket = listener.try_clone().map_err(Error::io("cannot pass the socket"))?;
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(HAND_OVER).arg(signalbox).stdin(Stdio::from(OwnedFd::from(socket)));
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    Instance::start_command(command, signalbox, START_PATIENCE).await
}
