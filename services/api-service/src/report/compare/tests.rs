use super::*;

fn at(text: &str) -> Timestamp {
    Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

fn range(from: &str, to: &str) -> ResolvedRange {
    ResolvedRange { from: Some(at(from)), to: Some(at(to)) }
}

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

/// The range before, on the clocks of the zone.
fn before(range: ResolvedRange, zone: &TimeZone, now: &str) -> Option<(String, String)> {
    let (from, to) = Step::of(&range, zone, true)?.before(&range, at(now))?;
    let shown = |it: Timestamp| {
        let zoned = jiff::Timestamp::from_millisecond(it.0).unwrap().to_zoned(zone.clone());
        zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    };
    Some((shown(from), shown(to)))
}

fn pair(from: &str, to: &str) -> Option<(String, String)> {
    Some((from.to_owned(), to.to_owned()))
}

const LATER: &str = "2030-01-01T00:00:00Z";

#[test]
fn days_are_days_on_nights_on_which_the_clocks_change() {
    let berlin = zone("Europe/Berlin");
    // The week before the one with 29 March, which has 23 hours; and the one after it.
    let with = range("2026-03-23T00:00:00+01:00", "2026-03-30T00:00:00+02:00");
    assert_eq!(before(with, &berlin, LATER), pair("2026-03-16T00:00:00+01:00", "2026-03-23T00:00:00+01:00"));
    let after = range("2026-03-30T00:00:00+02:00", "2026-04-06T00:00:00+02:00");
    assert_eq!(before(after, &berlin, LATER), pair("2026-03-23T00:00:00+01:00", "2026-03-30T00:00:00+02:00"));
    // 25 October has 25 hours: the day after it, and itself.
    let after = range("2026-10-26T00:00:00+01:00", "2026-10-27T00:00:00+01:00");
    assert_eq!(before(after, &berlin, LATER), pair("2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00"));
    let itself = range("2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00");
    assert_eq!(
        before(itself, &berlin, LATER),
        pair("2026-10-24T00:00:00+02:00", "2026-10-25T00:00:00+02:00")
    );
}

#[test]
fn offsets_of_half_an_hour_and_days_without_midnight_are_days_too() {
    let kolkata = range("2026-05-01T00:00:00+05:30", "2026-05-04T00:00:00+05:30");
    assert_eq!(
        before(kolkata, &zone("Asia/Kolkata"), LATER),
        pair("2026-04-28T00:00:00+05:30", "2026-05-01T00:00:00+05:30")
    );
    // Clocks went back on 5 April 2026.
    let adelaide = range("2026-04-05T00:00:00+10:30", "2026-04-07T00:00:00+09:30");
    assert_eq!(
        before(adelaide, &zone("Australia/Adelaide"), LATER),
        pair("2026-04-03T00:00:00+10:30", "2026-04-05T00:00:00+10:30")
    );
    // The day begins at 01:00.
    let cairo = range("2026-04-24T01:00:00+03:00", "2026-04-25T00:00:00+03:00");
    assert_eq!(
        before(cairo, &zone("Africa/Cairo"), LATER),
        pair("2026-04-23T00:00:00+02:00", "2026-04-24T01:00:00+03:00")
    );
}

#[test]
fn what_is_not_over_is_compared_with_as_much_of_what_was() {
    let berlin = zone("Europe/Berlin");
    let today = range("2026-05-07T00:00:00+02:00", "2026-05-08T00:00:00+02:00");
    let cut = before(today, &berlin, "2026-05-07T10:20:30+02:00");
    assert_eq!(cut, pair("2026-05-06T00:00:00+02:00", "2026-05-06T10:20:30+02:00"));
    // The clocks changed last night: ten o'clock is ten o'clock.
    let today = range("2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00");
    let cut = before(today, &berlin, "2026-03-29T10:00:00+02:00");
    assert_eq!(cut, pair("2026-03-28T00:00:00+01:00", "2026-03-28T10:00:00+01:00"));
    let today = range("2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00");
    let second = before(today, &berlin, "2026-10-25T02:30:00+01:00");
    assert_eq!(second, pair("2026-10-24T00:00:00+02:00", "2026-10-24T02:30:00+02:00"));
    // In the first second of the day there is nothing yet; before it neither.
    assert_eq!(before(today, &berlin, "2026-10-25T00:00:00+02:00"), None);
    assert_eq!(before(today, &berlin, "2026-10-20T00:00:00+02:00"), None);
    let kolkata = range("2026-05-07T00:00:00+05:30", "2026-05-08T00:00:00+05:30");
    let cut = before(kolkata, &zone("Asia/Kolkata"), "2026-05-07T00:45:00+05:30");
    assert_eq!(cut, pair("2026-05-06T00:00:00+05:30", "2026-05-06T00:45:00+05:30"));
}

#[test]
fn months_come_after_months() {
    let utc = TimeZone::UTC;
    let march = range("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z");
    assert_eq!(before(march, &utc, LATER), pair("2026-02-01T00:00:00+00:00", "2026-03-01T00:00:00+00:00"));
    let cut = before(march, &utc, "2026-03-10T12:00:00Z");
    assert_eq!(cut, pair("2026-02-01T00:00:00+00:00", "2026-02-10T12:00:00+00:00"));
    let whole = before(march, &utc, "2026-03-31T12:00:00Z");
    assert_eq!(whole, pair("2026-02-01T00:00:00+00:00", "2026-03-01T00:00:00+00:00"), "there is no 31st");
    let year = range("2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z");
    assert_eq!(before(year, &utc, LATER), pair("2023-01-01T00:00:00+00:00", "2024-01-01T00:00:00+00:00"));
    let cut = before(year, &utc, "2024-02-29T12:00:00Z");
    assert_eq!(cut, pair("2023-01-01T00:00:00+00:00", "2023-03-01T00:00:00+00:00"));
    // Thirty days that happen to be a month are thirty days.
    let april = range("2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z");
    let step = Step::of(&april, &utc, false).unwrap();
    assert_eq!(step.before(&april, at(LATER)).unwrap().0, at("2026-03-02T00:00:00Z"));
}

#[test]
fn moments_are_moved_by_their_length() {
    let utc = TimeZone::UTC;
    let morning = range("2026-05-07T10:00:00Z", "2026-05-07T14:00:00Z");
    assert_eq!(before(morning, &utc, LATER), pair("2026-05-07T06:00:00+00:00", "2026-05-07T10:00:00+00:00"));
    let cut = before(morning, &utc, "2026-05-07T11:30:00Z");
    assert_eq!(cut, pair("2026-05-07T06:00:00+00:00", "2026-05-07T07:30:00+00:00"));
    // The same clock time, an hour later.
    let folded = range("2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00");
    let berlin = before(folded, &zone("Europe/Berlin"), LATER);
    assert_eq!(berlin, pair("2026-10-25T01:30:00+02:00", "2026-10-25T02:30:00+02:00"));
    assert_eq!(before(range("1970-01-01T00:00:00Z", "1970-01-03T00:00:00Z"), &utc, LATER), None);
}

#[test]
fn rows_are_moved_where_they_line_up() {
    let berlin = zone("Europe/Berlin");
    let step = |by| Step { by, zone: &berlin };
    let moved = |by, kind, text| step(by).date(kind, text).map(|date| date.to_string());
    let days = |number| By::Days(number);
    assert_eq!(moved(days(3), "day", "2026-02-27").as_deref(), Some("2026-03-02"));
    assert_eq!(moved(days(3), "week", "2026-02-23"), None);
    assert_eq!(moved(days(14), "week", "2026-02-23").as_deref(), Some("2026-03-09"));
    assert_eq!(moved(days(28), "month", "2026-02-01"), None);
    let months = |number| By::Months(number);
    assert_eq!(moved(months(1), "day", "2026-01-28").as_deref(), Some("2026-02-28"));
    assert_eq!(moved(months(1), "day", "2026-01-31"), None, "there is no 31st");
    assert_eq!(moved(months(1), "month", "2026-01-01").as_deref(), Some("2026-02-01"));
    assert_eq!(
        (moved(months(1), "quarter", "2026-01-01"), moved(months(1), "week", "2026-01-05")),
        (None, None)
    );
    assert_eq!(moved(months(3), "quarter", "2026-01-01").as_deref(), Some("2026-04-01"));
    assert_eq!((moved(months(3), "year", "2026-01-01"), moved(days(7), "day", "week 7")), (None, None));
    assert_eq!(moved(months(12), "year", "2026-01-01").as_deref(), Some("2027-01-01"));

    let hour = |by, text| step(by).hour(text);
    let plain = hour(days(7), "2026-10-24T13:00:00+02:00");
    assert_eq!(plain.as_deref(), Some("2026-10-31T13:00:00+01:00"));
    assert_eq!(hour(days(1), "2026-03-28T02:00:00+01:00"), None, "the clocks skip that hour");
    let first = hour(days(1), "2026-10-25T02:00:00+02:00");
    assert_eq!(first.as_deref(), Some("2026-10-26T02:00:00+01:00"));
    assert_eq!(hour(days(1), "2026-10-25T02:00:00+01:00"), None, "the second time");
    let into = hour(days(1), "2026-10-24T02:00:00+02:00");
    assert_eq!(into.as_deref(), Some("2026-10-25T02:00:00+02:00"), "the first time");

    let utc = TimeZone::UTC;
    let morning = range("2026-05-07T10:00:00Z", "2026-05-07T14:00:00Z");
    let step = Step::of(&morning, &utc, true).unwrap();
    assert_eq!(step.hour("2026-05-07T06:00:00+00:00").as_deref(), Some("2026-05-07T10:00:00+00:00"));
    assert_eq!(step.date("day", "2026-05-07").map(|it| it.to_string()).as_deref(), Some("2026-05-07"));
    // A day as some write it: to its last second.
    let nearly = range("2026-05-07T00:00:00Z", "2026-05-07T23:59:59Z");
    let step = Step::of(&nearly, &utc, true).unwrap();
    assert_eq!(step.hour("2026-05-06T09:00:00+00:00").as_deref(), Some("2026-05-07T09:00:00+00:00"));
    assert_eq!(step.date("day", "2026-05-06").map(|it| it.to_string()).as_deref(), Some("2026-05-07"));
    // Half an hour is skipped, and the hour has a row all the same.
    let howe = zone("Australia/Lord_Howe");
    let step = Step { by: By::Days(1), zone: &howe };
    let skipped = step.hour("2026-10-03T02:00:00+10:30");
    assert_eq!(skipped.as_deref(), Some("2026-10-04T02:00:00+11:00"));
}
