//! Values that a network or source should have replaced but did not.

/// Whether `value` is still the macro of some platform: `{payout}`, `[SITE_ID]`, `${SUBID}`, `%%x%%`, `{{ad.id}}`, `#s2#`, `__CLICK__`,
/// `<cid>`, or a word such as `REPLACE` that documentation uses in its examples.
pub fn is_unreplaced_macro(value: &str) -> bool {
    const PAIRS: &[(&str, &str)] = &[
        ("{", "}"),
        ("[", "]"),
        ("${", "}"),
        ("%%", "%%"),
        ("#", "#"),
        ("__", "__"),
        ("<", ">"),
        ("%7B", "%7D"),
        ("%7b", "%7d"),
    ];
    let value = value.trim();
    let wrapped = |(open, close): &(&str, &str)| {
        value.len() > open.len() + close.len() && value.starts_with(open) && value.ends_with(close)
    };
    PAIRS.iter().any(wrapped) || matches!(value, "REPLACE" | "OPTIONAL" | "REPLACE_ME" | "{}")
}

#[cfg(test)]
mod tests {
    use super::is_unreplaced_macro;

    #[test]
    fn tells_macros_from_values() {
        for text in [
            "{payout}",
            "[SITE_ID]",
            "${SUBID}",
            "%%x%%",
            "{{ad.id}}",
            "__CLICK__",
            "#s2#",
            "REPLACE",
            "OPTIONAL",
            " {cid} ",
            "%7Bpayout%7D",
        ] {
            assert!(is_unreplaced_macro(text), "{text}");
        }
        for text in ["12.50", "", "{", "{}x", "a{b}", "01hzz", "sale", "#1", "__"] {
            assert!(!is_unreplaced_macro(text), "{text}");
        }
    }
}
