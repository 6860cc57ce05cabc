//! Engine and catalog are away for a moment under load, and at a start.

use crate::EXE;
use std::time::Duration;
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
