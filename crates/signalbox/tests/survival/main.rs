//! What an instance survives, in short: `make drill KIND=outage` is the long form. A program of its own, so that
//! its load does not fall on tests that measure.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails where something is not as expected"
)]

use std::time::Duration;
use trafficgen::drill::outage::{self, Part};

const EXE: &str = env!("CARGO_BIN_EXE_signalbox");
/// How long a short outage lasts.
const SHORT: Duration = Duration::from_secs(2);
/// Clicks a second: a debug build on a busy machine keeps up with it.
const RATE: u32 = 100;

async fn without(part: Part) {
    let options = outage::Options { signalbox: EXE.into(), outage: SHORT, rate: RATE };
    let outcome = outage::run_part(&options, part).await.unwrap();
    println!("{outcome:?}");
    assert!(outcome.redirected_from_start > 0 && outcome.clicks_stored == outcome.clicks, "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clickhouse_may_be_away() {
    without(Part::Engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_catalog_may_be_away() {
    without(Part::Catalog).await;
}
