//! An hour of some timezone as one number: local time alone is ambiguous when clocks go back, so the offset is part of it.

use jiff::tz::Offset;

/// Room for the offset in seconds: ±145 h around the middle.
const SPAN: i64 = 1 << 20;
const MIDDLE: i64 = 1 << 19;

/// The number of the hour that begins at `local` seconds (wall clock, as if it were UTC) with `offset` seconds east of UTC.
pub(crate) const fn encode(local: i64, offset: i64) -> i64 {
    local * SPAN + offset + MIDDLE
}

/// SQL for [`encode`] of whole hours; both arguments are expressions of whole seconds.
pub(crate) fn sql(local: &str, offset: &str) -> String {
    format!("(intDiv({local}, 3600) * 3600 * {SPAN} + ({offset}) + {MIDDLE})")
}

/// `2026-03-29T02:00:00+02:00`.
pub(crate) fn format(code: i64) -> Option<String> {
    let (local, offset) = (code.div_euclid(SPAN), code.rem_euclid(SPAN) - MIDDLE);
    let wall = Offset::UTC.to_datetime(jiff::Timestamp::from_second(local).ok()?);
    let (sign, size) = if offset < 0 { ('-', -offset) } else { ('+', offset) };
    Some(format!("{}{sign}{:02}:{:02}", wall.strftime("%Y-%m-%dT%H:%M:%S"), size / 3600, size % 3600 / 60))
}

/// The number of an hour in the form of [`format`].
pub(crate) fn parse(text: &str) -> Option<i64> {
    let (wall, offset) = text.split_at_checked(19)?;
    let wall: jiff::civil::DateTime = wall.parse().ok()?;
    let sign = match offset.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = offset.get(1..)?.split_once(':')?;
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    let known =
        (0..=26).contains(&hours) && (0..60).contains(&minutes) && wall.minute() == 0 && wall.second() == 0;
    let local = Offset::UTC.to_timestamp(wall).ok()?.as_second();
    known.then(|| encode(local, sign * (hours * 3600 + minutes * 60)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_say_the_same() {
        for text in [
            "2026-10-25T02:00:00+02:00",
            "2026-10-25T02:00:00+01:00",
            "1999-12-31T23:00:00-03:30",
            "2026-04-05T01:00:00+10:30",
        ] {
            let code = parse(text).unwrap();
            assert_eq!(format(code).unwrap(), text);
        }
        assert_ne!(parse("2026-10-25T02:00:00+02:00"), parse("2026-10-25T02:00:00+01:00"));
        for bad in [
            "",
            "2026-10-25",
            "2026-10-25T02:30:00+02:00",
            "2026-10-25T02:00:00Z",
            "2026-10-25T02:00:00+99:00",
            "ü",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
