//! Amounts as networks write them: with currency signs, decimal commas and thousand separators.

use signalbox_domain::Money;

/// Why a text is not an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Not a number in any usual notation.
    #[error("is not a number")]
    NotANumber,
    /// `1,234` may be a thousand or a fraction.
    #[error("is ambiguous (a lone comma before three digits may be a decimal comma or a thousand separator)")]
    Ambiguous,
    /// A number that cannot be kept exactly.
    #[error("has too many digits")]
    OutOfRange,
}

/// Reads `12.50`, `$12.50`, `12,50`, `1,234.50`, `1.234,50`, `1 234,50`, `-3.00`, `12.50 USD`. Negative amounts are refunds.
pub fn parse_amount(text: &str) -> Result<Money, AmountError> {
    let stripped: String = text
        .trim()
        .trim_matches(|c: char| matches!(c, '$' | '€' | '£' | '₽' | '¥'))
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '\u{a0}' | '\'' | '_'))
        .collect();
    let (sign, digits) = match stripped.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => ("-", rest),
        None => ("", stripped.strip_prefix('+').unwrap_or(&stripped)),
    };
    let digits = digits.trim_matches(|c: char| matches!(c, '$' | '€' | '£' | '₽' | '¥'));
    let digits = strip_currency_word(digits);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b',') {
        return Err(AmountError::NotANumber);
    }
    let plain = decimal_point(digits)?;
    let money: Result<Money, _> = format!("{sign}{plain}").parse();
    money.map_err(|error| match error {
        signalbox_domain::money::ParseMoneyError::NotANumber
        | signalbox_domain::money::ParseMoneyError::Empty => AmountError::NotANumber,
        _ => AmountError::OutOfRange,
    })
}

/// Removes a currency code before or after the digits.
fn strip_currency_word(text: &str) -> &str {
    let is_code = |word: &str| word.len() == 3 && word.bytes().all(|b| b.is_ascii_alphabetic());
    if text.len() > 3 {
        if let (Some(head), Some(tail)) = (text.get(..3), text.get(3..))
            && is_code(head)
        {
            return tail;
        }
        if let (Some(head), Some(tail)) = (text.get(..text.len() - 3), text.get(text.len() - 3..))
            && is_code(tail)
        {
            return head;
        }
    }
    text
}

/// Digits with at most one point, whatever the notation.
fn decimal_point(digits: &str) -> Result<String, AmountError> {
    let (points, commas) = (digits.matches('.').count(), digits.matches(',').count());
    match (points, commas) {
        (0 | 1, 0) => Ok(digits.to_owned()),
        (0, 1) => {
            let (whole, fraction) = digits.split_once(',').ok_or(AmountError::NotANumber)?;
            if fraction.len() == 3 && !whole.is_empty() && whole != "0" {
                Err(AmountError::Ambiguous)
            } else {
                Ok(format!("{whole}.{fraction}"))
            }
        }
        _ => {
            let last = digits.rfind(['.', ',']).ok_or(AmountError::NotANumber)?;
            let separator = if digits.as_bytes()[last] == b'.' { ',' } else { '.' };
            let both = points > 0 && commas > 0;
            let (whole, fraction) = if both { (&digits[..last], &digits[last + 1..]) } else { (digits, "") };
            let grouping = if both {
                separator
            } else if points > 0 {
                '.'
            } else {
                ','
            };
            if !groups_of_three(whole, grouping) {
                return Err(AmountError::NotANumber);
            }
            let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
            Ok(if fraction.is_empty() { whole } else { format!("{whole}.{fraction}") })
        }
    }
}

fn groups_of_three(whole: &str, separator: char) -> bool {
    let mut groups = whole.split(separator);
    let first = groups.next().unwrap_or("");
    let digits = |group: &str| group.bytes().all(|b| b.is_ascii_digit());
    (1..=3).contains(&first.len()) && digits(first) && groups.all(|group| group.len() == 3 && digits(group))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_notations_are_understood() {
        for (text, amount) in [
            ("12.50", "12.5"),
            ("$12.50", "12.5"),
            ("12,50", "12.5"),
            ("1,234.50", "1234.5"),
            ("1.234,50", "1234.5"),
            ("1 234,50", "1234.5"),
            ("-3.00", "-3"),
            ("12.50 USD", "12.5"),
            ("EUR 7", "7"),
            ("€ 0,5", "0.5"),
            ("1,234,567", "1234567"),
            ("0,125", "0.125"),
            ("+4", "4"),
            ("-$5", "-5"),
        ] {
            assert_eq!(parse_amount(text).map(|money| money.to_string()), Ok(amount.to_owned()), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "abc", "1,2,3", "1.2.3", "12,34.5,6", "NaN", "1e5", "--1", "12.5.0,1", "$"] {
            assert_eq!(parse_amount(text), Err(AmountError::NotANumber), "{text}");
        }
        assert_eq!(parse_amount("1,234"), Err(AmountError::Ambiguous));
        assert_eq!(parse_amount("0.12345678901"), Err(AmountError::OutOfRange));
    }
}
