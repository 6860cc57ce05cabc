//! From a test as stored to a comparison.

use super::{
    Findings, Scope, address, address::AddressSet, check::Check, check::Range, pattern, time,
    version::Version,
};
use crate::fold::{FoldedSet, Position, Search};
use jiff::tz::TimeZone;
use signalbox_domain::{Criterion, Operator, Test, rule};
use std::ops::Bound;

impl Check {
    /// `None`: the test cannot be asked; why is found.
    pub(super) fn compile(test: &Test, scope: &Scope<'_>, findings: &mut Findings) -> Option<Self> {
        let negate = negates(test.op);
        if !test.op.takes_values() {
            return Some(match test.criterion.is_time() {
                true => Self::Constant(test.op == Operator::Exists),
                false => Self::Exists { negate },
            });
        }
        if test.criterion.is_time() {
            return Some(Self::compile_time(test, scope, findings));
        }
        if test.op.takes_patterns() {
            return Some(Self::Patterns { patterns: pattern::compile(test, findings)?, negate });
        }
        if test.criterion == Criterion::Ip {
            let parse = match test.op {
                Operator::In | Operator::NotIn => Some(address::network as fn(&str) -> _),
                Operator::Between | Operator::NotBetween => Some(address::range as fn(&str) -> _),
                _ => None,
            };
            if let Some(parse) = parse {
                let ranges = parse_all(test, findings, parse);
                return Some(Self::Addresses { set: AddressSet::new(&ranges), negate });
            }
        }
        Self::compile_text(test, findings)
    }

    fn compile_time(test: &Test, scope: &Scope<'_>, findings: &mut Findings) -> Self {
        let negate = negates(test.op);
        let named = test.timezone.as_ref().and_then(|name| TimeZone::get(name).ok());
        let timezone = named.unwrap_or_else(|| scope.timezone.clone());
        match test.criterion {
            Criterion::TimeOfDay => {
                let ranges = parse_all(test, findings, |value| rule::parse_time_range(value).ok());
                Self::TimeOfDay { timezone, ranges, negate }
            }
            Criterion::Date => {
                let ranges = parse_all(test, findings, |value| rule::parse_date_range(value).ok());
                Self::Dates { timezone, ranges, negate }
            }
            _ => {
                let days = parse_all(test, findings, |value| time::weekdays(test.op, value));
                let days = days.iter().fold(0, |all, days| all | days);
                Self::Weekday { timezone, days, negate }
            }
        }
    }

    fn compile_text(test: &Test, findings: &mut Findings) -> Option<Self> {
        let negate = negates(test.op);
        let asn = test.criterion == Criterion::Asn;
        let values = test.values.iter().map(|value| {
            let value = value.trim();
            if asn { value.trim_start_matches(['A', 'S', 'a', 's']) } else { value }
        });
        let numbers = test.criterion.is_stream_count() || test.criterion == Criterion::Percent;
        let position = match test.op {
            Operator::In | Operator::NotIn if numbers => {
                let ranges = parse_all(test, findings, |value| {
                    let number = value.parse().ok()?;
                    Some((Bound::Included(number), Bound::Included(number)))
                });
                return Some(Self::Numbers { ranges, negate });
            }
            Operator::In | Operator::NotIn if test.criterion == Criterion::AcceptsLanguage => {
                let values: Vec<String> = values.map(|value| value.replace('_', "-")).collect();
                let set = FoldedSet::new(values.iter().map(String::as_str));
                return Some(Self::Tags { set, negate });
            }
            Operator::In | Operator::NotIn => {
                return Some(Self::Set { set: FoldedSet::new(values), negate });
            }
            Operator::Contains | Operator::NotContains => Position::Anywhere,
            Operator::StartsWith | Operator::NotStartsWith => Position::Start,
            Operator::EndsWith | Operator::NotEndsWith => Position::End,
            _ => return Some(Self::compile_ranges(test, findings)),
        };
        match Search::new(values, position) {
            Some(search) => Some(Self::Search { search: Box::new(search), negate }),
            None => {
                findings.error("values", "are too many long ones to look for at once: use fewer");
                None
            }
        }
    }

    fn compile_ranges(test: &Test, findings: &mut Findings) -> Self {
        let negate = negates(test.op);
        if matches!(test.criterion, Criterion::OsVersion | Criterion::BrowserVersion) {
            let ranges = parse_all(test, findings, |value| range(test.op, value, Version::parse));
            return Self::Versions { ranges, negate };
        }
        let number = |text: &str| text.trim().parse().ok();
        let ranges = parse_all(test, findings, |value| range(test.op, value, number));
        Self::Numbers { ranges, negate }
    }
}

const fn negates(op: Operator) -> bool {
    matches!(
        op,
        Operator::NotIn
            | Operator::NotContains
            | Operator::NotStartsWith
            | Operator::NotEndsWith
            | Operator::NotMask
            | Operator::NotRegex
            | Operator::NotBetween
            | Operator::Empty
    )
}

/// Parses the values of a test. One that cannot be parsed can never match: it is pointed out.
fn parse_all<T>(test: &Test, findings: &mut Findings, parse: impl Fn(&str) -> Option<T>) -> Box<[T]> {
    let mut parsed = Vec::with_capacity(test.values.len());
    for (index, value) in test.values.iter().enumerate() {
        match parse(value.trim()) {
            Some(one) => parsed.push(one),
            None => {
                let reason =
                    format!("{value:?} is nothing {} can be compared with: it never matches", test.criterion);
                findings.warn(&format!("values[{index}]"), reason);
            }
        }
    }
    parsed.into()
}

fn range<T>(op: Operator, value: &str, parse: impl Fn(&str) -> Option<T>) -> Option<Range<T>> {
    use Bound::{Excluded, Included, Unbounded};
    match op {
        Operator::AtLeast => Some((Included(parse(value)?), Unbounded)),
        Operator::AtMost => Some((Unbounded, Included(parse(value)?))),
        Operator::MoreThan => Some((Excluded(parse(value)?), Unbounded)),
        Operator::LessThan => Some((Unbounded, Excluded(parse(value)?))),
        _ => {
            let (from, to) = value.split_once("..")?;
            Some((Included(parse(from)?), Included(parse(to)?)))
        }
    }
}
