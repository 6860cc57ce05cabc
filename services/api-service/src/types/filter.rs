//! Filters of reports and logs on the wire: a field, an operator and values, alone or in groups.

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use utoipa::ToSchema;

/// How a field is compared with the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FilterOp {
    /// Equals one of the values.
    Equals,
    /// Equals none of the values.
    NotEquals,
    /// Greater than the value; numbers and times only.
    GreaterThan,
    /// Greater than or equal to the value.
    AtLeast,
    /// Less than the value.
    LessThan,
    /// Less than or equal to the value.
    AtMost,
    /// Between two values, both included.
    Between,
    /// Contains one of the values, in any case.
    Contains,
    /// Contains none of the values.
    NotContains,
    /// Begins with one of the values.
    BeginsWith,
    /// Ends with one of the values.
    EndsWith,
    /// Matches one of the regular expressions (RE2).
    Matches,
    /// Matches none of the regular expressions.
    NotMatches,
    /// Has a value.
    IsSet,
    /// Has no value.
    IsNotSet,
    /// Is true; yes/no fields only.
    IsTrue,
    /// Is false.
    IsFalse,
}

/// Keeps what compares in this way. Several filters are joined by AND, several values by OR.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Filter {
    /// Dimension of a report or field of a log (`GET /reports/metadata` lists them); `dimension` is understood as well.
    #[schema(example = "country")]
    pub field: String,
    /// How it is compared.
    pub op: FilterOp,
    /// With what, as many as the operator takes; ids for objects of the configuration.
    #[schema(required = false)]
    pub values: Vec<String>,
}

/// What must hold: a filter, or a group of conditions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(no_recursion)]
pub enum Condition {
    /// One filter.
    Filter(Filter),
    /// Several conditions joined: an object with `all`, `any` or `none`.
    Group(ConditionGroup),
}

/// Conditions joined in one way; at most five groups deep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(no_recursion)]
pub enum ConditionGroup {
    /// All of them hold.
    All(Vec<Condition>),
    /// At least one of them holds.
    Any(Vec<Condition>),
    /// None of them holds.
    None(Vec<Condition>),
}

/// Everything an object of either kind may have, so that what is wrong is named by its field.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    #[serde(alias = "dimension")]
    field: Option<String>,
    op: Option<FilterOp>,
    values: Option<Vec<String>>,
    all: Option<Vec<Condition>>,
    any: Option<Vec<Condition>>,
    none: Option<Vec<Condition>>,
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let given = Given::deserialize(deserializer)?;
        let is_filter = given.field.is_some() || given.op.is_some() || given.values.is_some();
        match (given.all, given.any, given.none) {
            (None, None, None) => {
                let field = given.field.ok_or_else(|| D::Error::missing_field("field"))?;
                let op = given.op.ok_or_else(|| D::Error::missing_field("op"))?;
                Ok(Self::Filter(Filter { field, op, values: given.values.unwrap_or_default() }))
            }
            (Some(all), None, None) if !is_filter => Ok(Self::Group(ConditionGroup::All(all))),
            (None, Some(any), None) if !is_filter => Ok(Self::Group(ConditionGroup::Any(any))),
            (None, None, Some(none)) if !is_filter => Ok(Self::Group(ConditionGroup::None(none))),
            _ => Err(D::Error::custom("must be a filter (field, op, values), or one of all, any and none")),
        }
    }
}

/// Keeps rows whose figure compares in this way, as it is shown: rounded to six decimals, money to nine. Where there is no figure no
/// comparison holds; `is_not_set` keeps such rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MetricFilter {
    /// A metric; it need not be a column.
    #[schema(example = "roi")]
    pub metric: String,
    /// How it is compared: `greater_than`, `at_least`, `less_than`, `at_most`, `between`, `equals`, `not_equals`, `is_set`, `is_not_set`.
    pub op: FilterOp,
    /// Decimal numbers, as many as the operator takes.
    #[serde(default)]
    #[schema(required = false, example = json!(["12.5"]))]
    pub values: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_and_groups_are_told_apart() {
        let nested = r#"{"any":[{"dimension":"country","op":"is_set"},{"none":[]}]}"#;
        let Condition::Group(ConditionGroup::Any(members)) = serde_json::from_str(nested).unwrap() else {
            panic!("it is a group")
        };
        assert!(matches!(&members[0], Condition::Filter(filter) if filter.field == "country"));
        let again: Condition = serde_json::from_str(&serde_json::to_string(&members[1]).unwrap()).unwrap();
        assert_eq!(again, members[1]);
        for bad in [
            r#"{"field":"country"}"#,
            r#"{"op":"is_set"}"#,
            "{}",
            r#"{"any":[],"all":[]}"#,
            r#"{"any":[],"op":"is_set"}"#,
            r#"{"some":[]}"#,
        ] {
            assert!(serde_json::from_str::<Condition>(bad).is_err(), "{bad}");
        }
    }
}
