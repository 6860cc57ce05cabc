//! The own journal, read behind the writers: tells the counters under which number a click was kept.
//!
//! Reads only while a click is waited for, and of each record only the click's id.

use super::Counters;
use signalbox_chassis::warn_limited;
use signalbox_events::{Journal, ReadLimit};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

const BATCH: ReadLimit = ReadLimit { records: 5_000, bytes: 4 << 20, wait: Duration::ZERO };
/// How often it looks; what waits meanwhile is counted already.
const POLL: Duration = Duration::from_millis(50);
/// A click that is not in the journal after this long, although later ones are, was refused by it.
const REFUSED_AFTER: Duration = Duration::from_secs(120);
const RETRY: Duration = Duration::from_millis(500);

pub(super) async fn journal(counters: &Counters, journal: Journal, stop: CancellationToken) {
    let mut reader = journal.reader(*counters.position.lock());
    loop {
        // Before the look at who waits: whatever was appended before was noted as waiting before that.
        let (head, began) = (journal.head(), Instant::now());
        if counters.in_flight.lock().is_empty() {
            reader.seek(head);
        }
        while reader.position() < head {
            match reader.read(BATCH) {
                Ok(batch) => {
                    for stored in &batch.records {
                        counters.journaled(stored.seq, &stored.payload);
                    }
                    if batch.is_empty() {
                        break;
                    }
                }
                Err(error) => {
                    warn_limited!(6, %error, "the click journal cannot be read; counters go on from memory");
                    tokio::time::sleep(RETRY).await;
                    break;
                }
            }
        }
        counters.passed(reader.position());
        if reader.position() >= head
            && let Some(limit) = began.checked_sub(REFUSED_AFTER)
        {
            counters.sweep(limit);
        }
        if stop.is_cancelled() {
            return;
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
}
