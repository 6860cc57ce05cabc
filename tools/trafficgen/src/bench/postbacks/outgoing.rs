//! Postbacks out: how fast a good receiver is told, alone, beside two that are as good, and beside one that hangs and one that refuses, in turns.
//!
//! The two others take the same conversions in both kinds of rounds, so as many are queued; what differs is only how they answer. At the end of
//! a round those that failed are mended (their URL is), and the next round begins when they were told of everything as well: nothing that
//! waited is lost, and no round pays for the one before it.

use super::{
    Arguments,
    receiver::{Failing, Receiver},
    rig::{Rig, until},
};
use crate::{
    Error,
    api::text,
    bench::client::{Course, Load, Pace, drive},
    demo::say,
};
use hdrhistogram::Histogram;
use serde::Serialize;
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

const CONNECTIONS: usize = 32;

/// What else is told of the same conversions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Beside {
    /// Nobody.
    Nobody,
    /// Two receivers that answer at once as well.
    TwoHealthy,
    /// One that hangs and one that refuses.
    OneHangingOneRefusing,
}

impl Beside {
    /// The kinds in the order of their turns.
    const TURNS: [Self; 3] = [Self::Nobody, Self::TwoHealthy, Self::OneHangingOneRefusing];
}

/// One round.
#[derive(Debug, Clone, Serialize)]
struct Round {
    beside: Beside,
    told: u64,
    /// Told a second, from the first conversion until the last one was told.
    per_second: u64,
    /// From the moment at which a conversion was to be reported until its receiver was told.
    p50_ms: u64,
    p99_ms: u64,
    max_ms: u64,
    /// How long after that the others were told of everything too; those that failed were mended first.
    others_after_ms: u64,
}

/// Medians over the rounds of a kind.
#[derive(Debug, Serialize)]
struct Medians {
    beside: Beside,
    per_second: u64,
    p50_ms: u64,
    p99_ms: u64,
}

impl Medians {
    fn of(beside: Beside, rounds: &[Round]) -> Self {
        let median = |of: fn(&Round) -> u64| {
            let mut all: Vec<u64> = rounds.iter().filter(|round| round.beside == beside).map(of).collect();
            all.sort_unstable();
            all.get(all.len() / 2).copied().unwrap_or_default()
        };
        Self {
            beside,
            per_second: median(|round| round.per_second),
            p50_ms: median(|round| round.p50_ms),
            p99_ms: median(|round| round.p99_ms),
        }
    }
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct Outcome {
    conversions_per_second: u32,
    medians: Vec<Medians>,
    rounds: Vec<Round>,
}

/// Rounds in turns.
pub(super) async fn measure(rig: &Rig, arguments: &Arguments) -> Result<Outcome, Error> {
    let outputs = Outputs::start(rig).await?;
    let turns = Beside::TURNS.into_iter().cycle().take(arguments.rounds as usize * Beside::TURNS.len());
    let mut rounds = Vec::new();
    for (number, beside) in turns.enumerate() {
        let round = outputs.round(arguments, number, beside).await?;
        say(format_args!("  {round:?}"));
        rounds.push(round);
    }
    let medians: Vec<Medians> = Beside::TURNS.map(|beside| Medians::of(beside, &rounds)).into();
    say(format_args!("  {medians:?}"));
    Ok(Outcome { conversions_per_second: arguments.outgoing_rate, medians, rounds })
}

/// The outputs of the instance and who is behind them.
struct Outputs<'a> {
    rig: &'a Rig,
    fast: String,
    others: [String; 2],
    receiver: Receiver,
    healthy: [Receiver; 2],
    failing: Failing,
}

impl<'a> Outputs<'a> {
    async fn start(rig: &'a Rig) -> Result<Self, Error> {
        let make = async |name: &str| {
            let output = json!({"name": name, "url": "http://127.0.0.1:9/", "active": false});
            text(&rig.api.post("/outputs", &output).await?, "id").map(str::to_owned)
        };
        Ok(Self {
            rig,
            fast: make("Fast").await?,
            others: [make("Other").await?, make("Another").await?],
            receiver: Receiver::start().await?,
            healthy: [Receiver::start().await?, Receiver::start().await?],
            failing: Failing::start().await?,
        })
    }

