//! `trafficgen drill --kind outage`: the event sink, ClickHouse and the catalog are taken away under load, and are away at a start.
//!
//! Promises: no redirect fails meanwhile, at the first attempt of each; everything is in the report afterwards, exactly once. What the event
//! sink got is read by a consumer of the drill's own as well: at least once, exactly once by identity ([`Shipped`]).

pub use super::sink::Shipped;
use super::{
    grip::{self, Broker, Grip},
    rig::{self, Rig},
    sink,
};
use crate::{Error, demo::say};
use serde::Serialize;
use std::{path::PathBuf, time::Duration};

/// Workers of a drive.
const CONCURRENCY: usize = 32;
/// Share of clicks that convert.
const PER_THOUSAND: u32 = 25;
/// Clicks of a drill of the event sink at most: the broker in this process keeps five megabytes of a partition, and all clicks of an
/// instance are in one.
const SINK_CLICKS_MAX: u64 = 20_000;

/// What is taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The embedded ClickHouse: killed, and kept from starting.
    Engine,
    /// The SQLite catalog: locked by somebody else.
    Catalog,
    /// The Kafka broker that clicks are shipped to.
    Broker,
    /// At a start: a MongoDB and a ClickHouse server that refuse connections.
    Servers,
}

impl Part {
    /// What [`run`] takes away, one after the other.
    pub const ALL: [Self; 4] = [Self::Engine, Self::Catalog, Self::Broker, Self::Servers];
}

/// How the drill is done.
#[derive(Debug, Clone)]
pub struct Options {
    /// The `signalbox` program.
    pub signalbox: PathBuf,
    /// How long each outage lasts.
    pub outage: Duration,
    /// New clicks a second.
    pub rate: u32,
}

/// What was proved for one part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// What was away.
    pub part: Part,
    /// Redirects while it was away under load.
    pub redirected_under_load: u64,
    /// Redirects while it was away from the start on.
    pub redirected_from_start: u64,
    /// How long the start without it took, milliseconds.
    pub start_ms: u128,
    /// Redirects in all; none failed.
    pub clicks: u64,
    /// Clicks in the report: every one, once.
    pub clicks_stored: u64,
    /// Conversions in the report: every one, once.
    pub conversions: u64,
    /// What the event sink holds, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sink: Option<Sink>,
}

/// What the event sink holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Sink {
    /// Records of the journal of clicks, none of them missing.
    pub records: u64,
    /// Messages that repeat one of them.
    pub published_again: u64,
}

/// What the event sink was sent and what it holds, to be compared by whoever can read records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Click ids of all answered clicks.
    pub answered: Vec<String>,
    /// Records of the journal of clicks, each once, in order.
    pub shipped: Vec<Shipped>,
}

