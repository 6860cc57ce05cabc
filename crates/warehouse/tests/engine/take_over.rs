//! Two writers on one journal, deaths half-way through a table, and deduplication logs that say too much or too little.

use super::Test;
use super::data::{Span, encode, records};
use super::oracle;
use super::support::{CrashOn, Cursors, Env, Events, HoldOn, drain, drain_or_fail};
use signalbox_warehouse::Error;
use signalbox_warehouse::writer::Point;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

pub const TESTS: &[Test] = &[
    ("take_over::a_writer_that_wakes_late_changes_nothing", |env| Box::pin(late(env))),
    ("take_over::two_writers_that_race_write_once", |env| Box::pin(race(env))),
    ("take_over::half_a_batch_across_a_month_is_completed", |env| Box::pin(half(env))),
    ("take_over::rows_that_the_deduplication_log_only_claims_are_put_back", |env| Box::pin(claimed(env))),
    ("take_over::rows_that_the_deduplication_log_forgot_are_not_doubled", |env| Box::pin(forgotten(env))),
    ("take_over::a_late_repair_is_fenced_off", |env| Box::pin(late_repair(env))),
];

/// The first writer is held at each point in turn, the second one does all the work, then the first one goes on.
async fn late(env: &Env) {
    let points = [
        Point::Read,
        Point::PendingSet,
        Point::Inserting("clicks"),
        Point::Inserted("clicks"),
        Point::Inserting("conversions"),
        Point::Inserting("facts"),
        Point::Inserted("facts"),
        Point::Advancing,
    ];
    for (number, point) in points.into_iter().enumerate() {
        let (warehouse, events, cursors) = (env.database().await, Events::new(), Cursors::new());
        let records = records(100 + number as u64, 50, Span::two_months());
        events.append(&encode(&records));
        let hold = HoldOn::at(point);
        let mut first = events.writer(&warehouse, &cursors, 40).with_hook(hold.clone());
        let first = tokio::spawn(async move { drain_or_fail(&mut first).await });
        hold.arrived().await;
        let mut second = events.writer(&warehouse, &cursors, 30);
        drain(&mut second).await;
        hold.release();
        let ended = first.await.unwrap();
        assert!(matches!(ended, Err(Error::Fenced { .. })), "{point:?}: {ended:?}");
        oracle::check(&env.client(&warehouse), events.journal.id().get(), &records, &BTreeSet::new()).await;
    }
}

/// Nobody is held: they take the journal from one another, each a little less often, until all have finished.
async fn race(env: &Env) {
    let (warehouse, events, cursors) = (env.database().await, Arc::new(Events::new()), Cursors::new());
    let records = records(7, 250, Span::two_months());
    events.append(&encode(&records));
    let mut racers = Vec::new();
    for batch in [23, 40, 31] {
        let (warehouse, events, cursors) = (warehouse.clone(), events.clone(), cursors.clone());
        racers.push(tokio::spawn(async move {
            let mut fenced = 0;
            loop {
                let mut writer = events.writer(&warehouse, &cursors, batch);
                match drain_or_fail(&mut writer).await {
                    Ok(()) => return fenced,
                    Err(Error::Fenced { .. } | Error::Unavailable { .. }) => {
                        fenced += 1;
                        tokio::time::sleep(Duration::from_millis(batch as u64 * fenced)).await;
                    }
                    Err(error) => panic!("{error}"),
                }
            }
        }));
    }
    let mut fenced = 0;
    for racer in racers {
        fenced += racer.await.unwrap();
    }
    assert!(fenced > 0, "the writers never met");
    oracle::check(&env.client(&warehouse), events.journal.id().get(), &records, &BTreeSet::new()).await;
}

/// A writer that stopped right after `table` had taken the first batch, and everything around it.
struct Stopped {
    warehouse: signalbox_warehouse::Warehouse,
    events: Events,
    cursors: Arc<Cursors>,
    records: Vec<signalbox_events::wire::Record<'static>>,
    client: clickhouse::Client,
}

