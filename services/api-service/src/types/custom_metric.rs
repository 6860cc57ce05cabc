//! Metrics of a workspace's own on the wire.

use super::{Id, Time, ValueType};
use serde::{Deserialize, Serialize};
use signalbox_domain::{self as domain, CustomMetricId};
use utoipa::ToSchema;

api_enum! {
    /// What the value of a custom metric is.
    #[derive(Default)]
    MetricFormat from domain::MetricFormat {
        /// A plain number; six decimals are kept.
        #[default]
        Number,
        /// An amount in the workspace's currency; nine decimals are kept.
        Money,
        /// Per cent: the formula gives 12.5 for 12.5 %.
        Percent,
        /// Seconds.
        Seconds,
    }
}

impl MetricFormat {
    /// What the values of a column in this format are.
    pub const fn value_type(self) -> ValueType {
        match self {
            Self::Number => ValueType::Decimal,
            Self::Money => ValueType::Money,
            Self::Percent => ValueType::Percent,
            Self::Seconds => ValueType::Seconds,
        }
    }
}

/// A metric of the workspace's own, usable in every report like a built-in one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CustomMetric {
    /// Identity.
    #[schema(value_type = Id)]
    pub id: CustomMetricId,
    /// Raised by each write; sent back with a replacement.
    pub version: u64,
    /// When it was made.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
    /// Name in queries; begins with `custom_`.
    #[schema(example = "custom_net_profit")]
    pub key: String,
    /// Shown name.
    pub title: String,
    /// What it means.
    pub description: String,
    /// How it is computed.
    pub formula: String,
    /// What its value is.
    pub format: MetricFormat,
    /// Decimals to show.
    pub decimals: u8,
}

/// A metric of the workspace's own to be stored.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomMetricInput {
    /// Version that was read; needed to replace, ignored to create.
    #[serde(default)]
    pub version: Option<u64>,
    /// Name in queries: lower-case letters, digits and underscores; `custom_` is put before it when missing.
    pub key: String,
    /// Shown name; the key when absent.
    #[serde(default)]
    pub title: Option<String>,
    /// What it means.
    #[serde(default)]
    pub description: String,
    /// How it is computed, from built-in metrics: `+ − × ÷ * /`, parentheses, numbers, `min(a, b)`, `max(a, b)`, `abs(a)`,
    /// `if(a > b, then, else)`, `coalesce(a, b)`. What is divided by zero is null.
    #[schema(example = "(revenue_confirmed − cost) ÷ unique_clicks")]
    pub formula: String,
    /// What its value is.
    #[serde(default)]
    #[schema(default = "number")]
    pub format: MetricFormat,
    /// Decimals to show, 0–6 (money: 0–9).
    #[serde(default = "two")]
    #[schema(default = 2)]
    pub decimals: u8,
}

/// A formula to be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FormulaCheckInput {
    /// The formula.
    #[schema(example = "revenue ÷ (clicks − bots)")]
    pub formula: String,
}

/// Whether a formula is understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FormulaCheck {
    /// What is wrong with it; absent: nothing.
    pub error: Option<FormulaMistake>,
}

/// What is wrong with a formula.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FormulaMistake {
    /// Where, counted in characters from 1; one behind the last when something is missing at the end.
    pub position: usize,
    /// What is wrong and what would be right.
    pub reason: String,
}

const fn two() -> u8 {
    2
}
