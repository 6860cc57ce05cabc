//! Short texts that nearly every visitor shares: made once, handed out by reference.

use parking_lot::Mutex;
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::{Arc, LazyLock};

/// A fixed set of shared texts.
pub(crate) struct Words(FxHashMap<&'static str, Arc<str>>);

impl Words {
    pub(crate) fn new(words: impl IntoIterator<Item = &'static str>) -> Self {
        Self(words.into_iter().map(|word| (word, Arc::from(word))).collect())
    }

    /// The shared text, or a new one when it is not in the set.
    pub(crate) fn get(&self, text: &str) -> Arc<str> {
        self.0.get(text).map_or_else(|| Arc::from(text), Arc::clone)
    }
}

/// Most texts that [`shared`] keeps; further ones are made anew each time.
const SHARED_MAX: usize = 8_192;
/// Longest text that it keeps, bytes.
const SHARED_BYTES_MAX: usize = 32;

static SHARED: LazyLock<Mutex<FxHashSet<Arc<str>>>> = LazyLock::new(Mutex::default);

/// The one copy of a short text (a browser, a version, a model) that was met before. Takes a lock: for what is understood once.
pub(crate) fn shared(text: &str) -> Arc<str> {
    if text.len() > SHARED_BYTES_MAX {
        return text.into();
    }
    let mut texts = SHARED.lock();
    if let Some(known) = texts.get(text) {
        return Arc::clone(known);
    }
    let new = Arc::from(text);
    if texts.len() < SHARED_MAX {
        texts.insert(Arc::clone(&new));
    }
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_are_one_and_their_number_is_bounded() {
        assert!(Arc::ptr_eq(&shared("Chrome"), &shared("Chrome")));
        for number in 0..SHARED_MAX + 10 {
            assert_eq!(*shared(&format!("made up {number}")), *format!("made up {number}"));
        }
        assert_eq!(SHARED.lock().len(), SHARED_MAX);
        let long = "x".repeat(SHARED_BYTES_MAX + 1);
        assert!(!Arc::ptr_eq(&shared(&long), &shared(&long)));
    }
}
