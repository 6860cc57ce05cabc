//! The state of an open journal, shared by its handle, its two threads and its readers.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::{Mutex, RwLock};
use tokio::sync::{Notify, watch};

use super::consumers::Consumers;
use super::damage::Damage;
use super::file::Storage;
use super::frame::Seed;
use super::options::JournalOptions;
use super::reserve::Reservation;
use super::segment::Segment;
use super::wake::Waker;
use super::writer::{Spare, Writer};
use crate::error::AppendError;
use crate::ids::JournalId;

pub(crate) struct Shared {
    pub(crate) id: JournalId,
    pub(crate) dir: PathBuf,
    pub(crate) options: JournalOptions,
    pub(crate) seed: Seed,
    pub(crate) storage: Arc<dyn Storage>,
    /// All segments, ascending, never empty; the last is the one appended to.
    pub(crate) segments: RwLock<Vec<Arc<Segment>>>,
    /// The next number to be given. Everything below is fully written (or in a gap). Published last.
    pub(crate) head: AtomicU64,
    /// Bytes of all segments.
    pub(crate) bytes: AtomicU64,
    pub(crate) writer: Mutex<Writer>,
    pub(crate) spare: Mutex<Option<Spare>>,
    pub(crate) reservation: Reservation,
    pub(crate) progress: watch::Sender<Progress>,
    pub(crate) syncing: Waker,
    pub(crate) upkeep: Waker,
    pub(crate) appended: Notify,
    /// Some reader waits for `appended`; spares the appender the notification when nobody does.
    pub(crate) reader_waits: AtomicBool,
    pub(crate) consumers: Consumers,
    pub(crate) damage: Damage,
    pub(crate) counters: Counters,
}

/// Plain counters since open.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) refused_full: AtomicU64,
    pub(crate) refused_unwritable: AtomicU64,
    pub(crate) syncs: AtomicU64,
    pub(crate) sync_failures: AtomicU64,
    pub(crate) rotations: AtomicU64,
    pub(crate) retention_records: AtomicU64,
}

/// How far the disk has come.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Every record below this is on the disk, but for those in `failed`.
    pub(crate) synced: u64,
    /// Ranges whose sync failed, ascending.
    failed: Vec<(Range<u64>, String)>,
}

/// Failed ranges remembered one by one; older ones are merged into one range that covers them.
const FAILED_MAX: usize = 64;

impl Progress {
    pub(crate) fn at(synced: u64) -> Self {
        Self { synced, failed: Vec::new() }
    }

    pub(crate) fn advance(&mut self, to: u64, failure: Option<String>) {
        let range = self.synced..to;
        self.synced = to;
        let Some(reason) = failure else { return };
        match self.failed.last_mut() {
            Some((last, _)) if last.end == range.start => last.end = range.end,
            _ => self.failed.push((range, reason)),
        }
        if self.failed.len() > FAILED_MAX {
            let (second, _) = self.failed.remove(1);
            if let Some((first, _)) = self.failed.first_mut() {
                first.end = second.end;
            }
        }
    }

    /// Whether the record is on the disk, once `synced` has passed it.
    pub(crate) fn outcome(&self, seq: u64) -> Result<(), AppendError> {
        let failed = self.failed.iter().find(|(range, _)| range.contains(&seq));
        failed.map_or(Ok(()), |(_, reason)| Err(AppendError::NotDurable { seq, reason: reason.clone() }))
    }
}

impl Shared {
    /// The segment appended to.
    pub(crate) fn active(&self) -> Option<Arc<Segment>> {
        self.segments.read().last().cloned()
    }

    /// The oldest number that may still be readable.
    pub(crate) fn tail(&self) -> u64 {
        self.segments.read().first().map_or(0, |segment| segment.first_seq())
    }

    /// Tells readers and the sync thread about new records.
    pub(crate) fn announce(&self) {
        if self.reader_waits.load(Ordering::SeqCst) && self.reader_waits.swap(false, Ordering::SeqCst) {
            self.appended.notify_waiters();
        }
        self.syncing.wake_if_idle();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_ranges_are_never_forgotten() {
        let mut progress = Progress::at(0);
        for round in 0..1000_u64 {
            progress.advance(round * 20 + 10, None);
            progress.advance(round * 20 + 20, Some("disk on fire".to_owned()));
        }
        assert!(progress.failed.len() <= FAILED_MAX);
        for round in 0..1000_u64 {
            assert!(progress.outcome(round * 20 + 15).is_err(), "round {round}");
        }
        assert!(progress.outcome(999 * 20 + 5).is_ok());
    }
}
