//! Every word that is looked for in a user agent whatever its case, found in one pass over it.

use aho_corasick::AhoCorasick;
use rustc_hash::FxHashMap;

/// Number of a word.
type Word = usize;

/// The words, before they are compiled.
#[derive(Default)]
pub(super) struct Writing {
    words: Vec<String>,
    numbers: FxHashMap<String, Word>,
}

impl Writing {
    /// Adds a word, unless it is there, and says its number.
    fn add(&mut self, word: &str) -> Word {
        let word = word.to_ascii_lowercase();
        *self.numbers.entry(word).or_insert_with_key(|word| {
            self.words.push(word.clone());
            self.words.len() - 1
        })
    }

    /// Adds words that each stand for something.
    pub(super) fn chapter<'w, T: Copy>(
        &mut self,
        words: impl IntoIterator<Item = (&'w str, T)>,
    ) -> Chapter<T> {
        let mut meanings = Vec::new();
        for (word, meaning) in words {
            let word = self.add(word);
            if meanings.len() <= word {
                meanings.resize(word + 1, None);
            }
            meanings[word] = Some(meaning);
        }
        Chapter(meanings)
    }

    pub(super) fn compile(self) -> Lexicon {
        Lexicon(AhoCorasick::new(self.words).ok())
    }
}

/// The words, ready to be looked for.
pub(super) struct Lexicon(Option<AhoCorasick>);

/// Words of a user agent, in the order of their ends; one may be there more than once.
pub(super) struct Found(Vec<Word>);

impl Lexicon {
    pub(super) fn find(&self, user_agent: &str) -> Found {
        let Some(words) = &self.0 else { return Found(Vec::new()) };
        // Words in lower case only, and the text turned into it, take half of an automaton that ignores case.
        let text = user_agent.to_ascii_lowercase();
        Found(words.find_overlapping_iter(&text).map(|found| found.pattern().as_usize()).collect())
    }
}

/// What some of the words stand for.
pub(super) struct Chapter<T>(Vec<Option<T>>);

impl<T: Copy> Chapter<T> {
    /// What the words that were found stand for in this chapter.
    pub(super) fn meanings(&self, found: &Found) -> impl Iterator<Item = T> {
        found.0.iter().filter_map(|word| self.0.get(*word).copied().flatten())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chapters_share_words_and_find_only_their_own() {
        let mut writing = Writing::default();
        let phones = writing.chapter([("iPhone", 1), ("phone", 2)]);
        let others = writing.chapter([("IPHONE", 3), ("Mac OS", 4)]);
        let lexicon = writing.compile();
        let found = lexicon.find("An iphone, like mac os X");
        assert_eq!(phones.meanings(&found).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(others.meanings(&found).collect::<Vec<_>>(), [3, 4]);
        assert_eq!(phones.meanings(&lexicon.find("")).count(), 0);
    }
}
