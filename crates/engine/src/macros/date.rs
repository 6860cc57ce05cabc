//! `{date:FORMAT,TIMEZONE}`: the format's letters are PHP's, as users of Keitaro write them.

use super::value::Out;
use jiff::{civil::DateTime, tz::TimeZone};
use signalbox_domain::Timestamp;

/// What a `{date}` without a format shows.
const DEFAULT: &str = "Y-m-d H:i:s";

/// How a moment is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DateFormat {
    format: Box<str>,
    timezone: TimeZone,
}

impl DateFormat {
    /// Reads the argument of the macro, and says what is wrong with it.
    pub(super) fn parse(argument: &str, default: &TimeZone) -> (Self, Option<String>) {
        let (format, zone) = match argument.rsplit_once(',') {
            Some((format, zone)) => (format.trim(), Some(zone.trim())),
            None => (argument.trim(), None),
        };
        let named = zone.map(|zone| (zone, TimeZone::get(zone)));
        let complaint = match &named {
            Some((zone, Err(_))) => Some(format!(
                "{{date:{argument}}} names the unknown timezone {zone:?}: the workspace's is used"
            )),
            _ => None,
        };
        let timezone = named.and_then(|(_, zone)| zone.ok()).unwrap_or_else(|| default.clone());
        let format = if format.is_empty() { DEFAULT } else { format };
        (Self { format: format.into(), timezone }, complaint)
    }

    pub(super) fn write(&self, at: Timestamp, out: &mut Out<'_>) {
        let Ok(moment) = jiff::Timestamp::from_millisecond(at.0) else { return };
        let local = self.timezone.to_datetime(moment);
        let mut letters = self.format.chars();
        while let Some(letter) = letters.next() {
            match letter {
                // What a backslash stands before is itself.
                '\\' => {
                    let _ = out.write_str(letters.next().unwrap_or('\\').encode_utf8(&mut [0; 4]));
                }
                'e' => {
                    let _ = out.write_str(self.timezone.iana_name().unwrap_or("UTC"));
                }
                'P' | 'O' => write_offset(self.timezone.to_offset(moment).seconds(), letter == 'P', out),
                _ => write_letter(letter, local, at, out),
            }
        }
    }
}

fn write_letter(letter: char, local: DateTime, at: Timestamp, out: &mut Out<'_>) {
    let (hour, weekday) = (local.hour(), local.date().weekday());
    let hour12 = if hour % 12 == 0 { 12 } else { hour % 12 };
    // Writing to a string cannot fail.
    let _ = match letter {
        'Y' => write!(out, "{:04}", local.year()),
        'y' => write!(out, "{:02}", local.year().rem_euclid(100)),
        'm' => write!(out, "{:02}", local.month()),
        'n' => write!(out, "{}", local.month()),
        'M' => write!(out, "{}", &month_name(local.month())[..3]),
        'F' => write!(out, "{}", month_name(local.month())),
        'd' => write!(out, "{:02}", local.day()),
        'j' => write!(out, "{}", local.day()),
        'D' => write!(out, "{}", &weekday_name(weekday.to_monday_one_offset())[..3]),
        'l' => write!(out, "{}", weekday_name(weekday.to_monday_one_offset())),
        'N' => write!(out, "{}", weekday.to_monday_one_offset()),
        'w' => write!(out, "{}", weekday.to_sunday_zero_offset()),
        'z' => write!(out, "{}", local.date().day_of_year() - 1),
        'H' => write!(out, "{hour:02}"),
        'G' => write!(out, "{hour}"),
        'h' => write!(out, "{hour12:02}"),
        'g' => write!(out, "{hour12}"),
        'i' => write!(out, "{:02}", local.minute()),
        's' => write!(out, "{:02}", local.second()),
        'v' => write!(out, "{:03}", local.millisecond()),
        'A' => write!(out, "{}", if hour < 12 { "AM" } else { "PM" }),
        'a' => write!(out, "{}", if hour < 12 { "am" } else { "pm" }),
        'U' => write!(out, "{}", at.0.div_euclid(1000)),
        'W' => write!(out, "{:02}", local.date().iso_week_date().week()),
        'o' => write!(out, "{:04}", local.date().iso_week_date().year()),
        't' => write!(out, "{}", local.date().days_in_month()),
        'L' => write!(out, "{}", u8::from(local.date().in_leap_year())),
        other => write!(out, "{other}"),
    };
}

/// `+0100`, or with a colon `+01:00`.
fn write_offset(seconds: i32, colon: bool, out: &mut Out<'_>) {
    let (sign, minutes) = if seconds < 0 { ('-', -seconds / 60) } else { ('+', seconds / 60) };
    let colon = if colon { ":" } else { "" };
    let _ = write!(out, "{sign}{:02}{colon}{:02}", minutes / 60, minutes % 60);
}

fn month_name(month: i8) -> &'static str {
    const NAMES: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    NAMES[(month as usize - 1) % 12]
}

fn weekday_name(iso: i8) -> &'static str {
    const NAMES: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    NAMES[(iso as usize - 1) % 7]
}
