//! One comparison, compiled.

use super::{fact, version::Version};
use crate::{
    Request,
    fold::{FoldedSet, Position, Search},
    problem::Report,
};
use jiff::{civil, tz::TimeZone};
use signalbox_domain::{Criterion, Money, Operator, Test, rule};
use std::cmp::Ordering;

/// A comparison. Those that can be turned round carry `negate`: they hold when the comparison does not.
#[derive(Debug)]
pub(super) enum Check {
    /// Whatever the request.
    Constant(bool),
    Exists {
        negate: bool,
    },
    Set {
        set: FoldedSet,
        negate: bool,
    },
    Search {
        search: Box<Search>,
        negate: bool,
    },
    Numbers {
        ranges: Box<[Range<Money>]>,
        negate: bool,
    },
    Versions {
        ranges: Box<[Range<Version>]>,
        negate: bool,
    },
    /// Minutes of the day; the end is exclusive; a range that ends before it starts crosses midnight.
    TimeOfDay {
        timezone: TimeZone,
        ranges: Box<[(u16, u16)]>,
        negate: bool,
    },
    /// Bit `n` is ISO weekday `n`.
    Weekday {
        timezone: TimeZone,
        days: u8,
        negate: bool,
    },
    Dates {
        timezone: TimeZone,
        ranges: Box<[(civil::Date, civil::Date)]>,
        negate: bool,
    },
}

/// Inclusive ends; absent is open.
type Range<T> = (Option<T>, Option<T>);

impl Check {
    pub(super) fn compile(test: &Test, timezone: &TimeZone, report: &mut Report<'_>) -> Self {
        let timezone = || {
            let named = test.timezone.as_ref().and_then(|name| TimeZone::get(name).ok());
            named.unwrap_or_else(|| timezone.clone())
        };
        let negate = negates(test.op);
        if !test.op.takes_values() {
            return match test.criterion.is_time() {
                true => Self::Constant(test.op == Operator::Exists),
                false => Self::Exists { negate },
            };
        }
        match test.criterion {
            Criterion::TimeOfDay => {
                let ranges = parse_all(test, report, |value| rule::parse_time_range(value).ok());
                Self::TimeOfDay { timezone: timezone(), ranges, negate }
            }
            Criterion::Date => {
                let ranges = parse_all(test, report, |value| rule::parse_date_range(value).ok());
                Self::Dates { timezone: timezone(), ranges, negate }
            }
            Criterion::Weekday => {
                let days = parse_all(test, report, |value| weekdays(test.op, value));
                let days = days.iter().fold(0, |all, days| all | days);
                Self::Weekday { timezone: timezone(), days, negate }
            }
            _ => Self::compile_text(test, report),
        }
    }

    fn compile_text(test: &Test, report: &mut Report<'_>) -> Self {
        let negate = negates(test.op);
        let versions = matches!(test.criterion, Criterion::OsVersion | Criterion::BrowserVersion);
        let asn = test.criterion == Criterion::Asn;
        let values = test.values.iter().map(|value| {
            let value = value.trim();
            if asn { value.trim_start_matches(['A', 'S', 'a', 's']) } else { value }
        });
        let position = match test.op {
            Operator::In | Operator::NotIn => {
                return Self::Set { set: FoldedSet::new(values), negate };
            }
            Operator::Contains | Operator::NotContains => Position::Anywhere,
            Operator::StartsWith => Position::Start,
            Operator::EndsWith => Position::End,
            _ if versions => {
                let ranges = parse_all(test, report, |value| range(test.op, value, Version::parse));
                return Self::Versions { ranges, negate };
            }
            _ => {
                let number = |text: &str| text.trim().parse().ok();
                let ranges = parse_all(test, report, |value| range(test.op, value, number));
                return Self::Numbers { ranges, negate };
            }
        };
        match Search::new(values, position) {
            Some(search) => Self::Search { search: Box::new(search), negate },
            None => {
                report.warn("rules", format!("{} has too many long values: it never holds", test.criterion));
                Self::Constant(false)
            }
        }
    }