impl Stopped {
    async fn after(env: &Env, table: &'static str, seed: u64) -> Self {
        let (warehouse, events, cursors) = (env.database().await, Events::new(), Cursors::new());
        let records = records(seed, 150, Span::two_months());
        events.append(&encode(&records));
        let hook = Arc::new(CrashOn(Point::Inserted(table)));
        let mut writer = events.writer(&warehouse, &cursors, 10_000).with_hook(hook);
        assert!(matches!(drain_or_fail(&mut writer).await, Err(Error::Stopped { .. })));
        let client = env.client(&warehouse);
        Self { warehouse, events, cursors, records, client }
    }

    async fn execute(&self, sql: &str) {
        self.client.query(sql).execute().await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    async fn check(&self) {
        oracle::check(&self.client, self.events.journal.id().get(), &self.records, &BTreeSet::new()).await;
    }
}

/// Dropping a partition also makes the deduplication log forget it: exactly the state after a death between two partitions.
async fn half(env: &Env) {
    for (seed, table) in [(11, "clicks"), (12, "facts"), (13, "conversions")] {
        for month in ["202601", "202602"] {
            let stopped = Stopped::after(env, table, seed).await;
            stopped.execute(&format!("ALTER TABLE {table} DROP PARTITION ID '{month}'")).await;
            let mut writer = stopped.events.writer(&stopped.warehouse, &stopped.cursors, 50);
            let stats = writer.stats();
            drain(&mut writer).await;
            assert_eq!(stats.borrow().repaired_rows_total, 0, "the token was enough");
            stopped.check().await;
        }
    }
}

/// Mutations do not touch the deduplication log: it still claims rows that are gone, as after a death between log and part.
async fn claimed(env: &Env) {
    for (seed, which) in [(21, "_seq % 3 = 0"), (22, "1"), (23, "toYYYYMM(click_at) = 202602")] {
        let stopped = Stopped::after(env, "facts", seed).await;
        // A part without rows is dropped after a while, and then the log forgets it.
        stopped.execute("ALTER TABLE facts MODIFY SETTING remove_empty_parts = 0").await;
        stopped.execute(&format!("ALTER TABLE facts DELETE WHERE {which} SETTINGS mutations_sync = 2")).await;
        let mut writer = stopped.events.writer(&stopped.warehouse, &stopped.cursors, 50);
        let stats = writer.stats();
        drain(&mut writer).await;
        assert!(stats.borrow().repaired_rows_total > 0, "{which}");
        stopped.check().await;
        let left =
            "SELECT count() FROM system.tables WHERE database = currentDatabase() AND name LIKE 'repair%'";
        assert_eq!(
            stopped.client.query(left).fetch_one::<u64>().await.unwrap(),
            0,
            "staging tables are dropped"
        );
    }
}

/// A power cut can take the end of the log away while the parts are safe.
async fn forgotten(env: &Env) {
    let stopped = Stopped::after(env, "facts", 31).await;
    for table in ["clicks", "conversions", "postbacks", "deliveries", "facts"] {
        let setting = "MODIFY SETTING non_replicated_deduplication_window";
        stopped.execute(&format!("ALTER TABLE {table} {setting} = 0")).await;
        stopped.execute(&format!("ALTER TABLE {table} {setting} = 10000")).await;
    }
    drain(&mut stopped.events.writer(&stopped.warehouse, &stopped.cursors, 50)).await;
    stopped.check().await;
}

/// A writer that stands before attaching must not attach after another one has taken over.
async fn late_repair(env: &Env) {
    let stopped = Stopped::after(env, "facts", 41).await;
    stopped.execute("ALTER TABLE facts DELETE WHERE _seq % 2 = 0 SETTINGS mutations_sync = 2").await;
    let hold = HoldOn::at(Point::Repairing("facts"));
    let mut first = stopped.events.writer(&stopped.warehouse, &stopped.cursors, 50).with_hook(hold.clone());
    let first = tokio::spawn(async move { drain_or_fail(&mut first).await });
    hold.arrived().await;
    drain(&mut stopped.events.writer(&stopped.warehouse, &stopped.cursors, 50)).await;
    hold.release();
    let ended = first.await.unwrap();
    assert!(ended.is_err(), "its staging table is gone");
    stopped.check().await;
}