    async fn round(&self, arguments: &Arguments, number: usize, beside: Beside) -> Result<Round, Error> {
        let healthy = self.healthy.each_ref().map(|receiver| receiver.base.as_str());
        let bases = match beside {
            Beside::Nobody | Beside::TwoHealthy => healthy,
            Beside::OneHangingOneRefusing => [self.failing.hanging.as_str(), self.failing.refusing.as_str()],
        };
        self.point_others(number, bases, beside != Beside::Nobody).await?;
        self.point_fast(number).await?;
        let total = arguments.outgoing_rate as usize * arguments.round_seconds as usize;
        let begun = self.report(arguments, number, total).await?;
        let of_round = format!("round={number}&tid=out{number}-");
        until("the fast receiver is told of everything", || async {
            Ok(self.receiver.count(&of_round) == total)
        })
        .await?;
        let told = Instant::now();
        if beside != Beside::Nobody {
            self.point_others(number, healthy, true).await?;
            until("the others are told of everything too", || async {
                Ok(self.healthy.iter().all(|receiver| receiver.count(&of_round) == total))
            })
            .await?;
            self.healthy.iter().for_each(|receiver| drop(receiver.take()));
        }
        let others_after_ms = u64::try_from(told.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (delay, last) = self.delays(&of_round, (begun, arguments.outgoing_rate))?;
        Ok(Round {
            beside,
            told: total as u64,
            per_second: (total as f64 / last.duration_since(begun).as_secs_f64()) as u64,
            p50_ms: delay.value_at_quantile(0.5),
            p99_ms: delay.value_at_quantile(0.99),
            max_ms: delay.max(),
            others_after_ms,
        })
    }

    /// Postbacks at an even rate; when the first was planned.
    async fn report(&self, arguments: &Arguments, number: usize, total: usize) -> Result<Instant, Error> {
        let rig = self.rig;
        let young = &rig.clicks[rig.clicks.len() * 3 / 4..];
        let requests = (0..total)
            .map(|at| {
                rig.request(&young[at % young.len()], &format!("payout=1&status=sale&tid=out{number}-{at}"))
            })
            .collect();
        let load = Arc::new(Load::new(requests, CONNECTIONS)?);
        let rate = u64::from(arguments.outgoing_rate);
        let length = Duration::from_secs(arguments.round_seconds.into());
        let course = Course { pace: Pace::Sleeping(rate), ..Course::open(rig.postback, rate, length) };
        let begun = Instant::now();
        let sent = drive(&load, course, None).await?;
        if sent.failed + sent.unsent > 0 {
            return Err(Error::Mismatch(format!("{} failed and {} were not sent", sent.failed, sent.unsent)));
        }
        Ok(begun)
    }

    /// How long after its planned moment each conversion of the round was told, and when the last one was.
    fn delays(
        &self,
        of_round: &str,
        (begun, rate): (Instant, u32),
    ) -> Result<(Histogram<u64>, Instant), Error> {
        // Up to an hour.
        let mut delay = Histogram::<u64>::new_with_bounds(1, 3_600_000, 3)
            .map_err(|error| Error::Mismatch(format!("histogram: {error}")))?;
        let mut last = begun;
        for (query, at) in self.receiver.take() {
            let order = query.strip_prefix(of_round).and_then(|order| order.parse::<u64>().ok());
            let Some(order) = order else { continue };
            let planned = begun + Duration::from_nanos(order * 1_000_000_000 / u64::from(rate));
            let waited = at.saturating_duration_since(planned).as_millis();
            delay.saturating_record(u64::try_from(waited).unwrap_or(u64::MAX));
            last = last.max(at);
        }
        Ok((delay, last))
    }

    /// Lets the others tell `bases`, or nobody.
    async fn point_others(&self, number: usize, bases: [&str; 2], active: bool) -> Result<(), Error> {
        for (id, base) in self.others.iter().zip(bases) {
            self.point(id, json!({"url": told(base, number), "statuses": ["sale"], "active": active}))
                .await?;
        }
        Ok(())
    }

    /// Lets the fast one say which round it is, and waits until it does: then all that was changed before is in force too.
    async fn point_fast(&self, number: usize) -> Result<(), Error> {
        let url = told(&self.receiver.base, number);
        self.point(&self.fast, json!({"url": url, "statuses": ["lead", "sale"], "active": true})).await?;
        let client = reqwest::Client::new();
        let click = self.rig.clicks.last().map_or("", String::as_str);
        let (probes, in_force) = (AtomicU64::new(0), format!("round={number}&"));
        until("the outputs are known", || async {
            let probe = probes.fetch_add(1, Ordering::Relaxed);
            let url = format!(
                "http://{}/{}/postback?subid={click}&status=lead&tid=probe{number}-{probe}",
                self.rig.postback, self.rig.key
            );
            client.get(url).send().await?;
            Ok(self.receiver.count(&in_force) > 0)
        })
        .await
    }

    async fn point(&self, id: &str, fields: Value) -> Result<(), Error> {
        let path = format!("/outputs/{id}");
        let mut body = fields;
        for field in ["name", "version"] {
            body[field] = self.rig.api.get(&path).await?[field].clone();
        }
        self.rig.api.put(&path, &body).await.map(drop)
    }
}

fn told(base: &str, number: usize) -> String {
    format!("{base}/told?round={number}&tid={{transaction_id}}")
}
