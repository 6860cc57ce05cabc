//! Comparing text without regard to case and without allocating.

use aho_corasick::{
    Anchored, MatchKind,
    automaton::Automaton,
    nfa::contiguous::{Builder, NFA},
};
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

fn hash(text: &str) -> u64 {
    let mut hasher = FxHasher::default();
    if text.is_ascii() {
        // The same bytes that the general way below feeds for the same characters.
        text.bytes().for_each(|byte| hasher.write_u32(u32::from(byte.to_ascii_lowercase())));
    } else {
        folded(text).for_each(|c| hasher.write_u32(u32::from(c)));
    }
    hasher.finish()
}

/// A set of texts that ignores case; look-ups do not allocate.
#[derive(Debug, Clone, Default)]
pub(crate) struct FoldedSet(FxHashMap<u64, Vec<Box<str>>>);

impl FoldedSet {
    pub(crate) fn new<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut set: FxHashMap<u64, Vec<Box<str>>> = FxHashMap::default();
        for value in values {
            let same_hash = set.entry(hash(value)).or_default();
            if !same_hash.iter().any(|known| equal(known, value)) {
                same_hash.push(value.into());
            }
        }
        Self(set)
    }

    pub(crate) fn contains(&self, text: &str) -> bool {
        self.0.get(&hash(text)).is_some_and(|same_hash| same_hash.iter().any(|known| equal(known, text)))
    }
}

/// Where in a text a needle has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Position {
    Anywhere,
    Start,
    End,
}

/// Finds any of many needles in one pass over the text, whatever their number; ignores case and does not allocate.
#[derive(Debug, Clone)]
pub(crate) struct Search {
    automaton: NFA,
    position: Position,
}

impl Search {
    /// `None` when the needles are too many or too large for an automaton (hundreds of megabytes).
    pub(crate) fn new<'a>(needles: impl IntoIterator<Item = &'a str>, position: Position) -> Option<Self> {
        let folded = |needle: &str| match position {
            Position::End => folded_reversed(needle).collect::<String>(),
            Position::Anywhere | Position::Start => fold(needle),
        };
        let needles: Vec<String> = needles.into_iter().map(folded).collect();
        let automaton = Builder::new().match_kind(MatchKind::Standard).build(&needles).ok()?;
        Some(Self { automaton, position })
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        match self.position {
            Position::Anywhere => self.walk(folded(text), Anchored::No),
            Position::Start => self.walk(folded(text), Anchored::Yes),
            Position::End => self.walk(folded_reversed(text), Anchored::Yes),
        }
    }

    fn walk(&self, characters: impl Iterator<Item = char>, anchored: Anchored) -> bool {
        let Ok(mut state) = self.automaton.start_state(anchored) else { return false };
        if self.automaton.is_match(state) {
            return true;
        }
        let mut buffer = [0; 4];
        for character in characters {
            for byte in character.encode_utf8(&mut buffer).bytes() {
                state = self.automaton.next_state(anchored, state, byte);
                if self.automaton.is_match(state) {
                    return true;
                }
                if self.automaton.is_dead(state) {
                    return false;
                }
            }
        }
        false
    }
}

#[cfg(test)]
mod tests;
