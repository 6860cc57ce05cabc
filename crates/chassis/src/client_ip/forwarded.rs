//! The syntax of `X-Forwarded-For` and `Forwarded`, read tolerantly where proxies differ and strictly where it matters.

use std::net::{IpAddr, SocketAddr};

/// The comma-separated entries of one header line, the last first. A comma inside quotes does not separate.
pub(super) fn entries_reversed(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let text = rest?;
        let mut quoted = false;
        let comma = text.char_indices().rev().find(|&(_, c)| {
            quoted ^= c == '"';
            c == ',' && !quoted
        });
        match comma {
            Some((at, _)) => {
                rest = Some(&text[..at]);
                Some(text[at + 1..].trim())
            }
            None => {
                rest = None;
                Some(text.trim())
            }
        }
    })
}

/// The value of a `name=value` of one entry of `Forwarded`, quotes taken off.
pub(super) fn parameter<'a>(entry: &'a str, name: &str) -> Option<&'a str> {
    entry.split(';').find_map(|pair| {
        let (found, value) = pair.split_once('=')?;
        found.trim().eq_ignore_ascii_case(name).then(|| unquoted(value.trim()))
    })
}

/// An address with or without port, brackets and quotes; `None` for `unknown`, obfuscated names and all else.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    let text = unquoted(text.trim());
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(address);
    }
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some(address.ip());
    }
    text.strip_prefix('[')?.strip_suffix(']')?.parse().ok().map(IpAddr::V6)
}

fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text)
}
