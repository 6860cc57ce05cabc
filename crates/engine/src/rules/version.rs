//! Versions, compared number by number.

use std::cmp::Ordering;

/// A version somebody wrote into a rule, as precise as they wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Version(Box<[u64]>);

fn parts(text: &str) -> impl Iterator<Item = Option<u64>> {
    text.trim().split(['.', '_']).map(|part| {
        let digits = part.bytes().take_while(u8::is_ascii_digit);
        // A part beyond any real number stays the largest one.
        part.starts_with(|c: char| c.is_ascii_digit()).then(|| {
            digits.fold(0_u64, |n, digit| n.saturating_mul(10).saturating_add(u64::from(digit - b'0')))
        })
    })
}

impl Version {
    /// `None`: does not start with a number.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let numbers: Box<[u64]> = parts(text).map_while(|part| part).collect();
        (!numbers.is_empty()).then_some(Self(numbers))
    }

    /// How the version `actual` compares to this one, at the precision of this one: `17.4.1` equals `17` and is above `17.3`.
    /// `None`: `actual` is unknown or does not start with a number.
    pub(super) fn compare(&self, actual: &str) -> Option<Ordering> {
        let mut rest = actual.trim_start().as_bytes();
        if !rest.first().is_some_and(u8::is_ascii_digit) {
            return None;
        }
        for mine in &self.0 {
            // A part that does not start with a digit ends the version; what is missing counts as 0.
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit());
            let theirs =
                digits.fold(0_u64, |n, digit| n.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
            match theirs.cmp(mine) {
                Ordering::Equal => {}
                other => return Some(other),
            }
            let ends = rest.iter().position(|byte| matches!(byte, b'.' | b'_'));
            rest = ends.map_or(&[][..], |end| &rest[end + 1..]);
            if !rest.first().is_some_and(u8::is_ascii_digit) {
                rest = &[];
            }
        }
        Some(Ordering::Equal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_numbers_and_precision_is_the_rules() {
        for (actual, rule, expected) in [
            ("10.0", "9", Some(Ordering::Greater)),
            ("17.4.1", "17", Some(Ordering::Equal)),
            ("17.4.1", "17.3", Some(Ordering::Greater)),
            ("17", "17.0.1", Some(Ordering::Less)),
            ("17", "17.0", Some(Ordering::Equal)),
            ("10_15_7", "10.15", Some(Ordering::Equal)),
            ("4.0b2", "4.0", Some(Ordering::Equal)),
            ("99999999999999999999999", "5", Some(Ordering::Greater)),
            ("", "5", None),
            ("XP", "5", None),
        ] {
            assert_eq!(Version::parse(rule).unwrap().compare(actual), expected, "{actual} against {rule}");
        }
        assert_eq!(Version::parse("XP"), None);
        assert_eq!(Version::parse(""), None);
    }
}
