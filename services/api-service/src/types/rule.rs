//! Rules of a stream on the wire.

use serde::{Deserialize, Serialize};
use signalbox_domain as domain;
use utoipa::ToSchema;

/// A group of rules or one test. An empty `all` always holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(no_recursion)]
pub enum Rule {
    /// Holds when every part holds; holds when empty.
    All(Vec<Rule>),
    /// Holds when at least one part holds.
    Any(Vec<Rule>),
    /// Holds when no part holds.
    None(Vec<Rule>),
    /// One comparison.
    Test(RuleTest),
    /// A CEL expression over everything known about the click. One that fails on a click does not hold for it.
    #[schema(example = "country == \"DE\" && sub_id[3].startsWith(\"x\")")]
    Expression(String),
}

/// One comparison of one criterion. Text is compared without regard to case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleTest {
    /// What is looked at: a name of `GET /vocabulary`, `query.NAME`, `header.NAME` or `sub_id.N`.
    #[schema(value_type = String, example = "country")]
    pub criterion: domain::Criterion,
    /// How it is compared.
    pub op: Operator,
    /// What it is compared with; several values are alternatives.
    #[serde(default)]
    pub values: Vec<String>,
    /// IANA timezone of the criteria of time; the workspace's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
}

api_enum! {
    /// How a value is compared.
    #[derive(Hash)]
    Operator from domain::Operator {
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
        /// One of the regular expressions is found in it; anchor with `^` and `$`.
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
        /// Lies in one of the ranges.
        Between,
        /// Lies in none of the ranges.
        NotBetween,
        /// Is there and not empty.
        Exists,
        /// Is missing or empty.
        Empty,
    }
}

impl Default for Rule {
    fn default() -> Self {
        Self::All(Vec::new())
    }
}

impl From<Rule> for domain::Rule {
    fn from(rule: Rule) -> Self {
        let parts = |parts: Vec<Rule>| parts.into_iter().map(Self::from).collect();
        match rule {
            Rule::All(list) => Self::All(parts(list)),
            Rule::Any(list) => Self::Any(parts(list)),
            Rule::None(list) => Self::None(parts(list)),
            Rule::Test(test) => Self::Test(domain::Test {
                criterion: test.criterion,
                op: test.op.into(),
                values: test.values,
                timezone: test.timezone,
            }),
            Rule::Expression(source) => Self::Expression(source),
        }
    }
}

impl From<domain::Rule> for Rule {
    fn from(rule: domain::Rule) -> Self {
        let parts = |parts: Vec<domain::Rule>| parts.into_iter().map(Self::from).collect();
        match rule {
            domain::Rule::All(list) => Self::All(parts(list)),
            domain::Rule::Any(list) => Self::Any(parts(list)),
            domain::Rule::None(list) => Self::None(parts(list)),
            domain::Rule::Test(test) => Self::Test(RuleTest {
                criterion: test.criterion,
                op: test.op.into(),
                values: test.values,
                timezone: test.timezone,
            }),
            domain::Rule::Expression(source) => Self::Expression(source),
        }
    }
}
