//! The query string of a click, read once.
//!
//! Bounded: of longer or more numerous input the beginning is kept and [`Query::is_truncated`] says so. Malformed escapes stay as they
//! are, bytes that are no UTF-8 become U+FFFD. Never fails. Names are compared without regard to case; of duplicates the first counts.

use percent_encoding::percent_decode_str;
use std::borrow::Cow;

/// Most bytes of a query string that are read.
pub const QUERY_BYTES_MAX: usize = 16 * 1024;
/// Most parameters that are kept.
pub const PARAMETERS_MAX: usize = 128;
/// Longest name in bytes; a parameter with a longer one is dropped.
pub const NAME_BYTES_MAX: usize = 128;
/// Longest decoded value in bytes; a longer one is cut at a character.
pub const VALUE_BYTES_MAX: usize = 2048;

/// A parsed query string, borrowing from it where nothing had to be decoded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query<'a> {
    raw: &'a str,
    parameters: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    truncated: bool,
}

impl<'a> Query<'a> {
    /// Reads a query string as sent, without the `?`.
    pub fn parse(raw: &'a str) -> Self {
        let raw = raw.strip_prefix('?').unwrap_or(raw);
        let kept = cut(raw, QUERY_BYTES_MAX);
        let mut query = Query { raw: kept, parameters: Vec::new(), truncated: kept.len() < raw.len() };
        if kept.is_empty() {
            return query;
        }
        query.parameters.reserve(8);
        for pair in kept.split('&').filter(|pair| !pair.is_empty()) {
            if query.parameters.len() == PARAMETERS_MAX {
                query.truncated = true;
                break;
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(name);
            if name.is_empty() {
                continue;
            }
            if name.len() > NAME_BYTES_MAX {
                query.truncated = true;
                continue;
            }
            let value = query.bounded(decode(value));
            query.parameters.push((name, value));
        }
        query
    }

    fn bounded(&mut self, value: Cow<'a, str>) -> Cow<'a, str> {
        if value.len() <= VALUE_BYTES_MAX {
            return value;
        }
        self.truncated = true;
        match value {
            Cow::Borrowed(text) => Cow::Borrowed(cut(text, VALUE_BYTES_MAX)),
            Cow::Owned(mut text) => {
                text.truncate(cut(&text, VALUE_BYTES_MAX).len());
                Cow::Owned(text)
            }
        }
    }

    /// The string as sent, as far as it was read.
    pub const fn raw(&self) -> &'a str {
        self.raw
    }

    /// Whether something was left out because of a bound.
    pub const fn is_truncated(&self) -> bool {
        self.truncated
    }

    /// Decoded value of the first parameter called `name` in any case; `None` when it was not sent.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(sent, _)| sent.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// All parameters in the order sent, decoded.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters.iter().map(|(name, value)| (name.as_ref(), value.as_ref()))
    }
}

/// The longest beginning of `text` with at most `bytes` bytes that ends at a character.
pub(crate) fn cut(text: &str, bytes: usize) -> &str {
    if text.len() <= bytes {
        return text;
    }
    let end = (0..=bytes).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    &text[..end]
}

/// Decodes `+` and `%XX`.
fn decode(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|byte| matches!(byte, b'%' | b'+')) {
        return Cow::Borrowed(text);
    }
    if !text.contains('+') {
        return percent_decode_str(text).decode_utf8_lossy();
    }
    let spaced = text.replace('+', " ");
    Cow::Owned(percent_decode_str(&spaced).decode_utf8_lossy().into_owned())
}

#[cfg(test)]
mod tests;
