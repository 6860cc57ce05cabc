//! What a report answers.

use crate::ResolvedRange;
use serde::Serialize;

/// A computed metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// The denominator is zero: there is no such number. Never 0.
    Null,
    /// A count.
    Count(i64),
    /// Money, exact (amounts) or rounded half away from zero at nine decimals (money per something). JSON: a string.
    Money(signalbox_domain::Money),
    /// A percentage, ratio or duration as a decimal number with at most six decimals, rounded half away from zero. JSON: a number.
    Number(String),
}

impl Serialize for Value {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_none(),
            Self::Count(count) => serializer.serialize_i64(*count),
            Self::Money(money) => serializer.collect_str(money),
            Self::Number(text) => serializer.serialize_f64(text.parse().unwrap_or(f64::NAN)),
        }
    }
}

/// One row: the value of each dimension and of each metric, in the order of the query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReportRow {
    /// Dimension values as text (ids in their text form); `None` is unknown or none.
    pub keys: Vec<Option<String>>,
    /// Metric values.
    pub metrics: Vec<Value>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReportResult {
    /// The page.
    pub rows: Vec<ReportRow>,
    /// Metrics over all rows of the report (not only of the page), recomputed from sums.
    pub totals: Vec<Value>,
    /// How many rows the report has.
    pub total_rows: u64,
    /// The moments covered.
    pub range: ResolvedRange,
}
