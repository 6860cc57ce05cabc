//! Postbacks out: how fast a good receiver is told, alone and beside one that hangs and one that refuses, in turns.

use super::{
    Arguments,
    rig::{Rig, until},
};
use crate::{
    Error,
    bench::client::{Course, Load, Pace, drive},
    demo::say,
};
use axum::{
    Router,
    extract::{RawQuery, State},
    routing::any,
};
use hdrhistogram::Histogram;
use serde::Serialize;
use serde_json::json;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::{net::TcpListener, task::JoinHandle};

const CONNECTIONS: usize = 32;

/// One round.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Round {
    /// Whether receivers that fail were told too.
    beside_bad: bool,
    told: u64,
    /// Told a second, from the first conversion until the last one was told.
    per_second: u64,
    /// From the moment at which a conversion was to be reported until its receiver was told.
    p50_ms: u64,
    p99_ms: u64,
    max_ms: u64,
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct Outcome {
    conversions_per_second: u32,
    alone_p99_ms_median: u64,
    beside_bad_p99_ms_median: u64,
    alone_per_second_median: u64,
    beside_bad_per_second_median: u64,
    rounds: Vec<Round>,
}

/// Rounds in turns.
pub(super) async fn measure(rig: &Rig, arguments: &Arguments) -> Result<Outcome, Error> {
    let good = Receiver::start().await?;
    let hangs = listen().await?;
    let refuses = listen().await?;
    let (hanging, refusing) = (address(&hangs)?, address(&refuses)?);
    // Nobody listens there any more; the other one is never answered.
    drop(refuses);
    let told = |base: &str| format!("{base}/told?tid={{transaction_id}}");
    for (name, base, statuses) in [
        ("Good", good.base.as_str(), json!(["lead", "registration"])),
        ("Hangs", hanging.as_str(), json!(["registration"])),
        ("Refuses", refusing.as_str(), json!(["registration"])),
    ] {
        rig.api.post("/outputs", &json!({"name": name, "url": told(base), "statuses": statuses})).await?;
    }
    until_known(rig, &good).await?;
    let mut rounds = Vec::new();
    for number in 0..arguments.rounds * 2 {
        let round = one(rig, arguments, &good, number).await?;
        say(format_args!("  {round:?}"));
        rounds.push(round);
    }
    drop(hangs);
    let median = |bad: bool, of: fn(&Round) -> u64| {
        let mut all: Vec<u64> = rounds.iter().filter(|round| round.beside_bad == bad).map(of).collect();
        all.sort_unstable();
        all.get(all.len() / 2).copied().unwrap_or_default()
    };
    Ok(Outcome {
        conversions_per_second: arguments.outgoing_rate,
        alone_p99_ms_median: median(false, |round| round.p99_ms),
        beside_bad_p99_ms_median: median(true, |round| round.p99_ms),
        alone_per_second_median: median(false, |round| round.per_second),
        beside_bad_per_second_median: median(true, |round| round.per_second),
        rounds,
    })
}

/// The good receiver is told of a first conversion.
async fn until_known(rig: &Rig, good: &Receiver) -> Result<(), Error> {
    let client = reqwest::Client::new();
    let click = rig.clicks.last().map_or("", String::as_str);
    let number = std::sync::atomic::AtomicU64::new(0);
    until("the outputs are known", || async {
        let number = number.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let url = format!(
            "http://{}/{}/postback?subid={click}&status=lead&tid=probe{number}",
            rig.postback, rig.key
        );
        client.get(url).send().await?;
        Ok(!good.arrivals().is_empty())
    })
    .await
}

async fn one(rig: &Rig, arguments: &Arguments, good: &Receiver, number: u32) -> Result<Round, Error> {
    let beside_bad = number % 2 == 1;
    let status = if beside_bad { "registration" } else { "lead" };
    let total = (arguments.outgoing_rate * arguments.round_seconds) as usize;
    let young = &rig.clicks[rig.clicks.len() * 3 / 4..];
    let requests = (0..total)
        .map(|at| {
            rig.request(&young[at % young.len()], &format!("payout=1&status={status}&tid=out{number}-{at}"))
        })
        .collect();
    let load = Arc::new(Load::new(requests, CONNECTIONS)?);
    let rate = u64::from(arguments.outgoing_rate);
    let length = Duration::from_secs(arguments.round_seconds.into());
    let course = Course { pace: Pace::Sleeping(rate), ..Course::open(rig.postback, rate, length) };
    let begun = Instant::now();
    let round = drive(&load, course, None).await?;
    if round.failed + round.unsent > 0 {
        return Err(Error::Mismatch(format!("{} failed and {} were not sent", round.failed, round.unsent)));
    }
    let of_round = |tid: &str| tid.strip_prefix(&format!("out{number}-"))?.parse::<u64>().ok();
    until("the good receiver is told of everything", || async {
        Ok(good.arrivals().keys().filter(|tid| of_round(tid).is_some()).count() == total)
    })
    .await?;
    let mut delay =
        Histogram::<u64>::new(3).map_err(|error| Error::Mismatch(format!("histogram: {error}")))?;
    let mut last = begun;
    for (tid, at) in good.arrivals() {
        let Some(order) = of_round(&tid) else { continue };
        let planned = begun + Duration::from_nanos(order * 1_000_000_000 / rate);
        delay.saturating_record(
            u64::try_from(at.saturating_duration_since(planned).as_millis()).unwrap_or(u64::MAX),
        );
        last = last.max(at);
    }
    Ok(Round {
        beside_bad,
        told: total as u64,
        per_second: (total as f64 / last.duration_since(begun).as_secs_f64()) as u64,
        p50_ms: delay.value_at_quantile(0.5),
        p99_ms: delay.value_at_quantile(0.99),
        max_ms: delay.max(),
    })
}

type Arrivals = Arc<Mutex<HashMap<String, Instant>>>;

/// Answers at once and notes when it was told what first.
struct Receiver {
    base: String,
    arrivals: Arrivals,
    task: JoinHandle<()>,
}

impl Receiver {
    async fn start() -> Result<Self, Error> {
        let listener = listen().await?;
        let base = address(&listener)?;
        let arrivals = Arrivals::default();
        let app = Router::new().fallback(any(note)).with_state(Arc::clone(&arrivals));
        let task = tokio::spawn(async move {
            // Runs until the bench ends.
            let _ended = axum::serve(listener, app).await;
        });
        Ok(Self { base, arrivals, task })
    }

    fn arrivals(&self) -> HashMap<String, Instant> {
        self.arrivals.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn note(State(arrivals): State<Arrivals>, RawQuery(query): RawQuery) -> &'static str {
    let now = Instant::now();
    if let Some(tid) = query.as_deref().and_then(|query| query.strip_prefix("tid=")) {
        arrivals.lock().unwrap_or_else(PoisonError::into_inner).entry(tid.to_owned()).or_insert(now);
    }
    "OK\n"
}

async fn listen() -> Result<TcpListener, Error> {
    TcpListener::bind("127.0.0.1:0").await.map_err(Error::io("cannot listen for outgoing postbacks"))
}

fn address(listener: &TcpListener) -> Result<String, Error> {
    let address = listener.local_addr().map_err(Error::io("cannot listen for outgoing postbacks"))?;
    Ok(format!("http://{address}"))
}
