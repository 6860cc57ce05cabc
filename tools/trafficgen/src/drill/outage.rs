//! `trafficgen drill --kind outage`: the event sink, ClickHouse and the catalog are taken away under load, and are away at a start.
//!
//! Promises: no redirect fails meanwhile, at the first attempt of each; everything is in the report afterwards, exactly once.

use super::{
    grip::{self, Broker, Grip},
    rig::{self, Rig},
};
use crate::{Error, demo::say};
use serde::Serialize;
use std::{path::PathBuf, time::Duration};

/// Workers of a drive.
const CONCURRENCY: usize = 32;
/// Share of clicks that convert.
const PER_THOUSAND: u32 = 25;

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
    pub const ALL: [Self; 2] = [Self::Engine, Self::Catalog];
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
    let broker = if part == Part::Broker { Some(Broker::start()?) } else { None };
    let further: Vec<_> =
        broker.iter().map(|broker| ("SIGNALBOX__JOURNAL__EVENT_LOG", broker.url())).collect();
    let mut rig = Rig::start(&options.signalbox, rig::folder()?, &further).await?;
    let under_load = if part == Part::Servers {
        0
    } else {
        under_load(&mut rig, options, (part, broker.as_ref())).await?
    };
    let (from_start, start_ms) = from_start(&mut rig, options, (part, broker.as_ref())).await?;
    let agreed = rig.agree(0).await?;
    rig.stop().await?;
    Ok(Outcome {
        part,
        redirected_under_load: under_load,
        redirected_from_start: from_start,
        start_ms,
        clicks: rig.clicks(),
        clicks_stored: agreed.clicks,
        conversions: agreed.conversions,
    })
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
    rig.stop().await?;
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
