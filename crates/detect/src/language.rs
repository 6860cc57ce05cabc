//! The languages a visitor accepts.

use crate::{cut, recent::Recent, words::Words};
use std::{cell::RefCell, sync::Arc};

/// Most entries of an `Accept-Language` header that are read.
const ENTRIES_MAX: usize = 32;
/// Most bytes of it that are read.
const HEADER_BYTES_MAX: usize = 512;
/// Longest tag, bytes; `zh-hant-cn-x-private1` is an unusually long one.
const TAG_BYTES_MAX: usize = 35;
/// Headers that a thread remembers.
const RECENT_MAX: usize = 256;

/// ISO 639-1 codes.
const CODES: &[&str] = &[
    "", "aa", "ab", "ae", "af", "ak", "am", "an", "ar", "as", "av", "ay", "az", "ba", "be", "bg", "bi", "bm",
    "bn", "bo", "br", "bs", "ca", "ce", "ch", "co", "cr", "cs", "cu", "cv", "cy", "da", "de", "dv", "dz",
    "ee", "el", "en", "eo", "es", "et", "eu", "fa", "ff", "fi", "fj", "fo", "fr", "fy", "ga", "gd", "gl",
    "gn", "gu", "gv", "ha", "he", "hi", "ho", "hr", "ht", "hu", "hy", "hz", "ia", "id", "ie", "ig", "ii",
    "ik", "io", "is", "it", "iu", "ja", "jv", "ka", "kg", "ki", "kj", "kk", "kl", "km", "kn", "ko", "kr",
    "ks", "ku", "kv", "kw", "ky", "la", "lb", "lg", "li", "ln", "lo", "lt", "lu", "lv", "mg", "mh", "mi",
    "mk", "ml", "mn", "mr", "ms", "mt", "my", "na", "nb", "nd", "ne", "ng", "nl", "nn", "no", "nr", "nv",
    "ny", "oc", "oj", "om", "or", "os", "pa", "pi", "pl", "ps", "pt", "qu", "rm", "rn", "ro", "ru", "rw",
    "sa", "sc", "sd", "se", "sg", "si", "sk", "sl", "sm", "sn", "so", "sq", "sr", "ss", "st", "su", "sv",
    "sw", "ta", "te", "tg", "th", "ti", "tk", "tl", "tn", "to", "tr", "ts", "tt", "tw", "ty", "ug", "uk",
    "ur", "uz", "ve", "vi", "vo", "wa", "wo", "xh", "yi", "yo", "za", "zh", "zu",
];

/// What an `Accept-Language` header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Accepted {
    /// The primary language preferred most, as two or three lower-case letters; or empty.
    pub(crate) first: Arc<str>,
    /// Every accepted tag, lower case, most preferred first, joined by commas; or empty.
    pub(crate) all: Arc<str>,
}

/// Reads `Accept-Language`.
pub(crate) struct Languages {
    words: Words,
    nothing: Accepted,
}

thread_local! {
    /// Nearly all visitors send one of few headers.
    static RECENT: RefCell<Recent<String, Accepted, RECENT_MAX>> = const { RefCell::new(Recent::new()) };
}

impl Default for Languages {
    fn default() -> Self {
        let words = Words::new(CODES.iter().copied());
        let nothing = Accepted { first: words.get(""), all: words.get("") };
        Self { words, nothing }
    }
}

impl Languages {
    /// What is accepted, the highest quality first and the first of equals before the others. Tags that are none are passed over.
    pub(crate) fn read(&self, header: &str) -> Accepted {
        let header = cut(header, HEADER_BYTES_MAX);
        if header.is_empty() {
            return self.nothing.clone();
        }
        // What a header says never changes.
        RECENT.with_borrow_mut(|recent| recent.get_or(0, header, || self.understand(header)))
    }

