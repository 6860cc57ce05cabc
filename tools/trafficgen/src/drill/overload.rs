//! `trafficgen drill --kind overload`: good visitors while others misbehave at ten times their rate.
//!
//! Good traffic comes at a fixed rate, in rounds: alone, with garbage, alone, with garbage, … so that what else the machine does falls on
//! both. Promises: every good visitor is redirected and in the report; each kind of garbage is refused and counted; judged, the garbage came
//! at its rate, and the median p99 of good answers with it is at most twice that without. Ends by itself.

mod flood;
mod garbage;
mod good;

use super::rig::{self, Rig};
use crate::{Error, demo::say};
use garbage::Garbage;
use good::{Latency, Visits};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::PathBuf,
    time::{Duration, Instant},
};

/// Garbage for each good request.
const TIMES: u32 = 10;
/// What a good answer may be slowed down by garbage.
const RATIO_MAX: f64 = 2.0;
/// Connections of one address in the drill.
const CONNECTIONS_PER_ADDRESS: u32 = 64;
/// The listener as its metrics name it.
const LISTENER: &str = "listener=\"traffic\"";
/// Connections that may be left when a round of garbage is over: keep-alive ones of this program's own clients.
const LEFT_MAX: u64 = 4;
/// What must have been counted, by metric and label.
const REFUSALS: &[(&str, &str)] = &[
    ("http_requests_refused_total", "reason=\"uri_too_long\""),
    ("http_requests_refused_total", "reason=\"head_too_large\""),
    ("http_requests_refused_total", "reason=\"malformed\""),
    ("http_requests_refused_total", "reason=\"body_too_slow\""),
    ("http_requests_refused_total", "reason=\"address_rate\""),
    ("http_connections_refused_total", LISTENER),
    ("http_connections_cut_off_total", LISTENER),
    ("traffic_not_found_total", ""),
];

/// How the drill is done.
#[derive(Debug, Clone)]
pub struct Options {
    /// The `signalbox` program.
    pub signalbox: PathBuf,
    /// Rounds, each of a measurement without and one with garbage.
    pub rounds: u32,
    /// How long one measurement takes, whole seconds.
    pub measured: Duration,
    /// Good requests a second; garbage comes at ten times this.
    pub rate: u32,
    /// Whether latencies and the rate of garbage are judged: only on a machine that does nothing else.
    pub judged: bool,
}

/// One measurement without garbage and one with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Round {
    /// Latency of good requests alone.
    pub alone: Latency,
    /// The same with garbage.
    pub with_garbage: Latency,
    /// Requests and connections of garbage a second meanwhile.
    pub garbage_per_second: u64,
}

/// What was proved.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// Good requests, all redirected.
    pub good: u64,
    /// Clicks in the report: every good one, once.
    pub stored: u64,
    /// What was refused, by metric and reason.
    pub refused: BTreeMap<String, u64>,
    /// Every round.
    pub rounds: Vec<Round>,
    /// Median over the rounds: 99 of 100 good answers took at most so many microseconds, alone.
    pub p99_us_alone: u64,
    /// The same with garbage.
    pub p99_us_with_garbage: u64,
    /// How many times as long.
    pub p99_ratio: f64,
    /// Median over the rounds.
    pub garbage_per_second: u64,
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
    let mut good = visits((traffic, "warm".to_owned()), options).await?.answered;
    let mut rounds = Vec::new();
    for number in 1..=options.rounds.max(1) {
        let (answered, round) = measure(&rig, (traffic, number), options).await?;
        good += answered;
        say(format_args!("Round {number} of {}: {}", options.rounds, json(&round)?));
        rounds.push(round);
    }
    let refused = refused(&rig).await?;
    let stored = rig.await_clicks(good).await?;
    rig.stop().await?;
    let outcome = conclude(rounds, (good, stored, refused));
    say(format_args!("{}", json(&outcome)?));
    say(format_args!(
        "p99 of good answers: {} µs alone, {} µs with {} garbage a second: {:.2} times (at most {RATIO_MAX})",
        outcome.p99_us_alone, outcome.p99_us_with_garbage, outcome.garbage_per_second, outcome.p99_ratio
    ));
    if options.judged {
        judge(&outcome, options.rate)?;
    }
    Ok(outcome)
}

