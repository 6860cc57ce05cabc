//! A received postback is in the log at once: as received, and with its verdict.

use crate::world::{EXE, World};
use signalbox_testkit::{Instance, until};
use std::{
    sync::OnceLock,
    time::{Duration, Instant},
};

/// On a quiet machine two seconds are promised; the test waits longer, because its machine may not be quiet, and says how long it took.
const WAIT_MAX: Duration = Duration::from_secs(120);
const TIMES: usize = 5;

#[tokio::test]
async fn a_received_postback_is_in_the_log_at_once() {
    let instance = Instance::start(EXE, &[]).await;
    let world = World::create(&instance).await;
    let (_, id) = world.click(&instance, "ext=1").await;
    let (mut seen, mut judged) = (Duration::ZERO, Duration::ZERO);
    for number in 0..TIMES {
        let answer = world.postback(&instance, &format!("subid={id}&payout=1&tid=live{number}")).await;
        assert_eq!(answer.0, 200, "{}", answer.1);
        let begun = Instant::now();
        let as_received = OnceLock::new();
        until("the postback is in the log with its verdict", WAIT_MAX, || {
            let (world, as_received) = (&world, &as_received);
            async move {
                let log = world.admin.try_get("/logs/postbacks?limit=20").await?;
                let rows = log["items"].as_array().cloned().unwrap_or_default();
                let of_this = |row: &serde_json::Value| {
                    row["query"].as_str().unwrap_or_default().contains(&format!("tid=live{number}"))
                };
                let row = rows.into_iter().find(of_this).ok_or("no row yet")?;
                as_received.get_or_init(|| begun.elapsed());
                if row["verdict"] == "accepted" { Ok(()) } else { Err(row.to_string()) }
            }
        })
        .await;
        seen = seen.max(*as_received.get().unwrap());
        judged = judged.max(begun.elapsed());
    }
    eprintln!(
        "of {TIMES} postbacks the last was in the log after {} ms and judged there after {} ms",
        seen.as_millis(),
        judged.as_millis()
    );
}
