//! Reports: one typed request, compiled to one parameter-bound `GROUP BY` over the ledger.

use crate::{Error, Filter, Range, RangeToken, ResolvedRange, Warehouse};
use serde::{Deserialize, Serialize};
use signalbox_domain::{Scope, Timestamp};

/// What a report is to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportQuery {
    /// Keys of dimensions, outermost first; at most 10; none gives one row.
    #[serde(default)]
    pub dimensions: Vec<String>,
    /// Keys of metrics, at least one.
    pub metrics: Vec<String>,
    /// Conditions on dimensions, joined by AND.
    #[serde(default)]
    pub filters: Vec<Filter>,
    /// What is covered.
    #[serde(default = "ReportQuery::default_range")]
    pub range: Range,
    /// IANA name; tokens, days, hours and so on are those of this zone.
    #[serde(default = "ReportQuery::default_timezone")]
    pub timezone: String,
    /// Which time decides.
    #[serde(default)]
    pub basis: Basis,
    /// What happens to machines.
    #[serde(default)]
    pub bots: Bots,
    /// Order of the rows; ties and the rest are ordered by the dimensions ascending. Nulls come last.
    #[serde(default)]
    pub sort: Vec<Sort>,
    /// Rows of the page, 1–10000.
    #[serde(default = "ReportQuery::default_limit")]
    pub limit: u32,
    /// Rows to leave out first.
    #[serde(default)]
    pub offset: u64,
}

impl ReportQuery {
    const fn default_range() -> Range {
        Range::Token(RangeToken::Today)
    }

    fn default_timezone() -> String {
        "UTC".to_owned()
    }

    const fn default_limit() -> u32 {
        100
    }
}

impl Default for ReportQuery {
    fn default() -> Self {
        Self {
            dimensions: Vec::new(),
            metrics: vec!["clicks".to_owned()],
            filters: Vec::new(),
            range: Self::default_range(),
            timezone: Self::default_timezone(),
            basis: Basis::default(),
            bots: Bots::default(),
            sort: Vec::new(),
            limit: Self::default_limit(),
            offset: 0,
        }
    }
}

/// Which time places a fact: in the range, and in an hour, a day and so on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The time of the click: what a click brought, whenever it came in. Right for ROI.
    #[default]
    Click,
    /// The time of the event itself: conversions count when they were first reported. Right for cash.
    Conversion,
}

/// What happens to visits held to be machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bots {
    /// They count like everybody.
    #[default]
    Include,
    /// They are left out.
    Exclude,
    /// Only they count.
    Only,
}

/// One level of the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sort {
    /// A dimension or metric of the query.
    pub key: String,
    /// Direction.
    #[serde(default)]
    pub dir: Direction,
}

/// Direction of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Smallest first.
    Asc,
    /// Largest first.
    #[default]
    Desc,
}

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
    /// `campaign_id`, `stream_id`, …, `text`, `number`, `boolean`, `word`, `hour`, `day`, `week`, `month`, `year`.
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
    /// How to show it: `count`, `money`, `percent`, `ratio`, `seconds`.
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
    Metadata { dimensions: Vec::new(), metrics: Vec::new() }
}

impl Warehouse {
    /// Runs a report for the scope's workspace; `now` resolves range tokens.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the field of the query, [`Error::Unavailable`] when ClickHouse does not answer.
    pub async fn report(
        &self,
        _scope: &Scope,
        _query: &ReportQuery,
        _now: Timestamp,
    ) -> Result<ReportResult, Error> {
        Err(Error::Unavailable { reason: "not built yet".to_owned() })
    }
}
