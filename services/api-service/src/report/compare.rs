//! The range before, and which of its rows belongs to which row of the report.
//!
//! Both follow the calendar of the report's timezone: whole months come after as many months, other whole days after as many days, and only
//! what is neither is moved by its length. A range that is not over yet is compared with the same part of the one before. Rows are matched
//! by their dimensions, those of time moved along as far as the range was.

use super::Asked;
use crate::types::Compare;
use jiff::{
    Span, Unit, Zoned,
    civil::{Date, DateTime, Time},
    tz::TimeZone,
};
use signalbox_domain::Timestamp;
use signalbox_warehouse::{Range, RangeToken, ReportQuery, ResolvedRange};

/// Rows of the range before that are looked at.
const ROWS_MAX: u32 = 10_000;
const HOUR_MS: i64 = 3_600_000;

impl Asked {
    /// The query for the range before; `None` when nothing is to be compared, and when the range has no beginning or has not begun.
    pub fn previous(&self, range: &ResolvedRange) -> Option<ReportQuery> {
        let Some(Compare::PreviousPeriod) = self.compare else { return None };
        let (from, to) = self.step(range)?.before(range, self.now)?;
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
        let step = self.step(range)?;
        let moved = |(key, name): (&Option<String>, &String)| match (name.as_str(), key) {
            ("hour", Some(text)) => Some(Some(step.hour(text)?)),
            ("day" | "week" | "month" | "quarter" | "year", Some(text)) => {
                Some(Some(step.date(name, text)?.to_string()))
            }
            (_, key) => Some(key.clone()),
        };
        keys.iter().zip(&self.query.dimensions).map(moved).collect()
    }

    fn step(&self, range: &ResolvedRange) -> Option<Step<'_>> {
        // The last thirty days are thirty days, also where they happen to be a month.
        let rolling = [RangeToken::Last30Days, RangeToken::Last90Days].map(Range::Token);
        Step::of(range, &self.timezone, !rolling.contains(&self.query.range))
    }
}

/// How far a range lies after the one before.
#[derive(Debug, Clone, Copy)]
struct Step<'z> {
    by: By,
    zone: &'z TimeZone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// Months of the calendar.
    Months(i32),
    /// Days of the calendar, of whatever length.
    Days(i32),
    /// Milliseconds; and how far the first day and the first hour of one lie after those of the other.
    Length { ms: i64, days: i32, hours: i64 },
}

impl<'z> Step<'z> {
    fn of(range: &ResolvedRange, zone: &'z TimeZone, by_months: bool) -> Option<Self> {
        let (from, to) = (range.from?, range.to?);
        let (first, end) = (wall(from, zone)?, wall(to, zone)?);
        let days = days_between(first.date(), end.date())?;
        let whole = |it: DateTime| it.day() == 1 && it.time() == Time::midnight();
        let months = |it: DateTime| i32::from(it.year()) * 12 + i32::from(it.month());
        let by = if first.time() != end.time() || days <= 0 {
            let ms = to.since_ms(from);
            let before = Timestamp(from.0.checked_sub(ms)?);
            let days = days_between(wall(before, zone)?.date(), first.date())?;
            let hours = (begin_of_hour(from, zone)? - begin_of_hour(before, zone)?).div_euclid(HOUR_MS);
            By::Length { ms, days, hours }
        } else if by_months && whole(first) && whole(end) {
            By::Months(months(end) - months(first))
        } else {
            By::Days(days)
        };
        Some(Self { by, zone })
    }

    /// The range before `range`; `None` when there is none.
    fn before(self, range: &ResolvedRange, now: Timestamp) -> Option<(Timestamp, Timestamp)> {
        let (from, to) = (range.from?, range.to?);
        let begin = self.back(from)?;
        // What is not over yet is compared with as much of what was.
        let end = if now < to { self.back(now)?.min(from) } else { from };
        (begin.0 >= 0 && begin < end).then_some((begin, end))
    }

