//! Reading a target: literal text and macros, each in its place.

use super::{
    Expansion, Part,
    encode::{Encoder, Place},
    literal,
    name::{Macro, Plain},
    read::{Piece, Reader, Written, pieces},
};
use jiff::tz::TimeZone;
use std::fmt::Write as _;

/// Reads the part of a template behind its host.
pub(super) struct Parser<'a> {
    reader: Reader<'a>,
    parts: Vec<Part>,
    literal: String,
    place: Place,
    /// Name of the query parameter being read, as far as it is literal.
    parameter: String,
    /// Names of parameters that carry the click id.
    carriers: Vec<Box<str>>,
}

/// A target, read.
pub(super) struct Parsed {
    pub(super) parts: Box<[Part]>,
    pub(super) carriers: Box<[Box<str>]>,
    pub(super) warnings: Vec<String>,
}

impl<'a> Parser<'a> {
    pub(super) fn new(timezone: &'a TimeZone) -> Self {
        Self {
            reader: Reader::new(timezone),
            parts: Vec::new(),
            literal: String::new(),
            place: Place::Path,
            parameter: String::new(),
            carriers: Vec::new(),
        }
    }

    /// Adds text that is already fit to be sent and changes no place.
    pub(super) fn literal(&mut self, text: &str) {
        self.literal.push_str(text);
    }

    pub(super) fn read(&mut self, template: &str) {
        for piece in pieces(template) {
            match piece {
                Piece::Text(text) => self.text(text),
                Piece::Macro(written) => self.expansion(&written),
            }
        }
    }

    pub(super) fn finish(mut self) -> Parsed {
        self.end_literal();
        Parsed { parts: self.parts.into(), carriers: self.carriers.into(), warnings: self.reader.warnings }
    }

    fn end_literal(&mut self) {
        if !self.literal.is_empty() {
            self.parts.push(Part::Literal(std::mem::take(&mut self.literal).into()));
        }
    }

    fn text(&mut self, text: &str) {
        for character in text.chars() {
            let before = self.place;
            self.place = match (self.place, character) {
                (_, '#') | (Place::Fragment, _) => Place::Fragment,
                (Place::Path, '?') | (Place::QueryName | Place::QueryValue, '&') => Place::QueryName,
                (Place::QueryName, '=') => Place::QueryValue,
                (place, _) => place,
            };
            match (before, self.place) {
                (Place::QueryName, Place::QueryName) if character != '&' => self.parameter.push(character),
                (_, Place::QueryName) => self.parameter.clear(),
                _ => {}
            }
        }
        self.literal.extend(literal::sendable(text));
    }

    fn expansion(&mut self, written: &Written<'_>) {
        let meaning = self.reader.meaning(written);
        let mut encoded = String::new();
        let mut encoder = Encoder::new(&mut encoded, self.place, written.raw);
        // Writing to a string cannot fail.
        let _ = encoder.write_str(&meaning.default);
        encoder.finish();
        if self.place == Place::QueryValue && meaning.field.what == Macro::Plain(Plain::ClickId) {
            self.carriers.push(self.parameter.as_str().into());
        }
        self.end_literal();
        let expansion =
            Expansion { field: meaning.field, place: self.place, raw: written.raw, default: encoded.into() };
        self.parts.push(Part::Macro(Box::new(expansion)));
    }
}
