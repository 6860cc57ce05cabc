use super::*;
use signalbox_domain::{WeeklySlot, WorkspaceId};

fn compile(schedule: &Schedule) -> (CompiledSchedule, Vec<String>) {
    let mut problems = Vec::new();
    let mut report =
        Report { problems: &mut problems, workspace: WorkspaceId(1), campaign: None, stream: None };
    let compiled = CompiledSchedule::compile(
        schedule,
        &TimeZone::get("Europe/Berlin").unwrap(),
        "schedule",
        &mut report,
    );
    (compiled, problems.into_iter().map(|problem| problem.field).collect())
}

fn open(schedule: &Schedule, at: &str) -> bool {
    let at = at.parse::<jiff::Timestamp>().unwrap();
    compile(schedule).0.is_open(Timestamp(at.as_millisecond()))
}

fn weekly(days: &[&str], time: &str) -> Schedule {
    let slot = WeeklySlot { days: days.iter().map(|day| (*day).to_owned()).collect(), time: time.to_owned() };
    Schedule { weekly: vec![slot], ..Schedule::default() }
}

#[test]
fn an_empty_schedule_is_always_open() {
    for at in ["1970-01-01T00:00:00Z", "2026-11-22T10:30:05Z"] {
        assert!(open(&Schedule::default(), at));
    }
    assert!(compile(&Schedule::default()).0.is_open(Timestamp(i64::MIN)));
}

#[test]
fn slots_over_midnight_belong_to_the_day_they_begin_on() {
    let night = weekly(&["fri"], "22:00-06:00");
    // 2026-11-27 is a Friday; Berlin is an hour ahead.
    for (at, expected) in [
        ("2026-11-27T20:59:59Z", false),
        ("2026-11-27T21:00:00Z", true),
        ("2026-11-27T23:30:00Z", true),
        ("2026-11-28T04:59:59Z", true),
        ("2026-11-28T05:00:00Z", false),
        ("2026-11-27T04:00:00Z", false),
        ("2026-11-28T21:30:00Z", false),
    ] {
        assert_eq!(open(&night, at), expected, "{at}");
    }
    let sunday = weekly(&["sun"], "23:00-01:00");
    assert!(open(&sunday, "2026-11-22T23:30:00Z"), "Monday, half past midnight");
    assert!(!open(&sunday, "2026-11-21T23:30:00Z"), "Sunday, half past midnight");
    let whole = weekly(&["mon"], "00:00-24:00");
    assert!(open(&whole, "2026-11-22T23:00:00Z") && !open(&whole, "2026-11-23T23:00:00Z"));
    let from_nine = weekly(&["mon"], "09:00-09:00");
    assert!(open(&from_nine, "2026-11-24T07:59:00Z") && !open(&from_nine, "2026-11-24T08:00:00Z"));
}

#[test]
fn open_times_keep_to_the_clock_when_clocks_change() {
    let slot = weekly(&["sun"], "02:30-03:30");
    // 2026-03-29: clocks go from two to three. 2026-10-25: half past two comes twice.
    for (at, expected) in [
        ("2026-03-29T00:59:59Z", false),
        ("2026-03-29T01:00:00Z", true),
        ("2026-03-29T01:30:00Z", false),
        ("2026-10-25T00:29:59Z", false),
        ("2026-10-25T00:30:00Z", true),
        ("2026-10-25T01:10:00Z", false),
        ("2026-10-25T01:30:00Z", true),
        ("2026-10-25T02:29:59Z", true),
        ("2026-10-25T02:30:00Z", false),
    ] {
        assert_eq!(open(&slot, at), expected, "{at}");
    }
}

#[test]
fn dates_are_local_and_their_last_day_is_whole() {
    let december = Schedule {
        from: Some("2026-12-01".to_owned()),
        until: Some("2026-12-24".to_owned()),
        timezone: Some("America/New_York".to_owned()),
        ..Schedule::default()
    };
    for (at, expected) in [
        ("2026-12-01T04:59:59Z", false),
        ("2026-12-01T05:00:00Z", true),
        ("2026-12-25T04:59:59Z", true),
        ("2026-12-25T05:00:00Z", false),
    ] {
        assert_eq!(open(&december, at), expected, "{at}");
    }
    let skipped = Schedule { from: Some("2026-03-29T02:30".to_owned()), ..Schedule::default() };
    assert!(!open(&skipped, "2026-03-29T01:29:59Z") && open(&skipped, "2026-03-29T01:30:00Z"));
}

#[test]
fn what_cannot_be_read_is_left_out_and_never_opens_by_accident() {
    let broken = Schedule {
        timezone: Some("Mars/Olympus".to_owned()),
        from: Some("soon".to_owned()),
        until: None,
        weekly: vec![WeeklySlot { days: vec!["someday".to_owned()], time: "9-17".to_owned() }],
    };
    let (compiled, fields) = compile(&broken);
    assert_eq!(fields, ["schedule.timezone", "schedule.from", "schedule.weekly[0]"]);
    assert!(!compiled.is_open(Timestamp(1_790_000_000_000)));
}
