//! Date ranges: words such as `last_7_days` in a timezone, resolved to moments.

use crate::Error;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};
use serde::{Deserialize, Serialize};
use signalbox_domain::Timestamp;

/// What a report covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", untagged)]
pub enum Range {
    /// A word, resolved in the timezone of the report.
    Token(RangeToken),
    /// Moments: `from` included, `to` excluded.
    Custom {
        /// First moment, unix milliseconds.
        from: Timestamp,
        /// First moment after, unix milliseconds; after `from`.
        to: Timestamp,
    },
}

/// A range by name. Days are calendar days of the timezone; weeks begin on Monday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RangeToken {
    /// The current day.
    Today,
    /// The day before.
    Yesterday,
    /// The current day and the one before.
    #[serde(rename = "last_2_days")]
    Last2Days,
    /// The current day and the 2 before.
    #[serde(rename = "last_3_days")]
    Last3Days,
    /// The current day and the 6 before.
    #[serde(rename = "last_7_days")]
    Last7Days,
    /// The current day and the 13 before.
    #[serde(rename = "last_14_days")]
    Last14Days,
    /// The current day and the 29 before.
    #[serde(rename = "last_30_days")]
    Last30Days,
    /// The current day and the 89 before.
    #[serde(rename = "last_90_days")]
    Last90Days,
    /// From this week's Monday to its end.
    ThisWeek,
    /// The week before.
    LastWeek,
    /// The current calendar month.
    ThisMonth,
    /// The calendar month before.
    LastMonth,
    /// The current calendar year.
    ThisYear,
    /// The calendar year before.
    LastYear,
    /// Everything.
    AllTime,
}

/// Moments: `from` included, `to` excluded; `None` is unbounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ResolvedRange {
    /// First moment.
    pub from: Option<Timestamp>,
    /// First moment after.
    pub to: Option<Timestamp>,
}

impl RangeToken {
    /// Every token, in the order shown to people.
    pub const ALL: [Self; 15] = [
        Self::Today,
        Self::Yesterday,
        Self::Last2Days,
        Self::Last3Days,
        Self::Last7Days,
        Self::Last14Days,
        Self::Last30Days,
        Self::Last90Days,
        Self::ThisWeek,
        Self::LastWeek,
        Self::ThisMonth,
        Self::LastMonth,
        Self::ThisYear,
        Self::LastYear,
        Self::AllTime,
    ];

    /// The first day and the day after the last; `None` is unbounded.
    fn days(self, today: Date) -> Option<(Date, Date)> {
        let plus = |date: Date, span: Span| date.saturating_add(span);
        let tomorrow = plus(today, 1.day());
        let since_monday = today.weekday().since(Weekday::Monday);
        let monday = plus(today, (-i64::from(since_monday)).days());
        let first_of_month = today.first_of_month();
        Some(match self {
            Self::Today => (today, tomorrow),
            Self::Yesterday => (plus(today, (-1).day()), today),
            Self::Last2Days => (plus(today, (-1).day()), tomorrow),
            Self::Last3Days => (plus(today, (-2).days()), tomorrow),
            Self::Last7Days => (plus(today, (-6).days()), tomorrow),
            Self::Last14Days => (plus(today, (-13).days()), tomorrow),
            Self::Last30Days => (plus(today, (-29).days()), tomorrow),
            Self::Last90Days => (plus(today, (-89).days()), tomorrow),
            Self::ThisWeek => (monday, plus(monday, 7.days())),
            Self::LastWeek => (plus(monday, (-7).days()), monday),
            Self::ThisMonth => (first_of_month, plus(first_of_month, 1.month())),
            Self::LastMonth => (plus(first_of_month, (-1).month()), first_of_month),
            Self::ThisYear => (today.first_of_year(), plus(today.first_of_year(), 1.year())),
            Self::LastYear => (plus(today.first_of_year(), (-1).year()), today.first_of_year()),
            Self::AllTime => return None,
        })
    }
}

impl Range {
    /// The moments covered, in `timezone` (IANA), when the clock says `now`.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an unknown timezone and a range that ends before it begins.
    pub fn resolve(self, timezone: &str, now: Timestamp) -> Result<ResolvedRange, Error> {
        let zone = zone(timezone)?;
        match self {
            Self::Custom { from, to } if from < to => Ok(ResolvedRange { from: Some(from), to: Some(to) }),
            Self::Custom { .. } => Err(Error::invalid("range.to", "must be after range.from")),
            Self::Token(token) => {
                let now = jiff::Timestamp::from_millisecond(now.0).map_err(|error| {
                    Error::invalid("range", format!("the clock is out of range: {error}"))
                })?;
                let Some((first, end)) = token.days(zone.to_datetime(now).date()) else {
                    return Ok(ResolvedRange::default());
                };
                Ok(ResolvedRange { from: Some(begin_of(first, &zone)?), to: Some(begin_of(end, &zone)?) })
            }
        }
    }
}