/// One round; the number of good requests, all redirected.
async fn measure(
    rig: &Rig,
    (traffic, number): (SocketAddr, u32),
    options: &Options,
) -> Result<(u64, Round), Error> {
    let alone = visits((traffic, format!("alone{number}")), options).await?;
    let garbage = Garbage::start(traffic, options.rate.saturating_mul(TIMES))?;
    // All of it comes before anything is measured, and what is slow has been cut off for the first time.
    for (name, labels) in REFUSALS {
        rig.until((name, labels), |counted| counted > 0).await?;
    }
    garbage.flows(options.rate.saturating_mul(TIMES)).await?;
    let (before, begun) = (garbage.sent(), Instant::now());
    let with_garbage = visits((traffic, format!("with{number}")), options).await?;
    let (sent, took) = (garbage.sent() - before, begun.elapsed());
    garbage.stop().await?;
    // The next measurement is one without garbage.
    rig.until(("http_connections", LISTENER), |open| open <= LEFT_MAX).await?;
    let per_second = u128::from(sent) * 1_000 / took.as_millis().max(1);
    let round = Round {
        alone: alone.latency,
        with_garbage: with_garbage.latency,
        garbage_per_second: u64::try_from(per_second).unwrap_or(u64::MAX),
    };
    Ok((alone.answered + with_garbage.answered, round))
}

async fn visits((address, name): (SocketAddr, String), options: &Options) -> Result<good::Good, Error> {
    good::run(Visits { address, rate: options.rate, time: options.measured, name }).await
}

fn json(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(Error::json("the result"))
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
fn conclude(rounds: Vec<Round>, (good, stored, refused): (u64, u64, BTreeMap<String, u64>)) -> Outcome {
    let alone = median(rounds.iter().map(|round| round.alone.p99_us));
    let with_garbage = median(rounds.iter().map(|round| round.with_garbage.p99_us));
    let garbage_per_second = median(rounds.iter().map(|round| round.garbage_per_second));
    Outcome {
        good,
        stored,
        refused,
        rounds,
        p99_us_alone: alone,
        p99_us_with_garbage: with_garbage,
        p99_ratio: with_garbage as f64 / alone.max(1) as f64,
        garbage_per_second,
    }
}

/// The middle one; of an even number the higher one of the middle.
fn median(values: impl Iterator<Item = u64>) -> u64 {
    let mut values: Vec<u64> = values.collect();
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or(0)
}

fn judge(outcome: &Outcome, rate: u32) -> Result<(), Error> {
    let (found, wanted) = (outcome.garbage_per_second, u64::from(rate) * u64::from(TIMES));
    // A sender that was a moment late has not caught up yet.
    if found < wanted - wanted / 20 {
        return Err(Error::Mismatch(format!(
            "only {found} of {wanted} pieces of garbage a second were sent: nothing was proved; choose a lower --rate"
        )));
    }
    if outcome.p99_ratio > RATIO_MAX {
        return Err(Error::Mismatch(format!(
            "garbage slows the slowest hundredth of good answers down {:.2} times; {RATIO_MAX} are allowed",
            outcome.p99_ratio
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(alone: u64, with_garbage: u64, garbage_per_second: u64) -> Round {
        let latency = |p99_us| Latency { p50_us: 1, p99_us, max_us: 9_999 };
        Round { alone: latency(alone), with_garbage: latency(with_garbage), garbage_per_second }
    }

    #[test]
    fn the_medians_are_judged_not_a_single_round() {
        let rounds = vec![round(100, 5_000, 1_000), round(110, 200, 990), round(90, 190, 1_010)];
        let outcome = conclude(rounds, (6, 6, BTreeMap::new()));
        assert_eq!((outcome.p99_us_alone, outcome.p99_us_with_garbage), (100, 200));
        assert!(judge(&outcome, 100).is_ok(), "{outcome:?}");
        let slower = conclude(vec![round(100, 201, 1_000)], (2, 2, BTreeMap::new()));
        assert!(judge(&slower, 100).unwrap_err().to_string().contains("2.01 times"));
    }

    #[test]
    fn too_little_garbage_proves_nothing() {
        let outcome = conclude(vec![round(100, 100, 900)], (2, 2, BTreeMap::new()));
        let error = judge(&outcome, 100).unwrap_err().to_string();
        assert!(error.contains("only 900 of 1000"), "{error}");
    }
}
