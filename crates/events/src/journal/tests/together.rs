//! Appends that share a write.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Waker};

use super::*;
use crate::error::FullReason;

fn poll<F: Future>(future: Pin<&mut F>) -> std::task::Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test]
async fn the_first_writes_for_all() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path());
    let payloads: Vec<_> = (0..50).map(payload).collect();
    let mut all: Vec<_> =
        payloads.iter().map(|one| Box::pin(journal.shared().append_together(one))).collect();
    for one in &mut all {
        assert!(poll(one.as_mut()).is_pending());
    }
    assert_eq!(journal.head(), 0, "nothing is written before everybody had a turn");
    for one in all.iter_mut().skip(1) {
        assert!(poll(one.as_mut()).is_pending(), "only the first writes");
    }
    assert_eq!(all[0].as_mut().await, Ok(0));
    assert_eq!(journal.head(), 50, "one write took all of them");
    for (seq, one) in (1..).zip(all.iter_mut().skip(1)) {
        assert_eq!(one.as_mut().await, Ok(seq));
    }
    assert_eq!(read_all(&journal, 0, payload).0.len(), 50);
}

#[tokio::test]
async fn whoever_is_given_up_holds_nobody_up() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path());
    let payloads: Vec<_> = (0..3).map(payload).collect();
    let mut leader = Box::pin(journal.shared().append_together(&payloads[0]));
    let mut second = Box::pin(journal.shared().append_together(&payloads[1]));
    let mut third = pin!(journal.shared().append_together(&payloads[2]));
    assert!(poll(leader.as_mut()).is_pending());
    assert!(poll(second.as_mut()).is_pending());
    assert!(poll(third.as_mut()).is_pending());
    drop(second);
    drop(leader);
    assert_eq!(third.await, Ok(2));
    assert_eq!(read_all(&journal, 0, payload).0.len(), 3, "what was begun is written");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_at_once_are_all_there_once() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path());
    let writers: Vec<_> = (0..64)
        .map(|writer: u64| {
            let journal = journal.clone();
            tokio::spawn(async move {
                let mut given = Vec::new();
                for n in 0..200_u64 {
                    let text = format!("{writer} {n}");
                    given.push((
                        journal.append_with(text.as_bytes(), Durability::Buffered).await.unwrap(),
                        text,
                    ));
                }
                assert!(given.is_sorted(), "a writer's records stay in their order");
                given
            })
        })
        .collect();
    let mut expected = Vec::new();
    for writer in writers {
        expected.extend(writer.await.unwrap());
    }
    expected.sort();
    let text_of = |seq: u64| expected[usize::try_from(seq).unwrap()].1.clone().into_bytes();
    assert!(expected.iter().map(|(seq, _)| *seq).eq(0..64 * 200), "every number once");
    assert_eq!(read_all(&journal, 0, text_of).0.len(), 64 * 200);
}

#[tokio::test]
async fn a_group_is_bounded_and_a_record_too_long_is_refused_alone() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = options();
    options.segment_bytes_max = 4 << 20;
    let journal = Journal::open(dir.path(), options).unwrap();
    let (long, too_long) = (vec![7; 100 << 10], vec![7; PAYLOAD_BYTES_MAX + 1]);
    let mut all: Vec<_> = (0..5).map(|_| Box::pin(journal.shared().append_together(&long))).collect();
    for one in &mut all {
        assert!(poll(one.as_mut()).is_pending());
    }
    assert_eq!(journal.head(), 4, "two and two were written when the next did not fit");
    let refused = journal.append_with(&too_long, Durability::Buffered).await;
    assert!(matches!(refused, Err(AppendError::TooLarge { .. })), "{refused:?}");
    for (seq, one) in (0..).zip(all) {
        assert_eq!(one.await, Ok(seq));
    }
}

#[tokio::test]
async fn a_refusal_is_told_to_everybody_and_does_not_stay() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = options();
    options.bytes_max = options.segment_bytes_max * 4;
    let quota = options.bytes_max;
    let journal = Journal::open(dir.path(), options).unwrap();
    journal.register_consumer("writer").unwrap();
    let filling = vec![1; 60 << 10];
    while journal.append(&filling).is_ok() {}
    let mut one = Box::pin(journal.shared().append_together(&filling));
    let mut other = Box::pin(journal.shared().append_together(&filling));
    assert!(poll(one.as_mut()).is_pending());
    assert!(poll(other.as_mut()).is_pending());
    let full = Err(AppendError::Full { reason: FullReason::Quota { bytes_max: quota } });
    assert_eq!(one.await, full);
    assert_eq!(other.await, full);
    let head = journal.head();
    journal.trim("writer", head).unwrap();
    eventually("room again", || journal.stats().bytes < quota / 2);
    assert_eq!(journal.append_with(&filling, Durability::Fsync).await, Ok(head));
    assert!(journal.synced() > head);
}
