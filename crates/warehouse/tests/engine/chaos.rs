//! Deaths at any moment, not only between steps: of the writer, and of the engine (`kill -9`).

use super::Test;
use super::data::{Random, Span, encode, records};
use super::oracle;
use super::support::{Cursors, Env, Events, drain, drain_or_fail};
use signalbox_warehouse::{Error, WriterOptions};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// More would only wait longer for each restart.
const KILLS: u32 = 6;

pub const TESTS: &[Test] = &[
    ("chaos::a_writer_cancelled_at_any_moment_writes_once", |env| Box::pin(cancelled(env))),
    ("chaos::kill_9_of_the_engine_loses_and_doubles_nothing", |_| Box::pin(killed())),
];

async fn cancelled(env: &Env) {
    let (warehouse, events, cursors) = (env.database().await, Events::new(), Cursors::new());
    let records = records(71, 300, Span::two_months());
    events.append(&encode(&records));
    let mut random = Random(9);
    for life in 0.. {
        assert!(life < 3_000, "no progress");
        let mut writer = events.writer(&warehouse, &cursors, 60);
        // Longer with each life, so that a slow machine gets there too.
        let patience = Duration::from_micros(2_000 + random.below(150_000 + 5_000 * life));
        match tokio::time::timeout(patience, drain_or_fail(&mut writer)).await {
            Ok(Ok(())) => break,
            // A request that was cut off may still hold the staging table or the lock of a table for a moment.
            Ok(Err(Error::Unavailable { .. })) | Err(_) => {}
            Ok(Err(error)) => panic!("{error}"),
        }
    }
    drain(&mut events.writer(&warehouse, &cursors, 60)).await;
    oracle::check(&env.client(&warehouse), events.journal.id().get(), &records, &BTreeSet::new()).await;
}

async fn killed() {
    let env = Env::start().await;
    let (warehouse, events, cursors) = (env.database().await, Events::new(), Cursors::new());
    let records = records(72, 700, Span::two_months());
    events.append(&encode(&records));
    let options = WriterOptions {
        batch_records_max: 25,
        read_wait: Duration::from_millis(5),
        linger: Duration::ZERO,
        ..WriterOptions::default()
    };
    let mut writer = signalbox_warehouse::Writer::new(
        warehouse.clone(),
        events.source.clone(),
        events.journal.id(),
        cursors.clone(),
        options,
    );
    let mut stats = writer.stats();
    let shutdown = CancellationToken::new();
    let running = tokio::spawn({
        let shutdown = shutdown.clone();
        async move { writer.run(shutdown).await }
    });
    let mut random = Random(3);
    let total = records.len() as u64;
    let (mut kills, mut last) = (0, 0);
    while stats.borrow_and_update().next < total && kills < KILLS {
        let pid = env.engine.ready_pid(last).await;
        let seen = stats.borrow_and_update().next;
        // Somewhere within the next few batches.
        stats.wait_for(|stats| stats.next > seen || stats.next >= total).await.unwrap();
        tokio::time::sleep(Duration::from_micros(random.below(150_000))).await;
        let killed = std::process::Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap();
        assert!(killed.success(), "the engine had ended by itself");
        (kills, last) = (kills + 1, pid);
    }
    assert!(kills >= 3, "the engine was killed {kills} times only");
    stats.wait_for(|stats| stats.next >= total).await.unwrap();
    println!(
        "engine killed {kills} times, {} recoveries, {} rows repaired",
        stats.borrow().recoveries_total,
        stats.borrow().repaired_rows_total
    );
    shutdown.cancel();
    running.await.unwrap().unwrap();
    oracle::check(&env.client(&warehouse), events.journal.id().get(), &records, &BTreeSet::new()).await;
    env.stop().await;
}
