//! `trafficgen drill --kind overload`: good visitors while others misbehave at ten times their rate.
//!
//! Good traffic comes at a fixed rate, each latency counted from the moment the request was due (so a stall is counted for everybody who
//! would have come in it). Promises: every good visitor is redirected; each kind of garbage is refused and counted; the long form also
//! holds the slowest of a hundred good answers against those without garbage.

mod garbage;
mod good;

use super::rig::{self, Rig};
use crate::{Error, demo::say};
use good::Latency;
use serde::Serialize;
use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, time::Duration};
use tokio_util::sync::CancellationToken;

/// Garbage for each good request.
const TIMES: u32 = 10;
/// What a good answer may be slowed down by garbage.
const RATIO_MAX: f64 = 2.0;
/// Differences below this are noise of the machine.
const NOISE: Duration = Duration::from_millis(1);
/// Connections of one address in the drill.
const CONNECTIONS_PER_ADDRESS: u32 = 64;
/// What must have been counted, by metric and label.
const REFUSALS: &[(&str, &str)] = &[
    ("http_requests_refused_total", "reason=\"uri_too_long\""),
    ("http_requests_refused_total", "reason=\"head_too_large\""),
    ("http_requests_refused_total", "reason=\"malformed\""),
    ("http_requests_refused_total", "reason=\"body_too_slow\""),
    ("http_requests_refused_total", "reason=\"address_rate\""),
    ("http_connections_refused_total", "listener=\"traffic\""),
    ("http_connections_cut_off_total", "listener=\"traffic\""),
    ("traffic_not_found_total", ""),
];

/// How the drill is done.
#[derive(Debug, Clone)]
pub struct Options {
    /// The `signalbox` program.
    pub signalbox: PathBuf,
    /// How long good traffic is measured alone, and then with garbage.
    pub measured: Duration,
    /// Good requests a second; garbage comes at ten times this.
    pub rate: u32,
    /// Whether latencies are judged: only on a machine that does nothing else.
    pub judged: bool,
}

/// What was proved.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// Good requests, all redirected.
    pub good: u64,
    /// Requests and connections of garbage.
    pub garbage: u64,
    /// Latency of good requests alone.
    pub alone: Latency,
    /// The same under garbage.
    pub under_garbage: Latency,
    /// What was refused, by metric and reason.
    pub refused: BTreeMap<String, u64>,
    /// Clicks in the report: every good one, once.
    pub stored: u64,
}

/// Drills and prints what was proved, as a line of JSON.
///
/// # Errors
/// When a good visitor was not redirected, garbage was not counted, or garbage slows good answers down beyond the bound.
pub async fn run(options: &Options) -> Result<Outcome, Error> {
    let further = [
        // Good visitors come through the proxy on 127.0.0.1; everybody else on this machine is a stranger.
        ("SIGNALBOX__TRAFFIC__TRUSTED_PROXIES", "127.0.0.1".to_owned()),
        ("SIGNALBOX__TRAFFIC__HEADER_TIMEOUT_MS", "5000".to_owned()),
        ("SIGNALBOX__TRAFFIC__CONNECTIONS_PER_ADDRESS_MAX", CONNECTIONS_PER_ADDRESS.to_string()),
        ("SIGNALBOX__TRAFFIC__REQUESTS_PER_ADDRESS_MAX", options.rate.to_string()),
    ];
    let mut rig = Rig::start(&options.signalbox, rig::folder()?, &further).await?;
    let traffic = address_of(&rig)?;
    // Caches are warm and the journal has its first segment.
    let warm = good::run(traffic, options.rate, Duration::from_secs(1), 0).await?;
    let alone = good::run(traffic, options.rate, options.measured, 1).await?;
    let stop = CancellationToken::new();
    let garbage = tokio::spawn(garbage::run(traffic, options.rate.saturating_mul(TIMES), stop.clone()));
    let under_garbage = good::run(traffic, options.rate, options.measured, 2).await?;
    for (name, labels) in REFUSALS {
        rig.until((name, labels), |counted| counted > 0).await?;
    }
    stop.cancel();
    let garbage =
        garbage.await.map_err(|error| Error::Mismatch(format!("the garbage ended badly: {error}")))?;
    let refused = refused(&rig).await?;
    let sent = warm.answered + alone.answered + under_garbage.answered;
    let stored = rig.await_clicks(sent).await?;
    rig.stop().await?;
    let good = sent;
    let outcome = Outcome {
        good,
        garbage,
        alone: alone.latency,
        under_garbage: under_garbage.latency,
        refused,
        stored,
    };
    say(format_args!("{}", serde_json::to_string(&outcome).map_err(Error::json("the result"))?));
    if options.judged {
        judge(&outcome)?;
    }
    Ok(outcome)
}

fn address_of(rig: &Rig) -> Result<SocketAddr, Error> {
    let found = rig.environment().iter().find(|(name, _)| name == "SIGNALBOX__TRAFFIC__LISTEN");
    let address = found.and_then(|(_, address)| address.parse().ok());
    address.ok_or_else(|| Error::Setup("no address for visitors".to_owned()))
}

async fn refused(rig: &Rig) -> Result<BTreeMap<String, u64>, Error> {
    let mut refused = BTreeMap::new();
    for (name, labels) in REFUSALS {
        let reason = labels.strip_prefix("reason=").map(|reason| format!("{name} {reason}"));
        let counted = rig.metric(name, labels).await?;
        refused.insert(reason.unwrap_or_else(|| (*name).to_owned()).replace('"', ""), counted);
    }
    Ok(refused)
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of a latency are small")]
fn judge(outcome: &Outcome) -> Result<(), Error> {
    let (alone, under) = (outcome.alone.p99_us as f64, outcome.under_garbage.p99_us as f64);
    if under <= (alone * RATIO_MAX).max(NOISE.as_micros() as f64) {
        return Ok(());
    }
    let text = format!("garbage slows the slowest hundredth of good answers from {alone} to {under} µs");
    Err(Error::Mismatch(format!("{text}: more than {RATIO_MAX} times")))
}
