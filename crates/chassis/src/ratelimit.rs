//! A rate limit for each of many keys in a fixed amount of memory.
//!
//! Promises: a key gets at most `burst` at once and then one each `period / burst`; memory never grows. Never: refuses a key
//! that it has not seen use its share. At the bound the key that has used least is forgotten, so a flood of new keys can only give
//! an old key a fresh start, never block it.

#[cfg(test)]
mod tests;

use std::{
    hash::{BuildHasher, Hash, RandomState},
    time::{Duration, Instant},
};

use parking_lot::Mutex;

/// Entries that share one lock and compete for room.
const WAYS: usize = 8;

/// Refused: the key has used its share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many requests; try again in {} s", .retry_after.as_secs() + 1)]
pub struct Limited {
    /// When the next one will be accepted.
    pub retry_after: Duration,
}

/// What is remembered of a key: a hash with a random seed, and when its bucket will be full again.
/// `full_at` is in nanoseconds since the start of the limiter; a bucket that is full needs no memory.
#[derive(Clone, Copy, Default)]
struct Entry {
    hash: u64,
    full_at: u64,
}

/// A token bucket for each key. Cheap to check from many threads: keys are spread over many locks.
pub struct RateLimiter {
    sets: Box<[Mutex<[Entry; WAYS]>]>,
    seed: RandomState,
    start: Instant,
    /// Nanoseconds that one token takes to come back.
    interval: u64,
    /// Nanoseconds that a whole bucket takes to come back.
    span: u64,
}

impl RateLimiter {
    /// `burst` at once and `burst` for each `period`; remembers about `keys_max` keys (16 bytes each). Zero counts as one.
    pub fn new(burst: u32, period: Duration, keys_max: usize) -> Self {
        let sets = keys_max.div_ceil(WAYS).max(1).next_power_of_two();
        let span = u64::try_from(period.as_nanos()).unwrap_or(u64::MAX / 4).clamp(1, u64::MAX / 4);
        let interval = (span / u64::from(burst.max(1))).max(1);
        Self {
            sets: std::iter::repeat_with(|| Mutex::new([Entry::default(); WAYS])).take(sets).collect(),
            seed: RandomState::new(),
            start: Instant::now(),
            interval,
            span: interval.saturating_mul(u64::from(burst.max(1))),
        }
    }

    /// Takes one token of `key`.
    ///
    /// # Errors
    /// [`Limited`] when there is none; nothing is taken then.
    pub fn check<K: Hash + ?Sized>(&self, key: &K) -> Result<(), Limited> {
        self.check_at(key, Instant::now())
    }

    /// As [`RateLimiter::check`], at a given time. Times before an earlier one count as that one.
    ///
    /// # Errors
    /// [`Limited`] when there is no token.
    pub fn check_at<K: Hash + ?Sized>(&self, key: &K, now: Instant) -> Result<(), Limited> {
        self.at(key, now, |full_at, now| {
            let full_at = full_at.max(now).saturating_add(self.interval);
            let over = full_at.saturating_sub(now.saturating_add(self.span));
            if over == 0 { Ok(full_at) } else { Err(Limited { retry_after: Duration::from_nanos(over) }) }
        })
    }

    /// Whether `key` has a token left, without taking it. For limits that count only failures.
    ///
    /// # Errors
    /// [`Limited`] when there is none.
    pub fn peek<K: Hash + ?Sized>(&self, key: &K) -> Result<(), Limited> {
        self.at(key, Instant::now(), |full_at, now| {
            let over =
                full_at.max(now).saturating_add(self.interval).saturating_sub(now.saturating_add(self.span));
            if over == 0 { Ok(full_at) } else { Err(Limited { retry_after: Duration::from_nanos(over) }) }
        })
    }

    /// Gives `key` its whole share back, as after a successful login.
    pub fn forget<K: Hash + ?Sized>(&self, key: &K) {
        // The closure never refuses.
        let _ = self.at(key, Instant::now(), |_, _| Ok(0));
    }

    fn at<K: Hash + ?Sized>(
        &self,
        key: &K,
        now: Instant,
        judge: impl FnOnce(u64, u64) -> Result<u64, Limited>,
    ) -> Result<(), Limited> {
        let now = u64::try_from(now.saturating_duration_since(self.start).as_nanos()).unwrap_or(u64::MAX / 2);
        let hash = self.seed.hash_one(key);
        // The number of sets is a power of two; the low bits choose one.
        let index = usize::try_from(hash & (self.sets.len() as u64 - 1)).unwrap_or_default();
        let mut set = self.sets[index].lock();
        let known = set.iter().position(|entry| entry.hash == hash);
        let full_at = judge(known.map_or(0, |at| set[at].full_at), now)?;
        let least_used =
            || set.iter().enumerate().min_by_key(|(_, entry)| entry.full_at).map_or(0, |(at, _)| at);
        let place = known.unwrap_or_else(least_used);
        if known.is_some() || full_at > now {
            set[place] = Entry { hash, full_at };
        }
        Ok(())
    }
}
