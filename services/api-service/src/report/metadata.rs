//! Dimensions and metrics in the words of the API.

use crate::{
    handlers::names::Kind,
    types::{
        DimensionInfo, FilterOp, LogFieldInfo, LogMetadata, MetricFormat, MetricInfo, ReportMetadata,
        ValueType,
    },
};
use signalbox_domain::CustomMetric;
use signalbox_warehouse::{
    Operator,
    log::{self, Log, LogField},
    report as warehouse,
};
use std::sync::LazyLock;

/// Columns of a report that names none: what every buyer looks at.
const DEFAULT_METRICS: &[&str] = &[
    "clicks",
    "unique_clicks",
    "landing_clicks",
    "lp_ctr",
    "conversions",
    "cr",
    "epc",
    "cpc",
    "revenue",
    "cost",
    "profit",
    "roi",
];

static METADATA: LazyLock<warehouse::Metadata> = LazyLock::new(warehouse::metadata);

/// Columns of a report that names none.
pub(super) fn default_metrics() -> Vec<String> {
    DEFAULT_METRICS.iter().map(|key| (*key).to_owned()).collect()
}

/// A dimension by its key.
pub(super) fn dimension(key: &str) -> Option<&'static warehouse::DimensionInfo> {
    METADATA.dimensions.iter().find(|dimension| dimension.key == key)
}

/// Whether there is such a dimension.
pub(crate) fn is_dimension(key: &str) -> bool {
    dimension(key).is_some()
}

/// A metric by its key.
pub(super) fn metric(key: &str) -> Option<&'static warehouse::MetricInfo> {
    METADATA.metrics.iter().find(|metric| metric.key == key)
}

/// The title of a built-in metric.
pub(crate) fn metric_title(key: &str) -> Option<&'static str> {
    metric(key).map(|info| info.title)
}

/// The kind of object that a field's kind names.
pub(crate) fn entity(kind: &str) -> Option<Kind> {
    Some(match kind {
        "campaign_id" => Kind::Campaign,
        "stream_id" => Kind::Stream,
        "destination_id" => Kind::Destination,
        "source_id" => Kind::Source,
        "network_id" => Kind::Network,
        "domain_id" => Kind::Domain,
        "output_id" => Kind::Output,
        _ => return None,
    })
}

/// What the values of a field of this kind are.
pub(super) fn value_type(kind: &str) -> ValueType {
    match kind {
        kind if entity(kind).is_some() => ValueType::Entity,
        "boolean" => ValueType::Bool,
        "number" => ValueType::Count,
        "money" => ValueType::Money,
        "hour" | "moment" | "date" | "weekday" | "hour_of_day" => ValueType::Time,
        _ => ValueType::Text,
    }
}

/// What the values of a metric are.
pub(super) fn metric_type(metric: &warehouse::MetricInfo) -> ValueType {
    match metric.format {
        "count" => ValueType::Count,
        "money" => ValueType::Money,
        "percent" => ValueType::Percent,
        "seconds" => ValueType::Seconds,
        _ => ValueType::Decimal,
    }
}

/// Everything a report can be made of.
pub fn metadata(custom: &[CustomMetric]) -> ReportMetadata {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let dimension = |it: &warehouse::DimensionInfo| DimensionInfo {
        key: it.key.to_owned(),
        title: it.title.to_owned(),
        description: it.description.to_owned(),
        group: it.group.to_owned(),
        value_type: value_type(it.kind),
        entity: entity(it.kind).map(|kind| kind.collection().to_owned()),
        values: words(&it.words),
        operators: it.operators.iter().map(|operator| FilterOp::from(*operator)).collect(),
    };
    let metric = |it: &warehouse::MetricInfo| MetricInfo {
        key: it.key.to_owned(),
        title: it.title.to_owned(),
        description: it.description.to_owned(),
        formula: it.formula.to_owned(),
        value_type: metric_type(it),
        decimals: it.decimals,
    };
    ReportMetadata {
        dimensions: METADATA.dimensions.iter().map(dimension).collect(),
        metrics: METADATA.metrics.iter().map(metric).chain(custom.iter().map(own)).collect(),
        default_metrics: default_metrics(),
    }
}

/// A metric of the workspace's own.
fn own(metric: &CustomMetric) -> MetricInfo {
    MetricInfo {
        key: metric.key.clone(),
        title: metric.title.clone(),
        description: metric.description.clone(),
        formula: metric.formula.clone(),
        value_type: MetricFormat::from(metric.format).value_type(),
        decimals: metric.decimals,
    }
}

/// The fields that logs can be filtered by.
pub fn log_metadata() -> LogMetadata {
    let fields = |which| {
        let field = |it: LogField| LogFieldInfo {
            key: it.key.to_owned(),
            value_type: value_type(it.kind),
            entity: entity(it.kind).map(|kind| kind.collection().to_owned()),
            values: it.words.iter().filter(|word| !word.is_empty()).map(|word| (*word).to_owned()).collect(),
            operators: it.operators.iter().map(|operator| FilterOp::from(*operator)).collect(),
        };
        log::fields(which).into_iter().map(field).collect()
    };
    LogMetadata {
        clicks: fields(Log::Clicks),
        landing_clicks: fields(Log::LandingClicks),
        conversions: fields(Log::Conversions),
        postbacks: fields(Log::Postbacks),
        deliveries: fields(Log::Deliveries),
        dead_letters: fields(Log::DeadLetters),
    }
}

/// Both lists of operators, side by side: a new one in the warehouse does not compile until it is here.
macro_rules! operators {
    ($($name:ident),+ $(,)?) => {
        impl From<FilterOp> for Operator {
            fn from(op: FilterOp) -> Self {
                match op { $(FilterOp::$name => Self::$name),+ }
            }
        }

        impl From<Operator> for FilterOp {
            fn from(op: Operator) -> Self {
                match op { $(Operator::$name => Self::$name),+ }
            }
        }
    };
}

operators!(
    Equals,
    NotEquals,
    GreaterThan,
    AtLeast,
    LessThan,
    AtMost,
    Between,
    Contains,
    NotContains,
    BeginsWith,
    EndsWith,
    Matches,
    NotMatches,
    IsSet,
    IsNotSet,
    IsTrue,
    IsFalse,
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_columns_exist() {
        for key in DEFAULT_METRICS {
            assert!(metric(key).is_some(), "{key}");
        }
    }

    #[test]
    fn objects_of_the_configuration_are_known_as_such() {
        let all = metadata(&[]);
        for key in ["campaign", "stream", "landing", "destination", "source", "network", "domain"] {
            let found = all.dimensions.iter().find(|dimension| dimension.key == key).unwrap();
            assert_eq!(found.value_type, ValueType::Entity, "{key}");
        }
        assert!(all.dimensions.iter().all(|it| !it.operators.is_empty() && !it.title.is_empty()));
        assert!(log_metadata().deliveries.iter().any(|it| it.entity.as_deref() == Some("outputs")));
    }
}
