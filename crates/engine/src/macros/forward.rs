//! Adding the visitor's own parameters and path to a target.

use super::encode::{Encoder, Place};
use crate::{Query, query::cut};
use percent_encoding::percent_decode_str;
use std::fmt::Write as _;

/// Most bytes that forwarded parameters add; parameters that do not fit are left out.
pub(super) const PARAMETERS_BYTES_MAX: usize = 8192;
/// Most bytes of a forwarded path that are read.
pub(super) const PATH_BYTES_MAX: usize = 2048;
/// Parameters by which pages name a click to the tracker.
const OWN: &[&str] = &["_lp", "_token", "lp_click"];

/// What is added to a target.
pub(super) struct Forward<'a> {
    /// The click's query.
    pub(super) query: Option<&'a Query<'a>>,
    /// Path behind the campaign's slug, as sent.
    pub(super) path: &'a str,
    /// The click, as text; empty when there is none.
    pub(super) click_id: &'a str,
    /// Names of the target's parameters that carry the click: nobody replaces them.
    pub(super) carriers: &'a [Box<str>],
}

impl Forward<'_> {
    /// Whether there is anything to add.
    pub(super) fn is_empty(&self) -> bool {
        self.segments().next().is_none() && self.parameters().next().is_none()
    }

    /// Appends `target` with everything added. `target` is expanded: its values hold no `?`, `&` or `#`.
    pub(super) fn write(&self, target: &str, out: &mut String) {
        let (before, fragment) = split(target, '#');
        let (path, query) = split(before, '?');
        out.push_str(path);
        self.write_path(out);
        let mut separator = '?';
        for pair in query.unwrap_or("").split('&').filter(|pair| !pair.is_empty()) {
            let name = decoded(pair.split('=').next().unwrap_or(pair));
            if !self.parameters().any(|(sent, _)| sent == name) {
                out.push(separator);
                out.push_str(pair);
                separator = '&';
            }
        }
        let end = out.len() + PARAMETERS_BYTES_MAX;
        for (name, value) in self.parameters() {
            let start = out.len();
            out.push(separator);
            encode(name, out);
            out.push('=');
            encode(value, out);
            if out.len() > end {
                out.truncate(start);
                continue;
            }
            separator = '&';
        }
        if let Some(fragment) = fragment {
            out.push('#');
            out.push_str(fragment);
        }
    }

    fn write_path(&self, out: &mut String) {
        let mut added = false;
        for segment in self.segments() {
            if !out.ends_with('/') {
                out.push('/');
            }
            encode(&segment, out);
            added = true;
        }
        if added && self.path.ends_with('/') {
            out.push('/');
        }
    }

    /// Segments of the path, decoded; empty ones and those of dots alone are left out.
    fn segments(&self) -> impl Iterator<Item = String> {
        let segments = cut(self.path, PATH_BYTES_MAX).split('/');
        let segments = segments.map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned());
        segments.filter(|segment| !segment.bytes().all(|byte| byte == b'.'))
    }

    fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.query.into_iter().flat_map(Query::iter);
        all.filter(|(name, value)| {
            let is = |known: &&str| known.eq_ignore_ascii_case(name);
            let carried = self.carriers.iter().any(|carrier| decoded(carrier).eq_ignore_ascii_case(name));
            !OWN.iter().any(is) && !carried && (self.click_id.is_empty() || *value != self.click_id)
        })
    }
}

fn split(text: &str, at: char) -> (&str, Option<&str>) {
    text.split_once(at).map_or((text, None), |(before, after)| (before, Some(after)))
}

fn decoded(name: &str) -> String {
    percent_decode_str(&name.replace('+', " ")).decode_utf8_lossy().into_owned()
}

fn encode(text: &str, out: &mut String) {
    let mut encoder = Encoder::new(out, Place::QueryValue, false);
    // Writing to a string cannot fail.
    let _ = encoder.write_str(text);
    encoder.finish();
}
