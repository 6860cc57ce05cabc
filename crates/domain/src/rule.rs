//! Rules: nested groups of tests over what is known about a click.
//!
//! JSON: `{"all": [{"test": {"criterion": "country", "op": "in", "values": ["DE", "AT"]}}]}`. An empty `all` always holds.
//! What needs a compiler to be checked (patterns, expressions) is checked by `engine::check_rule`, which the API calls as well.

mod criterion;
mod values;

pub use criterion::Criterion;
pub use values::{
    parse_address_range, parse_date_range, parse_network, parse_number_range, parse_time_range, parse_weekday,
};

use crate::{Validator, workspace::validate_timezone};
use serde::{Deserialize, Serialize};

/// Deepest nesting of groups.
pub const DEPTH_MAX: usize = 5;
/// Most tests in one stream.
pub const TESTS_MAX: usize = 200;
/// Most values of one test.
pub const VALUES_MAX: usize = 10_000;
/// Most patterns (`regex`, `mask`) of one test.
pub const PATTERNS_MAX: usize = 100;
/// Longest expression in bytes.
pub const EXPRESSION_MAX: usize = 4_000;

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
    /// A CEL expression over everything known about the click, such as `country == "DE" && sub_id[3].startsWith("x")`.
    /// An expression that fails on a click does not hold for it.
    Expression(String),
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
    #[serde(alias = "is")]
    In,
    /// Equals none of the values.
    #[serde(alias = "is_not")]
    NotIn,
    /// Contains one of the values.
    Contains,
    /// Contains none of the values.
    NotContains,
    /// Starts with one of the values.
    StartsWith,
    /// Starts with none of the values.
    NotStartsWith,
    /// Ends with one of the values.
    EndsWith,
    /// Ends with none of the values.
    NotEndsWith,
    /// Fits one of the masks as a whole: `*` is any text, `?` any character.
    Mask,
    /// Fits none of the masks.
    NotMask,
    /// One of the regular expressions is found in it (linear time, syntax of the `regex` crate; anchor with `^` and `$`).
    Regex,
    /// None of the regular expressions is found in it.
    NotRegex,
    /// Is at least the value (numbers and versions).
    AtLeast,
    /// Is at most the value (numbers and versions).
    AtMost,
    /// Is more than the value (numbers and versions).
    MoreThan,
    /// Is less than the value (numbers and versions).
    LessThan,
    /// Lies in one of the ranges `from..to` (times `22:00-06:00` may cross midnight, addresses `10.0.0.1-10.0.0.9`).
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

    /// Whether the values are masks or regular expressions.
    pub const fn takes_patterns(self) -> bool {
        matches!(self, Self::Mask | Self::NotMask | Self::Regex | Self::NotRegex)
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
            Self::Expression(source) => {
                *tests += 1;
                v.require(!source.trim().is_empty(), "expression", "must not be empty");
                let length = source.len();
                let fits = length <= EXPRESSION_MAX;
                return v.require(
                    fits,
                    "expression",
                    format!("has {length} bytes; {EXPRESSION_MAX} are allowed"),
                );
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
        if self.op.takes_patterns() {
            let fits = self.values.len() <= PATTERNS_MAX;
            v.require(fits, "values", format!("has more than {PATTERNS_MAX} patterns"));
        }
        if let Some(timezone) = &self.timezone {
            v.require(self.criterion.is_time(), "timezone", "applies only to time_of_day, weekday and date");
            validate_timezone(v, "timezone", timezone);
        }
        for (index, value) in self.values.iter().enumerate() {
            if let Err(reason) = values::check(&self.criterion, self.op, value) {
                v.reject(&format!("values[{index}]"), reason);
            }
        }
    }
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
