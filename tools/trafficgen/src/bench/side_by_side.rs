//! Rounds of `traffic-service` alone and of nginx in turns, on the same core: as fast as they can (`redirect`, `fsync`), or at the same
//! even rate (`latency`).

use super::{
    Bench,
    client::{Course, Load, drive},
    figures::{Comparison, Figures, Pair},
    nginx::Nginx,
    place::{Alone, Check, Conditions, Place},
};
use crate::{Error, demo::say};
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};

/// Between two rounds: what one server has left for the operating system to write must not be paid by the other one.
const PAUSE: Duration = Duration::from_secs(1);

/// How the rounds are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A closed loop; the click is in the operating system before the answer.
    Buffered,
    /// A closed loop; the click is on the disk before the answer.
    Fsync,
    /// An open loop at this rate, or at half of what a closed loop reaches.
    Even(Option<u64>),
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Outcome {
    pub(super) conditions: Conditions,
    /// Keep-alive connections.
    pub(super) connections: usize,
    /// Requests a second that were planned, when the loop was open.
    pub(super) planned_per_second: Option<u64>,
    #[serde(flatten)]
    pub(super) comparison: Comparison,
    /// What was answered and what ClickHouse has, the first look at each campaign included.
    pub(super) check: Check,
}

/// Measures.
///
/// # Errors
/// When something does not start, or a click is lost.
pub(super) async fn measure(bench: &Bench, kind: Kind) -> Result<Outcome, Error> {
    let mut place = Place::make(bench, bench.mix.clone()).await?;
    let nginx = Nginx::start(bench.folder.path(), bench.cores.server).await?;
    let durability = if kind == Kind::Fsync { "fsync" } else { "buffered" };
    let alone = place.alone(&[("SIGNALBOX__JOURNAL__DURABILITY", durability.to_owned())]).await?;
    let measured = rounds(&mut place, &alone, nginx.as_ref(), kind).await;
    alone.stop().await?;
    if let Some(nginx) = nginx {
        nginx.stop().await?;
    }
    let (connections, planned_per_second, pairs) = measured?;
    place.verify(0).await?;
    Ok(Outcome {
        conditions: place.conditions.clone(),
        connections,
        planned_per_second,
        comparison: Comparison::of(pairs),
        check: place.check,
    })
}

type Measured = (usize, Option<u64>, Vec<Pair>);

async fn rounds(
    place: &mut Place<'_>,
    alone: &Alone,
    nginx: Option<&Nginx>,
    kind: Kind,
) -> Result<Measured, Error> {
    let bench = place.bench;
    let mix = &bench.mix;
    let connections = if kind == Kind::Fsync { mix.fsync_connections } else { mix.connections };
    let load = place.load(connections)?;
    // nginx's requests are counted by nobody.
    let theirs = place.load(connections)?;
    warm_up(place, alone, &load).await?;
    let (rate, length) = match kind {
        Kind::Even(Some(rate)) => (Some(rate), mix.open_round_seconds),
        Kind::Even(None) => (Some(half_rate(place, alone, &load).await?), mix.open_round_seconds),
        Kind::Buffered | Kind::Fsync => (None, mix.round_seconds),
    };
    let length = Duration::from_secs(length);
    let course = |address| match rate {
        Some(rate) => Course::open(address, rate, length),
        None => Course::closed(address, length),
    };
    let mut pairs = Vec::new();
    for number in 1..=mix.rounds {
        let round = place.send(&load, course(alone.address)).await?;
        tokio::time::sleep(PAUSE).await;
        let signalbox = Figures::of(&round);
        let nginx = match nginx {
            Some(nginx) => {
                Some(Figures::of(&drive(&theirs, course(nginx.address), Some(bench.cores.client)).await?))
            }
            None => None,
        };
        let pair = Pair { signalbox, nginx };
        say(format_args!("  round {number}: {}", Comparison::line(&pair)));
        pairs.push(pair);
        tokio::time::sleep(PAUSE).await;
    }
    Ok((connections, rate, pairs))
}

/// Fills caches and the memory of visitors, as they are filled in a service that has run for a while.
pub(super) async fn warm_up(place: &mut Place<'_>, alone: &Alone, load: &Arc<Load>) -> Result<(), Error> {
    place.send(load, load.each_once(alone.address)).await?;
    let length = Duration::from_secs(place.mix.warm_up_seconds);
    place.send(load, Course::closed(alone.address, length)).await.map(drop)
}

/// Half of what a closed loop reaches here and now.
pub(super) async fn half_rate(place: &mut Place<'_>, alone: &Alone, load: &Arc<Load>) -> Result<u64, Error> {
    let length = Duration::from_secs(place.mix.round_seconds);
    let mut reached = Vec::new();
    for _ in 0..3 {
        reached.push(place.send(load, Course::closed(alone.address, length)).await?.per_second());
    }
    reached.sort_unstable();
    let half = reached[reached.len() / 2] / 2;
    say(format_args!("  half of the highest rate: {half}/s"));
    Ok(half.max(1))
}
