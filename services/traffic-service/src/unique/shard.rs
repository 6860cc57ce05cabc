//! One part of the memory: an open-addressing table with eight bytes an entry.
//!
//! A slot is 40 bits of the key and the minute of the end (24 bits since 2020, good until 2051); 0 is free. Keys meet in the same 50 bits
//! (10 choose the shard) about once in 2⁵⁰ ÷ entries look-ups: with 30 million entries one visitor in 37 million is taken for another.
//! Nothing is ever deleted in place: what has ended leaves when the table is built anew.

/// Bits of a key that a slot keeps.
const TAG_BITS: u32 = 40;
/// Bits of the minute.
const MINUTE_BITS: u32 = 24;
const MINUTE_MAX: u32 = (1 << MINUTE_BITS) - 1;
/// 2020-01-01T00:00Z in unix minutes.
const EPOCH_MINUTE: u32 = 26_297_280;

/// A table. Its bound is given with each insert, because all shards have the same.
#[derive(Debug, Default)]
pub(super) struct Shard {
    slots: Box<[u64]>,
    len: usize,
}

/// What a mark found.
pub(super) struct Marked {
    /// The first of its period.
    pub(super) first: bool,
    /// Entries that had not ended and were forgotten to make room.
    pub(super) forgotten: usize,
}

/// A minute as slots keep it, at least 1.
const fn stored(unix_minute: u32) -> u32 {
    let minute = unix_minute.saturating_sub(EPOCH_MINUTE);
    if minute == 0 {
        1
    } else if minute > MINUTE_MAX {
        MINUTE_MAX
    } else {
        minute
    }
}

const fn tag_of(key: u64) -> u64 {
    // The top ten bits chose the shard.
    key << 10 >> (64 - TAG_BITS)
}

const fn until_of(slot: u64) -> u32 {
    (slot & MINUTE_MAX as u64) as u32
}

impl Shard {
    /// Notes a visit until a minute; times in unix minutes.
    pub(super) fn mark(&mut self, key: u64, (minute, until): (u32, u32), entries_max: usize) -> Marked {
        let (tag, minute, until) = (tag_of(key), stored(minute), stored(until));
        if let Some(at) = self.find(tag) {
            let first = until_of(self.slots[at]) <= minute;
            if first {
                self.slots[at] = tag << MINUTE_BITS | u64::from(until);
            }
            return Marked { first, forgotten: 0 };
        }
        let forgotten = self.make_room(minute, entries_max);
        self.put(tag << MINUTE_BITS | u64::from(until));
        Marked { first: true, forgotten }
    }

    /// Whether a visit is noted that has not ended.
    pub(super) fn contains(&self, key: u64, unix_minute: u32) -> bool {
        self.find(tag_of(key)).is_some_and(|at| until_of(self.slots[at]) > stored(unix_minute))
    }

    /// Takes a slot as [`Shard::slots`] gave it. Nothing happens when there is no room.
    pub(super) fn restore(&mut self, slot: u64, entries_max: usize) {
        if until_of(slot) == 0 || self.len >= entries_max || self.find(slot >> MINUTE_BITS).is_some() {
            return;
        }
        self.make_room(0, entries_max);
        self.put(slot);
    }

    /// Everything noted.
    pub(super) fn slots(&self) -> impl Iterator<Item = u64> {
        self.slots.iter().copied().filter(|slot| *slot != 0)
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    pub(super) fn bytes(&self) -> usize {
        self.slots.len() * size_of::<u64>()
    }

    fn home(&self, tag: u64) -> usize {
        ((u128::from(tag) * self.slots.len() as u128) >> TAG_BITS) as usize
    }

    fn find(&self, tag: u64) -> Option<usize> {
        if self.slots.is_empty() {
            return None;
        }
        let mut at = self.home(tag);
        loop {
            match self.slots[at] {
                0 => return None,
                slot if slot >> MINUTE_BITS == tag => return Some(at),
                _ => at = if at + 1 == self.slots.len() { 0 } else { at + 1 },
            }
        }
    }

    /// Puts an entry that is not there; there is a free slot.
    fn put(&mut self, slot: u64) {
        let mut at = self.home(slot >> MINUTE_BITS);
        while self.slots[at] != 0 {
            at = if at + 1 == self.slots.len() { 0 } else { at + 1 };
        }
        self.slots[at] = slot;
        self.len += 1;
    }

    /// Makes room for one more: builds the table anew, without what has ended, when it is full to seven eighths. At the bound the eighth
    /// that ends first goes as well, unless so much had ended. Returns how many went that had not ended.
    fn make_room(&mut self, minute: u32, entries_max: usize) -> usize {
        let at_bound = self.len >= entries_max;
        if !at_bound && (self.len + 1) * 8 <= self.slots.len() * 7 {
            return 0;
        }
        let mut kept: Vec<u64> = self.slots().filter(|slot| until_of(*slot) > minute).collect();
        let wanted = entries_max / 8;
        let mut forgotten = 0;
        if at_bound && entries_max - kept.len().min(entries_max) < wanted.max(1) {
            forgotten = wanted.max(1).min(kept.len());
            kept.select_nth_unstable_by_key(forgotten.saturating_sub(1), |slot| until_of(*slot));
            kept.drain(..forgotten);
        }
        let most = entries_max + entries_max / 7 + 2;
        let room = (kept.len() * 12 / 7 + 16).min(most);
        *self = Self { slots: vec![0; room].into_boxed_slice(), len: 0 };
        kept.into_iter().for_each(|slot| self.put(slot));
        forgotten
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u32 = EPOCH_MINUTE + 1_000;

    #[test]
    fn agrees_with_a_map() {
        let mut shard = Shard::default();
        let mut map = std::collections::HashMap::new();
        let mut state = 1_u64;
        for step in 0..200_000_u32 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let key = ((state >> 40) % 30_000 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let (minute, ttl) = (NOW + step / 50, 60 + (state % 5) as u32 * 60);
            let expected = map.get(&tag_of(key)).is_none_or(|until| *until <= minute);
            if expected {
                map.insert(tag_of(key), minute + ttl);
            }
            let known = shard.contains(key, minute);
            assert_eq!(shard.mark(key, (minute, minute + ttl), 1_000_000).first, expected, "step {step}");
            assert_eq!(known, !expected);
        }
        assert!(shard.bytes() / shard.len() <= 14, "{} bytes, {} entries", shard.bytes(), shard.len());
    }

    #[test]
    fn the_minute_of_the_end_has_its_bounds() {
        let mut shard = Shard::default();
        assert!(shard.mark(1 << 40, (0, 60), 10).first, "before 2020");
        assert!(shard.mark(1 << 41, (u32::MAX - 60, u32::MAX), 10).first);
        assert!(!shard.contains(1 << 40, NOW));
    }
}
