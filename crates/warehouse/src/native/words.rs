//! A column of words: a dictionary, and for each row the number of its word. Numbers that repeat are words as well.

use super::text;
use std::collections::HashMap;

/// Version of the form in which a dictionary is sent.
const VERSION: u64 = 1;
/// The keys come along, and there are no others.
const KEYS_COME_ALONG: u64 = 0x600;

/// Words of a column. Number 0 is the default: the empty text, or zero.
#[derive(Debug)]
pub(super) struct Words {
    /// Bytes of a word; `None`: texts.
    width: Option<usize>,
    /// Randomly seeded: the words are visitors'.
    numbers: HashMap<Box<[u8]>, u32, ahash::RandomState>,
    keys: Vec<u8>,
    rows: Vec<u32>,
    /// The word of the row before, which is often that of the next.
    last: (Vec<u8>, u32),
}

impl Words {
    /// No rows yet; words of `width` bytes, or texts.
    pub fn new(width: Option<usize>) -> Self {
        let mut words = Self {
            width,
            numbers: HashMap::default(),
            keys: Vec::new(),
            rows: Vec::new(),
            last: (Vec::new(), 0),
        };
        words.clear();
        words
    }

    /// Bytes of a word; `None`: texts.
    pub const fn width(&self) -> Option<usize> {
        self.width
    }

    /// Adds a row.
    pub fn push(&mut self, word: &[u8]) {
        // Most words of a click are empty: that is asked first.
        let number = if word.is_empty() {
            0
        } else if self.last.0 == word {
            self.last.1
        } else if self.is_default(word) {
            0
        } else {
            self.number(word)
        };
        self.rows.push(number);
    }

    fn is_default(&self, word: &[u8]) -> bool {
        self.width.is_some() && word.iter().all(|byte| *byte == 0)
    }

    fn number(&mut self, word: &[u8]) -> u32 {
        let number = match self.numbers.get(word) {
            Some(number) => *number,
            None => {
                let number = self.numbers.len() as u32 + 1;
                self.numbers.insert(word.into(), number);
                self.add_key(word);
                number
            }
        };
        self.last.0.clear();
        self.last.0.extend_from_slice(word);
        self.last.1 = number;
        number
    }

    fn add_key(&mut self, word: &[u8]) {
        match self.width {
            None => text(&mut self.keys, word),
            Some(_) => self.keys.extend_from_slice(word),
        }
    }

    /// No rows any more; the memory stays.
    pub fn clear(&mut self) {
        self.numbers.clear();
        self.keys.clear();
        self.rows.clear();
        let default = vec![0; self.width.unwrap_or(0)];
        self.add_key(&default);
        self.last = (default, 0);
    }

    /// Whether every row has the default.
    pub fn are_default(&self) -> bool {
        self.numbers.is_empty()
    }

    /// Keys and numbers.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let keys = self.numbers.len() + 1;
        let width = match keys {
            ..=0x100 => 0_u64,
            0x101..=0x1_0000 => 1,
            _ => 2,
        };
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(&(width | KEYS_COME_ALONG).to_le_bytes());
        out.extend_from_slice(&(keys as u64).to_le_bytes());
        out.extend_from_slice(&self.keys);
        out.extend_from_slice(&(self.rows.len() as u64).to_le_bytes());
        match width {
            0 => out.extend(self.rows.iter().map(|number| *number as u8)),
            1 => out.extend(self.rows.iter().flat_map(|number| (*number as u16).to_le_bytes())),
            _ => out.extend(self.rows.iter().flat_map(|number| number.to_le_bytes())),
        }
    }
}
