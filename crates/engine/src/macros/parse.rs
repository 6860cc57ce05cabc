//! Reading a template: literal text and macros, each in its place.

use super::{
    Expansion, Part,
    date::DateFormat,
    encode::{Encoder, Place},
    literal,
    name::{self, Macro},
};
use jiff::tz::TimeZone;
use percent_encoding::percent_decode_str;

/// Reads the part of a template behind its host.
pub(super) struct Parser<'a> {
    timezone: &'a TimeZone,
    parts: Vec<Part>,
    literal: String,
    place: Place,
    serial: u64,
    warnings: Vec<String>,
}

impl<'a> Parser<'a> {
    pub(super) fn new(timezone: &'a TimeZone) -> Self {
        Self {
            timezone,
            parts: Vec::new(),
            literal: String::new(),
            place: Place::Path,
            serial: 0,
            warnings: Vec::new(),
        }
    }

    /// Adds text that is already fit to be sent and changes no place.
    pub(super) fn literal(&mut self, text: &str) {
        self.literal.push_str(text);
    }

    pub(super) fn read(&mut self, template: &str) {
        let mut rest = template;
        while let Some(open) = rest.find('{') {
            self.text(&rest[..open]);
            let inside = &rest[open + 1..];
            let macro_end = inside.find(['{', '}']).filter(|&end| inside.as_bytes()[end] == b'}');
            let known = macro_end.is_some_and(|end| self.macro_in_braces(&inside[..end]));
            rest = match macro_end {
                Some(end) if known => &inside[end + 1..],
                // A brace that opens no macro is only a character.
                _ => {
                    self.text("{");
                    inside
                }
            };
        }
        self.text(rest);
    }

    pub(super) fn finish(mut self) -> (Box<[Part]>, Vec<String>) {
        self.end_literal();
        (self.parts.into(), self.warnings)
    }

    fn end_literal(&mut self) {
        if !self.literal.is_empty() {
            self.parts.push(Part::Literal(std::mem::take(&mut self.literal).into()));
        }
    }

    fn text(&mut self, text: &str) {
        for byte in text.bytes() {
            self.place = match (self.place, byte) {
                (_, b'#') | (Place::Fragment, _) => Place::Fragment,
                (Place::Path, b'?') | (Place::QueryName | Place::QueryValue, b'&') => Place::QueryName,
                (Place::QueryName, b'=') => Place::QueryValue,
                (place, _) => place,
            };
        }
        self.literal.extend(literal::sendable(text));
    }

    /// Adds the macro written as `text` between braces; `false` when it is none.
    fn macro_in_braces(&mut self, text: &str) -> bool {
        let (raw, text) = text.strip_prefix('_').map_or((false, text), |text| (true, text));
        let (name, argument) = match text.split_once(':') {
            Some((name, argument)) => (name, Some(argument)),
            None => (text, None),
        };
        let named = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
        if name.is_empty() || !name.bytes().all(named) {
            return false;
        }
        let argument = argument.map(|argument| percent_decode_str(argument).decode_utf8_lossy());
        let (what, default) = self.resolve(name, argument.as_deref());
        let mut encoded = String::new();
        let mut encoder = Encoder::new(&mut encoded, self.place, raw);
        encoder.push(default);
        encoder.finish();
        self.end_literal();
        let (place, serial) = (self.place, self.serial);
        let expansion = Expansion { what, place, raw, default: encoded.into(), serial };
        self.parts.push(Part::Macro(Box::new(expansion)));
        self.serial += 1;
        true
    }

    /// What a macro means, and the text for when that is empty.
    fn resolve<'t>(&mut self, name: &str, argument: Option<&'t str>) -> (Macro, &'t str) {
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            "date" => {
                let (format, complaint) = DateFormat::parse(argument.unwrap_or(""), self.timezone);
                self.warnings.extend(complaint);
                (Macro::Date(format), "")
            }
            "random" => (self.random(argument), ""),
            "sample" => {
                let choices = argument.unwrap_or("").split(',').map(|choice| choice.trim().into());
                (Macro::Sample(choices.collect()), "")
            }
            // Voluum's way to name a parameter.
            "var" => (Macro::Query(argument.unwrap_or("").into()), ""),
            _ => {
                let found = name::find(&name);
                if found.is_none() {
                    self.warnings.extend(name::complaint(&name));
                }
                let default = match (&found, argument) {
                    (Some(Macro::Plain(plain)), Some(text)) if name::is_foreign_option(*plain, text) => "",
                    (_, argument) => argument.unwrap_or(""),
                };
                (found.unwrap_or_else(|| Macro::Query(name.as_str().into())), default)
            }
        }
    }

    fn random(&mut self, argument: Option<&str>) -> Macro {
        let Some(argument) = argument else { return Macro::Random { min: 1, max: 1_000_000 } };
        let ends = argument.split_once(',').and_then(|(min, max)| {
            let (min, max): (i64, i64) = (min.trim().parse().ok()?, max.trim().parse().ok()?);
            (min <= max).then_some((min, max))
        });
        match ends {
            Some((min, max)) => Macro::Random { min, max },
            None => {
                let reason = "needs two whole numbers such as {random:1,100}: it is always 0";
                self.warnings.push(format!("{{random:{argument}}} {reason}"));
                Macro::Random { min: 0, max: 0 }
            }
        }
    }
}
