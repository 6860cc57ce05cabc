//! Entry points for fuzzers: everything that parses the outside, with its promises checked. A panic is a finding.

use crate::formula::{CHARACTERS_MAX, Formula};
use crate::report::metrics::Sum;

/// Reads any bytes as a formula. One that is understood has a value or none for any sums, grows with its text when it becomes SQL,
/// and is understood again when it is written without blanks and in capitals; what is refused names a place in the text.
pub fn formula(data: &[u8]) -> bool {
    let text = String::from_utf8_lossy(data);
    let characters = text.chars().count();
    match Formula::parse(&text) {
        Ok(formula) => {
            assert!(characters <= CHARACTERS_MAX);
            for sum in [0_i128, 1, -7, 1_000_000_000_000_000_000_000] {
                let _ = formula.value(&|_| sum);
            }
            let alias = |sum: Sum| format!("s_{}", sum.name());
            assert!(formula.order_sql(&alias, "o0_").len() <= 4_000 + 400 * text.len());
            assert!(Formula::parse(&text.to_ascii_uppercase()).is_ok());
            true
        }
        Err(error) => {
            assert!((1..=characters.max(CHARACTERS_MAX) + 1).contains(&error.position), "{error}");
            assert!(!error.reason.is_empty());
            false
        }
    }
}
