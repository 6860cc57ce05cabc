//! Postbacks in: answers at an even rate, how verdicts keep up, and how long old clicks are looked for.

use super::{
    Arguments,
    rig::{Metrics, Rig, in_memory, until},
};
use crate::{
    Error,
    bench::client::{Course, Load, Pace, Prepared, drive},
    demo::say,
};
use serde::Serialize;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// Connections that the postbacks come on.
const CONNECTIONS: usize = 64;
/// Of so many postbacks one is about a click that memory does not hold.
const OLD_ONE_IN: usize = 5;
/// Of so many postbacks one is sent a second time.
const TWICE_ONE_IN: usize = 10;
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Old clicks that are looked for one at a time.
const LOOKUPS: usize = 200;

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct Outcome {
    per_second: u64,
    seconds: u64,
    postbacks: u64,
    of_old_clicks: u64,
    sent_twice: u64,
    failed: u64,
    unsent: u64,
    p50_micros: u64,
    p99_micros: u64,
    p999_micros: u64,
    max_micros: u64,
    /// Verdicts a second while postbacks came.
    verdicts_per_second: u64,
    /// Most postbacks that waited for their verdict at one time.
    backlog_max: u64,
    /// How long after the last answer the last verdict was there.
    drained_after_ms: u64,
    /// Conversions in the report at the end; each postback is in one of them, once.
    conversions: u64,
    lookups_together: Lookups,
}

/// Look-ups of clicks in ClickHouse.
#[derive(Debug, Serialize)]
pub(super) struct Lookups {
    clicks: u64,
    queries: u64,
    mean_micros: u64,
    /// The bound of the histogram below which 99 of a hundred queries were.
    p99_micros_at_most: Option<u64>,
}

/// How long look-ups took, by upper bound.
const LOOKUP_BUCKETS: &str = "postback_click_lookup_seconds_bucket";

impl Lookups {
    fn between(before: &Metrics, after: &Metrics) -> Self {
        let grown =
            |name: &str, keeps: &dyn Fn(&str) -> bool| after.sum(name, keeps) - before.sum(name, keeps);
        let queries = grown("postback_click_lookup_seconds_count", &|_| true);
        let seconds = grown("postback_click_lookup_seconds_sum", &|_| true);
        let p99 = after.bounds_of(LOOKUP_BUCKETS).into_iter().find(|(_, label)| {
            grown(LOOKUP_BUCKETS, &|labels: &str| labels.contains(label.as_str())) >= queries * 0.99
        });
        Self {
            clicks: grown("postback_clicks_looked_up_total", &|_| true) as u64,
            queries: queries as u64,
            mean_micros: (seconds / queries.max(1.0) * 1e6) as u64,
            p99_micros_at_most: p99.map(|(bound, _)| (bound * 1e6) as u64),
        }
    }
}

/// Sends and waits until everything is judged and reported.
pub(super) async fn measure(rig: &Rig, arguments: &Arguments) -> Result<Outcome, Error> {
    let total = arguments.rate as usize * arguments.seconds as usize;
    let plan = Plan::make(rig, arguments, total);
    let load = Arc::new(Load::new(plan.requests, CONNECTIONS)?);
    let before = rig.metrics().await?;
    let length = Duration::from_secs(arguments.seconds.into());
    let pace = Pace::Sleeping(arguments.rate.into());
    let course = Course { pace, ..Course::open(rig.postback, arguments.rate.into(), length) };
    let ended = AtomicBool::new(false);
    let begun = Instant::now();
    let (round, watched) = tokio::join!(
        async {
            let round = drive(&load, course, None).await;
            ended.store(true, Ordering::Release);
            round
        },
        watch(rig, before.judged(), &ended)
    );
    let (round, (backlog_max, judged, seconds)) = (round?, watched?);
    say(format_args!(
        "  {total} postbacks sent in {:.1} s, {judged} judged meanwhile",
        begun.elapsed().as_secs_f64()
    ));
    let last = Instant::now();
    let answered = round.other;
    let goal = before.judged() + answered;
    until("every postback has its verdict", || async { Ok(rig.metrics().await?.judged() >= goal) }).await?;
    let drained = last.elapsed();
    if round.failed + round.unsent == 0 {
        rig.await_report(plan.conversions, &revenue(plan.conversions)).await?;
    }
    let micros = |quantile: f64| round.latency.value_at_quantile(quantile);
    Ok(Outcome {
        per_second: (answered as f64 / round.elapsed.as_secs_f64()) as u64,
        seconds: arguments.seconds.into(),
        postbacks: answered,
        of_old_clicks: plan.old,
        sent_twice: plan.twice,
        failed: round.failed,
        unsent: round.unsent,
        p50_micros: micros(0.5),
        p99_micros: micros(0.99),
        p999_micros: micros(0.999),
        max_micros: round.latency.max(),
        verdicts_per_second: (judged as f64 / seconds) as u64,
        backlog_max,
        drained_after_ms: u64::try_from(drained.as_millis()).unwrap_or(u64::MAX),
        conversions: plan.conversions,
        lookups_together: Lookups::between(&before, &rig.metrics().await?),
    })
}

