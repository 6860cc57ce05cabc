//! Pages and texts with macros, for streams that answer by themselves.
//!
//! In a page every value is written for the place it stands in: as text, as an attribute, as an address or a part of one, as characters
//! of a string in a script. Promises: whatever a visitor sent, it adds no element, no attribute and no script, ends no string and names
//! no scheme that runs something. In a text values stand as they are. In both, only names of macros are macros: other braces, such as
//! those of scripts and styles, are left alone.

use super::{
    Field, MacroContext,
    encode::{Encoder, Place},
    html::{Escape, Page},
    read::{Piece, Reader, pieces},
};
use crate::{CompiledWorkspace, problem::Report};
use jiff::tz::TimeZone;
use std::fmt::Write as _;

/// A page or a text with macros, ready to be expanded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompiledText {
    parts: Box<[TextPart]>,
    html: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum TextPart {
    Literal(Box<str>),
    Macro(Box<TextMacro>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct TextMacro {
    field: Field,
    escape: Escape,
    raw: bool,
    default: Box<str>,
}

impl CompiledText {
    /// Reads a page (`html`) or a text. Dates that name no timezone use `timezone`. Returns what looks like a mistake beside it.
    pub fn compile(text: &str, html: bool, timezone: &TimeZone) -> (Self, Vec<String>) {
        let mut reader = Reader::new(timezone);
        let mut page = Page::new();
        let (mut parts, mut literal) = (Vec::new(), String::new());
        for piece in pieces(text) {
            let written = match piece {
                Piece::Macro(written) if Reader::knows(&written) => written,
                Piece::Macro(written) => {
                    page.read(written.whole);
                    literal.push_str(written.whole);
                    continue;
                }
                Piece::Text(text) => {
                    page.read(text);
                    literal.push_str(text);
                    continue;
                }
            };
            let escape = if html { page.macro_here() } else { Escape::None };
            if escape == Escape::Nowhere {
                let reason = "stands within a tag, outside of a value: it stays empty";
                reader.warnings.push(format!("{} {reason}", written.whole));
            }
            if !literal.is_empty() {
                parts.push(TextPart::Literal(std::mem::take(&mut literal).into()));
            }
            let meaning = reader.meaning(&written);
            let default = meaning.default.into();
            let part = TextMacro { field: meaning.field, escape, raw: written.raw, default };
            parts.push(TextPart::Macro(Box::new(part)));
        }
        if !literal.is_empty() {
            parts.push(TextPart::Literal(literal.into()));
        }
        (Self { parts: parts.into(), html }, reader.warnings)
    }

    pub(crate) fn compile_reported(
        text: &str,
        html: bool,
        workspace: &CompiledWorkspace,
        report: &mut Report<'_>,
    ) -> Self {
        let (compiled, warnings) = Self::compile(text, html, &workspace.timezone);
        warnings.into_iter().for_each(|reason| report.warn("action.body", reason));
        compiled
    }

    /// Whether it is a page; else it is plain text.
    pub const fn html(&self) -> bool {
        self.html
    }

    /// Appends the page or text of one click to `out`.
    pub fn expand(&self, context: &MacroContext<'_>, out: &mut String) {
        for part in &self.parts {
            match part {
                TextPart::Literal(text) => out.push_str(text),
                TextPart::Macro(part) => part.expand(context, out),
            }
        }
    }
}

impl TextMacro {
    fn expand(&self, context: &MacroContext<'_>, out: &mut String) {
        if self.escape == Escape::Nowhere {
            return;
        }
        let mut value = String::new();
        self.field.write(context, &mut value);
        if value.is_empty() {
            value.push_str(&self.default);
        }
        match self.escape {
            Escape::None => out.push_str(&value),
            Escape::Text => write_text(&value, out),
            Escape::Unquoted => write_unquoted(&value, out),
            Escape::Address { .. } if runs_something(&value) => {}
            Escape::Address { quoted: true } => write_text(&value, out),
            Escape::Address { quoted: false } => write_unquoted(&value, out),
            Escape::AddressPath => write_address(&value, Place::Path, false, out),
            Escape::AddressQuery => write_address(&value, Place::QueryValue, self.raw, out),
            Escape::Script => write_script(&value, out),
            Escape::Nowhere => {}
        }
    }
}

fn write_text(value: &str, out: &mut String) {
    for character in value.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '`' => out.push_str("&#96;"),
            '\0' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
}

fn write_unquoted(value: &str, out: &mut String) {
    for character in value.chars() {
        match character {
            '\0' => out.push('\u{fffd}'),
            other if other.is_ascii() && !other.is_ascii_alphanumeric() => {
                // Writing to a string cannot fail.
                let _ = write!(out, "&#{};", u32::from(other));
            }
            other => out.push(other),
        }
    }
}

/// All but letters and digits as `\uXXXX`: the same text in a string of JavaScript or JSON, whatever its quotes, and elsewhere nothing
/// that could run.
fn write_script(value: &str, out: &mut String) {
    for character in value.chars() {
        if character.is_alphanumeric() {
            out.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
}

fn write_address(value: &str, place: Place, raw: bool, out: &mut String) {
    let mut encoder = Encoder::new(out, place, raw);
    // Writing to a string cannot fail.
    let _ = encoder.write_str(value);
    encoder.finish();
}

/// Whether a browser would run an address rather than go there. Browsers leave out blanks and control characters.
fn runs_something(address: &str) -> bool {
    let scheme =
        address.chars().filter(|character| *character > ' ').take_while(|character| *character != ':');
    let scheme: String = scheme.take(20).map(|character| character.to_ascii_lowercase()).collect();
    matches!(scheme.as_str(), "javascript" | "data" | "vbscript")
}

#[cfg(test)]
mod tests;
