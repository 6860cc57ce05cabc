//! The whole instance on all cores, beside the load generator on the same ones: the highest rate at which its reports stay within five
//! seconds of its answers.
//!
//! Promises: the rate that is told was held for the whole proof, with every request redirected; short trials only say where to prove.

use super::{
    Bench,
    client::{Course, Load, Pace, drive},
    figures::{Figures, millis},
    lag::{self, Look, Watch},
    place::{Check, Conditions, Place},
    search::Search,
};
use crate::{Error, demo::say};
use serde::{Deserialize, Serialize};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Where the search begins.
const FIRST: u64 = 16_000;
/// Proofs at most; each one that fails is followed by one at a lower rate.
const PROOFS_MAX: usize = 4;
/// The next proof after one that failed, in hundredths of its rate.
const STEP_DOWN_PERCENT: u64 = 93;
/// A round has kept its pace when its last answer came at most so long after its end.
const LATE_MAX: Duration = Duration::from_secs(1);
/// Looks that are kept for the chart.
const LOOKS_KEPT: usize = 150;

/// A rate that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Trial {
    pub(super) per_second: u64,
    pub(super) seconds: u64,
    /// Whether it held.
    pub(super) held: bool,
    pub(super) lag_ms_max: u64,
    pub(super) lag_ms_median: u64,
    /// Answers and their latency; the generator shares the cores, so these are not the latencies of the product alone.
    pub(super) figures: Figures,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Outcome {
    pub(super) conditions: Conditions,
    pub(super) connections: usize,
    /// The rate that was proved; absent when none was.
    pub(super) held_per_second: Option<u64>,
    /// The proof of that rate.
    pub(super) proof: Option<Trial>,
    /// The lag during the proof.
    pub(super) looks: Vec<Look>,
    /// Everything that was tried before, proofs that failed included.
    pub(super) trials: Vec<Trial>,
    pub(super) check: Check,
}

/// Searches and proves.
///
/// # Errors
/// When something does not start, or a click is lost.
pub(super) async fn measure(bench: &Bench) -> Result<Outcome, Error> {
    let mut place = Place::make(bench, bench.mix.clone()).await?;
    let instance = place.whole().await?;
    let found = find(&mut place).await;
    place.stop(instance).await?;
    let (proof, looks, trials) = found?;
    place.verify(0).await?;
    Ok(Outcome {
        conditions: place.conditions.clone(),
        connections: bench.mix.connections,
        held_per_second: proof.as_ref().map(|proof| proof.per_second),
        proof,
        looks,
        trials,
        check: place.check,
    })
}

type Found = (Option<Trial>, Vec<Look>, Vec<Trial>);

async fn find(place: &mut Place<'_>) -> Result<Found, Error> {
    let mix = place.mix.clone();
    let load = place.load(mix.connections)?;
    let warm = Course { pace: Pace::Sleeping(1000), ..load.each_once(place.traffic()) };
    let round = drive(&load, warm, None).await?;
    place.check.add(&round);
    let mut trials = Vec::new();
    let mut search = match place.bench.rate {
        Some(rate) => Search::from(rate),
        None => Search::from(FIRST),
    };
    let length = Duration::from_secs(mix.trial_seconds);
    while let Some(rate) = search.next() {
        let (trial, looks) = try_rate(place, &load, rate, length).await?;
        let held = trial.held && lag::is_steady(&looks);
        say(format_args!("  {}", line("trial", &Trial { held, ..trial.clone() })));
        search.tell(held);
        trials.push(Trial { held, ..trial });
    }
    let Some(mut rate) = search.found() else { return Ok((None, Vec::new(), trials)) };
    let length = Duration::from_secs(mix.proof_seconds);
    for _ in 0..PROOFS_MAX {
        let (proof, looks) = try_rate(place, &load, rate, length).await?;
        say(format_args!("  {}", line("proof", &proof)));
        if proof.held {
            return Ok((Some(proof), thinned(looks), trials));
        }
        trials.push(proof);
        rate = rate * STEP_DOWN_PERCENT / 100;
    }
    Ok((None, Vec::new(), trials))
}

/// One rate, from reports that show everything until they do again.
async fn try_rate(
    place: &mut Place<'_>,
    load: &Arc<Load>,
    rate: u64,
    length: Duration,
) -> Result<(Trial, Vec<Look>), Error> {
    let found = place.caught_up(0).await?;
    let api = place.api()?;
    let watch = Watch { api: &api, load, rate, before: (found, load.redirected()) };
    let course = Course { pace: Pace::Sleeping(rate), ..Course::closed(place.traffic(), length) };
    let begun = Instant::now();
    let mut looks = Vec::new();
    let sending = drive(load, course, None);
    tokio::pin!(sending);
    let round = tokio::select! {
        round = &mut sending => round?,
        looked = watch.look(&mut looks) => {
            looked?;
            // The lag was too long and the load is halted.
            sending.await?
        }
    };
    place.check.add(&round);
    let figures = Figures::of(&round);
    let kept_pace = figures.not_redirected == 0 && begun.elapsed() <= length + LATE_MAX;
    let whole = round.elapsed + LATE_MAX >= length;
    let trial = Trial {
        per_second: rate,
        seconds: (round.elapsed + Duration::from_millis(500)).as_secs(),
        held: kept_pace && whole && lag::is_short(&looks),
        lag_ms_max: lag::longest(&looks),
        lag_ms_median: lag::median(&looks),
        figures,
    };
    Ok((trial, looks))
}

fn thinned(looks: Vec<Look>) -> Vec<Look> {
    let step = looks.len().div_ceil(LOOKS_KEPT).max(1);
    looks.into_iter().step_by(step).collect()
}

/// For people.
fn line(what: &str, trial: &Trial) -> String {
    let Trial { per_second, seconds, held, lag_ms_max, figures, .. } = trial;
    let verdict = if *held { "holds" } else { "does not hold" };
    format!(
        "{what}: {per_second}/s for {seconds} s {verdict} (lag at most {lag_ms_max} ms, p99 {} ms, {} not redirected)",
        millis(figures.p99_micros),
        figures.not_redirected
    )
}

impl Outcome {
    /// For people.
    pub(super) fn table(&self) -> String {
        match &self.proof {
            Some(proof) => format!("  {}\n", line("the whole instance", proof)),
            None => "  no rate held\n".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_for_the_chart_are_few_and_span_the_proof() {
        let looks = |count| (0..count).map(|at| Look { at_ms: at, lag_ms: 1 }).collect::<Vec<_>>();
        assert_eq!(thinned(looks(10)).len(), 10);
        let thin = thinned(looks(601));
        assert!(thin.len() <= LOOKS_KEPT && thin.last().unwrap().at_ms > 590);
        assert!(thinned(Vec::new()).is_empty());
    }
}
