//! Local time: what tests of time compare, and where hours and days begin.

use jiff::{civil, tz::TimeZone};
use signalbox_domain::{Operator, Timestamp, rule};

/// The time on the wall; `None` for moments far beyond any calendar.
pub(super) fn local(now: Timestamp, timezone: &TimeZone) -> Option<civil::DateTime> {
    let now = jiff::Timestamp::from_millisecond(now.0).ok()?;
    Some(timezone.to_datetime(now))
}

/// When the running hour of the clock began. An hour that clocks repeat counts as two.
pub(super) fn start_of_hour(now: Timestamp, timezone: &TimeZone) -> Option<Timestamp> {
    let local = local(now, timezone)?;
    let into = i64::from(local.minute()) * 60_000
        + i64::from(local.second()) * 1000
        + i64::from(local.millisecond());
    Some(now.plus_ms(-into))
}

/// When the running day began: midnight, or the first moment after it where clocks skip midnight.
pub(super) fn start_of_day(now: Timestamp, timezone: &TimeZone) -> Option<Timestamp> {
    let now = jiff::Timestamp::from_millisecond(now.0).ok()?;
    let start = now.to_zoned(timezone.clone()).start_of_day().ok()?;
    Some(Timestamp(start.timestamp().as_millisecond()))
}

/// Whether a minute of the day lies in a range; one that ends where it starts is the whole day, one that ends before crosses midnight.
pub(super) const fn in_day((from, to): (u16, u16), minute: u16) -> bool {
    if from < to { from <= minute && minute < to } else { from <= minute || minute < to }
}

/// The days that `op value` means, as bits: bit `n` is ISO weekday `n`.
pub(super) fn weekdays(op: Operator, value: &str) -> Option<u8> {
    let bits = |days: std::ops::RangeInclusive<u8>| days.fold(0, |bits, day| bits | 1 << day);
    let day = |text: &str| {
        let number = text.trim().parse().ok().filter(|day| (1..=7).contains(day));
        rule::parse_weekday(text.trim()).or(number)
    };
    Some(match op {
        Operator::AtLeast => bits(day(value)?..=7),
        Operator::AtMost => bits(1..=day(value)?),
        Operator::MoreThan => bits(day(value)? + 1..=7),
        Operator::LessThan => bits(1..=day(value)? - 1),
        Operator::Between | Operator::NotBetween => {
            let (from, to) = value.split_once("..")?;
            bits(day(from)?..=day(to)?)
        }
        _ => 1 << day(value)?,
    })
}

/// A weekday as rules write it.
pub(super) fn weekday_word(date: civil::Date) -> &'static str {
    match date.weekday() {
        civil::Weekday::Monday => "mon",
        civil::Weekday::Tuesday => "tue",
        civil::Weekday::Wednesday => "wed",
        civil::Weekday::Thursday => "thu",
        civil::Weekday::Friday => "fri",
        civil::Weekday::Saturday => "sat",
        civil::Weekday::Sunday => "sun",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    }

    #[test]
    fn hours_and_days_begin_where_the_clock_says() {
        let zone = |name: &str| TimeZone::get(name).unwrap();
        for (zone_name, now, hour, day) in [
            ("UTC", "2026-11-22T10:30:05.123Z", "2026-11-22T10:00:00Z", "2026-11-22T00:00:00Z"),
            ("Asia/Kathmandu", "2026-11-22T10:30:00Z", "2026-11-22T10:15:00Z", "2026-11-21T18:15:00Z"),
            // The night of the longer day: 02:30 comes twice and begins an hour each time.
            ("Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T00:00:00Z", "2026-10-24T22:00:00Z"),
            ("Europe/Berlin", "2026-10-25T01:30:00Z", "2026-10-25T01:00:00Z", "2026-10-24T22:00:00Z"),
            // Clocks go from 00:00 to 01:00: the day begins at one.
            ("America/Havana", "2026-03-08T20:00:00Z", "2026-03-08T20:00:00Z", "2026-03-08T05:00:00Z"),
        ] {
            assert_eq!(start_of_hour(at(now), &zone(zone_name)), Some(at(hour)), "{zone_name} {now}");
            assert_eq!(start_of_day(at(now), &zone(zone_name)), Some(at(day)), "{zone_name} {now}");
        }
        assert_eq!(start_of_day(Timestamp(i64::MAX), &TimeZone::UTC), None);
    }

    #[test]
    fn weekdays_are_sets_of_days() {
        for (op, value, days) in [
            (Operator::In, "sun", 1 << 7),
            (Operator::AtLeast, "sat", 0b1100_0000),
            (Operator::MoreThan, "sat", 0b1000_0000),
            (Operator::MoreThan, "sun", 0),
            (Operator::AtMost, "tue", 0b110),
            (Operator::LessThan, "mon", 0),
            (Operator::Between, "1..5", 0b11_1110),
            (Operator::Between, "fri..mon", 0),
        ] {
            assert_eq!(weekdays(op, value), Some(days), "{op:?} {value}");
        }
        assert_eq!(weekdays(Operator::In, "someday"), None);
    }
}
