//! The warehouse's answer in the words of the API.

use super::{Asked, metadata};
use crate::{
    handlers::names::{Kind, Names, Wanted, words_named_by_workspaces},
    types::{
        ColumnKind, DimensionValue, MetricFormat, MetricValue, Metrics, Report, ReportColumn, ReportRow,
        ReportTotals, ValueType,
    },
};
use signalbox_warehouse::{ReportResult, Value};
use std::{collections::HashMap, time::Duration};

/// Adds the objects that the rows name.
pub fn collect(asked: &Asked, answer: &ReportResult, wanted: &mut Wanted) {
    let kinds = kinds(asked);
    for row in &answer.rows {
        for (kind, key) in kinds.iter().zip(&row.keys) {
            if let (Some(kind), Some(id)) = (kind, key) {
                wanted.add(*kind, id.clone());
            }
        }
    }
}

fn kinds(asked: &Asked) -> Vec<Option<Kind>> {
    asked
        .query
        .dimensions
        .iter()
        .map(|key| {
            let of_words = words_named_by_workspaces(key);
            of_words.or_else(|| metadata::dimension(key).and_then(|it| metadata::entity(it.kind)))
        })
        .collect()
}

/// The whole answer.
pub fn answer(
    asked: &Asked,
    answer: ReportResult,
    before: Option<ReportResult>,
    names: &Names,
    took: Duration,
) -> Report {
    let kinds = kinds(asked);
    let range = answer.range;
    let totals_before = before.as_ref().map(|before| metrics(asked, &before.totals));
    let rows_before: Option<HashMap<Vec<Option<String>>, Metrics>> = before.map(|before| {
        let row = |row: signalbox_warehouse::report::ReportRow| {
            Some((asked.moved(&range, &row.keys)?, metrics(asked, &row.metrics)))
        };
        before.rows.into_iter().filter_map(row).collect()
    });
    let row = |row: signalbox_warehouse::report::ReportRow| ReportRow {
        compare: rows_before.as_ref().and_then(|rows| rows.get(&row.keys).cloned()),
        metrics: metrics(asked, &row.metrics),
        keys: asked
            .query
            .dimensions
            .iter()
            .zip(&kinds)
            .zip(row.keys)
            .map(|((name, kind), key)| (name.clone(), value(*kind, key, names)))
            .collect(),
    };
    Report {
        from: range.from.map(Into::into),
        to: range.to.map(Into::into),
        timezone: asked.timezone_name.clone(),
        currency: asked.currency,
        basis: asked.basis,
        bots: asked.bots,
        columns: columns(asked),
        rows: answer.rows.into_iter().map(row).collect(),
        totals: ReportTotals { metrics: metrics(asked, &answer.totals), compare: totals_before },
        total_rows: answer.total_rows,
        took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
    }
}

fn value(kind: Option<Kind>, key: Option<String>, names: &Names) -> DimensionValue {
    let id = key.unwrap_or_default();
    let name = match kind {
        Some(kind) if !id.is_empty() => names.of(kind, &id),
        _ => id.clone(),
    };
    DimensionValue { id, name }
}

fn metrics(asked: &Asked, values: &[Value]) -> Metrics {
    let value = |value: &Value| match value {
        Value::Null => MetricValue::None(()),
        Value::Count(count) => MetricValue::Count(*count),
        Value::Money(money) => MetricValue::Decimal(money.to_string()),
        Value::Number(text) => MetricValue::Decimal(text.clone()),
    };
    asked.query.metrics.iter().cloned().zip(values.iter().map(value)).collect()
}

fn columns(asked: &Asked) -> Vec<ReportColumn> {
    let dimensions = asked.query.dimensions.iter().map(|key| {
        let info = metadata::dimension(key);
        ReportColumn {
            key: key.clone(),
            kind: ColumnKind::Dimension,
            title: info.map_or_else(|| key.clone(), |info| info.title.to_owned()),
            value_type: info.map_or(ValueType::Text, |info| metadata::value_type(info.kind)),
            decimals: 0,
        }
    });
    let metrics = asked.query.metrics.iter().map(|key| {
        let info = metadata::metric(key);
        let own = asked.custom.iter().find(|metric| metric.key == *key).filter(|_| info.is_none());
        if let Some(own) = own {
            return ReportColumn {
                key: key.clone(),
                kind: ColumnKind::Metric,
                title: own.title.clone(),
                value_type: MetricFormat::from(own.format).value_type(),
                decimals: own.decimals,
            };
        }
        ReportColumn {
            key: key.clone(),
            kind: ColumnKind::Metric,
            title: info.map_or_else(|| key.clone(), |info| info.title.to_owned()),
            value_type: info.map_or(ValueType::Decimal, metadata::metric_type),
            decimals: info.map_or(2, |info| info.decimals),
        }
    });
    dimensions.chain(metrics).collect()
}
