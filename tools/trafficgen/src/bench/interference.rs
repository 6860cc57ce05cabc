//! The same even rate for `traffic-service` and for nginx in turns, while the rest of the product works on the same core: a snapshot of
//! many campaigns is swapped every second, a report over many rows runs again and again, rows are inserted and merged.
//!
//! Promises: the interference does not know whose turn it is; its amount is part of the result; no click is lost in it.

mod disturb;
mod engine;
mod rows;

use super::{
    Bench,
    client::{Course, drive},
    figures::{Comparison, Figures, Pair},
    nginx::Nginx,
    place::{Alone, Check, Conditions, Place},
    side_by_side::{half_rate, warm_up},
};
use crate::{Error, demo::say};
use disturb::{Amount, Disturbance};
use engine::Engine;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What was measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Outcome {
    pub(super) conditions: Conditions,
    pub(super) connections: usize,
    pub(super) planned_per_second: u64,
    /// Campaigns of the snapshot that is swapped.
    pub(super) campaigns: usize,
    /// Rows that the report reads, at least.
    pub(super) rows: u64,
    #[serde(flatten)]
    pub(super) comparison: Comparison,
    /// What happened beside, in the turns of both.
    pub(super) beside: Amount,
    pub(super) check: Check,
}

/// Measures.
///
/// # Errors
/// When something does not start, or a click is lost.
pub(super) async fn measure(bench: &Bench) -> Result<Outcome, Error> {
    let mix = &bench.mix;
    let mut place =
        Place::make(bench, super::Mix { campaigns: mix.interference_campaigns, ..mix.clone() }).await?;
    let engine = Engine::start(&place).await?;
    let rows = rows::Rows::of(&place)?;
    say(format_args!("  {} rows are made …", mix.interference_rows));
    rows.fill(&engine, mix.interference_rows).await?;
    let api = place.api_service(&[("SIGNALBOX__WAREHOUSE__URL", engine.url())]).await?;
    let nginx = Nginx::start(bench.folder.path(), bench.cores.server).await?;
    let alone = place.alone(&[]).await?;
    let measured = turns(&mut place, &alone, nginx.as_ref(), &engine, &rows).await;
    alone.stop().await?;
    if let Some(nginx) = nginx {
        nginx.stop().await?;
    }
    api.stop().await?;
    engine.stop().await?;
    let (rate, pairs, beside) = measured?;
    place.verify(mix.interference_rows + beside.rows_inserted).await?;
    Ok(Outcome {
        conditions: place.conditions.clone(),
        connections: mix.connections,
        planned_per_second: rate,
        campaigns: mix.interference_campaigns,
        rows: mix.interference_rows,
        comparison: Comparison::of(pairs),
        beside,
        check: place.check,
    })
}

type Measured = (u64, Vec<Pair>, Amount);

async fn turns(
    place: &mut Place<'_>,
    alone: &Alone,
    nginx: Option<&Nginx>,
    engine: &Engine,
    rows: &rows::Rows,
) -> Result<Measured, Error> {
    let bench = place.bench;
    let load = place.load(place.mix.connections)?;
    let theirs = place.load(place.mix.connections)?;
    warm_up(place, alone, &load).await?;
    let rate = match bench.half_rate() {
        Some(rate) => rate,
        None => half_rate(place, alone, &load).await?,
    };
    let mut disturbance = Disturbance::of(place, alone.health, engine, rows)?;
    let length = Duration::from_secs(bench.mix.open_round_seconds);
    let course = |address| Course::open(address, rate, length);
    let mut pairs = Vec::new();
    for number in 1..=bench.mix.rounds {
        let sending = drive(&load, course(alone.address), Some(bench.cores.client));
        let round = disturbance.during(sending).await?;
        place.check.add(&round);
        let signalbox = Figures::of(&round);
        let nginx = match nginx {
            Some(nginx) => {
                let sending = drive(&theirs, course(nginx.address), Some(bench.cores.client));
                Some(Figures::of(&disturbance.during(sending).await?))
            }
            None => None,
        };
        let pair = Pair { signalbox, nginx };
        say(format_args!("  round {number}: {}", Comparison::line(&pair)));
        pairs.push(pair);
    }
    let beside = disturbance.amount();
    beside.hold()?;
    Ok((rate, pairs, beside))
}

impl Outcome {
    /// For people.
    pub(super) fn table(&self) -> String {
        let Amount { seconds, edits, swaps, reports, report_ms_median, merges, .. } = self.beside;
        format!(
            "{}  beside, in {seconds} s: {edits} edits and {swaps} swaps of {} campaigns, {reports} reports over {} rows ({report_ms_median} ms each), {merges} merges\n",
            self.comparison.table(),
            self.campaigns,
            self.rows
        )
    }
}
