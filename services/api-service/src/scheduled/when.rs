//! The times for which files are due. Pure.

use jiff::{
    ToSpan as _,
    civil::{Date, Time},
    tz::TimeZone,
};
use signalbox_domain::{ExportDays, ExportTime, Timestamp};

/// Days looked at for the next time: a month and a few are enough for every schedule.
const DAYS_MAX: usize = 40;
/// Times that are skipped at most when many were missed: a schedule that slept longer goes on from now.
const MISSED_MAX: usize = 4_000;

/// The first time after `after`. Where clocks skip it, as much later; where it comes twice, the first one.
pub fn next_after(every: ExportTime, zone: &TimeZone, after: Timestamp) -> Option<Timestamp> {
    let now = jiff::Timestamp::from_millisecond(after.0).ok()?;
    let hour = i8::try_from(every.minute / 60).ok()?;
    let minute = i8::try_from(every.minute % 60).ok()?;
    let time = Time::new(hour, minute, 0, 0).ok()?;
    // Yesterday too: where clocks skip midnight, its time may still come.
    let mut date = zone.to_datetime(now).date().checked_sub(1.day()).ok()?;
    for _ in 0..DAYS_MAX {
        if is_day(every.days, date) {
            let at = date.to_datetime(time).to_zoned(zone.clone()).ok()?.timestamp().as_millisecond();
            if at > after.0 {
                return Some(Timestamp(at));
            }
        }
        date = date.tomorrow().ok()?;
    }
    None
}

/// The last time up to `now`, beginning with `due`, which has come already.
pub fn latest(every: ExportTime, zone: &TimeZone, due: Timestamp, now: Timestamp) -> Timestamp {
    let mut latest = due;
    for _ in 0..MISSED_MAX {
        match next_after(every, zone, latest) {
            Some(next) if next <= now => latest = next,
            _ => break,
        }
    }
    latest
}

fn is_day(days: ExportDays, date: Date) -> bool {
    match days {
        ExportDays::Daily => true,
        ExportDays::Weekly { weekday } => date.weekday().to_monday_one_offset() == weekday,
        ExportDays::Monthly { day } => date.day() == day.min(date.days_in_month()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(days: ExportDays, minute: u16, zone: &str, after: &str) -> String {
        let after: jiff::Timestamp = after.parse().unwrap();
        let zone = TimeZone::get(zone).unwrap();
        next_after(ExportTime { days, minute }, &zone, Timestamp(after.as_millisecond()))
            .unwrap()
            .to_rfc3339()
    }

    #[test]
    fn days_weeks_and_months_are_those_of_the_zone() {
        let six = 6 * 60;
        assert_eq!(next(ExportDays::Daily, six, "UTC", "2026-05-01T05:59:59Z"), "2026-05-01T06:00:00.000Z");
        assert_eq!(next(ExportDays::Daily, six, "UTC", "2026-05-01T06:00:00Z"), "2026-05-02T06:00:00.000Z");
        assert_eq!(
            next(ExportDays::Daily, six, "Asia/Kolkata", "2026-05-01T06:00:00Z"),
            "2026-05-02T00:30:00.000Z"
        );
        let monday = ExportDays::Weekly { weekday: 1 };
        assert_eq!(next(monday, six, "UTC", "2026-05-01T00:00:00Z"), "2026-05-04T06:00:00.000Z");
        let last = ExportDays::Monthly { day: 31 };
        assert_eq!(next(last, six, "UTC", "2026-02-01T00:00:00Z"), "2026-02-28T06:00:00.000Z");
        assert_eq!(next(last, six, "UTC", "2026-02-28T06:00:00Z"), "2026-03-31T06:00:00.000Z");
        assert_eq!(next(last, six, "UTC", "2026-04-30T06:00:00Z"), "2026-05-31T06:00:00.000Z");
    }

    #[test]
    fn nights_on_which_clocks_change_have_their_file_once() {
        let half_past_two = 2 * 60 + 30;
        let berlin = |after: &str| next(ExportDays::Daily, half_past_two, "Europe/Berlin", after);
        // Skipped: as much later.
        assert_eq!(berlin("2026-03-28T12:00:00Z"), "2026-03-29T01:30:00.000Z");
        assert_eq!(berlin("2026-03-29T01:30:00Z"), "2026-03-30T00:30:00.000Z");
        // Twice: the first one.
        assert_eq!(berlin("2026-10-24T12:00:00Z"), "2026-10-25T00:30:00.000Z");
        assert_eq!(berlin("2026-10-25T00:30:00Z"), "2026-10-26T01:30:00.000Z");
    }

    #[test]
    fn many_missed_times_are_one() {
        let daily = ExportTime { days: ExportDays::Daily, minute: 0 };
        let at = |text: &str| Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond());
        let (due, now) = (at("2026-01-01T00:00:00Z"), at("2026-03-05T10:00:00Z"));
        assert_eq!(latest(daily, &TimeZone::UTC, due, now), at("2026-03-05T00:00:00Z"));
        assert_eq!(latest(daily, &TimeZone::UTC, due, due), due);
    }
}
