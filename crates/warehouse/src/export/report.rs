//! A report in full.

use super::rows::{Convert, ExportStream};
use super::{Cell, ExportColumn, ExportKind};
use crate::kind::Kind;
use crate::report::{AnyMetric, CustomFormat, ReportQuery, Value, compile_export, keys_of, metrics_of};
use crate::{Error, Warehouse};
use signalbox_domain::{Scope, Timestamp};

impl Warehouse {
    /// Every row of a report, in its order; `limit` and `offset` of the query are not looked at.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the field of the query, [`Error::Unavailable`] when ClickHouse does not answer.
    pub fn export_report(
        &self,
        scope: &Scope,
        query: &ReportQuery,
        now: Timestamp,
    ) -> Result<ExportStream, Error> {
        let compiled = compile_export(scope, query, now)?;
        let dimensions = compiled.dimensions.iter().map(|dimension| ExportColumn {
            key: dimension.key.to_owned(),
            kind: match dimension.kind {
                Kind::Id(of) => ExportKind::Id(of),
                Kind::Boolean => ExportKind::Boolean,
                _ => ExportKind::Text,
            },
        });
        let metrics = compiled
            .metrics
            .iter()
            .map(|metric| ExportColumn { key: metric.key().to_owned(), kind: kind_of(metric) });
        let columns: Vec<ExportColumn> = dimensions.chain(metrics).collect();
        let width = compiled.dimensions.len() + compiled.sums.len();
        let (dimensions, metrics, sums) = (compiled.dimensions, compiled.metrics, compiled.sums);
        let convert: Convert = Box::new(move |raw| {
            let keys = keys_of(&dimensions, raw)?;
            let keys =
                keys.into_iter().zip(&dimensions).map(|(key, dimension)| match (key, dimension.kind) {
                    (None, _) => Cell::Null,
                    (Some(text), Kind::Boolean) => Cell::Boolean(text == "true"),
                    (Some(text), _) => Cell::Text(text),
                });
            let values = metrics_of(&metrics, &sums, raw.get(dimensions.len()..).unwrap_or_default())?;
            let values = values.into_iter().map(|value| match value {
                Value::Null => Cell::Null,
                Value::Count(count) => Cell::Integer(count),
                Value::Money(money) => Cell::Money(money),
                Value::Number(text) => Cell::Number(text),
            });
            Ok(keys.chain(values).collect())
        });
        ExportStream::start(self, (&compiled.sql, compiled.params, width), columns, convert)
    }
}

fn kind_of(metric: &AnyMetric) -> ExportKind {
    match metric {
        AnyMetric::BuiltIn(metric) if metric.is_count() => ExportKind::Integer,
        AnyMetric::BuiltIn(metric) if metric.is_money() => ExportKind::Money,
        AnyMetric::Custom(metric) if metric.format == CustomFormat::Money => ExportKind::Money,
        _ => ExportKind::Number,
    }
}
