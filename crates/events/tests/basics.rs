//! The journal and the local source as their users see them.

use std::time::Duration;

use signalbox_events::{EventSource, Journal, JournalOptions, LocalSource, ReadLimit, Stream};

#[tokio::test]
async fn records_come_back_in_order_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path(), JournalOptions::new(Stream::Clicks)).unwrap();
    let id = journal.id();
    assert_eq!(journal.append(b"zero").unwrap(), 0);
    assert_eq!(journal.append_durable(b"one").await.unwrap(), 1);
    assert_eq!(journal.append_batch(&[&b"two"[..], b"three"]).unwrap_or_default(), 2..4);
    drop(journal);

    let journal = Journal::open(dir.path(), JournalOptions::new(Stream::Clicks)).unwrap();
    assert_eq!((journal.id(), journal.head()), (id, 4));
    assert_eq!(journal.append(b"four").unwrap(), 4);
    let source = LocalSource::new([journal]);
    let batch = source.read(id, 0, ReadLimit { wait: Duration::ZERO, ..ReadLimit::default() }).await.unwrap();
    let texts: Vec<_> = batch.records.iter().map(|record| (record.seq, &record.payload[..])).collect();
    assert_eq!(texts, [(0, &b"zero"[..]), (1, b"one"), (2, b"two"), (3, b"three"), (4, b"four")]);
    assert_eq!((batch.next, batch.gaps.len()), (5, 0));
}
