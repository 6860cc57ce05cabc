//! One comparison, compiled.

use super::{
    address::AddressSet,
    fact::Lens,
    time::{self, local},
    version::Version,
};
use crate::{
    Request,
    fold::{FoldedSet, Search},
};
use jiff::{civil, tz::TimeZone};
use regex::RegexSet;
use signalbox_domain::{Criterion, Money};
use std::{cmp::Ordering, ops::Bound};

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
    /// Any tag of a list joined by commas, or its beginning before a `-`.
    Tags {
        set: FoldedSet,
        negate: bool,
    },
    Search {
        search: Box<Search>,
        negate: bool,
    },
    Patterns {
        patterns: RegexSet,
        negate: bool,
    },
    Addresses {
        set: AddressSet,
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

/// Both ends.
pub(super) type Range<T> = (Bound<T>, Bound<T>);

impl Check {
    pub(super) fn holds(&self, lens: &Lens, request: &Request<'_>) -> bool {
        match self {
            Self::Constant(held) => *held,
            Self::Exists { negate } => lens.text(request, |_, known| known) != *negate,
            Self::Set { set, negate } => {
                lens.text(request, |text, _| !text.is_empty() && set.contains(text)) != *negate
            }
            Self::Tags { set, negate } => lens.text(request, |text, _| any_tag(set, text)) != *negate,
            Self::Search { search, negate } => {
                lens.text(request, |text, known| known && search.matches(text)) != *negate
            }
            Self::Patterns { patterns, negate } => {
                lens.text(request, |text, known| known && patterns.is_match(text)) != *negate
            }
            Self::Addresses { set, negate } => set.contains(Lens::address(request)) != *negate,
            Self::Numbers { ranges, negate } => {
                let number = lens.number(request);
                let compare = |end: &Money| number.map(|number| number.cmp(end));
                ranges.iter().any(|range| lies_in(range, compare)) != *negate
            }
            Self::Versions { ranges, negate } => {
                let within = |version: &str| {
                    ranges.iter().any(|range| lies_in(range, |end: &Version| end.compare(version)))
                };
                lens.text(request, |version, _| within(version)) != *negate
            }
            Self::TimeOfDay { timezone, ranges, negate } => local(request.now, timezone).is_some_and(|now| {
                let minute = now.hour() as u16 * 60 + now.minute() as u16;
                ranges.iter().any(|range| time::in_day(*range, minute)) != *negate
            }),
            Self::Weekday { timezone, days, negate } => local(request.now, timezone).is_some_and(|now| {
                let day = now.date().weekday().to_monday_one_offset();
                (days >> day & 1 == 1) != *negate
            }),
            Self::Dates { timezone, ranges, negate } => local(request.now, timezone).is_some_and(|now| {
                let today = now.date();
                ranges.iter().any(|(from, to)| (*from..=*to).contains(&today)) != *negate
            }),
        }
    }

    /// The values it compares with, when they are all there is to it and it keeps them as they are stored.
    pub(super) fn values(&self) -> Option<impl Iterator<Item = &str>> {
        match self {
            Self::Set { set, .. } => set.listed(),
            _ => None,
        }
    }

    /// What the request has, for a trace.
    pub(super) fn describe_actual(&self, lens: &Lens, request: &Request<'_>) -> String {
        match self {
            Self::TimeOfDay { timezone, .. }
            | Self::Weekday { timezone, .. }
            | Self::Dates { timezone, .. } => {
                let Some(now) = local(request.now, timezone) else { return String::new() };
                match lens {
                    Lens::Of(Criterion::TimeOfDay) => format!("{:02}:{:02}", now.hour(), now.minute()),
                    Lens::Of(Criterion::Date) => now.date().to_string(),
                    _ => time::weekday_word(now.date()).to_owned(),
                }
            }
            _ => lens.text(request, |text, _| text.to_owned()),
        }
    }
}

/// `de-at` is found by `de-at` and by `de`.
fn any_tag(set: &FoldedSet, list: &str) -> bool {
    list.split(',').map(str::trim).any(|tag| {
        let ends = tag.match_indices('-').map(|(end, _)| end);
        !tag.is_empty() && ends.chain([tag.len()]).any(|end| set.contains(&tag[..end]))
    })
}

/// Whether something lies in a range, given how it compares to an end; what cannot be compared lies in none.
fn lies_in<T>((from, to): &Range<T>, compare: impl Fn(&T) -> Option<Ordering>) -> bool {
    let holds = |end: &Bound<T>, outside: Ordering| match end {
        Bound::Unbounded => true,
        Bound::Included(end) => compare(end).is_some_and(|ordering| ordering != outside),
        Bound::Excluded(end) => compare(end).is_some_and(|ordering| ordering == outside.reverse()),
    };
    holds(from, Ordering::Less) && holds(to, Ordering::Greater)
}
