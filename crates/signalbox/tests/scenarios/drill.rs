//! The drill in short: five kills at random moments under load; `make drill` does fifty.

use crate::world::EXE;
use trafficgen::drill::{Options, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_kills_under_load_lose_nothing_and_count_nothing_twice() {
    let outcome = run(&Options { signalbox: EXE.into(), kills: 5, rate: 300, seed: 11 }).await.unwrap();
    assert_eq!(outcome.instance_kills + outcome.engine_kills, 5);
    assert!(outcome.clicks_answered > 500 && outcome.conversions > 0, "{outcome:?}");
}
