//! Several writers, several readers, rotation and trimming, all at once.

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;

use super::*;

const WRITERS: u64 = 4;
const EACH: u64 = 3_000;

/// `writer` and its own counter, so that order within a writer can be checked.
fn labelled(writer: u64, n: u64) -> Vec<u8> {
    let mut bytes = writer.to_le_bytes().to_vec();
    bytes.extend_from_slice(&n.to_le_bytes());
    bytes.resize(16 + usize::try_from(n % 150).unwrap(), 0xee);
    bytes
}

fn parse(payload: &[u8]) -> (u64, u64) {
    let writer = u64::from_le_bytes(payload[..8].try_into().unwrap());
    let n = u64::from_le_bytes(payload[8..16].try_into().unwrap());
    assert_eq!(payload, labelled(writer, n), "half a record");
    (writer, n)
}

async fn follow(journal: Journal, from: u64) -> u64 {
    let mut reader = journal.reader(from);
    let mut last: HashMap<u64, u64> = HashMap::new();
    let mut next = from;
    while next < WRITERS * EACH {
        let limit = ReadLimit { records: 100, bytes: 1 << 20, wait: Duration::from_secs(30) };
        let batch = reader.next_batch(limit).await.unwrap();
        assert!(batch.gaps.is_empty(), "{:?}", batch.gaps);
        assert!(!batch.records.is_empty(), "no record within the time at {next}");
        for record in batch.records {
            assert_eq!(record.seq, next);
            let (writer, n) = parse(&record.payload);
            let before = last.insert(writer, n);
            assert!(before.is_none_or(|before| n == before + 1), "writer {writer}: {n} after {before:?}");
            next += 1;
        }
    }
    next - from
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_follow_writers() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path());
    let readers: Vec<_> = (0..4).map(|_| tokio::spawn(follow(journal.clone(), 0))).collect();
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let journal = journal.clone();
            tokio::task::spawn_blocking(move || {
                for n in 0..EACH {
                    journal.append(&labelled(writer, n)).unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    for reader in readers {
        assert_eq!(reader.await.unwrap(), WRITERS * EACH);
    }
    assert_eq!(follow(journal.clone(), 5_000).await, WRITERS * EACH - 5_000, "a late reader from the middle");
    assert!(journal.stats().rotations >= 10);
}

#[test]
fn readers_survive_trimming_under_their_feet() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path());
    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..2)
        .map(|_| {
            let (journal, done) = (journal.clone(), Arc::clone(&done));
            std::thread::spawn(move || {
                let mut reader = journal.reader(0);
                while !done.load(Ordering::SeqCst) || reader.position() < journal.head() {
                    let from = reader.position();
                    let batch = reader.read(ReadLimit { records: 10, ..ReadLimit::default() }).unwrap();
                    let told: u64 = batch.gaps.iter().map(Gap::len).sum();
                    assert_eq!(batch.records.len() as u64 + told, batch.next - from);
                    assert!(batch.records.iter().all(|record| record.payload == payload(record.seq)));
                    // A slow reader: the trimmer passes it.
                    std::thread::yield_now();
                }
            })
        })
        .collect();
    for n in 0..5_000 {
        assert_eq!(journal.append(&payload(n)).unwrap(), n);
        if n % 50 == 0 {
            journal.trim("fast", n).unwrap();
        }
    }
    done.store(true, Ordering::SeqCst);
    for reader in readers {
        reader.join().unwrap();
    }
    assert_eq!(journal.damage().records_lost, 0, "{:?}", journal.damage().gaps.first());
}

#[tokio::test]
async fn a_waiting_reader_is_woken_by_every_kind_of_append() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path());
    for round in 0..200_u64 {
        let waiting = tokio::spawn({
            let reader = journal.reader(round);
            async move { reader.wait(Duration::from_secs(30)).await }
        });
        if round % 2 == 0 {
            tokio::task::yield_now().await;
        }
        match round % 3 {
            0 => journal.append(b"x").map(drop).unwrap(),
            1 => journal.append_batch(&[b"x"]).map(drop).unwrap(),
            _ => journal.append_durable(b"x").await.map(drop).unwrap(),
        }
        assert!(waiting.await.unwrap(), "round {round}");
    }
    assert!(!journal.reader(200).wait(Duration::from_millis(20)).await, "nothing more comes");
    assert!(!journal.reader(200).wait(Duration::ZERO).await);
}

#[test]
fn one_owner_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path());
    let error = Journal::open(dir.path(), options()).unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, Error::Locked { .. }) && error.is_retryable());
    assert!(text.contains(&format!("process {}", std::process::id())), "{text}");
    drop(journal);
    open(dir.path());
}
