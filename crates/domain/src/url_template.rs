//! Target URLs with macros, as people type them: what may be saved.

use crate::Validator;

/// Longest target URL in bytes.
pub const LENGTH_MAX: usize = 4096;

/// Says what is wrong with `text` as a target: only absolute http(s) URLs whose scheme and host are literal are accepted, so that no
/// visitor value can ever choose another scheme (`javascript:`), another host, or break a header line.
pub fn check(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("must not be empty".to_owned());
    }
    if text.len() > LENGTH_MAX {
        return Err(format!("has {} bytes; {LENGTH_MAX} are allowed", text.len()));
    }
    if text.chars().any(|c| c.is_control() || c == ' ' || c == '\\') {
        return Err(
            "contains a blank, a backslash or a control character; encode it as %20 and the like".to_owned()
        );
    }
    let rest = strip_scheme(text).ok_or("must start with http:// or https://")?;
    let host = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    if host.is_empty() {
        return Err("has no host".to_owned());
    }
    if host.contains(['{', '}', '@', '<', '>', '"']) {
        return Err("must have a literal host: macros are allowed in path, query and fragment only, and credentials not at all".to_owned());
    }
    Ok(())
}

fn strip_scheme(text: &str) -> Option<&str> {
    let lower = text.get(..8).unwrap_or(text).to_ascii_lowercase();
    if lower.starts_with("https://") {
        text.get(8..)
    } else if lower.starts_with("http://") {
        text.get(7..)
    } else {
        None
    }
}

/// [`check`] as a step of a validation.
pub fn validate(v: &mut Validator, field: &str, text: &str) {
    if let Err(reason) = check(text) {
        v.reject(field, reason);
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn only_literal_http_targets_are_accepted() {
        for text in
            ["https://a.example/?x={sub_id_1}", "HTTP://a.example:8080", "https://[::1]/{click_id}#{city}"]
        {
            assert_eq!(check(text), Ok(()), "{text}");
        }
        for text in [
            "",
            "javascript:alert(1)",
            "//a.example",
            "https://{host}/",
            "https://",
            "https://a.example/\r\nX: y",
            "data:text/html,x",
            "https://user@a.example/",
            "ftp://a.example",
            "https://a.example/a b",
            "https:/\\a.example",
        ] {
            assert!(check(text).is_err(), "{text}");
        }
    }
}
