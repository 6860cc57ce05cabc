//! Finding any of many needles in a text, without regard to case and without allocating.

use super::{fold, folded, folded_reversed};
use aho_corasick::{
    Anchored, MatchKind, StartKind,
    automaton::{Automaton, StateID},
    dfa,
    nfa::contiguous,
};
use memchr::memmem::Finder;

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

/// A few needles are looked for one by one, which is small and reads many bytes at once; more take a table; a great many the smaller
/// form of it.
#[derive(Debug, Clone)]
enum Machine {
    Few(Box<[Finder<'static>]>),
    Table(Box<dfa::DFA>),
    Compact(Box<contiguous::NFA>),
}

/// Most needles that are looked for one by one, and most bytes of one.
const FEW_MAX: usize = 4;
const FEW_BYTES_MAX: usize = 128;
/// Bytes of text that are looked through at once for them.
const WINDOW: usize = 512;
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
        let few = position == Position::Anywhere && needles.len() <= FEW_MAX;
        let kind = MatchKind::Standard;
        let machine = if few && needles.iter().all(|needle| needle.len() <= FEW_BYTES_MAX) {
            Machine::Few(needles.iter().map(|needle| Finder::new(needle).into_owned()).collect())
        } else if needles.iter().map(String::len).sum::<usize>() <= TABLE_BYTES_MAX {
            let start = match position {
                Position::Anywhere => StartKind::Unanchored,
                Position::Start | Position::End => StartKind::Anchored,
            };
            let table = dfa::Builder::new().match_kind(kind).start_kind(start).build(&needles).ok()?;
            Machine::Table(Box::new(table))
        } else {
            Machine::Compact(Box::new(contiguous::Builder::new().match_kind(kind).build(&needles).ok()?))
        };
        Some(Self { machine, position })
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        match &self.machine {
            Machine::Few(needles) => any_in_windows(needles, text),
            Machine::Table(machine) => self.run(&**machine, text),
            Machine::Compact(machine) => self.run(&**machine, text),
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

    #[cfg(test)]
    pub(super) const fn is_compact(&self) -> bool {
        matches!(self.machine, Machine::Compact(_))
    }
}

/// Looks for needles in the lower-case form of a text, window by window; what a needle may begin in one it ends in the next.
fn any_in_windows(needles: &[Finder<'static>], text: &str) -> bool {
    let mut window = [0; WINDOW];
    if text.len() <= WINDOW && text.is_ascii() {
        let lower = &mut window[..text.len()];
        lower.copy_from_slice(text.as_bytes());
        lower.make_ascii_lowercase();
        return needles.iter().any(|needle| needle.find(lower).is_some());
    }
    let mut length = 0;
    for character in folded(text) {
        if length + character.len_utf8() > WINDOW {
            if needles.iter().any(|needle| needle.find(&window[..length]).is_some()) {
                return true;
            }
            window.copy_within(length - FEW_BYTES_MAX..length, 0);
            length = FEW_BYTES_MAX;
        }
        length += character.encode_utf8(&mut window[length..]).len();
    }
    needles.iter().any(|needle| needle.find(&window[..length]).is_some())
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