/// The timezone with this IANA name.
pub(crate) fn zone(name: &str) -> Result<TimeZone, Error> {
    TimeZone::get(name).map_err(|_| {
        Error::invalid("timezone", format!("{name:?} is not an IANA timezone such as Europe/Berlin or UTC"))
    })
}

/// The first moment of a day; some zones have days without midnight.
fn begin_of(date: Date, zone: &TimeZone) -> Result<Timestamp, Error> {
    let begin = date.to_zoned(zone.clone()).and_then(|zoned| zoned.start_of_day());
    let begin = begin.map_err(|error| Error::invalid("range", format!("{date} is out of range: {error}")))?;
    Ok(Timestamp(begin.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(token: RangeToken, zone: &str, now: &str) -> (String, String) {
        let now: jiff::Timestamp = now.parse().unwrap();
        let range = Range::Token(token).resolve(zone, Timestamp(now.as_millisecond())).unwrap();
        (range.from.unwrap().to_rfc3339(), range.to.unwrap().to_rfc3339())
    }

    #[test]
    fn tokens_are_calendar_days_of_the_zone() {
        let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        let kolkata = resolve(RangeToken::Today, "Asia/Kolkata", "2026-01-31T20:00:00Z");
        assert_eq!(kolkata, pair("2026-01-31T18:30:00.000Z", "2026-02-01T18:30:00.000Z"));
        let berlin = resolve(RangeToken::Yesterday, "Europe/Berlin", "2026-03-30T10:00:00Z");
        assert_eq!(berlin, pair("2026-03-28T23:00:00.000Z", "2026-03-29T22:00:00.000Z"), "a day of 23 hours");
        let week = resolve(RangeToken::LastWeek, "UTC", "2026-03-01T12:00:00Z");
        assert_eq!(week, pair("2026-02-16T00:00:00.000Z", "2026-02-23T00:00:00.000Z"));
        let month = resolve(RangeToken::LastMonth, "UTC", "2026-01-15T12:00:00Z");
        assert_eq!(month, pair("2025-12-01T00:00:00.000Z", "2026-01-01T00:00:00.000Z"));
        let seven = resolve(RangeToken::Last7Days, "UTC", "2026-01-15T12:00:00Z");
        assert_eq!(seven, pair("2026-01-09T00:00:00.000Z", "2026-01-16T00:00:00.000Z"));
        let howe = resolve(RangeToken::Today, "Australia/Lord_Howe", "2026-04-05T01:00:00Z");
        assert_eq!(howe, pair("2026-04-04T13:00:00.000Z", "2026-04-05T13:30:00.000Z"), "a day of 24.5 hours");
        // Cairo has no midnight on that day.
        let cairo = resolve(RangeToken::Today, "Africa/Cairo", "2026-04-24T10:00:00Z");
        assert_eq!(cairo.0, "2026-04-23T22:00:00.000Z");
    }

    #[test]
    fn all_time_is_unbounded_and_nonsense_is_refused() {
        let now = Timestamp(1_790_000_000_000);
        assert_eq!(Range::Token(RangeToken::AllTime).resolve("UTC", now).unwrap(), ResolvedRange::default());
        let backwards = Range::Custom { from: now, to: now };
        assert!(
            matches!(backwards.resolve("UTC", now), Err(Error::Invalid { field, .. }) if field == "range.to")
        );
        let unknown = Range::Token(RangeToken::Today).resolve("Mars/Olympus", now);
        assert!(matches!(unknown, Err(Error::Invalid { field, .. }) if field == "timezone"));
    }

    #[test]
    fn json_is_a_word_or_two_moments() {
        let token: Range = serde_json::from_str("\"last_7_days\"").unwrap();
        assert_eq!(token, Range::Token(RangeToken::Last7Days));
        let custom: Range = serde_json::from_str("{\"from\":1,\"to\":2}").unwrap();
        assert_eq!(custom, Range::Custom { from: Timestamp(1), to: Timestamp(2) });
        for token in RangeToken::ALL {
            let word = serde_json::to_string(&token).unwrap();
            assert_eq!(serde_json::from_str::<RangeToken>(&word).unwrap(), token);
        }
    }
}
