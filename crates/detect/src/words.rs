//! Short texts that nearly every visitor shares: made once, handed out by reference.

use rustc_hash::FxHashMap;
use std::sync::Arc;

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
