//! Everything a report can show, described.

use super::dimensions;
use super::metrics::{Compute, METRICS, Metric};
use crate::kind::Kind;
use serde::Serialize;

/// A dimension as [`metadata`] lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DimensionInfo {
    /// Key for [`ReportQuery::dimensions`] and filters.
    pub key: &'static str,
    /// Title for people.
    pub title: &'static str,
    /// What it means.
    pub description: &'static str,
    /// Group in pickers: `time`, `traffic`, `geo`, `device`, `parameters`, `quality`.
    pub group: &'static str,
    /// `campaign_id`, `stream_id`, `destination_id`, `source_id`, `network_id`, `domain_id`, `text`, `number`, `boolean`, `word`, `hour`,
    /// `date`, `weekday`, `hour_of_day`.
    pub kind: &'static str,
    /// The values of a `word` dimension.
    pub words: Vec<&'static str>,
    /// Operators its filters take.
    pub operators: Vec<crate::Operator>,
}

/// A metric as [`metadata`] lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MetricInfo {
    /// Key for [`ReportQuery::metrics`] and sorting.
    pub key: &'static str,
    /// Title for people.
    pub title: &'static str,
    /// What it means.
    pub description: &'static str,
    /// Formula in terms of other metrics.
    pub formula: &'static str,
    /// JSON type: `integer`, `money` (text), `number`.
    pub kind: &'static str,
    /// How to show it: `count`, `money`, `percent`, `ratio`, `number`, `seconds`.
    pub format: &'static str,
    /// Decimals to show.
    pub decimals: u8,
}

/// Everything a report can show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Metadata {
    /// Dimensions.
    pub dimensions: Vec<DimensionInfo>,
    /// Metrics.
    pub metrics: Vec<MetricInfo>,
}

/// Every dimension and metric there is.
pub fn metadata() -> Metadata {
    let dimensions = dimensions::all().map(|dimension| {
        let words: &[&str] = if let Kind::Word(words) = dimension.kind { words } else { &[] };
        DimensionInfo {
            key: dimension.key,
            title: dimension.title,
            description: dimension.description,
            group: dimension.group,
            kind: dimension.kind.name(),
            words: words.iter().copied().filter(|word| !word.is_empty()).collect(),
            operators: dimension.kind.operators().to_vec(),
        }
    });
    Metadata { dimensions: dimensions.collect(), metrics: METRICS.iter().map(describe).collect() }
}

fn describe(metric: &Metric) -> MetricInfo {
    let (kind, format) = match metric.compute {
        Compute::Count(_) => ("integer", "count"),
        Compute::Amount(_) | Compute::MoneyPer(..) => ("money", "money"),
        Compute::Percent(..) => ("number", "percent"),
        Compute::Ratio(..) => ("number", "ratio"),
        Compute::Number(_) => ("number", "number"),
        Compute::Seconds(..) => ("number", "seconds"),
    };
    MetricInfo {
        key: metric.key,
        title: metric.title,
        description: metric.description,
        formula: metric.formula,
        kind,
        format,
        decimals: metric.decimals,
    }
}
