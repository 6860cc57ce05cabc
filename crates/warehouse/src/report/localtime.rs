//! Wall-clock time of a zone as SQL over whole seconds.
//!
//! The zone's offsets come from the same time zone database that resolves ranges, not from ClickHouse's, and are written into the
//! statement as numbers: one comparison for each change of clocks in the range.

use crate::{Error, ResolvedRange};
use jiff::tz::TimeZone;
use signalbox_domain::Timestamp;

/// 2010-01-01: in an unbounded range, earlier facts are placed with the offset of this day.
const EARLIEST_S: i64 = 1_262_304_000;
/// In an unbounded range, facts later than this after now are placed with the last offset before.
const AHEAD_S: i64 = 400 * 86_400;

/// SQL expressions of local time.
#[derive(Debug, Clone)]
pub(crate) struct LocalTime {
    /// Seconds east of UTC.
    pub offset: String,
    /// Wall-clock seconds since 1970, as if it were UTC.
    pub seconds: String,
    /// Whether the zone's offset is a number of hours all the time, and changes on the hour.
    pub whole_hours: bool,
}

impl LocalTime {
    /// Local time of the `column` in `zone`, for moments in `range`.
    pub fn of(column: &str, zone: &TimeZone, range: ResolvedRange, now: Timestamp) -> Result<Self, Error> {
        Self::of_seconds(&format!("intDiv(toUnixTimestamp64Milli({column}), 1000)"), zone, range, now)
    }

    /// Local time of whole seconds, an SQL expression of type `DateTime`.
    pub fn of_time(time: &str, zone: &TimeZone, range: ResolvedRange, now: Timestamp) -> Result<Self, Error> {
        Self::of_seconds(&format!("toInt64(toUnixTimestamp({time}))"), zone, range, now)
    }

    fn of_seconds(unix: &str, zone: &TimeZone, range: ResolvedRange, now: Timestamp) -> Result<Self, Error> {
        let seconds = |time: Timestamp| time.0.div_euclid(1_000);
        let from = range.from.map_or(EARLIEST_S, seconds);
        let to = range.to.map_or(seconds(now) + AHEAD_S, |time| seconds(time) + 1);
        let offsets = offsets(zone, from, to)?;
        let changes = offsets.iter().skip(1).map(|(second, _)| *second);
        let whole_hours =
            offsets.iter().map(|(_, offset)| i64::from(*offset)).chain(changes).all(|it| it % 3_600 == 0);
        let offset = offset_sql(unix, &offsets);
        let seconds = if offset == "0" { format!("({unix})") } else { format!("({unix} + {offset})") };
        Ok(Self { offset, seconds, whole_hours })
    }

    /// Days since 1970.
    pub fn day(&self) -> String {
        format!("intDiv({}, 86400)", self.seconds)
    }
}

/// The offset at `from`, and each change up to `to`: (first second, offset).
fn offsets(zone: &TimeZone, from: i64, to: i64) -> Result<Vec<(i64, i32)>, Error> {
    let begin = jiff::Timestamp::from_second(from)
        .map_err(|error| Error::invalid("range.from", format!("is out of range: {error}")))?;
    let mut offsets = vec![(from, zone.to_offset(begin).seconds())];
    for change in zone.following(begin) {
        if change.timestamp().as_second() >= to {
            break;
        }
        let offset = change.offset().seconds();
        if offsets.last().is_some_and(|(_, last)| *last != offset) {
            offsets.push((change.timestamp().as_second(), offset));
        }
    }
    Ok(offsets)
}

fn offset_sql(unix: &str, offsets: &[(i64, i32)]) -> String {
    let Some(((_, last), before)) = offsets.split_last() else { return "0".to_owned() };
    if before.is_empty() {
        return last.to_string();
    }
    let until = offsets[1..].iter().map(|(second, _)| second);
    let arms: Vec<String> =
        until.zip(before).map(|(until, (_, offset))| format!("{unix} < {until}, {offset}")).collect();
    format!("multiIf({}, {last})", arms.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_without_change_of_clocks_has_one_offset() {
        let zone = TimeZone::get("Asia/Kolkata").unwrap();
        let range = ResolvedRange {
            from: Some(Timestamp(1_770_000_000_000)),
            to: Some(Timestamp(1_780_000_000_000)),
        };
        let local = LocalTime::of("t", &zone, range, Timestamp(0)).unwrap();
        assert_eq!(local.offset, "19800");
        assert!(!local.whole_hours);
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        assert!(LocalTime::of("t", &berlin, range, Timestamp(0)).unwrap().whole_hours);
    }

    #[test]
    fn each_change_of_clocks_is_an_arm() {
        let zone = TimeZone::get("Australia/Lord_Howe").unwrap();
        let second = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_second();
        let found = offsets(&zone, second("2026-01-01T00:00:00Z"), second("2026-12-31T00:00:00Z")).unwrap();
        let expected = vec![
            (second("2026-01-01T00:00:00Z"), 39_600),
            (second("2026-04-04T15:00:00Z"), 37_800),
            (second("2026-10-03T15:30:00Z"), 39_600),
        ];
        assert_eq!(found, expected);
        assert_eq!(offset_sql("u", &[(0, 1), (5, 2), (9, 3)]), "multiIf(u < 5, 1, u < 9, 2, 3)");
    }
}
