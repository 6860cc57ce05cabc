//! Caps, compiled: timezones resolved, windows found in local time whatever clocks do.

use crate::{Request, problem::Report, trace::CapTrace};
use jiff::{civil::DateTime, tz::TimeZone};
use signalbox_domain::{
    Cap, CapPeriod, Measure, Money, Subject, Timestamp, Validator,
    cap::{CAPS_MAX, validate_caps},
};

const HOUR_MS: i64 = 3_600_000;

/// A limit with the window it is held against.
#[derive(Debug)]
pub(crate) struct CompiledCap {
    measure: Measure,
    limit: Money,
    window: Window,
}

/// Over which time is counted.
#[derive(Debug)]
enum Window {
    Hour(TimeZone),
    Day(TimeZone),
    Total,
    Rolling { hours: u16 },
}

/// A limit that was reached, with what was counted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reached<'s> {
    cap: &'s CompiledCap,
    counted: Money,
    since: Option<Timestamp>,
}

impl Reached<'_> {
    pub(crate) fn describe(&self) -> CapTrace {
        CapTrace {
            measure: self.cap.measure,
            period: self.cap.window.period(),
            limit: self.cap.limit,
            counted: self.counted,
            since: self.since,
        }
    }
}

/// All limits of one owner.
#[derive(Debug, Default)]
pub(crate) struct CompiledCaps(Box<[CompiledCap]>);

impl CompiledCaps {
    /// Compiles caps. `timezone` is the one of caps that name none. A cap that is invalid is left out alone and reported under `field`.
    pub(crate) fn compile(caps: &[Cap], timezone: &TimeZone, field: &str, report: &mut Report<'_>) -> Self {
        let mut valid = |(index, cap): &(usize, &Cap)| {
            let mut v = Validator::new();
            validate_caps(&mut v, std::slice::from_ref(*cap));
            let errors = v.finish().err().map_or_else(Vec::new, |invalid| invalid.0);
            for error in &errors {
                let inner = error.field.strip_prefix("caps[0]").unwrap_or(&error.field);
                report.left_out(
                    format!("{field}[{index}]{inner}"),
                    format!("{}: the cap limits nothing", error.reason),
                );
            }
            errors.is_empty()
        };
        let compile = |(_, cap): (usize, &Cap)| CompiledCap {
            measure: cap.measure,
            limit: cap.limit,
            window: Window::of(cap, timezone),
        };
        let compiled = caps.iter().enumerate().take(CAPS_MAX).filter(|cap| valid(cap)).map(compile).collect();
        if caps.len() > CAPS_MAX {
            report.left_out(field, format!("has {} entries: the first {CAPS_MAX} limit", caps.len()));
        }
        Self(compiled)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first limit that `subject` has reached.
    pub(crate) fn reached(&self, subject: Subject, request: &Request<'_>) -> Option<Reached<'_>> {
        self.0.iter().find_map(|cap| {
            let since = cap.window.start(request.now);
            let counted = request.live.counted(subject, cap.measure, since);
            (counted >= cap.limit).then_some(Reached { cap, counted, since })
        })
    }
}

/// Since when a cap counts at `now`; `None`: since ever. `timezone` is the one of caps that name none.
pub fn cap_since(cap: &Cap, timezone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
    Window::of(cap, timezone).start(now)
}

impl Window {
    fn of(cap: &Cap, timezone: &TimeZone) -> Self {
        let timezone = || {
            let named = cap.timezone.as_deref().and_then(|name| TimeZone::get(name).ok());
            named.unwrap_or_else(|| timezone.clone())
        };
        match cap.period {
            CapPeriod::Hour => Self::Hour(timezone()),
            CapPeriod::Day => Self::Day(timezone()),
            CapPeriod::Total => Self::Total,
            CapPeriod::Rolling { hours } => Self::Rolling { hours },
        }
    }

    const fn period(&self) -> CapPeriod {
        match self {
            Self::Hour(_) => CapPeriod::Hour,
            Self::Day(_) => CapPeriod::Day,
            Self::Total => CapPeriod::Total,
            Self::Rolling { hours } => CapPeriod::Rolling { hours: *hours },
        }
    }

    /// When the window that holds `now` began; `None` for one without a beginning.
    fn start(&self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Hour(timezone) => Some(hour_start(timezone, now).unwrap_or(now.plus_ms(-HOUR_MS))),
            Self::Day(timezone) => Some(day_start(timezone, now).unwrap_or(now.plus_ms(-24 * HOUR_MS))),
            Self::Total => None,
            Self::Rolling { hours } => Some(now.plus_ms(-i64::from(*hours) * HOUR_MS)),
        }
    }
}

/// The first moment of the local day: midnight, the earlier one where clocks go back over it, and where they skip it the moment after.
/// `None`: beyond the years that calendars know.
fn day_start(timezone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
    let local = timezone.to_datetime(jiff::Timestamp::from_millisecond(now.0).ok()?);
    earliest(timezone, local.date().to_datetime(jiff::civil::Time::midnight()))
}

/// The beginning of the running clock hour. An hour that clocks repeat is two hours.
fn hour_start(timezone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
    let at = jiff::Timestamp::from_millisecond(now.0).ok()?;
    let local = timezone.to_datetime(at);
    let begun = local.date().at(local.hour(), 0, 0, 0);
    let past = i64::from(local.minute()) * 60_000
        + i64::from(local.second()) * 1000
        + i64::from(local.subsec_nanosecond() / 1_000_000);
    let same_offset = jiff::Timestamp::from_millisecond(now.0 - past).ok()?;
    if timezone.to_datetime(same_offset) == begun {
        return Some(Timestamp(now.0 - past));
    }
    // Clocks were changed within this hour.
    earliest(timezone, begun)
}

fn earliest(timezone: &TimeZone, local: DateTime) -> Option<Timestamp> {
    let at = timezone.to_ambiguous_timestamp(local).compatible().ok()?;
    Some(Timestamp(at.as_millisecond()))
}

#[cfg(test)]
mod tests;
