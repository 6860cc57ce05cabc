//! Engine, catalog and event sink are away for a moment under load, and at a start.

use crate::EXE;
use signalbox_events::wire::Record;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use trafficgen::drill::outage::{self, Options, Outcome, Part};

/// How long a short outage lasts.
const SHORT: Duration = Duration::from_secs(2);
/// Clicks a second: a debug build on a busy machine keeps up with it.
const RATE: u32 = 100;

fn options() -> Options {
    Options { signalbox: EXE.into(), outage: SHORT, rate: RATE }
}

fn all_arrived(outcome: &Outcome) {
    println!("{outcome:?}");
    assert!(outcome.redirected_from_start > 0 && outcome.clicks_stored == outcome.clicks, "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clickhouse_may_be_away() {
    all_arrived(&outage::run_part(&options(), Part::Engine).await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_catalog_may_be_away() {
    all_arrived(&outage::run_part(&options(), Part::Catalog).await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_event_sink_may_be_away() {
    let (outcome, evidence) = outage::without_sink(&options()).await.unwrap();
    all_arrived(&outcome);
    assert!(outcome.redirected_under_load > 0, "{outcome:?}");
    // By their identity the records are there once; so is then every click that was answered, and no other of its id.
    let mut clicks: BTreeMap<String, u64> = BTreeMap::new();
    for shipped in &evidence.shipped {
        match Record::decode(&shipped.payload).unwrap() {
            Record::ClickV2(click) => *clicks.entry(click.click.id.to_string()).or_default() += 1,
            Record::Click(click) => *clicks.entry(click.id.to_string()).or_default() += 1,
            _ => {}
        }
    }
    assert!(clicks.values().all(|count| *count == 1), "a click is in the sink twice");
    let answered: BTreeSet<&str> = evidence.answered.iter().map(String::as_str).collect();
    assert_eq!(answered.len() as u64, outcome.clicks);
    let missing: Vec<_> = answered.iter().filter(|id| !clicks.contains_key(**id)).collect();
    assert!(missing.is_empty(), "{} answered clicks are not in the sink: {missing:?}", missing.len());
}
