//! Masks and regular expressions of one test, in one machine. Linear in the text whatever the patterns; case does not matter.

use super::Findings;
use regex::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};
use signalbox_domain::{Operator, Test};

/// Most bytes that the compiled patterns of one test may take.
pub const SIZE_MAX: usize = 1 << 20;

/// Compiles the patterns of a test; what is wrong with them is found by value.
pub(super) fn compile(test: &Test, findings: &mut Findings) -> Option<RegexSet> {
    let mask = matches!(test.op, Operator::Mask | Operator::NotMask);
    let patterns: Vec<String> =
        test.values.iter().map(|value| if mask { of_mask(value) } else { value.clone() }).collect();
    let set = RegexSetBuilder::new(&patterns)
        .case_insensitive(true)
        .size_limit(SIZE_MAX)
        .dfa_size_limit(SIZE_MAX)
        .build();
    let Err(error) = set else { return set.ok() };
    let before = findings.errors.len();
    for (index, pattern) in patterns.iter().enumerate() {
        if let Err(reason) = one(pattern, true) {
            findings.error(&format!("values[{index}]"), reason);
        }
    }
    if findings.errors.len() == before {
        let reason = format!("are too large together, use fewer or simpler ones: {}", one_line(&error));
        findings.error("values", reason);
    }
    None
}

/// One regular expression in which case matters: those of expressions.
pub(super) fn exact(pattern: &str) -> Result<Regex, String> {
    one(pattern, false)
}

fn one(pattern: &str, any_case: bool) -> Result<Regex, String> {
    let built = RegexBuilder::new(pattern)
        .case_insensitive(any_case)
        .size_limit(SIZE_MAX)
        .dfa_size_limit(SIZE_MAX)
        .build();
    built.map_err(|error| format!("is no regular expression that can be used: {}", one_line(&error)))
}

/// The library's message without its drawing of the pattern.
fn one_line(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or(&text);
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

/// `*` is any text, `?` any character, everything else itself; the whole text has to fit.
fn of_mask(mask: &str) -> String {
    let mut pattern = String::with_capacity(mask.len() + 16);
    pattern.push_str("(?s)^");
    let mut buffer = [0; 4];
    for character in mask.chars() {
        match character {
            '*' => pattern.push_str(".*"),
            '?' => pattern.push('.'),
            other => pattern.push_str(&regex::escape(other.encode_utf8(&mut buffer))),
        }
    }
    pattern.push('$');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(op: Operator, values: &[&str]) -> Test {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        Test { criterion: signalbox_domain::Criterion::City, op, values, timezone: None }
    }

    #[test]
    fn masks_fit_whole_texts() {
        for (mask, text, expected) in [
            ("*facebook*", "https://m.Facebook.com/", true),
            ("*.example", "a.example", true),
            ("*.example", "a.example.org", false),
            ("a?c", "aXc", true),
            ("a?c", "ac", false),
            ("a?c", "aüc", true),
            ("a.c", "abc", false),
            ("*", "", true),
            ("[a]+(b)", "[A]+(B)", true),
            ("a*z", "a\nz", true),
            ("a", "a\n", false),
            ("größe*", "GRÖSSE", false),
            ("größe*", "GRÖßE 7", true),
        ] {
            let set = compile(&test(Operator::Mask, &[mask]), &mut Findings::default()).unwrap();
            assert_eq!(set.is_match(text), expected, "{mask} on {text:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_found_by_value() {
        let mut findings = Findings { path: "rules.test".to_owned(), ..Findings::default() };
        assert!(compile(&test(Operator::Regex, &["ok", "(", "[a-z]+"]), &mut findings).is_none());
        assert_eq!(findings.errors.len(), 1);
        assert_eq!(findings.errors[0].field, "rules.test.values[1]");
        assert!(findings.errors[0].reason.contains("unclosed group"), "{}", findings.errors[0].reason);
    }

    #[test]
    fn size_is_bounded() {
        let mut findings = Findings::default();
        assert!(compile(&test(Operator::Regex, &[r"\w{1000}"]), &mut findings).is_none());
        assert_eq!(findings.errors[0].field, "values[0]");
        assert!(findings.errors[0].reason.contains("1048576"), "{}", findings.errors[0].reason);
        let many: Vec<String> = (0..100).map(|number| format!(r"{number}\w{{6}}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let mut findings = Findings::default();
        assert!(compile(&test(Operator::Regex, &many), &mut findings).is_none());
        assert_eq!(findings.errors[0].field, "values", "{:?}", findings.errors);
    }
}
