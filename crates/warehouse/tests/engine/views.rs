//! Dependent materialized views: what the table has taken and a view has not comes later, once.

use super::Test;
use super::data::{Span, encode, records};
use super::oracle;
use super::support::{CrashAt, Cursors, Env, Events, drain, drain_or_fail};
use signalbox_events::wire::Record;
use signalbox_warehouse::Error;
use std::collections::{BTreeMap, BTreeSet};

pub const TESTS: &[Test] = &[
    ("views::a_view_that_throws_loses_and_doubles_nothing", |env| Box::pin(throws(env))),
    ("views::a_view_survives_deaths_of_the_writer", |env| Box::pin(deaths(env))),
    ("views::a_repaired_table_does_not_feed_its_view_again", |env| Box::pin(repaired(env))),
];

const TARGET: &str = "CREATE TABLE daily (day Date, campaign UInt64, clicks Int64, cost Decimal(38, 9)) \
    ENGINE = SummingMergeTree ORDER BY (day, campaign) SETTINGS non_replicated_deduplication_window = 10000";
const VIEW: &str = "CREATE MATERIALIZED VIEW daily_view TO daily AS \
    SELECT toDate(click_at) AS day, campaign, sum(clicks) AS clicks, sum(cost) AS cost FROM facts GROUP BY day, campaign";
const THROWING_VIEW: &str = "CREATE MATERIALIZED VIEW daily_view TO daily AS \
    SELECT toDate(click_at) AS day, campaign, sum(clicks) AS clicks, sum(cost) AS cost FROM facts \
    WHERE throwIf(campaign = 12) = 0 GROUP BY day, campaign";

async fn execute(client: &clickhouse::Client, sql: &str) {
    client.query(sql).execute().await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// The view's target against the records.
async fn check_view(client: &clickhouse::Client, records: &[Record<'_>]) {
    let sql = "SELECT campaign, sum(clicks), sum(cost) FROM daily GROUP BY campaign";
    let found: BTreeMap<u64, (i64, i128)> = client
        .query(sql)
        .fetch_all::<(u64, i64, i128)>()
        .await
        .unwrap()
        .into_iter()
        .map(|(campaign, clicks, cost)| (campaign, (clicks, cost)))
        .collect();
    let mut expected: BTreeMap<u64, (i64, i128)> = BTreeMap::new();
    for fact in records.iter().flat_map(oracle::facts_of) {
        let entry = expected.entry(fact.dims.campaign.0).or_default();
        entry.0 += fact.measures.get("clicks").copied().unwrap_or_default() as i64;
        entry.1 += fact.measures.get("cost").copied().unwrap_or_default();
    }
    assert_eq!(found, expected);
}

async fn throws(env: &Env) {
    let (warehouse, events, cursors) = (env.database().await, Events::new(), Cursors::new());
    let client = env.client(&warehouse);
    execute(&client, TARGET).await;
    execute(&client, THROWING_VIEW).await;
    let records = records(61, 200, Span::two_months());
    events.append(&encode(&records));
    let mut writer = events.writer(&warehouse, &cursors, 90);
    let stats = writer.stats();
    for _ in 0..3 {
        let error = drain_or_fail(&mut writer).await.unwrap_err();
        assert!(matches!(error, Error::DependentView { .. }) && error.is_retryable(), "{error}");
        assert!(stats.borrow().last_error.is_some());
    }
    assert_eq!(stats.borrow().dead_letters_total, 0, "a broken view is nobody's poison");
    execute(&client, "DROP TABLE daily_view").await;
    execute(&client, VIEW).await;
    drain(&mut writer).await;
    assert_eq!(stats.borrow().last_error, None);
    oracle::check(&client, events.journal.id().get(), &records, &BTreeSet::new()).await;
    check_view(&client, &records).await;
}

async fn deaths(env: &Env) {
    let (warehouse, events, cursors) = (env.database().await, Events::new(), Cursors::new());
    let client = env.client(&warehouse);
    execute(&client, TARGET).await;
    execute(&client, VIEW).await;
    let records = records(62, 200, Span::two_months());
    events.append(&encode(&records));
    for life in 0.. {
        assert!(life < 3_000, "no progress");
        let mut writer = events.writer(&warehouse, &cursors, 45).with_hook(CrashAt::nth(3 + life % 21));
        match drain_or_fail(&mut writer).await {
            Ok(()) => break,
            Err(Error::Stopped { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
    oracle::check(&client, events.journal.id().get(), &records, &BTreeSet::new()).await;
    check_view(&client, &records).await;
}

/// The deduplication log claims rows of the table that are gone; the view has had them.
async fn repaired(env: &Env) {
    let (warehouse, events, cursors) = (env.database().await, Events::new(), Cursors::new());
    let client = env.client(&warehouse);
    execute(&client, TARGET).await;
    execute(&client, VIEW).await;
    let records = records(63, 100, Span::two_months());
    events.append(&encode(&records));
    let hook =
        std::sync::Arc::new(super::support::CrashOn(signalbox_warehouse::writer::Point::Inserted("facts")));
    let mut writer = events.writer(&warehouse, &cursors, 1_000).with_hook(hook);
    assert!(drain_or_fail(&mut writer).await.is_err());
    execute(&client, "ALTER TABLE facts DELETE WHERE _seq % 2 = 0 SETTINGS mutations_sync = 2").await;
    drain(&mut events.writer(&warehouse, &cursors, 1_000)).await;
    oracle::check(&client, events.journal.id().get(), &records, &BTreeSet::new()).await;
    check_view(&client, &records).await;
}
