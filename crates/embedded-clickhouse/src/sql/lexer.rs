//! Cuts ClickHouse SQL into tokens, just far enough to tell words from literals and comments.
//!
//! Promises: total on any bytes – an unterminated literal or comment ends with the text –, linear, and keeps byte positions.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Bare word, keyword or number.
    Word,
    /// `"name"` or `` `name` ``.
    QuotedName,
    /// `'text'` or a heredoc.
    Text,
    /// One byte of punctuation.
    Symbol(u8),
}

/// A token and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    pub(crate) kind: Kind,
    pub(crate) text: &'a [u8],
    pub(crate) start: usize,
}

impl Token<'_> {
    pub(crate) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    pub(crate) fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word.as_bytes())
    }

    pub(crate) fn is_symbol(&self, symbol: u8) -> bool {
        self.kind == Kind::Symbol(symbol)
    }
}

/// The tokens of a text, comments and white space left out.
pub(crate) struct Lexer<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0 }
    }

    fn rest(&self) -> &'a [u8] {
        &self.text[self.at..]
    }

    fn skip_blank(&mut self) {
        loop {
            let rest = self.rest();
            let length = match rest {
                [byte, ..] if byte.is_ascii_whitespace() || matches!(byte, 0 | 0x0b) => 1,
                [b'-', b'-', ..] | [b'#', b' ' | b'!', ..] => find(rest, 2, b"\n").unwrap_or(rest.len()),
                [b'/', b'*', ..] => find(rest, 2, b"*/").map_or(rest.len(), |end| end + 2),
                _ => return,
            };
            self.at += length;
        }
    }
}

impl<'a> Iterator for Lexer<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        self.skip_blank();
        let rest = self.rest();
        let first = *rest.first()?;
        let (kind, length) = match first {
            b'\'' => (Kind::Text, quoted_length(rest, first)),
            b'"' | b'`' => (Kind::QuotedName, quoted_length(rest, first)),
            b'$' => match heredoc_length(rest) {
                Some(length) => (Kind::Text, length),
                None => (Kind::Word, word_length(rest)),
            },
            _ if is_word_byte(first) => (Kind::Word, word_length(rest)),
            _ => (Kind::Symbol(first), 1),
        };
        let token = Token { kind, text: &rest[..length], start: self.at };
        self.at += length;
        Some(token)
    }
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

fn word_length(text: &[u8]) -> usize {
    text.iter().position(|byte| !is_word_byte(*byte)).unwrap_or(text.len())
}

/// Length of a literal that starts with its quote: a backslash escapes, a doubled quote stands for itself.
fn quoted_length(text: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < text.len() {
        match text[at] {
            b'\\' => at += 2,
            byte if byte == quote && text.get(at + 1) == Some(&quote) => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// `$tag$ … $tag$`, where the tag may be empty.
fn heredoc_length(text: &[u8]) -> Option<usize> {
    let tag_end = 1 + text[1..].iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_')?;
    if text[tag_end] != b'$' {
        return None;
    }
    let tag = &text[..=tag_end];
    find(text, tag.len(), tag).map(|end| end + tag.len())
}

fn find(text: &[u8], from: usize, needle: &[u8]) -> Option<usize> {
    text.get(from..)?.windows(needle.len()).position(|window| window == needle).map(|at| from + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        Lexer::new(text.as_bytes()).map(|token| String::from_utf8_lossy(token.text).into_owned()).collect()
    }

    #[test]
    fn tells_words_from_literals_and_comments() {
        assert_eq!(words("SELECT 1-- x\n,2"), ["SELECT", "1", ",", "2"]);
        assert_eq!(words("a/* ; ' */b # c\nd"), ["a", "b", "d"]);
        assert_eq!(words(r"'a''b\'c' ; `x``y` "), [r"'a''b\'c'", ";", "`x``y`"]);
        assert_eq!(words("$$ ; $$ $t$ $$ $t$ x"), ["$$ ; $$", "$t$ $$ $t$", "x"]);
        assert_eq!(words("größe.x"), ["größe", ".", "x"]);
        assert_eq!(words("{k:UInt32}"), ["{", "k", ":", "UInt32", "}"]);
    }

    #[test]
    fn ends_with_the_text_whatever_is_open() {
        for text in ["'", "'a\\", "\"", "/*", "--", "$a$", "$", "`x", "/* *", "'\\'"] {
            let tokens: Vec<_> = Lexer::new(text.as_bytes()).collect();
            assert!(tokens.len() <= 1, "{text}: {tokens:?}");
        }
        assert_eq!(Lexer::new(&[0xff, 0xfe, b' ', 0]).count(), 1);
    }
}