    pub(super) fn holds(&self, criterion: &Criterion, request: &Request<'_>) -> bool {
        let mut buffer = fact::Buffer::default();
        let fact = fact::text(criterion, request, &mut buffer);
        match self {
            Self::Constant(held) => *held,
            Self::Exists { negate } => fact.known != *negate,
            Self::Set { set, negate } => {
                let text = fact.text;
                (!text.is_empty() && set.contains(text)) != *negate
            }
            Self::Search { search, negate } => (fact.known && search.matches(fact.text)) != *negate,
            Self::Numbers { ranges, negate } => {
                let number = fact.text.parse::<Money>().ok();
                let compare = |end: &Money| number.map(|number| number.cmp(end));
                ranges.iter().any(|range| lies_in(range, compare)) != *negate
            }
            Self::Versions { ranges, negate } => {
                let version = fact.text;
                ranges.iter().any(|range| lies_in(range, |end: &Version| end.compare(version))) != *negate
            }
            Self::TimeOfDay { timezone, ranges, negate } => local(request, timezone).is_some_and(|now| {
                let minute = now.hour() as u16 * 60 + now.minute() as u16;
                ranges.iter().any(|range| in_day(*range, minute)) != *negate
            }),
            Self::Weekday { timezone, days, negate } => local(request, timezone).is_some_and(|now| {
                let day = now.date().weekday().to_monday_one_offset();
                (days >> day & 1 == 1) != *negate
            }),
            Self::Dates { timezone, ranges, negate } => local(request, timezone).is_some_and(|now| {
                let today = now.date();
                ranges.iter().any(|(from, to)| (*from..=*to).contains(&today)) != *negate
            }),
        }
    }

    /// What the request has, for a trace.
    pub(super) fn describe_actual(&self, criterion: &Criterion, request: &Request<'_>) -> String {
        match self {
            Self::TimeOfDay { timezone, .. }
            | Self::Weekday { timezone, .. }
            | Self::Dates { timezone, .. } => {
                let Some(now) = local(request, timezone) else { return String::new() };
                match criterion {
                    Criterion::TimeOfDay => format!("{:02}:{:02}", now.hour(), now.minute()),
                    Criterion::Date => now.date().to_string(),
                    _ => format!("{:?}", now.date().weekday())[..3].to_lowercase(),
                }
            }
            _ => fact::text(criterion, request, &mut fact::Buffer::default()).text.to_owned(),
        }
    }
}

const fn negates(op: Operator) -> bool {
    matches!(op, Operator::NotIn | Operator::NotContains | Operator::NotBetween | Operator::Empty)
}

/// Parses the values of a test. One that cannot be parsed can never match: it is reported.
fn parse_all<T>(test: &Test, report: &mut Report<'_>, parse: impl Fn(&str) -> Option<T>) -> Box<[T]> {
    let mut parsed = Vec::with_capacity(test.values.len());
    for value in &test.values {
        match parse(value.trim()) {
            Some(one) => parsed.push(one),
            None => {
                let reason =
                    format!("{value:?} is nothing {} can be compared with: it never matches", test.criterion);
                report.warn("rules", reason);
            }
        }
    }
    parsed.into()
}

fn range<T>(op: Operator, value: &str, parse: impl Fn(&str) -> Option<T>) -> Option<Range<T>> {
    match op {
        Operator::AtLeast => Some((Some(parse(value)?), None)),
        Operator::AtMost => Some((None, Some(parse(value)?))),
        _ => {
            let (from, to) = value.split_once("..")?;
            Some((Some(parse(from)?), Some(parse(to)?)))
        }
    }
}

/// Whether something lies in a range, given how it compares to an end; what cannot be compared lies in none.
fn lies_in<T>((from, to): &Range<T>, compare: impl Fn(&T) -> Option<Ordering>) -> bool {
    let holds = |end: &Option<T>, against: Ordering| match end {
        None => true,
        Some(end) => compare(end).is_some_and(|ordering| ordering != against),
    };
    holds(from, Ordering::Less) && holds(to, Ordering::Greater)
}

/// A range that ends where it starts is the whole day.
const fn in_day((from, to): (u16, u16), minute: u16) -> bool {
    if from < to { from <= minute && minute < to } else { from <= minute || minute < to }
}

/// The days that `op value` means, as bits.
fn weekdays(op: Operator, value: &str) -> Option<u8> {
    let bits = |days: std::ops::RangeInclusive<u8>| days.fold(0, |bits, day| bits | 1 << day);
    let day = |text: &str| {
        let number = text.trim().parse().ok().filter(|day| (1..=7).contains(day));
        rule::parse_weekday(text.trim()).or(number)
    };
    Some(match op {
        Operator::AtLeast => bits(day(value)?..=7),
        Operator::AtMost => bits(1..=day(value)?),
        Operator::Between | Operator::NotBetween => {
            let (from, to) = value.split_once("..")?;
            bits(day(from)?..=day(to)?)
        }
        _ => 1 << day(value)?,
    })
}

fn local(request: &Request<'_>, timezone: &TimeZone) -> Option<civil::DateTime> {
    let now = jiff::Timestamp::from_millisecond(request.now.0).ok()?;
    Some(timezone.to_datetime(now))
}