    /// The same point of the range before.
    fn back(self, at: Timestamp) -> Option<Timestamp> {
        let wall = wall(at, self.zone)?;
        let moved = match self.by {
            By::Length { ms, .. } => return Some(Timestamp(at.0.checked_sub(ms)?)),
            By::Days(days) => wall.checked_sub(Span::new().try_days(days).ok()?).ok()?,
            By::Months(months) => {
                let moved = wall.checked_sub(Span::new().try_months(months).ok()?).ok()?;
                if moved.day() == wall.day() {
                    moved
                } else {
                    // There was no 31st: that month was over by then.
                    moved.date().tomorrow().ok()?.to_datetime(Time::midnight())
                }
            }
        };
        Some(Timestamp(moved.to_zoned(self.zone.clone()).ok()?.timestamp().as_millisecond()))
    }

    /// Moves `2026-05-01`, the first day of a row; `None` where rows of this kind do not line up.
    fn date(self, kind: &str, text: &str) -> Option<Date> {
        let date: Date = text.parse().ok()?;
        match self.by {
            By::Days(days) if kind == "day" || (kind == "week" && days % 7 == 0) => plus_days(date, days),
            By::Length { days, .. } if kind == "day" => plus_days(date, days),
            By::Months(months) => {
                let lines_up = match kind {
                    "day" | "month" => true,
                    "quarter" => months % 3 == 0,
                    "year" => months % 12 == 0,
                    _ => false,
                };
                let moved = date.checked_add(Span::new().try_months(months).ok()?).ok()?;
                (lines_up && moved.day() == date.day()).then_some(moved)
            }
            _ => None,
        }
    }

    /// Moves `2026-05-01T13:00:00+02:00`: the hour stays, the offset is that of the other day. An hour that the clocks skip there has no
    /// counterpart, and of one that they repeat only the first time.
    fn hour(self, text: &str) -> Option<String> {
        let wall: DateTime = text.get(..19)?.parse().ok()?;
        if let By::Length { hours, .. } = self.by {
            let at: jiff::Timestamp = text.parse().ok()?;
            let zoned = jiff::Timestamp::from_millisecond(
                at.as_millisecond().checked_add(hours.checked_mul(HOUR_MS)?)?,
            );
            let zoned = zoned.ok()?.to_zoned(self.zone.clone());
            let is_row = hour_row(&at.to_zoned(self.zone.clone())) == text && zoned.minute() == 0;
            return is_row.then(|| hour_row(&zoned));
        }
        if first_hour(wall, self.zone)? != text {
            return None;
        }
        first_hour(self.date("day", text.get(..10)?)?.to_datetime(wall.time()), self.zone)
    }
}

/// What clocks show; the first moment of a day is its midnight, also where the clocks skip that.
fn wall(at: Timestamp, zone: &TimeZone) -> Option<DateTime> {
    let zoned = jiff::Timestamp::from_millisecond(at.0).ok()?.to_zoned(zone.clone());
    let is_begin = zoned.start_of_day().ok()? == zoned;
    Some(if is_begin { zoned.date().to_datetime(Time::midnight()) } else { zoned.datetime() })
}

/// When the hour began by the clock, whatever the clocks did within it.
fn begin_of_hour(at: Timestamp, zone: &TimeZone) -> Option<i64> {
    let wall = zone.to_datetime(jiff::Timestamp::from_millisecond(at.0).ok()?);
    let within =
        i64::from(wall.minute()) * 60_000 + i64::from(wall.second()) * 1_000 + i64::from(wall.millisecond());
    Some(at.0 - within)
}

/// The row that a moment belongs to.
fn hour_row(at: &Zoned) -> String {
    at.strftime("%Y-%m-%dT%H:00:00%:z").to_string()
}

/// The row of an hour of the clock, of its first time; `None` when the clocks skip it.
fn first_hour(wall: DateTime, zone: &TimeZone) -> Option<String> {
    let zoned = wall.to_zoned(zone.clone()).ok()?;
    (zoned.date() == wall.date() && zoned.hour() == wall.hour()).then(|| hour_row(&zoned))
}

fn days_between(from: Date, to: Date) -> Option<i32> {
    Some(from.until((Unit::Day, to)).ok()?.get_days())
}

fn plus_days(date: Date, days: i32) -> Option<Date> {
    date.checked_add(Span::new().try_days(days).ok()?).ok()
}

#[cfg(test)]
mod tests;
