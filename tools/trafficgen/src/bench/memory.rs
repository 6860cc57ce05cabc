//! What `traffic-service` holds in memory under load, and whether that grows.
//!
//! Promises: memory-mapped geo data is told apart; the load is even, at half of the highest rate, or lower where the disk would not hold
//! that many clicks, which nobody reads meanwhile; at the end the service must have counted every click that was answered and lost none.

mod smaps;

use super::{
    Bench,
    client::{Course, Pace, Round, drive},
    figures::Figures,
    lag,
    place::{Alone, Check, Conditions, Place},
    side_by_side::{half_rate, warm_up},
};
use crate::{Error, demo::say};
use serde::{Deserialize, Serialize};
use smaps::Memory;
use std::{
    path::Path,
    time::{Duration, Instant},
};

/// Left free on the disk.
const RESERVE_BYTES: u64 = 10 << 30;
/// Least that the journal gets.
const JOURNAL_BYTES_MIN: u64 = 1 << 30;
/// Samples that are taken.
const SAMPLES: u32 = 120;

/// A look at the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sample {
    pub(super) at_ms: u64,
    #[serde(flatten)]
    pub(super) memory: Memory,
}

/// What was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Outcome {
    pub(super) conditions: Conditions,
    pub(super) seconds: u64,
    /// The even load.
    pub(super) planned_per_second: u64,
    /// Half of the highest rate; more than was planned where the disk is too small.
    pub(super) half_per_second: u64,
    /// Most that was resident, memory-mapped geo data apart.
    pub(super) resident_kib_max: u64,
    /// Most of the memory-mapped geo data that was resident.
    pub(super) geo_kib_max: u64,
    /// Growth of what is resident, geo data apart, in the second half; the line nearest to the samples.
    pub(super) growth_kib_per_minute: i64,
    pub(super) figures: Figures,
    pub(super) samples: Vec<Sample>,
    /// `found`: what the service itself has counted as clicks.
    pub(super) check: Check,
}

/// Measures for as long as the mix says.
///
/// # Errors
/// When something does not start, or the service has lost a click.
pub(super) async fn measure(bench: &Bench) -> Result<Outcome, Error> {
    let mut place = Place::make(bench, bench.mix.clone()).await?;
    let free = super::machine::free_bytes(bench.folder.path())?;
    let journal = free.saturating_sub(RESERVE_BYTES).max(JOURNAL_BYTES_MIN);
    let alone = place.alone(&[("SIGNALBOX__JOURNAL__CLICKS_BYTES_MAX", journal.to_string())]).await?;
    let before = place.check;
    let measured = watch(&mut place, &alone, journal).await;
    let counted = counted(&alone).await;
    alone.stop().await?;
    let (half, rate, samples, round) = measured?;
    let check = Check {
        answered: place.check.answered - before.answered,
        unanswered: place.check.unanswered - before.unanswered,
        found: counted?,
    };
    check.hold()?;
    let resident = |sample: &Sample| sample.memory.resident_kib();
    Ok(Outcome {
        conditions: place.conditions.clone(),
        seconds: place.mix.memory_seconds,
        planned_per_second: rate,
        half_per_second: half,
        resident_kib_max: samples.iter().map(resident).max().unwrap_or_default(),
        geo_kib_max: samples.iter().map(|sample| sample.memory.geo_kib).max().unwrap_or_default(),
        growth_kib_per_minute: growth(&samples),
        figures: Figures::of(&round),
        samples,
        check,
    })
}

/// Clicks that the service has counted, without those it lost.
async fn counted(alone: &Alone) -> Result<u64, Error> {
    let (counted, lost) =
        (alone.metric("traffic_clicks_total").await?, alone.metric("traffic_clicks_lost_total").await?);
    if lost > 0.0 {
        return Err(Error::Mismatch(format!("the service has answered {lost} clicks and not kept them")));
    }
    Ok(counted as u64)
}

type Watched = (u64, u64, Vec<Sample>, Round);

