//! Values of tests: which texts a criterion and an operator accept, and how they are read.

use super::{Criterion, Operator};
use std::net::IpAddr;

/// Says what is wrong with one value of a test.
pub(super) fn check(criterion: &Criterion, op: Operator, value: &str) -> Result<(), String> {
    if value.len() > 1000 {
        return Err("has more than 1000 bytes".to_owned());
    }
    if criterion.is_flag() && !matches!(op, Operator::In | Operator::NotIn) {
        return Err(format!("{criterion} needs in or not_in with true or false"));
    }
    if op.takes_patterns() {
        return match criterion {
            Criterion::TimeOfDay | Criterion::Date | Criterion::Weekday => {
                Err(format!("{criterion} is no text: use between, in or not_in"))
            }
            _ if value.is_empty() => Err("must not be empty".to_owned()),
            _ => Ok(()),
        };
    }
    if matches!(op, Operator::Between | Operator::NotBetween) {
        return match criterion {
            Criterion::TimeOfDay => parse_time_range(value).map(drop),
            Criterion::Date => parse_date_range(value).map(drop),
            Criterion::Ip => parse_address_range(value).map(drop),
            _ => parse_number_range(value).map(drop),
        };
    }
    match criterion {
        Criterion::TimeOfDay => Err("time_of_day needs between or not_between with HH:MM-HH:MM".to_owned()),
        Criterion::Date => Err("date needs between or not_between with YYYY-MM-DD..YYYY-MM-DD".to_owned()),
        Criterion::Weekday => parse_weekday(value)
            .map(drop)
            .ok_or_else(|| "must be mon, tue, wed, thu, fri, sat or sun".to_owned()),
        Criterion::Country | Criterion::Continent if value.len() != 2 => {
            Err("must be a code of two letters such as DE".to_owned())
        }
        Criterion::Ip if matches!(op, Operator::In | Operator::NotIn) => parse_network(value).map(drop),
        Criterion::IpVersion if !matches!(value, "4" | "6") => Err("must be 4 or 6".to_owned()),
        flag if flag.is_flag() && !matches!(value, "true" | "false") => {
            Err("must be true or false".to_owned())
        }
        number if number.is_stream_count() || *number == Criterion::Percent => {
            value.parse::<crate::Money>().map(drop).map_err(|_| "must be a number".to_owned())
        }
        _ => Ok(()),
    }
}

/// `HH:MM-HH:MM` as minutes of the day; the second is exclusive and may lie before the first (over midnight).
pub fn parse_time_range(text: &str) -> Result<(u16, u16), String> {
    let minutes = |part: &str| -> Option<u16> {
        let (hours, minutes) = part.trim().split_once(':')?;
        let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
        (hours <= 24 && minutes < 60 && hours * 60 + minutes <= 1440).then_some(hours * 60 + minutes)
    };
    text.split_once('-')
        .and_then(|(from, to)| Some((minutes(from)?, minutes(to)?)))
        .ok_or_else(|| format!("{text:?} is not a range such as 22:00-06:00"))
}

/// `YYYY-MM-DD..YYYY-MM-DD`, both inclusive.
pub fn parse_date_range(text: &str) -> Result<(jiff::civil::Date, jiff::civil::Date), String> {
    text.split_once("..")
        .and_then(|(from, to)| Some((from.trim().parse().ok()?, to.trim().parse().ok()?)))
        .ok_or_else(|| format!("{text:?} is not a range such as 2026-12-01..2026-12-24"))
}

/// `a..b` of numbers, both inclusive.
pub fn parse_number_range(text: &str) -> Result<(crate::Money, crate::Money), String> {
    text.split_once("..")
        .and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)))
        .ok_or_else(|| format!("{text:?} is not a range of numbers such as 1..100"))
}

/// `10.0.0.1-10.0.0.9` or `2001:db8::1-2001:db8::9`, both inclusive and of one version.
pub fn parse_address_range(text: &str) -> Result<(IpAddr, IpAddr), String> {
    text.split_once('-')
        .and_then(|(from, to)| Some((from.trim().parse().ok()?, to.trim().parse().ok()?)))
        .filter(|(from, to): &(IpAddr, IpAddr)| from.is_ipv4() == to.is_ipv4() && from <= to)
        .ok_or_else(|| format!("{text:?} is not a range of addresses such as 10.0.0.1-10.0.0.9"))
}

/// An address or a block (`10.0.0.0/8`, `2001:db8::/32`) as address and length of its prefix in bits.
pub fn parse_network(text: &str) -> Result<(IpAddr, u8), String> {
    let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
    let read = || -> Option<(IpAddr, u8)> {
        let address: IpAddr = address.trim().parse().ok()?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Some(longest), |bits| bits.trim().parse().ok())?;
        (bits <= longest).then_some((address, bits))
    };
    read().ok_or_else(|| format!("{text:?} is no address or block such as 192.0.2.0/24 or 2001:db8::/32"))
}

/// `mon` … `sun` as 1 … 7 (ISO 8601).
pub fn parse_weekday(text: &str) -> Option<u8> {
    let position = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        .iter()
        .position(|day| day.eq_ignore_ascii_case(text))?;
    Some(position as u8 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_compared_is_told_from_what_cannot() {
        use Operator::{AtLeast, Between, Contains, In, Mask, Regex};
        for (criterion, op, sound, unsound) in [
            ("country", In, "de", "Germany"),
            ("ip", In, "2001:db8::/32", "2001:db8::/129"),
            ("ip", In, "192.0.2.7", "192.0.2.256"),
            ("ip", Between, "10.0.0.1-10.0.0.9", "10.0.0.9-10.0.0.1"),
            ("ip", Between, "::1-::2", "10.0.0.1-::2"),
            ("ip_version", In, "6", "5"),
            ("proxy", In, "true", "yes"),
            ("percent", AtLeast, "12.5", "12,5"),
            ("stream_clicks_day", AtLeast, "100", "many"),
            ("asn", Between, "1..100", "1-100"),
            ("time_of_day", Between, "22:00-06:00", "22-06"),
            ("date", Between, "2026-12-01..2026-12-24", "2026-12-01..2026-12-32"),
            ("weekday", In, "sun", "sunday"),
            ("user_agent", Regex, "(", ""),
            ("header.x-a", Mask, "*", ""),
        ] {
            let criterion: Criterion = criterion.parse().unwrap();
            assert_eq!(check(&criterion, op, sound), Ok(()), "{criterion} {op:?} {sound}");
            assert!(check(&criterion, op, unsound).is_err(), "{criterion} {op:?} {unsound}");
        }
        for op in [Regex, AtLeast, Contains, Between] {
            assert!(check(&Criterion::Bot, op, "true").is_err(), "{op:?}");
        }
        assert!(check(&Criterion::Date, Mask, "*").is_err());
        assert!(check(&Criterion::City, Contains, &"x".repeat(1001)).is_err());
    }
}
