//! What a thread was asked last: a small table in front of what is slower to ask.
//!
//! Bounded: a key has [`WAYS`] places, and whoever comes later takes one of them, each in its turn. A thread has its own table, so that nobody
//! waits for another. An entry belongs to an owner (one state of the data); another owner's entry is as good as none. Visitors choose some of
//! the keys: keys that meet in the same places only cost the slower way.

use rustc_hash::FxBuildHasher;
use std::{
    borrow::Borrow,
    hash::{BuildHasher, Hash},
};

/// Places of a key. With one place, 10,000 addresses in 32,768 places push each other out a quarter of the time; with four, hardly ever.
const WAYS: usize = 4;

/// A table of at most `MAX` entries (a multiple of [`WAYS`]), allocated at first use.
pub(crate) struct Recent<K, V, const MAX: usize> {
    slots: Vec<Option<Entry<K, V>>>,
    /// Which of a key's places is taken next.
    turn: usize,
}

struct Entry<K, V> {
    owner: u64,
    key: K,
    value: V,
}

impl<K, V: Clone, const MAX: usize> Recent<K, V, MAX> {
    const GROUPS: usize = MAX / WAYS;

    pub(crate) const fn new() -> Self {
        Self { slots: Vec::new(), turn: 0 }
    }

    /// The value of a key, made now unless it is remembered.
    pub(crate) fn get_or<Q>(&mut self, owner: u64, key: &Q, make: impl FnOnce() -> V) -> V
    where
        K: Borrow<Q>,
        Q: ToOwned<Owned = K> + Eq + Hash + ?Sized,
    {
        if self.slots.is_empty() {
            self.slots.resize_with(Self::GROUPS * WAYS, || None);
        }
        // The low bits of this hash are the well mixed ones.
        let first = FxBuildHasher.hash_one(key) as usize % Self::GROUPS * WAYS;
        let places = &mut self.slots[first..first + WAYS];
        let known = places.iter().flatten().find(|entry| entry.owner == owner && entry.key.borrow() == key);
        if let Some(entry) = known {
            return entry.value.clone();
        }
        let value = make();
        let useless = places.iter().position(|place| place.as_ref().is_none_or(|entry| entry.owner != owner));
        self.turn = self.turn.wrapping_add(1);
        let taken = useless.unwrap_or(self.turn % WAYS);
        places[taken] = Some(Entry { owner, key: key.to_owned(), value: value.clone() });
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_last_is_remembered_for_its_owner() {
        let mut recent: Recent<String, u32, 4> = Recent::new();
        assert_eq!(recent.get_or(1, "a", || 1), 1);
        assert_eq!(recent.get_or(1, "a", || 2), 1, "remembered");
        assert_eq!(recent.get_or(2, "a", || 3), 3, "another owner");
        assert_eq!(recent.get_or(1, "a", || 4), 4, "whose place it was");
    }

    #[test]
    fn keys_that_meet_have_places_beside_each_other() {
        let mut recent: Recent<u64, u64, WAYS> = Recent::new();
        let keys = 0..WAYS as u64;
        for key in keys.clone() {
            recent.get_or(0, &key, || key);
        }
        for key in keys {
            assert_eq!(recent.get_or(0, &key, || 99), key, "one group holds all of them");
        }
        assert_eq!(recent.get_or(0, &50, || 50), 50);
        let remembered = (0..WAYS as u64).filter(|key| recent.get_or(0, key, || 99) == *key).count();
        assert!(remembered < WAYS, "the next one took a place");
    }

    #[test]
    fn addresses_spread_over_the_places() {
        let mut recent: Recent<std::net::IpAddr, u32, 32_768> = Recent::new();
        // Neighbours, as the visitors of one provider are.
        let addresses =
            (0..100_u32).flat_map(|network| (0..100).map(move |host| ((network * 7919) << 12) + host * 3));
        let addresses: Vec<std::net::IpAddr> =
            addresses.map(|address| std::net::Ipv4Addr::from(address).into()).collect();
        let mut made = 0;
        for address in addresses.iter().chain(&addresses) {
            recent.get_or(0, address, || {
                made += 1;
                made
            });
        }
        assert!(made < 10_300, "{made} of 10,000 were looked up");
    }

    #[test]
    fn it_is_bounded_and_never_mixes_keys_up() {
        let mut recent: Recent<u64, u64, 8> = Recent::new();
        for key in 0..1_000_u64 {
            assert_eq!(recent.get_or(0, &key, || key * 3), key * 3);
        }
        assert_eq!(recent.slots.len(), 8);
    }
}
