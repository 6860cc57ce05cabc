//! Who has been here before: the memory behind the unique flags and behind destinations that are not repeated.
//!
//! Promises: within one node a visitor is new exactly once in a period, also across `kill -9`: the memory is a checkpoint plus the
//! clicks that the journal took since. Bounded ([`Seen::new`]): 8 bytes an entry and the table's slack, at most 14 bytes; a visitor takes
//! an entry for campaign, stream and workspace each, so 10 million visitors take at most 420 MB. At the bound the entries closest to
//! their end are forgotten first, so such a visitor may count as new again; `forgotten()` tells how many. One visitor in many millions is
//! taken for another ([`shard`]). Never asks another machine: a visitor that comes to several nodes is new on each of them once a period.
//! Keys are salted hashes; no address is kept.

mod checkpoint;
mod key;
mod shard;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use key::{Population, VisitorKey};

use parking_lot::Mutex;
use shard::Shard;
use signalbox_domain::Timestamp;
use std::sync::atomic::{AtomicU64, Ordering};

/// The first bits of a key choose one; many, so that building one anew takes no longer than a fraction of a millisecond.
const SHARDS: usize = 1024;
const MINUTE_MS: i64 = 60_000;

/// The memory.
pub struct Seen {
    shards: Vec<Mutex<Shard>>,
    shard_entries_max: usize,
    forgotten: AtomicU64,
}

impl Seen {
    /// A memory of at most `entries_max` entries (at least 16 384).
    pub fn new(entries_max: usize) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            shard_entries_max: (entries_max / SHARDS).max(16),
            forgotten: AtomicU64::new(0),
        }
    }

    /// Notes a visit and says whether it is the first of its period. The period begins with the first visit and is not prolonged.
    pub fn mark(&self, key: VisitorKey, now: Timestamp, ttl_hours: u16) -> bool {
        let minute = minute_of(now);
        let until = minute.saturating_add(u32::from(ttl_hours) * 60);
        let marked = self.shard(key).lock().mark(key.0, (minute, until), self.shard_entries_max);
        if marked.forgotten > 0 {
            self.forgotten.fetch_add(marked.forgotten as u64, Ordering::Relaxed);
        }
        marked.first
    }

    /// Whether a visit is noted whose period has not ended.
    pub fn contains(&self, key: VisitorKey, now: Timestamp) -> bool {
        self.shard(key).lock().contains(key.0, minute_of(now))
    }

    /// Entries held now.
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().len()).sum()
    }

    /// Whether nobody was seen.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of memory that the entries take.
    pub fn bytes(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().bytes()).sum()
    }

    /// Entries that had not ended and were forgotten at the bound since the start.
    pub fn forgotten(&self) -> u64 {
        self.forgotten.load(Ordering::Relaxed)
    }

    fn shard(&self, key: VisitorKey) -> &Mutex<Shard> {
        &self.shards[(key.0 >> 54) as usize % SHARDS]
    }
}

fn minute_of(now: Timestamp) -> u32 {
    u32::try_from(now.0 / MINUTE_MS).unwrap_or(0)
}

#[cfg(test)]
mod tests;
