//! From a click in the journal to a report that has it, at an even rate, over the tables as they are.

use crate::{clicks::Clicks, engine::Cursors, fill::Filled, questions};
use serde_json::json;
use signalbox_events::{Journal, JournalOptions, LocalSource, Stream};
use signalbox_warehouse::{ReportQuery, Value, Warehouse, Writer, WriterOptions};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Clicks a second, and for how long.
const RATE: u64 = 1_000;
const SECONDS: u64 = 30;
/// Clicks come this often, ten at once.
const TICK: Duration = Duration::from_millis(10);
/// Longest wait for the last click.
const PATIENCE: Duration = Duration::from_secs(60);

/// When each tick's clicks were in the journal; read while it is written.
struct Ticks {
    began: Instant,
    /// Microseconds since `began`; 0: not yet.
    at: Vec<AtomicU64>,
}

impl Ticks {
    fn new() -> Self {
        let ticks = SECONDS * 1_000 / TICK.as_millis() as u64;
        Self { began: Instant::now(), at: (0..ticks).map(|_| AtomicU64::new(0)).collect() }
    }
}

/// How old the oldest click was that a report lacked, for each report of half a minute at 1,000 clicks a second.
pub async fn fresh(dir: &Path, warehouse: &Warehouse, filled: &Filled) -> serde_json::Value {
    let folder = dir.join("fresh");
    let _none_yet = std::fs::remove_dir_all(&folder);
    let journal = Journal::open(&folder, JournalOptions::new(Stream::Clicks)).unwrap();
    let source = Arc::new(LocalSource::new([journal.clone()]));
    let cursors = Arc::new(Cursors::default());
    let mut writer = Writer::new(warehouse.clone(), source, journal.id(), cursors, WriterOptions::default());
    let stop = CancellationToken::new();
    let running = tokio::spawn({
        let stop = stop.clone();
        async move { writer.run(stop).await }
    });
    let before = clicks_in_report(warehouse, filled).await;
    let ticks = Arc::new(Ticks::new());
    let per_tick = RATE * SECONDS / ticks.at.len() as u64;
    let appending = tokio::spawn(append(Arc::clone(&ticks), journal.clone(), per_tick));
    let (mut lags, last) = (Vec::new(), Instant::now() + Duration::from_secs(SECONDS) + PATIENCE);
    loop {
        let seen = (clicks_in_report(warehouse, filled).await - before) / per_tick;
        let now = ticks.began.elapsed().as_micros() as u64;
        match ticks.at.get(seen as usize).map(|at| at.load(Ordering::Acquire)) {
            None => break,
            Some(0) => {}
            Some(at) => lags.push(now - at),
        }
        assert!(Instant::now() < last, "{seen} of {} ticks are in the report", ticks.at.len());
    }
    appending.await.unwrap();
    stop.cancel();
    running.await.unwrap().unwrap();
    drop(journal);
    std::fs::remove_dir_all(&folder).unwrap();
    lags.sort_unstable();
    let ms = |part: f64| lags[((lags.len() - 1) as f64 * part).ceil() as usize] / 1_000;
    json!({
        "question": "click to report, 1,000 clicks a second", "reports": lags.len(),
        "p50_ms": ms(0.5), "p95_ms": ms(0.95), "most_ms": ms(1.0), "limit_ms": 1_000,
    })
}

/// Keeps the pace of the clock: what is late is not left out.
async fn append(ticks: Arc<Ticks>, journal: Journal, per_tick: u64) {
    let mut made = Clicks::new(RATE as f64, false);
    for (number, at) in (0_u32..).zip(&ticks.at) {
        let records: Vec<Vec<u8>> = (0..per_tick).map(|_| made.next()).collect();
        tokio::time::sleep_until((ticks.began + TICK * number).into()).await;
        journal.append_batch(&records).unwrap();
        at.store((ticks.began.elapsed().as_micros() as u64).max(1), Ordering::Release);
    }
}

async fn clicks_in_report(warehouse: &Warehouse, filled: &Filled) -> u64 {
    let query: ReportQuery = serde_json::from_value(json!({
        "metrics": ["clicks"], "range": {"from": filled.from, "to": filled.to},
    }))
    .unwrap();
    let answer = warehouse.report(&questions::scope(filled), &query, filled.to).await.unwrap();
    match answer.totals[0] {
        Value::Count(clicks) => clicks as u64,
        ref other => panic!("{other:?} is no count"),
    }
}
