//! What every event source promises, checked on local journals and on Kafka (a broker inside the test).

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may panic")]

#[path = "contract/rig.rs"]
mod rig;

use std::time::{Duration, Instant};

use rig::Rig;
use signalbox_events::{Error, GapReason, JournalId, ReadLimit};

/// Makes a test of every case for every place that events can be read from.
macro_rules! contract {
    ($($case:ident),* $(,)?) => {
        mod local {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                super::$case(super::Rig::local()).await;
            })*
        }
        mod kafka {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                super::$case(super::Rig::kafka()).await;
            })*
        }
    };
}

contract!(
    every_record_comes_once_and_in_order,
    reading_goes_on_from_any_position,
    a_new_source_finds_the_position,
    republished_records_are_not_doubled,
    a_read_waits_for_the_first_record,
    a_read_ends_when_the_time_is_over,
    batches_are_bounded,
    long_records_travel,
    journals_do_not_mix,
    consumers_do_not_disturb_each_other,
    lost_records_are_told,
    trimming_never_takes_what_is_needed,
    a_dropped_read_loses_nothing,
);

fn payloads(count: usize, seed: usize) -> Vec<Vec<u8>> {
    (0..count).map(|n| format!("{seed}:{n}:").into_bytes().repeat(1 + n * 7 % 40)).collect()
}

async fn every_record_comes_once_and_in_order(mut rig: Rig) {
    let expected = payloads(5_000, 1);
    let id = rig.journal().await;
    rig.append(id, &expected);
    rig.assert_reads(id, 0, &expected).await;
    let state = rig.state(id).await;
    assert_eq!((state.tail, state.head), (0, 5_000));
}

async fn reading_goes_on_from_any_position(mut rig: Rig) {
    let expected = payloads(3_000, 2);
    let id = rig.journal().await;
    rig.append(id, &expected);
    for from in [2_999, 0, 1_500, 1_501, 7] {
        rig.assert_reads(id, from, &expected[usize::try_from(from).unwrap()..]).await;
    }
    let batch = rig.source().read(id, 3_000, rig::now()).await.unwrap();
    assert!(batch.is_empty() && batch.next == 3_000);
}

async fn a_new_source_finds_the_position(mut rig: Rig) {
    let expected = payloads(2_000, 3);
    let id = rig.journal().await;
    rig.append(id, &expected);
    rig.assert_reads(id, 0, &expected).await;
    rig.restart().await;
    rig.assert_reads(id, 1_234, &expected[1_234..]).await;
    let more = payloads(10, 4);
    rig.append(id, &more);
    rig.assert_reads(id, 2_000, &more).await;
}

async fn republished_records_are_not_doubled(mut rig: Rig) {
    let mut expected = payloads(500, 5);
    let id = rig.journal().await;
    rig.append(id, &expected);
    rig.assert_reads(id, 0, &expected).await;
    rig.republish(id).await;
    let more = payloads(500, 6);
    rig.append(id, &more);
    expected.extend(more);
    rig.assert_reads(id, 500, &expected[500..]).await;
    rig.restart().await;
    rig.assert_reads(id, 0, &expected).await;
    rig.assert_reads(id, 300, &expected[300..]).await;
}

async fn a_read_waits_for_the_first_record(mut rig: Rig) {
    let id = rig.journal().await;
    rig.append(id, &payloads(3, 7));
    rig.assert_reads(id, 0, &payloads(3, 7)).await;
    let source = rig.source();
    let limit = ReadLimit { wait: Duration::from_secs(30), ..ReadLimit::default() };
    let read = tokio::spawn(async move { source.read(id, 3, limit).await });
    let expected = payloads(1, 8);
    rig.append(id, &expected);
    let start = Instant::now();
    let batch = read.await.unwrap().unwrap();
    assert!(start.elapsed() < Duration::from_secs(20), "it did not wait to the end");
    assert_eq!(batch.records[0].payload, expected[0]);
    assert_eq!((batch.records.len(), batch.next), (1, 4));
}

async fn a_read_ends_when_the_time_is_over(mut rig: Rig) {
    let id = rig.journal().await;
    rig.append(id, &payloads(3, 9));
    rig.assert_reads(id, 0, &payloads(3, 9)).await;
    let start = Instant::now();
    let limit = ReadLimit { wait: Duration::from_millis(200), ..ReadLimit::default() };
    let batch = rig.source().read(id, 3, limit).await.unwrap();
    assert!(batch.is_empty() && batch.next == 3);
    assert!((Duration::from_millis(200)..Duration::from_secs(10)).contains(&start.elapsed()));
}