async fn watch(place: &mut Place<'_>, alone: &Alone, journal: u64) -> Result<Watched, Error> {
    let load = place.load(place.mix.connections)?;
    let sent_before = place.check.answered;
    let bytes_before = folder_bytes(&place.data().join("journal/clicks"));
    warm_up(place, alone, &load).await?;
    let half = match place.bench.half_rate() {
        Some(half) => half,
        None => half_rate(place, alone, &load).await?,
    };
    let bytes = folder_bytes(&place.data().join("journal/clicks")).saturating_sub(bytes_before);
    let bytes_a_click = bytes.div_ceil((place.check.answered - sent_before).max(1));
    let length = Duration::from_secs(place.mix.memory_seconds);
    let rate = half.min(fitting(journal.saturating_sub(bytes), bytes_a_click, length));
    if rate < half {
        say(format_args!("  the disk holds {rate} clicks a second for so long, not {half}"));
    }
    let pace = Pace::Sleeping(rate);
    let course = Course { pace, ..Course::closed(alone.address, length) };
    let pid = alone.service.pid().ok_or_else(|| Error::Instance("traffic-service ended".to_owned()))?;
    let mut samples = Vec::new();
    let sending = drive(&load, course, Some(place.bench.cores.client));
    tokio::pin!(sending);
    let round = tokio::select! {
        round = &mut sending => round?,
        ended = sample(pid, length / SAMPLES, &mut samples) => return Err(ended),
    };
    place.check.add(&round);
    Ok((half, rate, samples, round))
}

/// Samples until it is dropped; the error when that is no longer possible.
async fn sample(pid: u32, pause: Duration, samples: &mut Vec<Sample>) -> Error {
    let begun = Instant::now();
    loop {
        match Memory::of(pid) {
            Ok(memory) => {
                let at_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
                samples.push(Sample { at_ms, memory });
            }
            Err(error) => return error,
        }
        tokio::time::sleep(pause).await;
    }
}

/// Clicks a second that so many bytes hold for so long, with a tenth to spare.
fn fitting(bytes: u64, bytes_a_click: u64, length: Duration) -> u64 {
    bytes / 10 * 9 / bytes_a_click.max(1) / length.as_secs().max(1)
}

fn growth(samples: &[Sample]) -> i64 {
    let settled = &samples[samples.len() / 2..];
    let point = |sample: &Sample| (sample.at_ms as f64 / 60_000.0, sample.memory.resident_kib() as f64);
    let points: Vec<_> = settled.iter().map(point).collect();
    lag::slope(&points).unwrap_or_default().round() as i64
}

fn folder_bytes(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|file| file.metadata().ok()).filter(|data| data.is_file()).map(|data| data.len()).sum()
}

impl Outcome {
    /// For people.
    pub(super) fn table(&self) -> String {
        format!(
            "  traffic-service: at most {} MiB resident, and {} MiB of memory-mapped geo data; {} KiB a minute in the second half of {} s at {}/s\n",
            self.resident_kib_max / 1024,
            self.geo_kib_max / 1024,
            self.growth_kib_per_minute,
            self.seconds,
            self.planned_per_second
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(resident: impl Fn(u64) -> u64) -> Vec<Sample> {
        let memory = |kib| Memory { anonymous_kib: kib, ..Memory::default() };
        (0..120).map(|at| Sample { at_ms: at * 15_000, memory: memory(resident(at)) }).collect()
    }

    #[test]
    fn growth_is_that_of_the_second_half() {
        // Fills up first, then stays.
        assert_eq!(growth(&samples(|at| 50_000 + at.min(50) * 100)), 0);
        // 25 KiB in each quarter of a minute.
        assert_eq!(growth(&samples(|at| 50_000 + at * 25)), 100);
        assert_eq!(growth(&[]), 0);
    }

    #[test]
    fn the_rate_fits_the_disk() {
        assert_eq!(fitting(100_000_000, 500, Duration::from_secs(180)), 1000);
        assert_eq!(fitting(0, 0, Duration::ZERO), 0);
    }
}
