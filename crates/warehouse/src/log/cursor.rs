//! The text that names the last row of a page.

use crate::Error;

/// The cursor of a log (`tag`) whose last row has these key values.
pub(crate) fn encode(tag: char, key: &[u128]) -> String {
    let parts: Vec<String> = key.iter().map(|part| format!("{part:x}")).collect();
    format!("{tag}1.{}", parts.join("."))
}

/// The key values of a cursor.
pub(crate) fn decode(tag: char, length: usize, text: &str) -> Result<Vec<u128>, Error> {
    let wrong =
        || Error::invalid("cursor", "is not a cursor of this log; leave it out to begin at the newest row");
    let rest = text.strip_prefix(tag).and_then(|rest| rest.strip_prefix("1.")).ok_or_else(wrong)?;
    let hex = |part: &str| {
        let plain = !part.is_empty() && part.len() <= 32 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
        plain.then(|| u128::from_str_radix(part, 16).ok()).flatten()
    };
    let key: Vec<u128> = rest.split('.').map(hex).collect::<Option<_>>().ok_or_else(wrong)?;
    if key.len() == length { Ok(key) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_round_trip_and_strangers_are_refused() {
        let key = vec![1_790_000_000_000, u128::MAX, 0];
        assert_eq!(decode('c', 3, &encode('c', &key)).unwrap(), key);
        for bad in ["", "c1.", "c1.1.2", "d1.1.2.3", "c1.1.2.3.4", "c1.1.2.-3", "c1.1.2.+3", "c1.1.2.3'--"] {
            assert!(
                matches!(decode('c', 3, bad), Err(Error::Invalid { field, .. }) if field == "cursor"),
                "{bad}"
            );
        }
    }
}
