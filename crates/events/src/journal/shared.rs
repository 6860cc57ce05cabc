//! The state of an open journal, shared by its handle, its two threads and its readers.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::{Mutex, RwLock};
use tokio::sync::Notify;

use super::consumers::Consumers;
use super::damage::Damage;
use super::file::Files;
use super::frame::Seed;
use super::options::JournalOptions;
use super::progress::Progress;
use super::reserve::Reservation;
use super::segment::Segment;
use super::together::Gathering;
use super::wake::Waker;
use super::writer::{Spare, Writer};
use crate::ids::JournalId;

pub(crate) struct Shared {
    pub(crate) id: JournalId,
    pub(crate) dir: PathBuf,
    pub(crate) options: JournalOptions,
    pub(crate) seed: Seed,
    pub(crate) files: Files,
    /// All segments, ascending, never empty; the last is the one appended to.
    pub(crate) segments: RwLock<Vec<Arc<Segment>>>,
    /// The next number to be given. Everything below is fully written (or in a gap). Published last.
    pub(crate) head: AtomicU64,
    /// Bytes of all segments.
    pub(crate) bytes: AtomicU64,
    pub(crate) writer: Mutex<Writer>,
    pub(crate) gathering: Gathering,
    pub(crate) spare: Mutex<Option<Spare>>,
    pub(crate) reservation: Reservation,
    pub(crate) progress: Progress,
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
