//! Schedules, compiled: an interval of moments and open times of the local week.

use crate::problem::Report;
use jiff::{civil::DateTime, tz::TimeZone};
use signalbox_domain::{Schedule, Timestamp, WorkspaceId, rule, schedule::parse_moment};

/// When something takes traffic.
#[derive(Debug)]
pub(crate) struct CompiledSchedule {
    timezone: TimeZone,
    /// Unix milliseconds, inclusive and exclusive.
    from: i64,
    until: i64,
    weekly: Box<[Slot]>,
}

/// Open on days (bit `n` is ISO weekday `n`, the one on which the slot begins) between minutes of the day.
#[derive(Debug)]
struct Slot {
    days: u8,
    from: u16,
    until: u16,
}

impl CompiledSchedule {
    /// Compiles a schedule. `timezone` is the one of schedules that name none. What cannot be read is left out alone and reported.
    pub(crate) fn compile(
        schedule: &Schedule,
        timezone: &TimeZone,
        field: &str,
        report: &mut Report<'_>,
    ) -> Self {
        let named = schedule.timezone.as_deref().map(|name| TimeZone::get(name).map_err(|_| name));
        let timezone = match named {
            Some(Ok(named)) => named,
            Some(Err(name)) => {
                let reason = format!("{name:?} is unknown: the workspace's timezone is used");
                report.warn(format!("{field}.timezone"), reason);
                timezone.clone()
            }
            None => timezone.clone(),
        };
        let mut moment = |name: &str, text: &Option<String>, end: bool| {
            let text = text.as_deref()?;
            let read = parse_moment(text, end).and_then(|local| at(&timezone, local));
            if read.is_none() {
                report.left_out(
                    format!("{field}.{name}"),
                    format!("{text:?} is no date: there is no such end"),
                );
            }
            read
        };
        let from = moment("from", &schedule.from, false).unwrap_or(i64::MIN);
        let until = moment("until", &schedule.until, true).unwrap_or(i64::MAX);
        if from >= until {
            report.warn(format!("{field}.until"), "is not later than from: it is never open");
        }
        let slots = schedule.weekly.iter().enumerate().filter_map(|(index, slot)| {
            let days = slot.days.iter().filter_map(|day| rule::parse_weekday(day));
            let days = days.fold(0_u8, |days, day| days | 1 << day);
            match rule::parse_time_range(&slot.time) {
                Ok((from, until)) if days != 0 => Some(Slot { days, from, until }),
                _ => {
                    let reason = "names no days or no time such as 09:00-17:00: it never opens";
                    report.left_out(format!("{field}.weekly[{index}]"), reason);
                    None
                }
            }
        });
        let mut weekly: Vec<_> = slots.collect();
        if weekly.is_empty() && !schedule.weekly.is_empty() {
            // Nothing that was meant to open can be read: closed, rather than always open.
            weekly.push(Slot { days: 0, from: 0, until: 0 });
        }
        Self { timezone, from, until, weekly: weekly.into() }
    }

    /// Whether it is open at a moment.
    pub(crate) fn is_open(&self, now: Timestamp) -> bool {
        if now.0 < self.from || now.0 >= self.until {
            return false;
        }
        if self.weekly.is_empty() {
            return true;
        }
        let Ok(at) = jiff::Timestamp::from_millisecond(now.0) else { return false };
        let local = self.timezone.to_datetime(at);
        let minute = local.hour() as u16 * 60 + local.minute() as u16;
        let today = local.date().weekday().to_monday_one_offset();
        let yesterday = if today == 1 { 7 } else { today - 1 };
        self.weekly.iter().any(|slot| slot.is_open(minute, today as u8, yesterday as u8))
    }
}

/// Whether a schedule is open at a moment. `timezone` is the one of schedules that name none.
pub fn schedule_is_open(schedule: &Schedule, timezone: &TimeZone, now: Timestamp) -> bool {
    let mut problems = Vec::new();
    let workspace = WorkspaceId::NONE;
    let mut report = Report { problems: &mut problems, workspace, campaign: None, stream: None };
    CompiledSchedule::compile(schedule, timezone, "schedule", &mut report).is_open(now)
}

impl Slot {
    const fn is_open(&self, minute: u16, today: u8, yesterday: u8) -> bool {
        let (began_today, began_yesterday) = (self.days >> today & 1 == 1, self.days >> yesterday & 1 == 1);
        if self.from < self.until {
            return began_today && self.from <= minute && minute < self.until;
        }
        // Over midnight; one that ends when it starts is open for a whole day.
        began_today && minute >= self.from || began_yesterday && minute < self.until
    }
}

/// A local time as a moment: the earlier one where clocks repeat it, and where they skip it the moment after.
fn at(timezone: &TimeZone, local: DateTime) -> Option<i64> {
    Some(timezone.to_ambiguous_timestamp(local).compatible().ok()?.as_millisecond())
}

#[cfg(test)]
mod tests;
