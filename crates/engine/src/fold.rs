//! Comparing text without regard to case and without allocating.

mod search;

pub(crate) use search::{Position, Search};

use rustc_hash::{FxHashMap, FxHasher};
use std::hash::Hasher;

/// Lower-case characters of `text`.
fn folded(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase)
}

/// Lower-case characters of `text`, last first.
fn folded_reversed(text: &str) -> impl Iterator<Item = char> {
    text.chars().rev().flat_map(char::to_lowercase)
}

/// Lower-case form of `text`.
pub(crate) fn fold(text: &str) -> String {
    folded(text).collect()
}

/// Whether two texts are equal but for case.
pub(crate) fn equal(a: &str, b: &str) -> bool {
    if a.is_ascii() && b.is_ascii() {
        return a.eq_ignore_ascii_case(b);
    }
    folded(a).eq(folded(b))
}

/// The same for texts that are equal but for case. Eight characters at a time, each by one byte: of letters and signs within ASCII
/// setting one bit does away with case, and what else it makes equal is told apart by comparing.
fn hash(text: &str) -> u64 {
    const CASE: u64 = 0x2020_2020_2020_2020;
    let mut hasher = FxHasher::default();
    if text.is_ascii() {
        for chunk in text.as_bytes().chunks(8) {
            let word = chunk.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
            hasher.write_u64(word | CASE);
        }
    } else {
        let (mut word, mut length) = (0_u64, 0);
        for c in folded(text) {
            word |= (u64::from(u32::from(c)) & 0xff) << (8 * length);
            length += 1;
            if length == 8 {
                hasher.write_u64(word | CASE);
                (word, length) = (0, 0);
            }
        }
        if length > 0 {
            hasher.write_u64(word | CASE);
        }
    }
    hasher.finish()
}

/// Most texts of a set that is looked through rather than hashed.
const FEW_MAX: usize = 8;

/// A set of texts that ignores case; look-ups do not allocate.
#[derive(Debug, Clone)]
pub(crate) enum FoldedSet {
    /// A few, each with its hash.
    Few(Box<[(u64, Box<str>)]>),
    Table(FxHashMap<u64, Box<[Box<str>]>>),
}

impl FoldedSet {
    pub(crate) fn new<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut texts: Vec<(u64, Box<str>)> = Vec::new();
        let mut table: FxHashMap<u64, Vec<Box<str>>> = FxHashMap::default();
        for value in values {
            let hash = hash(value);
            let same_hash = table.entry(hash).or_default();
            if !same_hash.iter().any(|known| equal(known, value)) {
                same_hash.push(value.into());
                if texts.len() <= FEW_MAX {
                    texts.push((hash, value.into()));
                }
            }
        }
        if texts.len() <= FEW_MAX {
            return Self::Few(texts.into());
        }
        Self::Table(table.into_iter().map(|(hash, texts)| (hash, texts.into())).collect())
    }

    /// The texts as given, each once, when they are few.
    pub(crate) fn listed(&self) -> Option<impl Iterator<Item = &str>> {
        match self {
            Self::Few(texts) => Some(texts.iter().map(|(_, text)| &**text)),
            Self::Table(_) => None,
        }
    }

    pub(crate) fn contains(&self, text: &str) -> bool {
        let wanted = hash(text);
        match self {
            Self::Few(texts) => texts.iter().any(|(hash, known)| *hash == wanted && equal(known, text)),
            Self::Table(table) => {
                table.get(&wanted).is_some_and(|texts| texts.iter().any(|known| equal(known, text)))
            }
        }
    }
}

#[cfg(test)]
mod tests;
