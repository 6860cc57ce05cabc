//! Exact money: an integer number of 10⁻⁹ units, wide enough that a CPM of a fraction of a cent divides without loss.
//!
//! Sums stay exact; the only roundings are named (`div_round`, `percent`) and go half away from zero.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{
    fmt,
    iter::Sum,
    ops::{Add, AddAssign, Neg, Sub},
    str::FromStr,
};

/// Digits after the decimal point that an amount keeps.
pub const SCALE: u32 = 9;
const ONE: i128 = 1_000_000_000;
/// The largest amount accepted from outside, in whole units: one trillion.
pub const WHOLE_UNITS_MAX: i128 = 1_000_000_000_000;

/// An amount of some currency, exact to nine decimals.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(i128);

/// Why a text is not an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseMoneyError {
    /// Nothing but blanks.
    #[error("is empty")]
    Empty,
    /// Not a decimal number.
    #[error("is not a decimal number such as 12.50")]
    NotANumber,
    /// More than nine decimals.
    #[error("has more than nine decimals")]
    TooPrecise,
    /// Beyond one trillion.
    #[error("is beyond one trillion")]
    OutOfRange,
}

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// From units of 10⁻⁹.
    pub const fn from_nanos(nanos: i128) -> Self {
        Self(nanos)
    }

    /// From whole units of the currency.
    pub const fn from_whole(whole: i64) -> Self {
        Self(whole as i128 * ONE)
    }

    /// In units of 10⁻⁹: the form stored in ClickHouse as `Decimal(38, 9)`.
    pub const fn nanos(self) -> i128 {
        self.0
    }

    /// Whether it has no fraction.
    pub const fn is_whole(self) -> bool {
        self.0 % 1_000_000_000 == 0
    }

    /// The sum, or the bound of the type: for counters, which rather stop than wrap.
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// Whether this is exactly nothing.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Whether this is below zero (a refund).
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// This amount divided by `divisor` (> 0), rounded half away from zero. CPM to one click is `div_round(1000)`.
    pub const fn div_round(self, divisor: i128) -> Self {
        let half = divisor / 2;
        Self(if self.0 >= 0 { (self.0 + half) / divisor } else { (self.0 - half) / divisor })
    }

    /// `numerator / denominator` of this amount, rounded half away from zero; saturates far beyond any real amount.
    pub const fn ratio(self, numerator: i128, denominator: i128) -> Self {
        Self(self.0.saturating_mul(numerator)).div_round(denominator)
    }
}

impl FromStr for Money {
    type Err = ParseMoneyError;

    /// Reads `-12.5`, `12`, `.5`: an optional sign, digits, an optional point and at most nine decimals.
    fn from_str(text: &str) -> Result<Self, ParseMoneyError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(ParseMoneyError::Empty);
        }
        let (negative, digits) = match text.as_bytes()[0] {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() && fraction.is_empty() || !all_digits(whole) || !all_digits(fraction) {
            return Err(ParseMoneyError::NotANumber);
        }
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > SCALE as usize {
            return Err(ParseMoneyError::TooPrecise);
        }
        let whole = whole.trim_start_matches('0');
        if whole.len() > 13 {
            return Err(ParseMoneyError::OutOfRange);
        }
        let whole: i128 =
            if whole.is_empty() { 0 } else { whole.parse().map_err(|_| ParseMoneyError::NotANumber)? };
        if whole > WHOLE_UNITS_MAX {
            return Err(ParseMoneyError::OutOfRange);
        }
        let mut nanos = whole * ONE;
        let mut place = ONE / 10;
        for byte in fraction.bytes() {
            nanos += i128::from(byte - b'0') * place;
            place /= 10;
        }
        Ok(Self(if negative { -nanos } else { nanos }))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, magnitude) =
            if self.0 < 0 { ("-", self.0.unsigned_abs()) } else { ("", self.0.unsigned_abs()) };
        let (whole, fraction) = (magnitude / ONE as u128, magnitude % ONE as u128);
        if fraction == 0 {
            return write!(f, "{sign}{whole}");
        }
        let fraction = format!("{fraction:09}");
        write!(f, "{sign}{whole}.{}", fraction.trim_end_matches('0'))
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Money({self})")
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Money {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            text.parse().map_err(|error| serde::de::Error::custom(format!("{text:?} {error}")))
        } else {
            i128::deserialize(deserializer).map(Self)
        }
    }
}

/// An ISO 4217 code: three capital letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// US dollar, the default of a new workspace.
    pub const USD: Self = Self(*b"USD");

    /// The code as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }
}

impl Default for Currency {
    fn default() -> Self {
        Self::USD
    }
}

/// A text that is not a currency code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a currency code of three letters such as USD")]
pub struct ParseCurrencyError;

impl FromStr for Currency {
    type Err = ParseCurrencyError;

    fn from_str(text: &str) -> Result<Self, ParseCurrencyError> {
        let bytes: [u8; 3] = text.trim().as_bytes().try_into().map_err(|_| ParseCurrencyError)?;
        if !bytes.iter().all(u8::is_ascii_alphabetic) {
            return Err(ParseCurrencyError);
        }
        Ok(Self(bytes.map(|byte| byte.to_ascii_uppercase())))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(|error| serde::de::Error::custom(format!("{text:?} {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str) -> Money {
        text.parse().unwrap()
    }

    #[test]
    fn reads_and_writes_decimals() {
        for (text, shown) in [
            ("0", "0"),
            ("12.50", "12.5"),
            ("-0.000000001", "-0.000000001"),
            (".5", "0.5"),
            ("+7.", "7"),
            ("0001.10", "1.1"),
        ] {
            assert_eq!(money(text).to_string(), shown);
        }
        assert_eq!("".parse::<Money>(), Err(ParseMoneyError::Empty));
        for text in ["1,5", "abc", "{payout}", "1e3", "--1", ".", "$1", "1.2.3", "٣"] {
            assert_eq!(text.parse::<Money>(), Err(ParseMoneyError::NotANumber), "{text}");
        }
        assert_eq!("1.0000000001".parse::<Money>(), Err(ParseMoneyError::TooPrecise));
        assert_eq!("9999999999999".parse::<Money>(), Err(ParseMoneyError::OutOfRange));
    }

    #[test]
    fn rounds_half_away_from_zero() {
        assert_eq!(money("1.2345").div_round(1000), money("0.0012345"));
        assert_eq!(Money::from_nanos(5).div_round(10), Money::from_nanos(1));
        assert_eq!(Money::from_nanos(-5).div_round(10), Money::from_nanos(-1));
        assert_eq!(money("10").ratio(1, 3), Money::from_nanos(3_333_333_333));
    }

    #[test]
    fn currency_is_three_letters_of_any_case() {
        assert_eq!("eur".parse::<Currency>().unwrap().to_string(), "EUR");
        assert!("EU".parse::<Currency>().is_err());
        assert!("E1R".parse::<Currency>().is_err());
    }
}