async fn batches_are_bounded(mut rig: Rig) {
    let expected = vec![vec![1; 100]; 1_000];
    let id = rig.journal().await;
    rig.append(id, &expected);
    rig.assert_reads(id, 0, &expected).await;
    let mut next = 0;
    while next < 1_000 {
        let limit = ReadLimit { records: 7, bytes: usize::MAX, wait: Duration::from_secs(10) };
        let batch = rig.source().read(id, next, limit).await.unwrap();
        assert!((1..=7).contains(&batch.records.len()), "{} records", batch.records.len());
        assert_eq!(batch.records[0].seq, next);
        next = batch.next;
    }
    let limit = ReadLimit { records: usize::MAX, bytes: 450, wait: Duration::from_secs(10) };
    let batch = rig.source().read(id, 0, limit).await.unwrap();
    assert!((1..=4).contains(&batch.records.len()), "{} records", batch.records.len());
    let limit = ReadLimit { records: 0, bytes: 0, wait: Duration::from_secs(10) };
    let batch = rig.source().read(id, 5, limit).await.unwrap();
    assert_eq!((batch.records.len(), batch.next), (1, 6), "a first record is given whatever its length");
}

async fn long_records_travel(mut rig: Rig) {
    let longest = signalbox_events::journal::PAYLOAD_BYTES_MAX;
    // Bytes that cannot be compressed.
    let mut noise = vec![0; longest];
    rand::fill(&mut noise[..]);
    let expected = vec![vec![7; longest], noise, Vec::new(), vec![8; longest - 1], vec![9; 1]];
    let id = rig.journal().await;
    rig.append(id, &expected);
    rig.assert_reads(id, 0, &expected).await;
    rig.assert_reads(id, 2, &expected[2..]).await;
}

async fn journals_do_not_mix(mut rig: Rig) {
    let mut all = Vec::new();
    for n in 0..4 {
        let id = rig.journal().await;
        all.push((id, payloads(400 + n * 100, 10 + n)));
    }
    for (id, expected) in &all {
        rig.append(*id, &expected[..200]);
    }
    for (id, expected) in &all {
        rig.append(*id, &expected[200..]);
    }
    for (id, expected) in &all {
        rig.assert_reads(*id, 0, expected).await;
    }
    let mut listed: Vec<_> = rig.source().journals().await.unwrap().iter().map(|state| state.id).collect();
    let mut made: Vec<_> = all.iter().map(|(id, _)| *id).collect();
    listed.sort();
    made.sort();
    assert_eq!(listed, made);
    let unknown = JournalId::new(made[0].get() ^ 1);
    let error = rig.source().read(unknown, 0, rig::now()).await.unwrap_err();
    assert!(matches!(error, Error::NotFound { journal } if journal == unknown), "{error}");
    assert!(!error.is_retryable());
}

async fn consumers_do_not_disturb_each_other(mut rig: Rig) {
    let expected = payloads(2_000, 20);
    let id = rig.journal().await;
    rig.append(id, &expected);
    let readers: Vec<_> = (0..6_u64)
        .map(|n| {
            let (source, expected) = (rig.source(), expected.clone());
            let limit = ReadLimit { records: 50 + usize::try_from(n).unwrap() * 13, ..rig::patient() };
            tokio::spawn(async move { rig::read_to(&*source, id, n * 100, 2_000, limit, &expected).await })
        })
        .collect();
    for reader in readers {
        assert!(reader.await.unwrap().is_empty(), "no gaps");
    }
}

async fn lost_records_are_told(mut rig: Rig) {
    let expected = payloads(100, 21);
    let id = rig.damaged_journal(&expected, 40).await;
    let gaps = rig::read_to(&*rig.source(), id, 0, 100, rig::patient(), &expected).await;
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    assert_eq!((gaps[0].from_seq, gaps[0].to_seq), (40, 41));
    assert!(matches!(gaps[0].reason, GapReason::Corrupt | GapReason::Missing));
}

async fn trimming_never_takes_what_is_needed(mut rig: Rig) {
    let expected = vec![vec![3; 1_000]; 1_000];
    let id = rig.journal().await;
    rig.append(id, &expected);
    rig.assert_reads(id, 0, &expected).await;
    rig.source().trim(id, "slow", 700).await.unwrap();
    rig.source().trim(id, "fast", 1_000).await.unwrap();
    rig.source().trim(id, "slow", 100).await.unwrap();
    rig.append(id, &expected);
    rig.assert_reads(id, 700, &vec![vec![3; 1_000]; 1_300]).await;
    assert!(rig.source().trim(id, "not a word!", 1).await.is_err());
    assert!(rig.source().trim(JournalId::new(id.get() ^ 1), "slow", 1).await.is_err());
}

async fn a_dropped_read_loses_nothing(mut rig: Rig) {
    let expected = payloads(3_000, 22);
    let id = rig.journal().await;
    rig.append(id, &expected[..1_000]);
    rig.assert_reads(id, 0, &expected[..1_000]).await;
    // Reads that are given up at once, at the place where the next records will be.
    for n in 0..20_u64 {
        let limit = ReadLimit { wait: Duration::from_secs(5), ..ReadLimit::default() };
        let source = rig.source();
        let _given_up = tokio::time::timeout(Duration::from_millis(n), source.read(id, 1_000, limit)).await;
        let at = 1_000 + usize::try_from(n).unwrap() * 100;
        rig.append(id, &expected[at..at + 100]);
    }
    rig.assert_reads(id, 1_000, &expected[1_000..]).await;
}
