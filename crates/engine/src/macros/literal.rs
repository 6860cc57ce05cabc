//! The literal parts of a target.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use url::Url;

/// Nothing of ASCII but what a header cannot carry; characters beyond ASCII are always encoded.
const UNSENDABLE: &AsciiSet = &CONTROLS.add(b' ');

/// Splits a checked template behind its host and brings international host names to their ASCII form.
pub(super) fn split_origin(text: &str) -> Result<(String, &str), String> {
    let start = text.find("://").map_or(0, |position| position + 3);
    let length = text[start..].find(['/', '?', '#']).unwrap_or(text.len() - start);
    let (origin, rest) = text.split_at(start + length);
    let parsed = Url::parse(origin).map_err(|error| format!("has no valid host or port: {error}"))?;
    if origin.is_ascii() {
        return Ok((origin.to_owned(), rest));
    }
    Ok((parsed.origin().ascii_serialization(), rest))
}

/// `text` with everything encoded that a header cannot carry, and nothing else.
pub(super) fn sendable(text: &str) -> impl Iterator<Item = &str> {
    utf8_percent_encode(text, UNSENDABLE)
}
