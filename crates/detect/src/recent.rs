//! What a thread was asked last: a small table in front of what is slower to ask.
//!
//! Direct-mapped and bounded: a key has one place, and whoever comes later takes it. A thread has its own table, so that nobody waits for
//! another. An entry belongs to an owner (one state of the data); another owner's entry is as good as none. Visitors choose some of the keys:
//! keys that meet in one place only cost the slower way.

use rustc_hash::FxBuildHasher;
use std::{
    borrow::Borrow,
    hash::{BuildHasher, Hash},
};

/// A table of at most `MAX` entries, allocated at first use.
pub(crate) struct Recent<K, V, const MAX: usize> {
    slots: Vec<Option<Entry<K, V>>>,
}

struct Entry<K, V> {
    owner: u64,
    key: K,
    value: V,
}

impl<K, V: Clone, const MAX: usize> Recent<K, V, MAX> {
    pub(crate) const fn new() -> Self {
        Self { slots: Vec::new() }
    }

    /// The value of a key, made now unless it is remembered.
    pub(crate) fn get_or<Q>(&mut self, owner: u64, key: &Q, make: impl FnOnce() -> V) -> V
    where
        K: Borrow<Q>,
        Q: ToOwned<Owned = K> + Eq + Hash + ?Sized,
    {
        if self.slots.is_empty() {
            self.slots.resize_with(MAX, || None);
        }
        // The high bits of the hash are the better mixed ones.
        let place = (FxBuildHasher.hash_one(key) >> 32) as usize % MAX;
        match &mut self.slots[place] {
            Some(entry) if entry.owner == owner && entry.key.borrow() == key => entry.value.clone(),
            slot => {
                let value = make();
                *slot = Some(Entry { owner, key: key.to_owned(), value: value.clone() });
                value
            }
        }
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
    fn it_is_bounded_and_never_mixes_keys_up() {
        let mut recent: Recent<u64, u64, 8> = Recent::new();
        for key in 0..1_000_u64 {
            assert_eq!(recent.get_or(0, &key, || key * 3), key * 3);
        }
        assert_eq!(recent.slots.len(), 8);
    }
}
