//! Who has been here before: the memory behind the unique flags.
//!
//! Promises: within one node a visitor is new exactly once in a period, also across `kill -9`: the memory is a checkpoint plus the
//! clicks that the journal took since. Bounded: at the bound the entries closest to their end are forgotten first, so such a visitor
//! may count as new again; `forgotten()` tells how many. Never asks another machine. Keys are salted 64-bit hashes; no address is kept.

mod checkpoint;
mod key;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use key::{Population, VisitorKey};

use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use signalbox_domain::Timestamp;
use std::sync::atomic::{AtomicU64, Ordering};

const SHARDS: usize = 64;
const MINUTE_MS: i64 = 60_000;

/// The memory. An entry is 16 bytes plus the table's slack: about 24 MB a million.
pub struct Seen {
    shards: Vec<Mutex<FxHashMap<u64, u32>>>,
    shard_entries_max: usize,
    forgotten: AtomicU64,
}

impl Seen {
    /// A memory of at most `entries_max` entries.
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
        let expires = minute.saturating_add(u32::from(ttl_hours) * 60);
        let mut shard = self.shard(key).lock();
        if let Some(until) = shard.get_mut(&key.0) {
            let first = *until <= minute;
            if first {
                *until = expires;
            }
            return first;
        }
        if shard.len() >= self.shard_entries_max {
            let forgotten = make_room(&mut shard, minute);
            self.forgotten.fetch_add(forgotten, Ordering::Relaxed);
        }
        shard.insert(key.0, expires);
        true
    }

    /// Entries held now.
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().len()).sum()
    }

    /// Whether nobody was seen.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Live entries that were forgotten at the bound since the start.
    pub fn forgotten(&self) -> u64 {
        self.forgotten.load(Ordering::Relaxed)
    }

    fn shard(&self, key: VisitorKey) -> &Mutex<FxHashMap<u64, u32>> {
        &self.shards[(key.0 >> 58) as usize % SHARDS]
    }
}

fn minute_of(now: Timestamp) -> u32 {
    u32::try_from(now.0 / MINUTE_MS).unwrap_or(0)
}

/// Drops what has ended; if that frees less than an eighth, also the eighth that ends first. Returns how many live entries went.
fn make_room(shard: &mut FxHashMap<u64, u32>, minute: u32) -> u64 {
    let before = shard.len();
    shard.retain(|_, until| *until > minute);
    let wanted = before / 8;
    if before - shard.len() >= wanted {
        return 0;
    }
    let mut ends: Vec<u32> = shard.values().copied().collect();
    let index = wanted.min(ends.len().saturating_sub(1));
    let (_, limit, _) = ends.select_nth_unstable(index);
    let limit = *limit;
    let live = shard.len();
    let mut to_drop = wanted;
    shard.retain(|_, until| {
        let goes = *until <= limit && to_drop > 0;
        to_drop -= usize::from(goes);
        !goes
    });
    (live - shard.len()) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp(1_790_000_000_000 + minutes * MINUTE_MS)
    }

    #[test]
    fn a_visitor_is_new_once_in_a_period() {
        let seen = Seen::new(1000);
        let key = VisitorKey(42);
        assert!(seen.mark(key, at(0), 1));
        assert!(!seen.mark(key, at(0), 1));
        assert!(!seen.mark(key, at(59), 1), "a visit inside the period does not prolong it");
        assert!(seen.mark(key, at(60), 1));
        assert!(!seen.mark(key, at(119), 1));
    }

    #[test]
    fn one_of_many_concurrent_first_visits_is_new() {
        let seen = Seen::new(1000);
        let firsts: usize = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..16).map(|_| scope.spawn(|| usize::from(seen.mark(VisitorKey(7), at(0), 24)))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(firsts, 1);
    }

    #[test]
    fn the_bound_holds_and_forgetting_is_counted() {
        let seen = Seen::new(64 * 100);
        for number in 0..100_000_u64 {
            seen.mark(
                VisitorKey(number.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
                at(i64::try_from(number / 1000).unwrap()),
                24,
            );
        }
        assert!(seen.len() <= 64 * 100, "{} entries", seen.len());
        assert!(seen.forgotten() > 80_000);
    }

    #[test]
    fn ended_entries_make_room_without_loss() {
        let seen = Seen::new(64 * 16);
        for number in 0..700_u64 {
            seen.mark(VisitorKey(number.wrapping_mul(0x9e37_79b9_7f4a_7c15)), at(0), 1);
        }
        for number in 0..700_u64 {
            seen.mark(VisitorKey((number + 10_000).wrapping_mul(0x9e37_79b9_7f4a_7c15)), at(120), 1);
        }
        assert_eq!(seen.forgotten(), 0);
    }
}
