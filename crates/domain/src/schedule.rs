//! Schedules: between which dates, on which days and at which times something takes traffic.

use crate::{Validator, rule::parse_time_range, rule::parse_weekday, workspace::validate_timezone};
use serde::{Deserialize, Serialize};

/// Most weekly slots of one schedule.
pub const SLOTS_MAX: usize = 100;

/// When something takes traffic. Everything is local time of `timezone`; an empty schedule is always open.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Schedule {
    /// IANA timezone; the workspace's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// First moment, `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// First moment that is closed again, in the same form; a date alone means the end of that day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Open times of the week; empty: all of it.
    #[serde(default)]
    pub weekly: Vec<WeeklySlot>,
}

/// Open on these days between these times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeeklySlot {
    /// `mon` to `sun`; the day on which a slot over midnight begins.
    pub days: Vec<String>,
    /// `HH:MM-HH:MM`, the second exclusive; may cross midnight.
    pub time: String,
}

impl Schedule {
    /// Notes everything wrong with this schedule.
    pub fn validate(&self, v: &mut Validator) {
        if let Some(timezone) = &self.timezone {
            validate_timezone(v, "timezone", timezone);
        }
        let moment = |v: &mut Validator, field: &str, text: &Option<String>, end: bool| {
            let parsed = parse_moment(text.as_deref()?, end);
            v.require(parsed.is_some(), field, "must look like 2026-12-01 or 2026-12-01T09:30");
            parsed
        };
        let from = moment(v, "from", &self.from, false);
        let until = moment(v, "until", &self.until, true);
        if let (Some(from), Some(until)) = (from, until) {
            v.require(from < until, "until", "must be later than from");
        }
        v.require(self.weekly.len() <= SLOTS_MAX, "weekly", format!("has more than {SLOTS_MAX} entries"));
        v.each("weekly", &self.weekly, |v, slot| {
            v.require(
                !slot.days.is_empty(),
                "days",
                "needs at least one of mon, tue, wed, thu, fri, sat, sun",
            );
            for (index, day) in slot.days.iter().enumerate() {
                let known = parse_weekday(day).is_some();
                v.require(known, &format!("days[{index}]"), "must be mon, tue, wed, thu, fri, sat or sun");
            }
            if let Err(reason) = parse_time_range(&slot.time) {
                v.reject("time", reason);
            }
        });
    }
}

/// Reads `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM[:SS]`. A date alone is its first moment, or with `end` the first moment of the next day.
pub fn parse_moment(text: &str, end: bool) -> Option<jiff::civil::DateTime> {
    if let Ok(date) = text.parse::<jiff::civil::Date>()
        && text.len() == 10
    {
        let date = if end { date.tomorrow().ok()? } else { date };
        return Some(date.to_datetime(jiff::civil::Time::midnight()));
    }
    text.contains('T').then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_name_their_field() {
        let schedule = Schedule {
            timezone: Some("Nowhere".to_owned()),
            from: Some("2026-12-02".to_owned()),
            until: Some("2026-12-01".to_owned()),
            weekly: vec![WeeklySlot { days: vec!["xyz".to_owned()], time: "9-17".to_owned() }],
        };
        let mut v = Validator::new();
        v.within("schedule", |v| schedule.validate(v));
        let fields: Vec<_> = v.finish().unwrap_err().0.into_iter().map(|error| error.field).collect();
        assert_eq!(
            fields,
            ["schedule.timezone", "schedule.until", "schedule.weekly[0].days[0]", "schedule.weekly[0].time"]
        );
    }

    #[test]
    fn a_date_alone_ends_with_its_day() {
        assert_eq!(parse_moment("2026-12-31", true), "2027-01-01T00:00".parse().ok());
        assert_eq!(parse_moment("2026-12-31T09:30", true), "2026-12-31T09:30".parse().ok());
        assert_eq!(parse_moment("yesterday", false), None);
    }
}
