//! Ranges as people write them.

use crate::types::{Range, RangeToken, parse_time};
use jiff::{ToSpan as _, civil::Date, tz::TimeZone};
use signalbox_domain::{FieldError, Invalid, Timestamp};
use signalbox_warehouse as warehouse;

/// The warehouse's range. Days begin and end in `timezone`; a last day is whole, a last moment is left out.
///
/// # Errors
/// What is wrong with `range`, by field.
pub fn resolve(range: &Range, timezone: &TimeZone) -> Result<warehouse::Range, Invalid> {
    let invalid = |field: &str, reason: String| Invalid(vec![FieldError { field: field.to_owned(), reason }]);
    match (range.token, &range.from, &range.to) {
        (Some(token), None, None) => Ok(warehouse::Range::Token(token.into())),
        (None, None, None) => Ok(warehouse::Range::Token(warehouse::RangeToken::Today)),
        (None, Some(from), Some(to)) => {
            let from = moment(from, timezone, false).map_err(|reason| invalid("range.from", reason))?;
            let to = moment(to, timezone, true).map_err(|reason| invalid("range.to", reason))?;
            if from >= to {
                return Err(invalid("range.to", "must be after from".to_owned()));
            }
            Ok(warehouse::Range::Custom { from, to })
        }
        (None, Some(_), None) => {
            Err(invalid("range.to", "is missing: a range is a token, or from and to".to_owned()))
        }
        (None, None, Some(_)) => {
            Err(invalid("range.from", "is missing: a range is a token, or from and to".to_owned()))
        }
        (Some(_), _, _) => {
            Err(invalid("range", "has a token and from or to: a range is a token, or from and to".to_owned()))
        }
    }
}

/// A day of `timezone`, its beginning or its end, or a moment.
pub(crate) fn moment(text: &str, timezone: &TimeZone, end_of_day: bool) -> Result<Timestamp, String> {
    let text = text.trim();
    let Some(date) = (text.len() == 10).then(|| text.parse::<Date>().ok()).flatten() else {
        return parse_time(text).map_err(|_| {
            format!("{text:?} is neither a day such as 2026-05-01 nor a time such as 2026-05-01T12:30:00Z")
        });
    };
    let date = if end_of_day { date.checked_add(1.day()).unwrap_or(date) } else { date };
    let start = date.to_zoned(timezone.clone()).map_err(|error| error.to_string())?;
    Ok(Timestamp(start.timestamp().as_millisecond()))
}

impl From<RangeToken> for warehouse::RangeToken {
    fn from(token: RangeToken) -> Self {
        match token {
            RangeToken::Today => Self::Today,
            RangeToken::Yesterday => Self::Yesterday,
            RangeToken::Last2Days => Self::Last2Days,
            RangeToken::Last3Days => Self::Last3Days,
            RangeToken::Last7Days => Self::Last7Days,
            RangeToken::Last14Days => Self::Last14Days,
            RangeToken::Last30Days => Self::Last30Days,
            RangeToken::Last90Days => Self::Last90Days,
            RangeToken::ThisWeek => Self::ThisWeek,
            RangeToken::LastWeek => Self::LastWeek,
            RangeToken::ThisMonth => Self::ThisMonth,
            RangeToken::LastMonth => Self::LastMonth,
            RangeToken::ThisYear => Self::ThisYear,
            RangeToken::LastYear => Self::LastYear,
            RangeToken::AllTime => Self::AllTime,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(from: &str, to: &str, zone: &str) -> Result<(String, String), String> {
        let range = Range { token: None, from: Some(from.to_owned()), to: Some(to.to_owned()) };
        match resolve(&range, &TimeZone::get(zone).unwrap()) {
            Ok(warehouse::Range::Custom { from, to }) => Ok((from.to_rfc3339(), to.to_rfc3339())),
            other => Err(format!("{other:?}")),
        }
    }

    #[test]
    fn days_are_whole_in_their_zone() {
        // The clocks change on the last of these days: it has 25 hours.
        let (from, to) = between("2026-10-24", "2026-10-25", "Europe/Berlin").unwrap();
        assert_eq!((from.as_str(), to.as_str()), ("2026-10-23T22:00:00.000Z", "2026-10-25T23:00:00.000Z"));
    }

    #[test]
    fn moments_are_exact() {
        let (from, to) = between("2026-05-01T10:00:00+02:00", "2026-05-01T09:00:00Z", "UTC").unwrap();
        assert_eq!((from.as_str(), to.as_str()), ("2026-05-01T08:00:00.000Z", "2026-05-01T09:00:00.000Z"));
    }

    #[test]
    fn nonsense_is_named() {
        for (from, to, field) in [
            ("2026-05-02", "2026-05-01", "range.to"),
            ("yesterday", "2026-05-01", "range.from"),
            ("2026-05-01", "2026-02-30", "range.to"),
        ] {
            assert!(between(from, to, "UTC").unwrap_err().contains(field), "{from} {to}");
        }
        let both = Range { token: Some(RangeToken::Today), from: Some("2026-05-01".to_owned()), to: None };
        assert!(resolve(&both, &TimeZone::UTC).is_err());
    }
}
