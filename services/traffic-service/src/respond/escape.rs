//! Writing a text into a page so that it stays that text, in whatever place it stands.

use std::fmt::Write as _;

/// Text or an attribute of HTML, quoted or not: everything in ASCII that is no letter, digit or one of `-._~:/` and, apart from that, any
/// control character becomes a character reference. An unquoted attribute cannot be left either.
pub(crate) fn html(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '.' | '_' | '~' | ':' | '/' => out.push(c),
            // NUL has no reference; a page cannot hold it.
            '\0' => out.push('\u{fffd}'),
            c if c.is_ascii() || c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => {
                let _infallible = write!(out, "&#{};", u32::from(c));
            }
            c => out.push(c),
        }
    }
}

/// The inside of a string of a script, in any kind of quotes, also when the script stands in an attribute: everything but letters and digits
/// is an escape, so that neither the string nor the element can be left.
pub(crate) fn script(text: &str, out: &mut String) {
    let mut units = [0; 2];
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut units) {
                let _infallible = write!(out, "\\u{unit:04x}");
            }
        }
    }
}

/// [`html`] as a new text.
pub(crate) fn to_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    html(text, &mut out);
    out
}

/// A string of a script, with its quotes.
pub(crate) fn to_script(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2 + 2);
    out.push('"');
    script(text, &mut out);
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_place_in_html_can_be_left() {
        let evil = "\"'><script>&`= \n\t\u{0}\u{85}ü\u{2028}";
        let escaped = to_html(evil);
        let left: String = escaped.chars().filter(|c| "\"'<>`= \n\t\u{0}\u{85}".contains(*c)).collect();
        assert_eq!(left, "", "{escaped}");
        assert!(escaped.contains('ü'));
        assert_eq!(to_html("https://a.example/?x=1&y"), "https://a.example/&#63;x&#61;1&#38;y");
    }

    #[test]
    fn no_string_of_a_script_can_be_left() {
        let evil = "</script>\"'`\\${x}\u{2028}\u{2029}\r\n<!--😀";
        let escaped = to_script(evil);
        let inside = &escaped[1..escaped.len() - 1];
        assert!(inside.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'\\'), "{escaped}");
        let back: String = serde_json::from_str(&escaped).unwrap();
        assert_eq!(back, evil, "a script reads the same text");
    }
}
