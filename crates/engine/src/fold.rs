//! Comparing text without regard to case and without allocating.

use aho_corasick::{
    Anchored, MatchKind, StartKind,
    automaton::{Automaton, StateID},
    dfa,
    nfa::contiguous,
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
    machine: Machine,
    position: Position,
}

/// A table is fastest; a great many needles take the smaller form.
#[derive(Debug, Clone)]
enum Machine {
    Table(dfa::DFA),
    Compact(contiguous::NFA),
}

/// Most bytes of needles that are made into a table (some megabytes).
const TABLE_BYTES_MAX: usize = 4096;

impl Search {
    /// `None` when the needles are too many or too large for an automaton (hundreds of megabytes).
    pub(crate) fn new<'a>(needles: impl IntoIterator<Item = &'a str>, position: Position) -> Option<Self> {
        let folded = |needle: &str| match position {
            Position::End => folded_reversed(needle).collect::<String>(),
            Position::Anywhere | Position::Start => fold(needle),
        };
        // An automaton reads bytes: characters that are read last to first still have their bytes in order.
        let needles: Vec<String> = needles.into_iter().map(folded).collect();
        let kind = MatchKind::Standard;
        let machine = if needles.iter().map(String::len).sum::<usize>() <= TABLE_BYTES_MAX {
            let start = match position {
                Position::Anywhere => StartKind::Unanchored,
                Position::Start | Position::End => StartKind::Anchored,
            };
            Machine::Table(dfa::Builder::new().match_kind(kind).start_kind(start).build(&needles).ok()?)
        } else {
            Machine::Compact(contiguous::Builder::new().match_kind(kind).build(&needles).ok()?)
        };
        Some(Self { machine, position })
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        match &self.machine {
            Machine::Table(machine) => self.run(machine, text),
            Machine::Compact(machine) => self.run(machine, text),
        }
    }

    fn run(&self, machine: &impl Automaton, text: &str) -> bool {
        let anchored = match self.position {
            Position::Anywhere => Anchored::No,
            Position::Start | Position::End => Anchored::Yes,
        };
        let Ok(start) = machine.start_state(anchored) else { return false };
        let mut walk = Walk { machine, anchored, state: start };
        if machine.is_match(start) {
            return true;
        }
        // Nearly all text is ASCII, where lower case is a matter of one bit; the rest goes character by character.
        let end = match self.position {
            Position::End => text.bytes().rev().take_while(u8::is_ascii).count(),
            Position::Anywhere | Position::Start => text.bytes().take_while(u8::is_ascii).count(),
        };
        let found = match self.position {
            Position::End => {
                let (rest, ascii) = text.split_at(text.len() - end);
                let found = walk.bytes(ascii.bytes().rev().map(|byte| byte.to_ascii_lowercase()));
                found.or_else(|| walk.characters(folded_reversed(rest)))
            }
            Position::Anywhere | Position::Start => {
                let (ascii, rest) = text.split_at(end);
                let found = walk.bytes(ascii.bytes().map(|byte| byte.to_ascii_lowercase()));
                found.or_else(|| walk.characters(folded(rest)))
            }
        };
        found.unwrap_or(false)
    }
}

/// An automaton on its way through a text.
struct Walk<'a, A> {
    machine: &'a A,
    anchored: Anchored,
    state: StateID,
}

impl<A: Automaton> Walk<'_, A> {
    /// Goes on; says whether a needle was found, as soon as that is certain.
    fn bytes(&mut self, bytes: impl Iterator<Item = u8>) -> Option<bool> {
        for byte in bytes {
            self.state = self.machine.next_state(self.anchored, self.state, byte);
            if self.machine.is_special(self.state) {
                if self.machine.is_match(self.state) {
                    return Some(true);
                }
                if self.machine.is_dead(self.state) {
                    return Some(false);
                }
            }
        }
        None
    }

    fn characters(&mut self, mut characters: impl Iterator<Item = char>) -> Option<bool> {
        characters.find_map(|character| self.bytes(character.encode_utf8(&mut [0; 4]).bytes()))
    }
}

#[cfg(test)]
mod tests;
