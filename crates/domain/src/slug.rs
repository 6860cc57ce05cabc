//! The path segment by which a campaign is reached.

use serde::{Deserialize, Serialize};

/// First path segments that belong to the product or to the URL shapes of other trackers, and so can never be a slug
/// (shapes: Keitaro, Binom, Voluum, RedTrack, ClickFlare, CPV Lab and Prosper202 postback and landing-click paths).
pub const RESERVED: &[&str] = &[
    "admin",
    "admin_api",
    "adclick.php",
    "api",
    "base.php",
    "base3.php",
    "c",
    "cf",
    "click",
    "click.php",
    "click_api",
    "conversion",
    "conversion.gif",
    "event",
    "favicon.ico",
    "health",
    "lp",
    "metrics",
    "pixel",
    "pixel.gif",
    "postback",
    "preclick",
    "robots.txt",
    "s",
    "tracking202",
    "well-known",
    ".well-known",
];

/// Longest slug in characters.
pub const LENGTH_MAX: usize = 64;

/// A validated path segment: 1–64 of `A-Z a-z 0-9 - _ .`, compared exactly.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Slug(pub String);

impl Slug {
    /// Says what is wrong with `text` as a slug.
    pub fn check(text: &str) -> Result<(), String> {
        if text.is_empty() || text.len() > LENGTH_MAX {
            return Err(format!("must have 1 to {LENGTH_MAX} characters"));
        }
        if !text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')) {
            return Err("may hold only letters, digits, '-', '_' and '.'".to_owned());
        }
        if text.starts_with('.') {
            return Err("must not start with a dot".to_owned());
        }
        if RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(text)) {
            return Err(format!(
                "{text:?} is reserved for the product or for the URL shapes of other trackers; choose another"
            ));
        }
        Ok(())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_and_malformed_slugs_are_refused() {
        for text in ["", "click", "CLICK.PHP", "a/b", "ü", "a b", ".hidden", &"x".repeat(65)] {
            assert!(Slug::check(text).is_err(), "{text}");
        }
        for text in ["summer-sale", "A_1", "v2.0"] {
            assert_eq!(Slug::check(text), Ok(()));
        }
    }
}
