//! Runs a compiled report and turns sums into metrics.

use super::compile::{Compiled, compile};
use super::custom::AnyMetric;
use super::dimensions::ReportDimension;
use super::metrics::Sum;
use super::progress::comment;
use super::{ReportQuery, ReportResult, ReportRow, Value};
use crate::log::regular_expression;
use crate::{Error, Warehouse};
use signalbox_domain::{Money, Scope, Timestamp};

/// How ClickHouse is to answer: exact numbers as text.
const SETTINGS: &[(&str, &str)] =
    &[("output_format_json_quote_64bit_integers", "1"), ("output_format_json_quote_decimals", "1")];

/// A row of the answer: dimensions, sums, the number of rows of the report, sums over all of them.
type Columns = Vec<String>;

impl Warehouse {
    /// Runs a report for the scope's workspace; `now` resolves range tokens.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the field of the query, [`Error::Unavailable`] when ClickHouse does not answer.
    pub async fn report(
        &self,
        scope: &Scope,
        query: &ReportQuery,
        now: Timestamp,
    ) -> Result<ReportResult, Error> {
        let result = self.report_page(scope, query, now).await?;
        if !result.rows.is_empty() || query.offset == 0 || query.dimensions.is_empty() {
            return Ok(result);
        }
        // Behind the last row ClickHouse does not tell how many there are.
        let first = ReportQuery { limit: 1, offset: 0, ..query.clone() };
        Ok(ReportResult { rows: Vec::new(), ..self.report_page(scope, &first, now).await? })
    }

    async fn report_page(
        &self,
        scope: &Scope,
        query: &ReportQuery,
        now: Timestamp,
    ) -> Result<ReportResult, Error> {
        let compiled = compile(scope, query, now)?;
        let mut statement = self.query(&compiled.sql);
        for (name, value) in SETTINGS {
            statement = statement.with_setting(*name, *value);
        }
        if let Some(asked_as) = &query.asked_as {
            statement = statement.with_setting("log_comment", comment(scope, asked_as));
        }
        let Compiled { params, dimensions, metrics, sums, range, .. } = compiled;
        let bytes = self
            .fetch_text(params.apply(statement), "JSONCompactEachRow")
            .await
            .map_err(regular_expression)?;
        let rows = serde_json::Deserializer::from_slice(&bytes).into_iter::<Vec<serde_json::Value>>();
        let answer: Vec<Columns> = rows
            .map(|row| row.map(|row| row.iter().map(plain).collect()))
            .collect::<Result<_, _>>()
            .map_err(|error| Error::Corrupt {
                reason: format!("the answer to a report cannot be read: {error}"),
            })?;
        let values = |columns: &[String]| metrics_of(&metrics, &sums, columns);
        let mut rows = Vec::with_capacity(answer.len());
        for columns in &answer {
            let keys = keys_of(&dimensions, columns)?;
            let measures =
                columns.get(dimensions.len()..dimensions.len() + sums.len()).ok_or_else(too_short)?;
            rows.push(ReportRow { keys, metrics: values(measures)? });
        }
        if dimensions.is_empty() {
            let only = rows.pop().ok_or_else(too_short)?;
            let totals = only.metrics.clone();
            let rows = if query.offset == 0 { vec![only] } else { Vec::new() };
            return Ok(ReportResult { rows, totals, total_rows: 1, range });
        }
        let Some(first) = answer.first() else {
            let totals = metrics.iter().map(|metric| metric.value(|_| 0)).collect();
            return Ok(ReportResult { rows, totals, total_rows: 0, range });
        };
        let count_at = dimensions.len() + sums.len();
        let (count, totals) = first.get(count_at..).and_then(<[_]>::split_first).ok_or_else(too_short)?;
        let total_rows = count.parse().map_err(|_| too_short())?;
        Ok(ReportResult { rows, totals: values(totals)?, total_rows, range })
    }
}

/// The dimension values of a row.
pub(crate) fn keys_of(
    dimensions: &[ReportDimension],
    columns: &[impl AsRef<str>],
) -> Result<Vec<Option<String>>, Error> {
    let keys = columns.get(..dimensions.len()).ok_or_else(too_short)?;
    Ok(dimensions.iter().zip(keys).map(|(dimension, raw)| dimension.text(raw.as_ref())).collect())
}

/// The metrics of a row's sums.
pub(crate) fn metrics_of(
    metrics: &[AnyMetric],
    sums: &[Sum],
    columns: &[impl AsRef<str>],
) -> Result<Vec<Value>, Error> {
    let sums = read_sums(sums, columns)?;
    let of = |wanted: Sum| sums.iter().find(|(sum, _)| *sum == wanted).map_or(0, |(_, amount)| *amount);
    Ok(metrics.iter().map(|metric| metric.value(of)).collect())
}

fn too_short() -> Error {
    Error::Corrupt { reason: "a row of the report is too short".to_owned() }
}

/// The text of a JSON value, quoted or not.
fn plain(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The sums of a row; money in units of 10⁻⁹.
fn read_sums(sums: &[Sum], columns: &[impl AsRef<str>]) -> Result<Vec<(Sum, i128)>, Error> {
    if sums.len() != columns.len() {
        return Err(too_short());
    }
    sums.iter()
        .zip(columns)
        .map(|(sum, column)| {
            let text = column.as_ref();
            let amount = if sum.is_decimal() { nanos(text) } else { text.parse().ok() };
            let reason = || format!("{text:?} is not a sum of {}", sum.name());
            amount.map(|amount| (*sum, amount)).ok_or_else(|| Error::Corrupt { reason: reason() })
        })
        .collect()
}

/// An amount of any size: sums may go beyond what a single amount may be.
fn nanos(text: &str) -> Option<i128> {
    if let Ok(money) = text.parse::<Money>() {
        return Some(money.nanos());
    }
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if fraction.len() > 9 || whole.is_empty() || !plain(whole) || !plain(fraction) {
        return None;
    }
    let fraction: i128 = format!("{fraction:0<9}").parse().ok()?;
    let value = whole.parse::<i128>().ok()?.checked_mul(1_000_000_000)?.checked_add(fraction)?;
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::nanos;

    #[test]
    fn sums_of_any_size_are_exact() {
        assert_eq!(nanos("1.25"), Some(1_250_000_000));
        assert_eq!(nanos("-12345678901234567890.000000001"), Some(-12_345_678_901_234_567_890_000_000_001));
        assert_eq!(nanos("12345678901234567890"), Some(12_345_678_901_234_567_890_000_000_000));
        assert_eq!(nanos("nan"), None);
        assert_eq!(nanos(""), None);
    }
}
