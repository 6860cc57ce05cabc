//! The writer alone: everything in once, whatever step it is stopped at, and in time.

use super::Test;
use super::data::{Span, encode, records};
use super::oracle;
use super::support::{CrashAt, Cursors, Env, Events, drain, drain_or_fail, eventually};
use signalbox_events::wire::Record;
use signalbox_events::{JournalOptions, Stream};
use signalbox_warehouse::{Error, Step, Writer, WriterOptions};
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

pub const TESTS: &[Test] = &[
    ("writer::every_record_is_written_once", |env| Box::pin(once(env))),
    ("writer::stopped_between_any_two_steps_changes_nothing", |env| Box::pin(stopped(env))),
    ("writer::batches_cut_differently_after_a_restart_change_nothing", |env| Box::pin(cut_differently(env))),
    ("writer::gaps_are_passed_and_counted", |env| Box::pin(gaps(env))),
    ("writer::a_click_is_in_the_ledger_within_two_seconds", |env| Box::pin(in_time(env))),
    ("writer::a_replay_of_everything_changes_nothing", |env| Box::pin(replay(env))),
];

async fn once(env: &Env) {
    let (warehouse, events, cursors) = (env.database().await, Events::new(), Cursors::new());
    let records = records(1, 1_500, Span::two_months());
    events.append(&encode(&records));
    let mut writer = events.writer(&warehouse, &cursors, 400);
    let stats = writer.stats();
    drain(&mut writer).await;
    let journal = events.journal.id();
    oracle::check(&env.client(&warehouse), journal.get(), &records, &BTreeSet::new()).await;
    let stats = stats.borrow().clone();
    assert_eq!((stats.next, stats.lag_records()), (records.len() as u64, 0));
    assert_eq!(
        (stats.records_total, stats.dead_letters_total, stats.lost_total),
        (records.len() as u64, 0, 0)
    );
    assert_eq!((stats.repaired_rows_total, stats.doubled_total, stats.last_error), (0, 0, None));
    assert!(stats.last_advance.is_some() && stats.rows_per_second > 0.0);
    assert_eq!(writer.step().await.unwrap(), Step::Idle);
}

/// Every writer gets one point further than the one before it, so that each point of each batch is a place of death once.
async fn stopped(env: &Env) {
    let (warehouse, events, cursors) = (env.database().await, Events::new(), Cursors::new());
    let records = records(2, 260, Span::two_months());
    events.append(&encode(&records));
    let mut places = HashSet::new();
    let mut nth = 0;
    loop {
        let hook = CrashAt::nth(nth % 24);
        nth += 1;
        let mut writer = events.writer(&warehouse, &cursors, 40).with_hook(hook.clone());
        match drain_or_fail(&mut writer).await {
            Ok(()) => break,
            Err(Error::Stopped { .. }) => places.insert(hook.stopped.lock().unwrap().unwrap()),
            Err(error) => panic!("{error}"),
        };
        assert!(nth < 3_000, "no progress");
    }
    assert!(places.len() >= 13, "only stopped at {places:?}");
    oracle::check(&env.client(&warehouse), events.journal.id().get(), &records, &BTreeSet::new()).await;
}

async fn cut_differently(env: &Env) {
    let (warehouse, events, cursors) = (env.database().await, Events::new(), Cursors::new());
    let records = records(3, 400, Span::two_months());
    events.append(&encode(&records));
    for (life, batch) in [70, 13, 200, 1, 37, 5, 90, 61, 17, 120].into_iter().cycle().enumerate() {
        let mut writer =
            events.writer(&warehouse, &cursors, batch).with_hook(CrashAt::nth(5 + life * 7 % 19));
        match drain_or_fail(&mut writer).await {
            Ok(()) => break,
            Err(Error::Stopped { .. }) => assert!(life < 2_000, "no progress"),
            Err(error) => panic!("{error}"),
        }
    }
    oracle::check(&env.client(&warehouse), events.journal.id().get(), &records, &BTreeSet::new()).await;
}

/// A consumer that comes after the space was given back.
async fn gaps(env: &Env) {
    let mut options = JournalOptions::new(Stream::Clicks);
    (options.segment_bytes_max, options.bytes_max) = (64 << 10, 1 << 30);
    options.trim_delay = Duration::ZERO;
    let (warehouse, events, cursors) = (env.database().await, Events::with(options), Cursors::new());
    let records = records(4, 900, Span::two_months());
    let journal = events.journal.clone();
    events.append(&encode(&records));
    journal.trim("earlier", journal.head()).unwrap();
    eventually("segments are given back", Duration::from_secs(20), || {
        let tail = journal.tail();
        async move { tail > 0 }
    })
    .await;
    let tail = journal.tail();
    let mut writer = events.writer(&warehouse, &cursors, 100);
    let stats = writer.stats();
    drain(&mut writer).await;
    assert_eq!(stats.borrow().lost_total, tail);
    assert_eq!(stats.borrow().next, records.len() as u64);
    let kept: Vec<_> = records[tail as usize..].iter().flat_map(oracle::facts_of).collect();
    let found = oracle::ledger(&env.client(&warehouse), journal.id().get()).await;
    assert_eq!(found.get("clicks"), oracle::sums(&kept).get("clicks"));
}

async fn in_time(env: &Env) {
    let (warehouse, events, cursors) = (env.database().await, Events::new(), Cursors::new());
    let records: Vec<Record<'static>> = records(5, 12, Span::two_months());
    let mut writer = Writer::new(
        warehouse.clone(),
        events.source.clone(),
        events.journal.id(),
        cursors,
        WriterOptions::default(),
    );
    let mut stats = writer.stats();
    let shutdown = CancellationToken::new();
    let running = tokio::spawn({
        let shutdown = shutdown.clone();
        async move { writer.run(shutdown).await }
    });
    let client = Arc::new(env.client(&warehouse));
    let mut slowest = Duration::ZERO;
    for (number, payload) in encode(&records).into_iter().enumerate() {
        let began = std::time::Instant::now();
        events.journal.append(&payload).unwrap();
        stats.wait_for(|stats| stats.next > number as u64).await.unwrap();
        slowest = slowest.max(began.elapsed());
    }
    println!("slowest record took {slowest:?} from the journal to the ledger");
    assert!(slowest < Duration::from_secs(2), "{slowest:?}");
    shutdown.cancel();
    running.await.unwrap().unwrap();
    oracle::check(&client, events.journal.id().get(), &records, &BTreeSet::new()).await;
}

/// The cursor is lost, or restored from an older backup: what is there is counted, not doubled.
async fn replay(env: &Env) {
    let (warehouse, events, cursors) = (env.database().await, Events::new(), Cursors::new());
    let records = records(6, 300, Span::two_months());
    events.append(&encode(&records));
    let journal = events.journal.id();
    let mut older = None;
    let mut writer = events.writer(&warehouse, &cursors, 90);
    while writer.step().await.unwrap() != Step::Idle {
        older = older.or_else(|| cursors.of(journal).filter(|cursor| cursor.next > 200));
    }
    for (restored, batch) in [(None, 90), (older.clone(), 33), (None, 1_000), (older, 7)] {
        cursors.put_back(journal, restored);
        drain(&mut events.writer(&warehouse, &cursors, batch)).await;
        oracle::check(&env.client(&warehouse), journal.get(), &records, &BTreeSet::new()).await;
    }
}