/// Drills every part and prints what was proved, a line of JSON each.
///
/// # Errors
/// When something cannot be started, a redirect failed, or the report differs from the ledger.
pub async fn run(options: &Options) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    for part in Part::ALL {
        say(format_args!(
            "Without {part:?} for {} s under load, and from the start on",
            options.outage.as_secs()
        ));
        let outcome = run_part(options, part).await?;
        say(format_args!("{}", serde_json::to_string(&outcome).map_err(Error::json("the result"))?));
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

/// Drills one part.
///
/// # Errors
/// As [`run`].
pub async fn run_part(options: &Options, part: Part) -> Result<Outcome, Error> {
    match part {
        Part::Broker => without_sink(options).await.map(|(outcome, _)| outcome),
        _ => {
            let rig = Rig::start(&options.signalbox, rig::folder()?, &[]).await?;
            drill(rig, options, (part, None)).await.map(|(outcome, _)| outcome)
        }
    }
}

/// Drills the event sink: a Kafka broker in this process.
///
/// # Errors
/// As [`run`], and when a record is missing in the sink.
pub async fn without_sink(options: &Options) -> Result<(Outcome, Evidence), Error> {
    let broker = Broker::start()?;
    let log = [("SIGNALBOX__JOURNAL__EVENT_LOG", broker.url())];
    let rate_max = SINK_CLICKS_MAX / (2 * options.outage.as_secs() + 10);
    let rate = options.rate.min(u32::try_from(rate_max).unwrap_or(u32::MAX)).max(1);
    let options = Options { rate, ..options.clone() };
    let rig = Rig::start(&options.signalbox, rig::folder()?, &log).await?;
    let (mut outcome, answered) = drill(rig, &options, (Part::Broker, Some(&broker))).await?;
    let address = broker.address();
    let held = tokio::task::spawn_blocking(move || sink::read(&address, grip::CLICKS));
    let held = held.await.map_err(|error| Error::Mismatch(format!("the sink's reader ended: {error}")))??;
    let published_again = held.again;
    let shipped = held.whole()?;
    outcome.sink = Some(Sink { records: shipped.len() as u64, published_again });
    Ok((outcome, Evidence { answered, shipped }))
}

/// What was proved, and the ids of all answered clicks.
async fn drill(
    mut rig: Rig,
    options: &Options,
    away: (Part, Option<&Broker>),
) -> Result<(Outcome, Vec<String>), Error> {
    let under_load = match away.0 {
        Part::Servers => 0,
        _ => under_load(&mut rig, options, away).await?,
    };
    let (from_start, start_ms) = from_start(&mut rig, options, away).await?;
    let agreed = rig.agree(0).await?;
    rig.stop().await?;
    let outcome = Outcome {
        part: away.0,
        redirected_under_load: under_load,
        redirected_from_start: from_start,
        start_ms,
        clicks: rig.clicks(),
        clicks_stored: agreed.clicks,
        conversions: agreed.conversions,
        sink: None,
    };
    Ok((outcome, rig.answered_click_ids()))
}

async fn under_load(rig: &mut Rig, options: &Options, away: (Part, Option<&Broker>)) -> Result<u64, Error> {
    let when = format!("without {:?} under load", away.0);
    let driving = rig.drive(options.rate, CONCURRENCY, PER_THOUSAND)?;
    rig::let_run(&driving.progress, Duration::from_secs(1), &when).await?;
    let grip = take(rig, away).await?;
    let redirected = rig::let_run(&driving.progress, options.outage, &when).await?;
    is_in_service(rig, &when).await?;
    give_back(grip, away.1)?;
    rig::let_run(&driving.progress, Duration::from_secs(1), &when).await?;
    rig::none_failed(&rig.finish(driving).await?, &when)?;
    Ok(redirected)
}

async fn from_start(
    rig: &mut Rig,
    options: &Options,
    away: (Part, Option<&Broker>),
) -> Result<(u64, u128), Error> {
    let when = format!("without {:?} from the start on", away.0);
    match away.0 {
        // Records may have been taken whose acknowledgement nobody has written down: they are published again.
        Part::Broker => rig.kill().await?,
        _ => drop(rig.stop().await?),
    }
    let grip = take(rig, away).await?;
    let servers = away.0 == Part::Servers;
    // Nobody listens on port 1 of loopback.
    let nowhere = [
        ("SIGNALBOX__CATALOG__URL", "mongodb://127.0.0.1:1/signalbox".to_owned()),
        ("SIGNALBOX__WAREHOUSE__URL", "http://127.0.0.1:1/signalbox".to_owned()),
    ];
    let took = rig.start_again(if servers { &nowhere } else { &[] }).await?;
    // Without a catalog from the start on no network is known: postbacks are sent back until one is.
    let unknown = matches!(away.0, Part::Catalog | Part::Servers);
    let driving = rig.drive(options.rate, CONCURRENCY, if unknown { 0 } else { PER_THOUSAND })?;
    let redirected = rig::let_run(&driving.progress, options.outage, &when).await?;
    is_in_service(rig, &when).await?;
    give_back(grip, away.1)?;
    rig::let_run(&driving.progress, Duration::from_secs(1), &when).await?;
    rig::none_failed(&rig.finish(driving).await?, &when)?;
    if servers {
        rig.stop().await?;
        rig.start_again(&[]).await?;
    }
    Ok((redirected, took.as_millis()))
}

/// A load balancer must not take the instance out.
async fn is_in_service(rig: &Rig, when: &str) -> Result<(), Error> {
    match rig.is_ready().await? {
        true => Ok(()),
        false => Err(Error::Mismatch(format!("{when}: /health/ready of the traffic part says no"))),
    }
}

async fn take(rig: &Rig, (part, broker): (Part, Option<&Broker>)) -> Result<Option<Grip>, Error> {
    let running = rig.instance.as_ref().and_then(crate::instance::Instance::pid);
    match part {
        Part::Engine => grip::hold_engine(&rig.data_dir(), running).await.map(Some),
        Part::Catalog if running.is_some() => grip::hold_open_catalog(&rig.data_dir()).await.map(Some),
        Part::Catalog => grip::hold_closed_catalog(&rig.data_dir()).await.map(Some),
        Part::Broker => broker.map_or(Ok(()), Broker::down).map(|()| None),
        Part::Servers => Ok(None),
    }
}

fn give_back(grip: Option<Grip>, broker: Option<&Broker>) -> Result<(), Error> {
    drop(grip);
    broker.map_or(Ok(()), Broker::up)
}
