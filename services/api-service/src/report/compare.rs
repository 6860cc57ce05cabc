//! The range before, and which of its rows belongs to which row of the report.
//!
//! Rows are matched by their dimensions. Hours and days are moved along by as much as lies between the two ranges; weeks, months, quarters
//! and years do not line up with a range of another length, so their rows have nothing to be compared with – the totals always do.

use super::Asked;
use crate::types::Compare;
use jiff::{
    civil::{Date, DateTime},
    tz::TimeZone,
};
use signalbox_domain::Timestamp;
use signalbox_warehouse::{Range, ReportQuery, ResolvedRange};

/// Rows of the range before that are looked at.
const ROWS_MAX: u32 = 10_000;

impl Asked {
    /// The query for the range of the same length right before; `None` when nothing is to be compared or the range has no beginning.
    pub fn previous(&self, range: &ResolvedRange) -> Option<ReportQuery> {
        let Some(Compare::PreviousPeriod) = self.compare else { return None };
        let (from, to) = before(range, self.now)?;
        Some(ReportQuery {
            range: Range::Custom { from, to },
            limit: ROWS_MAX,
            offset: 0,
            // A row is compared with what it was, whether it would have been shown then or not.
            having: Vec::new(),
            ..self.query.clone()
        })
    }

    /// The query for the totals of that range, where they are not those of [`Asked::previous`]: of the rows that would have been shown.
    pub fn previous_totals(&self, previous: &ReportQuery) -> Option<ReportQuery> {
        let having = self.query.having.clone();
        (!having.is_empty()).then(|| ReportQuery { having, limit: 1, ..previous.clone() })
    }

    /// The keys that a row of the range before has in this one; `None` when there is no such thing.
    pub(super) fn moved(
        &self,
        range: &ResolvedRange,
        keys: &[Option<String>],
    ) -> Option<Vec<Option<String>>> {
        let (from, _) = before(range, self.now)?;
        let days = days_between(from, range.from?, &self.timezone)?;
        let moved = |(key, name): (&Option<String>, &String)| match (name.as_str(), key) {
            ("day", Some(text)) => Some(Some(move_day(text, days)?)),
            ("hour", Some(text)) => Some(Some(move_hour(text, days, &self.timezone)?)),
            ("week" | "month" | "quarter" | "year", _) => None,
            (_, key) => Some(key.clone()),
        };
        keys.iter().zip(&self.query.dimensions).map(moved).collect()
    }
}

fn before(range: &ResolvedRange, now: Timestamp) -> Option<(Timestamp, Timestamp)> {
    let from = range.from?;
    let to = range.to.unwrap_or(now);
    let length = to.since_ms(from);
    (length > 0 && from.0 >= length).then(|| (Timestamp(from.0 - length), from))
}

fn days_between(from: Timestamp, to: Timestamp, timezone: &TimeZone) -> Option<i64> {
    let date = |at: Timestamp| -> Option<Date> {
        Some(timezone.to_datetime(jiff::Timestamp::from_millisecond(at.0).ok()?).date())
    };
    let span = date(from)?.until(date(to)?).ok()?;
    Some(i64::from(span.get_days()))
}

/// Moves `2026-05-01`.
fn move_day(text: &str, days: i64) -> Option<String> {
    let date: Date = text.parse().ok()?;
    Some(date.checked_add(span(days)?).ok()?.to_string())
}

/// Moves `2026-05-01T13:00:00+02:00`: the wall clock stays, the offset is that of the other day.
fn move_hour(text: &str, days: i64, timezone: &TimeZone) -> Option<String> {
    let wall: DateTime = text.get(..19)?.parse().ok()?;
    let moved = wall.checked_add(span(days)?).ok()?.to_zoned(timezone.clone()).ok()?;
    Some(moved.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
}

fn span(days: i64) -> Option<jiff::Span> {
    jiff::Span::new().try_days(days).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_before_is_as_long_and_ends_where_this_one_begins() {
        let range = ResolvedRange { from: Some(Timestamp(1_000_000)), to: Some(Timestamp(1_600_000)) };
        assert_eq!(before(&range, Timestamp(0)), Some((Timestamp(400_000), Timestamp(1_000_000))));
        let open = ResolvedRange { from: None, to: None };
        assert_eq!(before(&open, Timestamp(5)), None);
    }

    #[test]
    fn days_and_hours_move_over_months_and_clock_changes() {
        assert_eq!(move_day("2026-02-27", 3).as_deref(), Some("2026-03-02"));
        assert_eq!(move_day("week 7", 7), None);
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let moved = move_hour("2026-10-24T13:00:00+02:00", 7, &berlin);
        assert_eq!(moved.as_deref(), Some("2026-10-31T13:00:00+01:00"));
    }
}
