//! Records that cannot be written: set aside alone, with their bytes and the reason; everybody else gets through once.

use super::Test;
use super::data::{Span, encode, records};
use super::oracle;
use super::support::{CrashAt, Cursors, Env, Events, drain, drain_or_fail};
use signalbox_domain::{Money, Timestamp};
use signalbox_events::wire::{ClickV1, Record};
use signalbox_warehouse::Error;
use std::collections::BTreeSet;

pub const TESTS: &[Test] = &[
    ("poison::a_refused_record_is_set_aside_alone", |env| Box::pin(refused(env))),
    ("poison::cutting_survives_deaths", |env| Box::pin(cutting(env))),
    ("poison::what_the_ledger_refuses_is_set_aside", |env| Box::pin(ledger(env))),
    ("poison::what_cannot_be_read_is_set_aside", |env| Box::pin(unreadable(env))),
];

/// Makes the clicks at `poison` carry what a constraint forbids.
pub fn with_evil(
    mut records: Vec<Record<'static>>,
    wanted: &[usize],
) -> (Vec<Record<'static>>, BTreeSet<u64>) {
    let clicks: Vec<usize> = (0..records.len()).filter(|index| records[*index].click().is_some()).collect();
    let mut dead = BTreeSet::new();
    for which in wanted {
        let index = clicks[*which % clicks.len()];
        if let Some(click) = click_mut(&mut records[index]) {
            click.external_id = "evil".into();
            click.cost = Money::from_whole(1_000_000);
        }
        dead.insert(index as u64);
    }
    (records, dead)
}

fn click_mut<'r>(record: &'r mut Record<'static>) -> Option<&'r mut ClickV1<'static>> {
    match record {
        Record::Click(click) => Some(click),
        Record::ClickV2(click) => Some(&mut click.click),
        _ => None,
    }
}

pub async fn forbid(client: &clickhouse::Client, table: &str, constraint: &str) {
    let sql = format!("ALTER TABLE {table} ADD CONSTRAINT test_only CHECK {constraint}");
    client.query(&sql).execute().await.unwrap();
}

async fn refused(env: &Env) {
    let (warehouse, events, cursors) = (env.database().await, Events::new(), Cursors::new());
    let client = env.client(&warehouse);
    forbid(&client, "clicks", "external_id != 'evil'").await;
    let (records, dead) = with_evil(records(51, 500, Span::two_months()), &[0, 99, 100, 101, 350, 499]);
    let payloads = encode(&records);
    events.append(&payloads);
    let mut writer = events.writer(&warehouse, &cursors, 300);
    let stats = writer.stats();
    drain(&mut writer).await;
    oracle::check(&client, events.journal.id().get(), &records, &dead).await;
    assert_eq!(stats.borrow().dead_letters_total, dead.len() as u64);

    let sql = "SELECT _seq, refused_by, code, reason, payload_hex, workspace FROM dead_letters ORDER BY _seq";
    let rows = client.query(sql).fetch_all::<(u64, String, i32, String, String, u64)>().await.unwrap();
    for (seq, refused_by, code, reason, payload_hex, workspace) in rows {
        assert_eq!((refused_by.as_str(), code), ("clicks", 469));
        assert!(reason.contains("test_only"), "{reason}");
        let payload = &payloads[seq as usize];
        let hex: String = payload.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(payload_hex, hex, "replayable");
        assert_ne!(workspace, 0);
    }
    let evil = "SELECT count() FROM clicks WHERE external_id = 'evil'";
    assert_eq!(client.query(evil).fetch_one::<u64>().await.unwrap(), 0);
}

async fn cutting(env: &Env) {
    let (warehouse, events, cursors) = (env.database().await, Events::new(), Cursors::new());
    let client = env.client(&warehouse);
    forbid(&client, "clicks", "external_id != 'evil'").await;
    let (records, dead) = with_evil(records(52, 120, Span::two_months()), &[5, 60, 61]);
    events.append(&encode(&records));
    for life in 0.. {
        assert!(life < 3_000, "no progress");
        let mut writer = events.writer(&warehouse, &cursors, 64).with_hook(CrashAt::nth(4 + life % 29));
        match drain_or_fail(&mut writer).await {
            Ok(()) => break,
            Err(Error::Stopped { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
    oracle::check(&client, events.journal.id().get(), &records, &dead).await;
}

/// Its details are in `clicks` by then; the ledger never sees it. Wider batches that `clicks` has taken are not put in again.
async fn ledger(env: &Env) {
    let (warehouse, events, cursors) = (env.database().await, Events::new(), Cursors::new());
    let client = env.client(&warehouse);
    forbid(&client, "facts", "cost < 1000000").await;
    let (records, dead) = with_evil(records(53, 300, Span::two_months()), &[7, 150, 151, 299]);
    events.append(&encode(&records));
    for life in 0.. {
        assert!(life < 3_000, "no progress");
        let mut writer = events.writer(&warehouse, &cursors, 200).with_hook(CrashAt::nth(20 + life * 3));
        match drain_or_fail(&mut writer).await {
            Ok(()) => break,
            Err(Error::Stopped { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
    oracle::check(&client, events.journal.id().get(), &records, &dead).await;
    let details = "SELECT count(), uniqExact(_seq) FROM clicks WHERE external_id = 'evil'";
    let (rows, distinct) = client.query(details).fetch_one::<(u64, u64)>().await.unwrap();
    assert_eq!((rows, distinct), (dead.len() as u64, dead.len() as u64));
}

async fn unreadable(env: &Env) {
    let (warehouse, events, cursors) = (env.database().await, Events::new(), Cursors::new());
    let mut records = records(54, 60, Span::two_months());
    let mut payloads = encode(&records);
    payloads[3] = b"\xff\xfe not a record".to_vec();
    payloads[20] = Vec::new();
    payloads[20].push(0);
    let mut dead = BTreeSet::from([3, 20]);
    let impossible = (25..records.len()).find(|index| records[*index].click().is_some()).unwrap();
    if let Some(click) = click_mut(&mut records[impossible]) {
        click.at = Timestamp(i64::MAX);
    }
    payloads[impossible] = records[impossible].encode().unwrap();
    dead.insert(impossible as u64);
    events.append(&payloads);
    drain(&mut events.writer(&warehouse, &cursors, 25)).await;
    let client = env.client(&warehouse);
    oracle::check(&client, events.journal.id().get(), &records, &dead).await;
    let sql = "SELECT _seq, reason FROM dead_letters WHERE refused_by = '' ORDER BY _seq";
    let reasons = client.query(sql).fetch_all::<(u64, String)>().await.unwrap();
    assert!(reasons[0].1.contains("cannot be read"), "{reasons:?}");
    assert!(reasons[2].1.contains("1970"), "{reasons:?}");
}
