//! A list of patterns of which the first that matches counts; each is compiled when a user agent first gets as far as it.
//!
//! uap-core has about 1,150 patterns and traffic needs few of them: compiled at once they take 47 MB, with those that 50 browsers and
//! phones need 4 MB. The words that patterns cannot do without say which of them are worth a try.

use crate::agent::lexicon::{Chapter, Found, Writing};
use parking_lot::Mutex;
use regex_filtered::{
    mapper::{Builder as MapperBuilder, Mapper},
    model::Model,
};
use regex_syntax::ParserBuilder;
use std::sync::OnceLock;
use ua_parser::{device, os, user_agent};

/// A pattern of uap-core as it is written, and what becomes of it.
pub(super) trait Pattern: Sized {
    /// Reads the parts of a user agent.
    type Extractor;

    /// Shortest word that is looked for, bytes; as ua-parser has it.
    const WORD_BYTES_MIN: usize;

    /// The regular expression, and whether it ignores case.
    fn regex(&self) -> (&str, bool);

    /// Compiles it; `None`: it is no regular expression.
    fn compile(self) -> Option<Self::Extractor>;
}

impl Pattern for user_agent::Parser<'static> {
    type Extractor = user_agent::Extractor<'static>;
    const WORD_BYTES_MIN: usize = 3;

    fn regex(&self) -> (&str, bool) {
        (&self.regex, false)
    }

    fn compile(self) -> Option<Self::Extractor> {
        user_agent::Builder::new().push(self).ok()?.build().ok()
    }
}

impl Pattern for os::Parser<'static> {
    type Extractor = os::Extractor<'static>;
    const WORD_BYTES_MIN: usize = 3;

    fn regex(&self) -> (&str, bool) {
        (&self.regex, false)
    }

    fn compile(self) -> Option<Self::Extractor> {
        os::Builder::new().push(self).ok()?.build().ok()
    }
}

impl Pattern for device::Parser<'static> {
    type Extractor = device::Extractor<'static>;
    const WORD_BYTES_MIN: usize = 2;

    fn regex(&self) -> (&str, bool) {
        (&self.regex, self.regex_flag == Some(device::Flag::IgnoreCase))
    }

    fn compile(self) -> Option<Self::Extractor> {
        device::Builder::new().push(self).ok()?.build().ok()
    }
}

/// The patterns of one kind in their order.
pub(super) struct Lazy<P: Pattern> {
    words: Chapter<usize>,
    /// Which patterns the words that were found are enough for.
    worth: Mapper,
    patterns: Vec<Slot<P>>,
}

struct Slot<P: Pattern> {
    /// Until it is compiled.
    written: Mutex<Option<P>>,
    compiled: OnceLock<Option<P::Extractor>>,
}

impl<P: Pattern> Lazy<P> {
    /// Only adds the words to those that are looked for; `None` when a pattern cannot be read.
    pub(super) fn new(patterns: Vec<P>, writing: &mut Writing) -> Option<Self> {
        let mut mapper = MapperBuilder::new(P::WORD_BYTES_MIN);
        for pattern in &patterns {
            let (regex, ignores_case) = pattern.regex();
            let parsed = ParserBuilder::new().case_insensitive(ignores_case).build().parse(regex).ok()?;
            mapper.push(Model::new(&parsed).ok()?);
        }
        let (worth, words) = mapper.build();
        let words = writing.chapter(words.iter().enumerate().map(|(number, word)| (word.as_str(), number)));
        let slot = |pattern| Slot { written: Mutex::new(Some(pattern)), compiled: OnceLock::new() };
        Some(Self { words, worth, patterns: patterns.into_iter().map(slot).collect() })
    }

    /// What the first pattern that matches gives.
    pub(super) fn first<'a, T>(
        &'a self,
        (user_agent, found): (&'a str, &Found),
        extract: impl Fn(&'a P::Extractor, &'a str) -> Option<T>,
    ) -> Option<T> {
        let worth_a_try = self.worth.atom_to_re(self.words.meanings(found));
        worth_a_try.into_iter().find_map(|at| extract(self.patterns.get(at)?.compiled()?, user_agent))
    }
}

impl<P: Pattern> Slot<P> {
    fn compiled(&self) -> Option<&P::Extractor> {
        self.compiled.get_or_init(|| self.written.lock().take().and_then(P::compile)).as_ref()
    }
}

#[cfg(test)]
impl<P: Pattern> Lazy<P> {
    /// How many patterns there are and how many of them can be compiled.
    pub(super) fn compile_all(&self) -> (usize, usize) {
        (self.patterns.len(), self.patterns.iter().filter(|slot| slot.compiled().is_some()).count())
    }
}
