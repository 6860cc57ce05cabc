//! Metrics of a workspace's own, and any metric of a query.

use super::Value;
use super::metrics::{self, Metric, Sum};
use crate::formula::Formula;
use serde::{Deserialize, Serialize};

/// A metric that is not built in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomMetric {
    /// Key for [`super::ReportQuery::metrics`] and sorting. A built-in metric of the same key is never hidden by it.
    pub key: String,
    /// How it is computed.
    pub formula: Formula,
    /// What it is.
    pub format: CustomFormat,
}

/// What the value of a custom metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CustomFormat {
    /// A plain number; at most six decimals are kept.
    #[default]
    Number,
    /// An amount in the workspace's currency; nine decimals are kept.
    Money,
    /// Per cent: the formula gives 12.5 for 12.5 %.
    Percent,
    /// Seconds.
    Seconds,
}

/// A metric of a query.
#[derive(Debug, Clone)]
pub(crate) enum AnyMetric {
    BuiltIn(&'static Metric),
    Custom(CustomMetric),
}

impl AnyMetric {
    /// The metric with this key.
    pub fn find(key: &str, custom: &[CustomMetric]) -> Option<Self> {
        let own = || custom.iter().find(|metric| metric.key == key).cloned().map(Self::Custom);
        metrics::find(key).map(Self::BuiltIn).or_else(own)
    }

    /// Its key.
    pub fn key(&self) -> &str {
        match self {
            Self::BuiltIn(metric) => metric.key,
            Self::Custom(metric) => &metric.key,
        }
    }

    /// The sums it needs.
    pub fn sums(&self) -> Vec<Sum> {
        match self {
            Self::BuiltIn(metric) => metric.sums().collect(),
            Self::Custom(metric) => metric.formula.sums(),
        }
    }

    /// Its value.
    pub fn value(&self, sum: impl Fn(Sum) -> i128) -> Value {
        match self {
            Self::BuiltIn(metric) => metric.value(sum),
            Self::Custom(metric) => match (metric.formula.value(&sum), metric.format) {
                (None, _) => Value::Null,
                (Some(value), CustomFormat::Money) => metrics::money(&value),
                (Some(value), _) => metrics::decimal(&value),
            },
        }
    }

    /// SQL to order rows by it.
    pub fn order_sql(&self, alias: impl Fn(Sum) -> String, prefix: &str) -> String {
        match self {
            Self::BuiltIn(metric) => metric.order_sql(alias),
            Self::Custom(metric) => metric.formula.order_sql(&alias, prefix),
        }
    }

    /// SQL of the value as it is shown: amounts and counts exactly, quotients rounded. Null where the value is null.
    pub fn shown_sql(&self, alias: impl Fn(Sum) -> String, prefix: &str) -> String {
        let (value, decimals) = match self {
            Self::BuiltIn(metric) if metric.is_sum() => {
                return format!("toDecimal256({}, 9)", metric.order_sql(alias));
            }
            Self::BuiltIn(metric) => (metric.units_sql(alias), if metric.is_money() { 9 } else { 6 }),
            Self::Custom(metric) => {
                let money = metric.format == CustomFormat::Money;
                (metric.formula.order_sql(&alias, prefix), if money { 9 } else { 6 })
            }
        };
        format!("round(toFloat64({value}), {decimals})")
    }
}
