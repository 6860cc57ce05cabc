//! Rules: nested groups of tests over what is known about a click.
//!
//! JSON: `{"all": [{"test": {"criterion": "country", "op": "in", "values": ["DE", "AT"]}}]}`. An empty `all` always holds.

use crate::{Validator, workspace::validate_timezone};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};

/// Deepest nesting of groups.
pub const DEPTH_MAX: usize = 5;
/// Most tests in one stream.
pub const TESTS_MAX: usize = 200;
/// Most values of one test.
pub const VALUES_MAX: usize = 10_000;

/// A group of rules or one test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Holds when every part holds; holds when empty.
    All(Vec<Rule>),
    /// Holds when at least one part holds.
    Any(Vec<Rule>),
    /// Holds when no part holds.
    None(Vec<Rule>),
    /// One comparison.
    Test(Test),
}

impl Default for Rule {
    fn default() -> Self {
        Self::All(Vec::new())
    }
}

/// One comparison of one criterion. Text is compared without regard to case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Test {
    /// What is looked at.
    pub criterion: Criterion,
    /// How it is compared.
    pub op: Operator,
    /// What it is compared with; several values are alternatives.
    #[serde(default)]
    pub values: Vec<String>,
    /// IANA timezone of the criteria of time; the workspace's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
}

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// Equals one of the values.
    In,
    /// Equals none of the values.
    NotIn,
    /// Contains one of the values.
    Contains,
    /// Contains none of the values.
    NotContains,
    /// Starts with one of the values.
    StartsWith,
    /// Ends with one of the values.
    EndsWith,
    /// Is at least the value (numbers and versions).
    AtLeast,
    /// Is at most the value (numbers and versions).
    AtMost,
    /// Lies in one of the ranges `from-to` (times `22:00-06:00` may cross midnight).
    Between,
    /// Lies in none of the ranges.
    NotBetween,
    /// Is there and not empty.
    Exists,
    /// Is missing or empty.
    Empty,
}

impl Operator {
    /// Whether the operator compares with values at all.
    pub const fn takes_values(self) -> bool {
        !matches!(self, Self::Exists | Self::Empty)
    }
}

/// What a test looks at. Text form: `country`, `sub_id.3`, `query.utm_source`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Criterion {
    Country,
    Continent,
    Region,
    City,
    Isp,
    Asn,
    ConnectionType,
    Language,
    DeviceType,
    DeviceBrand,
    DeviceModel,
    Os,
    OsVersion,
    Browser,
    BrowserVersion,
    UserAgent,
    Referrer,
    ReferrerDomain,
    /// `true` or `false`.
    Bot,
    /// `true` or `false`: the visitor's first click on this campaign within its uniqueness period.
    Unique,
    /// Local time of day, `HH:MM`.
    TimeOfDay,
    /// Local weekday, `mon` to `sun`.
    Weekday,
    /// Local date, `YYYY-MM-DD`.
    Date,
    /// A query parameter by name.
    Query(String),
    /// A sub id, 1 to 30.
    SubId(u8),
}

const PLAIN: &[(&str, Criterion)] = &[
    ("country", Criterion::Country),
    ("continent", Criterion::Continent),
    ("region", Criterion::Region),
    ("city", Criterion::City),
    ("isp", Criterion::Isp),
    ("asn", Criterion::Asn),
    ("connection_type", Criterion::ConnectionType),
    ("language", Criterion::Language),
    ("device_type", Criterion::DeviceType),
    ("device_brand", Criterion::DeviceBrand),
    ("device_model", Criterion::DeviceModel),
    ("os", Criterion::Os),
    ("os_version", Criterion::OsVersion),
    ("browser", Criterion::Browser),
    ("browser_version", Criterion::BrowserVersion),
    ("user_agent", Criterion::UserAgent),
    ("referrer", Criterion::Referrer),
    ("referrer_domain", Criterion::ReferrerDomain),
    ("bot", Criterion::Bot),
    ("unique", Criterion::Unique),
    ("time_of_day", Criterion::TimeOfDay),
    ("weekday", Criterion::Weekday),
    ("date", Criterion::Date),
];

impl Criterion {
    /// Every criterion without an argument, by name: what a rule builder offers.
    pub fn plain() -> impl Iterator<Item = (&'static str, &'static Criterion)> {
        PLAIN.iter().map(|(name, criterion)| (*name, criterion))
    }

    /// Whether the criterion depends on a timezone.
    pub const fn is_time(&self) -> bool {
        matches!(self, Self::TimeOfDay | Self::Weekday | Self::Date)
    }
}

impl fmt::Display for Criterion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Query(name) => write!(f, "query.{name}"),
            Self::SubId(number) => write!(f, "sub_id.{number}"),
            plain => f.write_str(PLAIN.iter().find(|(_, c)| c == plain).map_or("unknown", |(name, _)| name)),
        }
    }
}

impl FromStr for Criterion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(name) = text.strip_prefix("query.") {
            let fits = !name.is_empty() && name.len() <= 100 && !name.contains(char::is_control);
            return if fits {
                Ok(Self::Query(name.to_owned()))
            } else {
                Err("query. needs a parameter name of 1 to 100 bytes".to_owned())
            };
        }
        if let Some(number) = text.strip_prefix("sub_id.") {
            return match number.parse() {
                Ok(number @ 1..=30) => Ok(Self::SubId(number)),
                _ => Err("sub_id. needs a number from 1 to 30".to_owned()),
            };
        }
        PLAIN.iter().find(|(name, _)| *name == text).map(|(_, criterion)| criterion.clone()).ok_or_else(
            || {
                let names: Vec<_> = PLAIN.iter().map(|(name, _)| *name).collect();
                format!("unknown criterion {text:?}; known are {}, query.NAME and sub_id.N", names.join(", "))
            },
        )
    }
}

