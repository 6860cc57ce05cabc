//! The language a visitor prefers most.

use crate::words::Words;
use std::sync::Arc;

/// Most entries of an `Accept-Language` header that are read.
const ENTRIES_MAX: usize = 32;

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

/// Reads `Accept-Language`.
pub(crate) struct Languages(Words);

impl Default for Languages {
    fn default() -> Self {
        Self(Words::new(CODES.iter().copied()))
    }
}

impl Languages {
    /// The language with the highest quality (the first of equals) as two or three lower-case letters; empty when there is none.
    pub(crate) fn preferred(&self, header: &str) -> Arc<str> {
        let mut best = ("", 0);
        for entry in header.split(',').take(ENTRIES_MAX) {
            let mut parts = entry.split(';');
            let tag = parts.next().unwrap_or("").trim();
            let primary = tag.split(['-', '_']).next().unwrap_or("");
            let fits = (2..=3).contains(&primary.len()) && primary.bytes().all(|b| b.is_ascii_alphabetic());
            let quality = parts.find_map(|part| part.trim().strip_prefix("q=")).map_or(1000, thousandths);
            if fits && quality > best.1 {
                best = (primary, quality);
            }
        }
        self.0.get(best.0.to_ascii_lowercase().as_str())
    }
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
        for (header, expected) in [
            ("de-DE,de;q=0.9,en;q=0.8", "de"),
            ("en;q=0.5, fr;q=0.9", "fr"),
            ("en;q=0.8,fr;q=0.8", "en"),
            ("*;q=1, PT-br;q=0.3", "pt"),
            ("zh_Hans_CN", "zh"),
            ("fil-PH", "fil"),
            ("en;q=0", ""),
            ("en;q=abc,ru;q=0.1", "ru"),
            ("en;q=1.5", ""),
            ("*", ""),
            ("", ""),
            ("i-klingon,x", ""),
            ("{language}", ""),
        ] {
            assert_eq!(&*languages.preferred(header), expected, "{header}");
        }
    }
}
