//! Writing a value so that it stays one value.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::fmt;

/// Where in a URL a macro stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Path,
    QueryName,
    QueryValue,
    Fragment,
}

/// All but RFC 3986's unreserved characters: safe everywhere, and what every receiver decodes back.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// What a raw value may show of itself in any place.
const RAW: &AsciiSet = &ENCODED
    .remove(b'/')
    .remove(b':')
    .remove(b'@')
    .remove(b',')
    .remove(b'!')
    .remove(b'$')
    .remove(b'(')
    .remove(b')')
    .remove(b'*');
/// In a query value `=` and `?` cannot start anything either.
const RAW_VALUE: &AsciiSet = &RAW.remove(b'=').remove(b'?');

/// Encodes everything written to it.
pub(super) struct Encoder<'a> {
    out: &'a mut String,
    start: usize,
    set: &'static AsciiSet,
    place: Place,
}

impl<'a> Encoder<'a> {
    pub(super) fn new(out: &'a mut String, place: Place, raw: bool) -> Self {
        let set = match (raw, place) {
            (false, _) => ENCODED,
            (true, Place::QueryValue) => RAW_VALUE,
            (true, _) => RAW,
        };
        Self { start: out.len(), out, set, place }
    }

    fn push(&mut self, text: &str) {
        self.out.extend(utf8_percent_encode(text, self.set));
    }

    /// Ends the value. In a path, segments of dots alone are taken out: they would climb, encoded or not.
    pub(super) fn finish(self) {
        if self.place != Place::Path {
            return;
        }
        let dots = |segment: &str| !segment.is_empty() && segment.bytes().all(|byte| byte == b'.');
        let written = &self.out[self.start..];
        if written.split('/').any(dots) {
            let kept: Vec<_> = written.split('/').filter(|segment| !dots(segment)).collect();
            let kept = kept.join("/");
            self.out.truncate(self.start);
            self.out.push_str(&kept);
        }
    }
}

impl fmt::Write for Encoder<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text);
        Ok(())
    }
}
