//! Finds the macros of a page and what kind of place each stands in: as much of the HTML syntax as that takes.
//!
//! Linear in the length of the page but for what is looked for in raw text, which is scanned once; never fails on any text.

use super::Place;

/// Where something stands that is to be replaced: bytes `start..end`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) place: Place,
    pub(super) what: What,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum What {
    /// What stands between the braces.
    Macro(String),
    /// Before the `#` of a link within the page.
    Here,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) spots: Vec<Spot>,
    /// Where a base element belongs.
    pub(super) base_at: Option<usize>,
    pub(super) has_base: bool,
}

/// Longest text between braces that is looked at, bytes.
const MACRO_BYTES_MAX: usize = 200;
/// Elements whose content is no markup, and whether quotes are needed around a macro there.
const RAW: &[(&str, Place, bool)] = &[
    ("script", Place::Script, true),
    ("style", Place::Style, true),
    ("textarea", Place::Text, false),
    ("title", Place::Text, false),
];

struct Scanner<'a> {
    html: &'a str,
    at: usize,
    found: Found,
    /// End of `<html …>`, for pages without a head.
    html_end: Option<usize>,
    head_end: Option<usize>,
}

pub(super) fn scan(html: &str) -> Found {
    let mut scanner = Scanner { html, at: 0, found: Found::default(), html_end: None, head_end: None };
    while scanner.at < html.len() {
        scanner.text();
    }
    let doctype = html.get(..9).is_some_and(|start| start.eq_ignore_ascii_case("<!doctype"));
    let start = if doctype { html.find('>').map_or(0, |end| end + 1) } else { 0 };
    scanner.found.base_at = scanner.head_end.or(scanner.html_end).or(Some(start));
    scanner.found
}

/// What stands between the braces that open `text`, when it may be a macro: a name, and perhaps an argument on the same line.
fn braced(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let end = bytes.iter().take(MACRO_BYTES_MAX).position(|byte| *byte == b'}')?;
    let inside = text.get(1..end)?;
    let name = inside.split(':').next().unwrap_or_default();
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'));
    let starts = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    let plain = !inside.contains(['{', '<', '>', '"', '\'', '`', '\n', '\r', ';']);
    (is_name && starts && plain).then_some(inside)
}

impl<'a> Scanner<'a> {
    fn rest(&self) -> &'a str {
        self.html.get(self.at..).unwrap_or_default()
    }

    /// Notes a macro here, if there is one, and passes it; otherwise passes one character.
    fn macro_or_character(&mut self, place: Place, quoted_only: bool) {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return };
        let inside = if first == '{' { braced(rest) } else { None };
        let Some(inside) = inside else {
            self.at += first.len_utf8();
            return;
        };
        let (start, end) = (self.at, self.at + inside.len() + 2);
        self.at = end;
        let bytes = self.html.as_bytes();
        let before = start.checked_sub(1).and_then(|at| bytes.get(at));
        let fills_quotes = before == bytes.get(end) && matches!(before, Some(b'"' | b'\'' | b'`'));
        if fills_quotes || !quoted_only {
            self.found.spots.push(Spot { start, end, place, what: What::Macro(inside.to_owned()) });
        }
    }

    /// Text up to the next element, and that element.
    fn text(&mut self) {
        let rest = self.rest();
        if !rest.starts_with('<') {
            return self.macro_or_character(Place::Text, false);
        }
        if rest.starts_with("<!--") {
            // What stands in a comment is shown to nobody: it stays as it is.
            self.at += rest.find("-->").map_or(rest.len(), |end| end + 3);
            return;
        }
        let name = rest.get(1..).unwrap_or_default();
        let closing = name.starts_with('/');
        let name = name.trim_start_matches('/');
        let length = name.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'-').count();
        if length == 0 || !name.as_bytes()[0].is_ascii_alphabetic() {
            // A value right behind `<` would name an element: what stands there is no macro.
            let opens = rest.len() - name.len();
            self.at += if name.starts_with('{') { opens + 1 } else { 1 };
            return;
        }
        let name = name.get(..length).unwrap_or_default().to_ascii_lowercase();
        self.at += 1 + usize::from(closing) + length;
        self.attributes();
        if closing {
            return;
        }
        match name.as_str() {
            "base" => self.found.has_base = true,
            "head" => self.head_end = self.head_end.or(Some(self.at)),
            "html" => self.html_end = self.html_end.or(Some(self.at)),
            _ => {}
        }
        if let Some((element, place, quoted_only)) = RAW.iter().find(|(element, ..)| *element == name) {
            self.raw(element, *place, *quoted_only);
        }
    }

    /// The content of an element that is no markup, up to its end.
    fn raw(&mut self, element: &str, place: Place, quoted_only: bool) {
        while !self.rest().is_empty() {
            let rest = self.rest();
            let closes = rest.strip_prefix("</").and_then(|rest| rest.get(..element.len()));
            if closes.is_some_and(|name| name.eq_ignore_ascii_case(element)) {
                return;
            }
            self.macro_or_character(place, quoted_only);
        }
    }

    /// Everything up to and including the `>` of a tag.
    fn attributes(&mut self) {
        loop {
            let rest = self.rest();
            let blank = rest.bytes().take_while(|byte| byte.is_ascii_whitespace() || *byte == b'/').count();
            self.at += blank;
            let rest = self.rest();
            if rest.is_empty() {
                return;
            }
            if rest.starts_with('>') {
                self.at += 1;
                return;
            }
            let is_name = |byte: u8| !byte.is_ascii_whitespace() && !matches!(byte, b'=' | b'>' | b'/');
            let length = rest.bytes().take_while(|byte| is_name(*byte)).count();
            let name = rest.get(..length).unwrap_or_default().to_ascii_lowercase();
            self.at += length;
            let blank = self.rest().bytes().take_while(u8::is_ascii_whitespace).count();
            if self.rest().get(blank..).is_some_and(|rest| rest.starts_with('=')) {
                self.at += blank + 1;
                self.at += self.rest().bytes().take_while(u8::is_ascii_whitespace).count();
                self.value(&name);
            } else if length == 0 {
                // A lone quote or the like: passed, so that the scan goes on.
                self.at += self.rest().chars().next().map_or(0, char::len_utf8);
            }
        }
    }

    fn value(&mut self, attribute: &str) {
        let quote = self.rest().bytes().next().filter(|byte| matches!(byte, b'"' | b'\''));
        self.at += usize::from(quote.is_some());
        let place = Place::of_attribute(attribute);
        if matches!(attribute, "href" | "xlink:href") && self.rest().starts_with('#') {
            self.found.spots.push(Spot { start: self.at, end: self.at, place, what: What::Here });
        }
        while let Some(byte) = self.rest().bytes().next() {
            let ends = match quote {
                Some(quote) => byte == quote,
                None => byte.is_ascii_whitespace() || byte == b'>',
            };
            if ends {
                self.at += usize::from(quote.is_some());
                return;
            }
            self.macro_or_character(place, false);
        }
    }
}
