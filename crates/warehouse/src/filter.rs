//! Filters of reports and logs: a field, an operator and values, alone or in groups.

mod compile;
mod group;

pub(crate) use compile::condition;
pub(crate) use group::Compiler;
use serde::{Deserialize, Serialize};

/// What must hold: a filter, or a group of conditions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Condition {
    /// A condition on one field.
    Filter(Filter),
    /// Several conditions, joined.
    Group(Group),
}

/// Conditions joined in one way. An empty `all` and an empty `none` always hold, an empty `any` never does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// All of them hold.
    All(Vec<Condition>),
    /// At least one of them holds.
    Any(Vec<Condition>),
    /// None of them holds.
    None(Vec<Condition>),
}

impl From<Filter> for Condition {
    fn from(filter: Filter) -> Self {
        Self::Filter(filter)
    }
}

impl From<Group> for Condition {
    fn from(group: Group) -> Self {
        Self::Group(group)
    }
}

/// A condition on one field; several values are joined by OR (for negative operators: none may match).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Key of a dimension (report) or field (log).
    #[serde(alias = "dimension")]
    pub field: String,
    /// How to compare.
    pub op: Operator,
    /// What to compare with: as many as the operator takes, at most 1000.
    #[serde(default)]
    pub values: Vec<String>,
}

/// How a field is compared with the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// Equals one of the values.
    #[serde(alias = "eq", alias = "in")]
    Equals,
    /// Equals none of the values.
    #[serde(alias = "ne", alias = "not_in")]
    NotEquals,
    /// Greater than the value; numbers and times only.
    #[serde(alias = "gt")]
    GreaterThan,
    /// Greater than or equal to the value.
    #[serde(alias = "ge", alias = "gte")]
    AtLeast,
    /// Less than the value.
    #[serde(alias = "lt")]
    LessThan,
    /// Less than or equal to the value.
    #[serde(alias = "le", alias = "lte")]
    AtMost,
    /// Between two values, both included.
    Between,
    /// Text contains one of the values, in any case.
    Contains,
    /// Text contains none of the values.
    NotContains,
    /// Text begins with one of the values.
    BeginsWith,
    /// Text ends with one of the values.
    EndsWith,
    /// Text matches one of the regular expressions (RE2 syntax).
    Matches,
    /// Text matches none of the regular expressions.
    NotMatches,
    /// Has a value.
    IsSet,
    /// Has no value: unknown or none.
    IsNotSet,
    /// Is true; yes/no fields only.
    IsTrue,
    /// Is false.
    IsFalse,
}

impl Operator {
    /// The word used in requests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equals => "equals",
            Self::NotEquals => "not_equals",
            Self::GreaterThan => "greater_than",
            Self::AtLeast => "at_least",
            Self::LessThan => "less_than",
            Self::AtMost => "at_most",
            Self::Between => "between",
            Self::Contains => "contains",
            Self::NotContains => "not_contains",
            Self::BeginsWith => "begins_with",
            Self::EndsWith => "ends_with",
            Self::Matches => "matches",
            Self::NotMatches => "not_matches",
            Self::IsSet => "is_set",
            Self::IsNotSet => "is_not_set",
            Self::IsTrue => "is_true",
            Self::IsFalse => "is_false",
        }
    }
}