impl Serialize for Criterion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Criterion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Rule {
    /// Notes everything wrong with this rule and its parts.
    pub fn validate(&self, v: &mut Validator) {
        let mut tests = 0;
        self.validate_at(v, 1, &mut tests);
        v.require(tests <= TESTS_MAX, "", format!("has {tests} tests; {TESTS_MAX} are allowed"));
    }

    fn validate_at(&self, v: &mut Validator, depth: usize, tests: &mut usize) {
        let (name, parts) = match self {
            Self::All(parts) => ("all", parts),
            Self::Any(parts) => ("any", parts),
            Self::None(parts) => ("none", parts),
            Self::Test(test) => {
                *tests += 1;
                return v.within("test", |v| test.validate(v));
            }
        };
        if depth > DEPTH_MAX {
            return v.reject(name, format!("groups may be nested {DEPTH_MAX} deep"));
        }
        v.each(name, parts, |v, part| part.validate_at(v, depth + 1, tests));
    }
}

impl Test {
    fn validate(&self, v: &mut Validator) {
        if self.op.takes_values() {
            v.require(!self.values.is_empty(), "values", "needs at least one value");
        } else {
            v.require(self.values.is_empty(), "values", "must be empty for exists and empty");
        }
        v.require(
            self.values.len() <= VALUES_MAX,
            "values",
            format!("has {} values; {VALUES_MAX} are allowed", self.values.len()),
        );
        if let Some(timezone) = &self.timezone {
            v.require(self.criterion.is_time(), "timezone", "applies only to time_of_day, weekday and date");
            validate_timezone(v, "timezone", timezone);
        }
        for (index, value) in self.values.iter().enumerate() {
            if let Err(reason) = self.check_value(value) {
                v.reject(&format!("values[{index}]"), reason);
            }
        }
    }

    fn check_value(&self, value: &str) -> Result<(), String> {
        if value.len() > 1000 {
            return Err("has more than 1000 bytes".to_owned());
        }
        let ranged = matches!(self.op, Operator::Between | Operator::NotBetween);
        match (&self.criterion, ranged) {
            (Criterion::TimeOfDay, true) => parse_time_range(value).map(|_| ()),
            (Criterion::TimeOfDay, false) => {
                Err("time_of_day needs between or not_between with HH:MM-HH:MM".to_owned())
            }
            (Criterion::Date, true) => parse_date_range(value).map(|_| ()),
            (Criterion::Date, false) => {
                Err("date needs between or not_between with YYYY-MM-DD..YYYY-MM-DD".to_owned())
            }
            (_, true) => parse_number_range(value).map(|_| ()),
            (Criterion::Weekday, false) => parse_weekday(value)
                .map(|_| ())
                .ok_or_else(|| "must be mon, tue, wed, thu, fri, sat or sun".to_owned()),
            (Criterion::Bot | Criterion::Unique, false) => match value {
                "true" | "false" => Ok(()),
                _ => Err("must be true or false".to_owned()),
            },
            (Criterion::Country | Criterion::Continent, false) if value.len() != 2 => {
                Err("must be a code of two letters such as DE".to_owned())
            }
            _ => Ok(()),
        }
    }
}

/// `HH:MM-HH:MM` as minutes of the day; the second is exclusive and may lie before the first (over midnight).
pub fn parse_time_range(text: &str) -> Result<(u16, u16), String> {
    let minutes = |part: &str| -> Option<u16> {
        let (hours, minutes) = part.trim().split_once(':')?;
        let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
        (hours <= 24 && minutes < 60 && hours * 60 + minutes <= 1440).then_some(hours * 60 + minutes)
    };
    text.split_once('-')
        .and_then(|(from, to)| Some((minutes(from)?, minutes(to)?)))
        .ok_or_else(|| format!("{text:?} is not a range such as 22:00-06:00"))
}

/// `YYYY-MM-DD..YYYY-MM-DD`, both inclusive.
pub fn parse_date_range(text: &str) -> Result<(jiff::civil::Date, jiff::civil::Date), String> {
    text.split_once("..")
        .and_then(|(from, to)| Some((from.trim().parse().ok()?, to.trim().parse().ok()?)))
        .ok_or_else(|| format!("{text:?} is not a range such as 2026-12-01..2026-12-24"))
}

/// `a..b` of numbers, both inclusive.
pub fn parse_number_range(text: &str) -> Result<(crate::Money, crate::Money), String> {
    text.split_once("..")
        .and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)))
        .ok_or_else(|| format!("{text:?} is not a range of numbers such as 1..100"))
}

/// `mon` … `sun` as 1 … 7 (ISO 8601).
pub fn parse_weekday(text: &str) -> Option<u8> {
    let position = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        .iter()
        .position(|day| day.eq_ignore_ascii_case(text))?;
    Some(position as u8 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_form_round_trips() {
        let json = r#"{"all":[{"test":{"criterion":"country","op":"in","values":["DE"]}},{"none":[{"test":{"criterion":"query.x","op":"exists","values":[]}}]}]}"#;
        let rule: Rule = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&rule).unwrap(), json);
    }

    #[test]
    fn problems_name_their_path() {
        let json = r#"{"any":[{"test":{"criterion":"time_of_day","op":"between","values":["9-17"]}}]}"#;
        let rule: Rule = serde_json::from_str(json).unwrap();
        let mut v = Validator::new();
        v.within("rules", |v| rule.validate(v));
        let invalid = v.finish().unwrap_err();
        assert_eq!(invalid.0[0].field, "rules.any[0].test.values[0]");
        assert!(serde_json::from_str::<Rule>(r#"{"test":{"criterion":"sub_id.31","op":"exists"}}"#).is_err());
    }
}
