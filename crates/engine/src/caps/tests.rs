use super::*;

fn ms(text: &str) -> Timestamp {
    Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

fn start(zone: &str, hour: bool, now: &str) -> String {
    let timezone = TimeZone::get(zone).unwrap();
    let window = if hour { Window::Hour(timezone) } else { Window::Day(timezone) };
    jiff::Timestamp::from_millisecond(window.start(ms(now)).unwrap().0).unwrap().to_string()
}

#[test]
fn days_begin_at_local_midnight_whatever_clocks_do() {
    for (zone, now, expected) in [
        ("UTC", "2026-11-22T23:59:59.999Z", "2026-11-22T00:00:00Z"),
        ("UTC", "2026-11-22T00:00:00Z", "2026-11-22T00:00:00Z"),
        ("Europe/Berlin", "2026-11-22T22:59:59Z", "2026-11-21T23:00:00Z"),
        ("Europe/Berlin", "2026-11-22T23:00:00Z", "2026-11-22T23:00:00Z"),
        // The day on which clocks go forward has 23 hours, the one on which they go back 25.
        ("Europe/Berlin", "2026-03-29T21:59:59Z", "2026-03-28T23:00:00Z"),
        ("Europe/Berlin", "2026-03-29T22:00:00Z", "2026-03-29T22:00:00Z"),
        ("Europe/Berlin", "2026-10-25T22:59:59Z", "2026-10-24T22:00:00Z"),
        ("America/New_York", "2026-11-02T04:59:59Z", "2026-11-01T04:00:00Z"),
        ("Asia/Kathmandu", "2026-06-01T18:14:59Z", "2026-05-31T18:15:00Z"),
        // Midnight is skipped: the day begins at one o'clock.
        ("Africa/Cairo", "2026-04-24T12:00:00Z", "2026-04-23T22:00:00Z"),
        // Midnight comes twice: the day begins at the first one.
        ("America/Havana", "2026-11-01T05:30:00Z", "2026-11-01T04:00:00Z"),
        ("Australia/Lord_Howe", "2026-10-03T20:00:00Z", "2026-10-03T13:30:00Z"),
    ] {
        assert_eq!(start(zone, false, now), expected, "{zone} at {now}");
    }
}

#[test]
fn hours_are_those_of_the_clock() {
    for (zone, now, expected) in [
        ("UTC", "2026-11-22T10:30:05Z", "2026-11-22T10:00:00Z"),
        ("Asia/Kathmandu", "2026-06-01T18:14:59Z", "2026-06-01T17:15:00Z"),
        ("Asia/Kolkata", "2026-06-01T18:30:00Z", "2026-06-01T18:30:00Z"),
        // Two o'clock comes twice in Berlin and has a limit each time.
        ("Europe/Berlin", "2026-10-25T00:59:59Z", "2026-10-25T00:00:00Z"),
        ("Europe/Berlin", "2026-10-25T01:10:00Z", "2026-10-25T01:00:00Z"),
        ("Europe/Berlin", "2026-03-29T01:10:00Z", "2026-03-29T01:00:00Z"),
        // Lord Howe goes forward by half an hour at two: that hour has thirty minutes.
        ("Australia/Lord_Howe", "2026-10-03T15:40:00Z", "2026-10-03T15:30:00Z"),
    ] {
        assert_eq!(start(zone, true, now), expected, "{zone} at {now}");
    }
}

#[test]
fn any_moment_has_a_window() {
    for now in [i64::MIN, -1, 0, i64::MAX] {
        let timezone = TimeZone::get("America/Sao_Paulo").unwrap();
        for window in
            [Window::Hour(timezone.clone()), Window::Day(timezone.clone()), Window::Rolling { hours: 744 }]
        {
            assert!(window.start(Timestamp(now)).unwrap() <= Timestamp(now));
        }
        assert_eq!(Window::Total.start(Timestamp(now)), None);
    }
}