/// Each conversion is worth 1.25.
pub(super) fn revenue(conversions: u64) -> String {
    let cents = conversions * 125;
    let text = format!("{}.{:02}", cents / 100, cents % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The longest backlog, and how many verdicts there were in how many seconds, until the last postback is sent.
async fn watch(rig: &Rig, before: u64, ended: &AtomicBool) -> Result<(u64, u64, f64), Error> {
    let begun = Instant::now();
    let (mut backlog_max, mut judged) = (0, 0);
    let answered_before = answered(&rig.metrics().await?);
    while !ended.load(Ordering::Acquire) {
        tokio::time::sleep(LOOK_EVERY).await;
        let metrics = rig.metrics().await?;
        judged = metrics.judged() - before;
        backlog_max = backlog_max.max((answered(&metrics) - answered_before).saturating_sub(judged));
    }
    Ok((backlog_max, judged, begun.elapsed().as_secs_f64()))
}

fn answered(metrics: &Metrics) -> u64 {
    metrics.sum("postback_requests_total", |labels| labels.contains("accepted")) as u64
}

/// What is sent.
struct Plan {
    requests: Vec<Prepared>,
    old: u64,
    twice: u64,
    conversions: u64,
}

impl Plan {
    fn make(rig: &Rig, arguments: &Arguments, total: usize) -> Self {
        let (old, new) = rig.clicks.split_at(rig.clicks.len() / 4);
        // Of those that memory holds only the younger half: it forgets while it is asked.
        let new = &new[new.len() - (in_memory(arguments) as usize / 2).max(1)..];
        let mut plan = Self { requests: Vec::with_capacity(total), old: 0, twice: 0, conversions: 0 };
        let mut last: Option<Prepared> = None;
        for number in 0..total {
            let again = last.take().filter(|_| number % TWICE_ONE_IN == TWICE_ONE_IN - 1);
            if let Some(again) = again {
                plan.twice += 1;
                plan.requests.push(again);
                continue;
            }
            let of_old = number % OLD_ONE_IN == 0;
            plan.old += u64::from(of_old);
            let click = if of_old { &old[number / OLD_ONE_IN % old.len()] } else { &new[number % new.len()] };
            let request = rig.request(click, &format!("payout=1.25&status=sale&tid=in{number}"));
            plan.conversions += 1;
            plan.requests.push(request.clone());
            last = Some(request);
        }
        plan
    }
}

/// Old clicks one at a time: how long a single look-up takes.
pub(super) async fn look_up(rig: &Rig) -> Result<Lookups, Error> {
    let before = rig.metrics().await?;
    let client = reqwest::Client::new();
    for (number, click) in rig.clicks.iter().take(rig.clicks.len() / 4).take(LOOKUPS).enumerate() {
        let goal = before.judged() + number as u64 + 1;
        let url = format!(
            "http://{}/{}/postback?subid={click}&status=trash&tid=look{number}",
            rig.postback, rig.key
        );
        let status = client.get(url).send().await?.status();
        if !status.is_success() {
            return Err(Error::Mismatch(format!("a postback is answered {status}")));
        }
        let begun = Instant::now();
        while rig.metrics().await?.judged() < goal {
            if begun.elapsed() > super::rig::PATIENCE {
                return Err(Error::Mismatch("a postback has no verdict".to_owned()));
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
    Ok(Lookups::between(&before, &rig.metrics().await?))
}
