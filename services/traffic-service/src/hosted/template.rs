//! The page of an uploaded landing, read once: where macros and click links stand in it, and in what kind of place.
//!
//! Promises: what a visitor sent stays a value wherever the page shows it: in text and attributes it is escaped for HTML, in the address
//! attributes percent-encoded (so that it is no scheme), in strings of scripts and in event attributes escaped for scripts, in styles cut
//! to letters and digits. In scripts and styles, whose own braces mean something, only a macro that fills a whole pair of quotes is one.
//! Braces around anything that is no macro stay as they are. Values are not looked into for further macros.

mod place;
mod scan;

use crate::{compat::Which, respond::escape};
use jiff::tz::TimeZone;
use percent_encoding::percent_decode_str;
use place::Place;
use signalbox_engine::{CompiledUrl, MacroContext};

/// A page, ready to be filled.
#[derive(Debug)]
pub(crate) struct Template {
    parts: Vec<Part>,
    literal_bytes: usize,
}

#[derive(Debug)]
enum Part {
    Literal(Box<str>),
    /// The value of a macro.
    Value(Box<Value>),
    /// Where a landing click goes.
    Offer(Which, Place),
    /// The page's own address, before the fragment of a link within it: with a base element, `#x` alone would mean another page.
    Here,
}

/// A macro in its place.
#[derive(Debug)]
struct Value {
    /// `PROBE` and the macro as value of a query parameter: its expansion decodes to the value.
    probe: CompiledUrl,
    place: Place,
}

const PROBE: &str = "https://value.invalid/?v=";

/// What the page of one click needs to know beside macros.
pub(crate) struct Links<'a> {
    /// Token of the landing click.
    pub(crate) token: &'a str,
    /// Path and query of the page as asked for.
    pub(crate) here: &'a str,
}

impl Template {
    /// Reads a page whose files are at `base` (ends with `/`).
    pub(crate) fn read(html: &str, base: &str, timezone: &TimeZone) -> Self {
        let mut parts = Vec::new();
        let mut from = 0;
        let found = scan::scan(html);
        // A page that has its own base keeps it.
        let base = found.base_at.map(|at| (at, format!("<base href=\"{}\">", escape::to_html(base))));
        let mut base = base.filter(|_| !found.has_base);
        for spot in found.spots {
            let part = match &spot.what {
                scan::What::Here => Some(Part::Here),
                scan::What::Macro(text) => of_macro(text, spot.place, timezone),
            };
            let Some(part) = part else { continue };
            if let Some((at, element)) = base.take_if(|(at, _)| *at <= spot.start) {
                push(&mut parts, &html[from..at]);
                push(&mut parts, &element);
                from = at;
            }
            push(&mut parts, &html[from..spot.start]);
            parts.push(part);
            from = spot.end;
        }
        if let Some((at, element)) = base {
            push(&mut parts, &html[from..at]);
            push(&mut parts, &element);
            from = at;
        }
        push(&mut parts, &html[from..]);
        Self { parts, literal_bytes: html.len() }
    }

    /// The page of one click.
    pub(crate) fn fill(&self, context: &MacroContext<'_>, links: &Links<'_>) -> String {
        let mut out = String::with_capacity(self.literal_bytes + 64 * self.parts.len());
        let mut probe = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(text) => out.push_str(text),
                Part::Here => escape::html(links.here, &mut out),
                Part::Offer(which, place) => place.write_own(&offer_link(*which, links.token), &mut out),
                Part::Value(value) => {
                    probe.clear();
                    value.probe.expand(context, &mut probe);
                    let encoded = probe.strip_prefix(PROBE).unwrap_or_default();
                    value.place.write(&percent_decode_str(encoded).decode_utf8_lossy(), &mut out);
                }
            }
        }
        out
    }
}

/// The address of a landing click on this host.
pub(crate) fn offer_link(which: Which, token: &str) -> String {
    match which {
        Which::Any => format!("/click?_token={token}"),
        Which::Number(number) => format!("/click/{number}?_token={token}"),
        Which::Id(id) => format!("/click/{id}?_token={token}"),
    }
}

fn push(parts: &mut Vec<Part>, text: &str) {
    if !text.is_empty() {
        parts.push(Part::Literal(text.into()));
    }
}

/// What `{text}` stands for; `None` when it is no macro and stays as it is.
fn of_macro(text: &str, place: Place, timezone: &TimeZone) -> Option<Part> {
    let (name, argument) = text.split_once(':').unwrap_or((text, ""));
    if name.eq_ignore_ascii_case("offer") {
        return Some(Part::Offer(Which::read(argument), place));
    }
    let (probe, warnings) = CompiledUrl::compile(&format!("{PROBE}{{{text}}}"), timezone).ok()?;
    let known = warnings.is_empty() && !probe.is_literal();
    known.then(|| Part::Value(Box::new(Value { probe, place })))
}

#[cfg(test)]
mod tests;