    fn understand(&self, header: &str) -> Accepted {
        let mut tags: Vec<(u32, String)> = Vec::new();
        for entry in header.split(',').take(ENTRIES_MAX) {
            let mut parts = entry.split(';');
            let tag = parts.next().unwrap_or("").trim();
            let quality = parts.find_map(|part| quality(part.trim())).unwrap_or(1000);
            if quality == 0 || !is_tag(tag) {
                continue;
            }
            let tag = tag.to_ascii_lowercase().replace('_', "-");
            if !tags.iter().any(|(_, known)| *known == tag) {
                tags.push((quality, tag));
            }
        }
        // Stable: the first of equals stays first.
        tags.sort_by_key(|(quality, _)| std::cmp::Reverse(*quality));
        let first = tags.first().and_then(|(_, tag)| tag.split('-').next()).unwrap_or("");
        let all: Vec<&str> = tags.iter().map(|(_, tag)| tag.as_str()).collect();
        Accepted { first: self.words.get(first), all: self.words.get(&all.join(",")) }
    }
}

/// Whether it looks like a language tag: a primary part of two or three letters, then parts of one to eight letters or digits.
fn is_tag(tag: &str) -> bool {
    let mut parts = tag.split(['-', '_']);
    let primary = parts.next().unwrap_or("");
    tag.len() <= TAG_BYTES_MAX
        && (2..=3).contains(&primary.len())
        && primary.bytes().all(|byte| byte.is_ascii_alphabetic())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

/// The quality of a parameter `q=0.8` in thousandths; nothing when it is another parameter.
fn quality(parameter: &str) -> Option<u32> {
    let (name, value) = parameter.split_once('=')?;
    name.trim().eq_ignore_ascii_case("q").then(|| thousandths(value))
}

/// A quality (`0.8`) in thousandths, 0–1000; 0 when malformed.
fn thousandths(text: &str) -> u32 {
    let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !matches!(whole, "0" | "1") || fraction.len() > 3 || !digits(fraction) {
        return 0;
    }
    let fraction = format!("{fraction:0<3}").parse().unwrap_or(0);
    match whole {
        "0" => fraction,
        // More than one is no quality.
        _ if fraction > 0 => 0,
        _ => 1000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quality_decides_and_the_first_of_equals_wins() {
        let languages = Languages::default();
        for (header, first, all) in [
            ("de-DE,de;q=0.9,en;q=0.8", "de", "de-de,de,en"),
            ("en;q=0.5, fr;q=0.9", "fr", "fr,en"),
            ("en;q=0.8,fr;q=0.8", "en", "en,fr"),
            ("*;q=1, PT-br;q=0.3", "pt", "pt-br"),
            ("zh_Hans_CN", "zh", "zh-hans-cn"),
            ("fil-PH, fil-ph;q=0.4", "fil", "fil-ph"),
            ("en;q=0, de;Q=0.1", "de", "de"),
            ("de ; q = 0.3 , it; level=1; q=0.4", "it", "it,de"),
            ("en;q=0", "", ""),
            ("en;q=abc,ru;q=0.1", "ru", "ru"),
            ("en;q=1.5", "", ""),
            ("es-419,es;q=1.000", "es", "es-419,es"),
            ("*", "", ""),
            ("", "", ""),
            (",,;;=,", "", ""),
            ("i-klingon,x", "", ""),
            ("de--at,en-verylongsubtag", "", ""),
            ("{language}", "", ""),
        ] {
            let accepted = languages.read(header);
            assert_eq!((&*accepted.first, &*accepted.all), (first, all), "{header}");
            assert_eq!(languages.read(header), accepted, "from memory: {header}");
        }
    }

    #[test]
    fn what_is_read_and_kept_is_bounded() {
        let languages = Languages::default();
        let many: Vec<_> = (0..10_000).map(|n| format!("aa-{n}")).collect();
        let accepted = languages.read(&many.join(","));
        assert_eq!(accepted.all.split(',').count(), ENTRIES_MAX);
        assert!(languages.read(&"ü".repeat(9_999)).all.is_empty());
        for header in many {
            languages.read(&header);
        }
    }
}
