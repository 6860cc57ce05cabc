//! Report queries and their answers on the wire.

use super::{Condition, Currency, FilterOp, MetricFilter, Time, Timezone};
use serde::{Deserialize, Serialize};
use signalbox_domain as domain;
use std::{borrow::Cow, collections::BTreeMap};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type, schema::SchemaType},
};

/// Which time decides whether something belongs to the range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Conversions count at the time of their click: right for ROI.
    #[default]
    Click,
    /// Conversions count at their own time: right for cash.
    Conversion,
}

/// What is done with clicks of machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Bots {
    /// Counted like people.
    #[default]
    Include,
    /// Left out.
    Exclude,
    /// Nothing else is counted.
    Only,
}

/// A range by name, resolved in the report's timezone at the moment of the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum RangeToken {
    Today,
    Yesterday,
    #[serde(rename = "last_2_days")]
    Last2Days,
    #[serde(rename = "last_3_days")]
    Last3Days,
    #[serde(rename = "last_7_days")]
    Last7Days,
    #[serde(rename = "last_14_days")]
    Last14Days,
    #[serde(rename = "last_30_days")]
    Last30Days,
    #[serde(rename = "last_90_days")]
    Last90Days,
    ThisWeek,
    LastWeek,
    ThisMonth,
    LastMonth,
    ThisYear,
    LastYear,
    AllTime,
}

/// When: a token, or `from` and `to`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// A range by name; days end today, weeks begin on Monday.
    #[serde(default)]
    pub token: Option<RangeToken>,
    /// First moment (RFC 3339) or first day (`YYYY-MM-DD`, in the report's timezone).
    #[serde(default)]
    #[schema(example = "2026-05-01")]
    pub from: Option<String>,
    /// End: a moment that is itself left out (RFC 3339), or the last day (`YYYY-MM-DD`), which is whole.
    #[serde(default)]
    #[schema(example = "2026-05-07")]
    pub to: Option<String>,
}

/// Up or down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SortDir {
    /// Smallest first.
    Asc,
    /// Largest first.
    Desc,
}

/// Order of rows; those without a value come last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Sort {
    /// A dimension or metric of the query.
    #[schema(example = "clicks")]
    pub key: String,
    /// Direction.
    pub dir: SortDir,
}

/// What a report is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Compare {
    /// As many calendar months, days or as much time right before; of a range that is not over yet, the same part.
    PreviousPeriod,
}

/// Steps of a trend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Granularity {
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
    Weekday,
    HourOfDay,
}

impl Granularity {
    /// The dimension of its steps.
    pub const fn dimension(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
            Self::Weekday => "weekday",
            Self::HourOfDay => "hour_of_day",
        }
    }
}

/// A report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportQuery {
    /// What rows are grouped by, outermost first; empty: only totals.
    #[serde(default)]
    #[schema(example = json!(["campaign", "country"]))]
    pub dimensions: Vec<String>,
    /// Columns; the usual ones when empty.
    #[serde(default)]
    #[schema(example = json!(["clicks", "conversions", "revenue", "cost", "profit", "roi"]))]
    pub metrics: Vec<String>,
    /// When; today when absent.
    #[serde(default)]
    pub range: Range,
    /// Timezone of days and hours; the workspace's when absent.
    #[serde(default)]
    #[schema(value_type = Option<Timezone>)]
    pub timezone: Option<String>,
    /// All of these must hold.
    #[serde(default)]
    pub filters: Vec<Condition>,
    /// Which rows are shown, by their figures: all of these must hold. Totals and `total_rows` are those of the rows that are left, over
    /// all pages. Needs a dimension.
    #[serde(default)]
    #[schema(required = false)]
    pub having: Vec<MetricFilter>,
    /// Adds this part of time as the outermost dimension, for a trend.
    #[serde(default)]
    pub granularity: Option<Granularity>,
    /// Order of rows; when empty, time runs forward and all else goes by the first metric, largest first.
    #[serde(default)]
    pub sort: Vec<Sort>,
    /// Most rows of the answer.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 10_000, default = 100)]
    pub limit: Option<u32>,
    /// Rows left out before the first one.
    #[serde(default)]
    #[schema(default = 0)]
    pub offset: u32,
    /// Which time counts.
    #[serde(default)]
    #[schema(default = "click")]
    pub basis: Basis,
    /// What is done with clicks of machines.
    #[serde(default)]
    #[schema(default = "include")]
    pub bots: Bots,
    /// Adds the figures of another range to each row and to the totals.
    #[serde(default)]
    pub compare: Option<Compare>,
}

/// A figure: counts are JSON numbers; money, percentages and ratios are exact decimals as text; null where nothing can be said,
/// such as a ratio whose denominator is 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum MetricValue {
    /// A count.
    Count(i64),
    /// A decimal.
    Decimal(String),
    /// Nothing can be said.
    None(()),
}

impl PartialSchema for MetricValue {
    fn schema() -> RefOr<Schema> {
        let description = "Counts are JSON numbers; money, percentages and ratios are exact decimals as text; null where \
            nothing can be said, such as a ratio whose denominator is 0.";
        ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::Integer, Type::String, Type::Null]))
            .description(Some(description))
            .into()
    }
}

impl ToSchema for MetricValue {
    fn name() -> Cow<'static, str> {
        "MetricValue".into()
    }
}

/// Figures by name of the metric.
pub type Metrics = BTreeMap<String, MetricValue>;

/// A value of a dimension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DimensionValue {
    /// The value to filter by; empty when there is none.
    pub id: String,
    /// The value to show: the object's name now, `deleted (id)` when it is gone.
    pub name: String,
}

/// A row of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportRow {
    /// Values by name of the dimension.
    pub keys: BTreeMap<String, DimensionValue>,
    /// Figures by name of the metric.
    #[schema(value_type = BTreeMap<String, MetricValue>)]
    pub metrics: Metrics,
    /// Figures of the range compared with; absent without `compare`.
    #[schema(value_type = Option<BTreeMap<String, MetricValue>>)]
    pub compare: Option<Metrics>,
}

/// Figures over all rows, recomputed from sums.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportTotals {
    /// Figures by name of the metric.
    #[schema(value_type = BTreeMap<String, MetricValue>)]
    pub metrics: Metrics,
    /// Figures of the range compared with; absent without `compare`.
    #[schema(value_type = Option<BTreeMap<String, MetricValue>>)]
    pub compare: Option<Metrics>,
}

/// Whether a column groups or counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// Groups.
    Dimension,
    /// Counts.
    Metric,
}

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ValueType {
    /// Plain text.
    Text,
    /// An object of the configuration, with id and name.
    Entity,
    /// A moment or a part of the calendar.
    Time,
    /// `true` or `false`.
    Bool,
    /// Whole number.
    Count,
    /// Amount in the report's currency.
    Money,
    /// Percentage.
    Percent,
    /// Any other decimal.
    Decimal,
    /// Duration in seconds.
    Seconds,
}

/// A column of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportColumn {
    /// Name of the dimension or metric.
    pub key: String,
    /// Groups or counts.
    pub kind: ColumnKind,
    /// Shown name.
    pub title: String,
    /// What its values are.
    pub value_type: ValueType,
    /// Decimals to show.
    pub decimals: u8,
}

/// A report's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Report {
    /// The range as resolved: first moment; absent: from the beginning.
    pub from: Option<Time>,
    /// The range as resolved: end, left out; absent: without end.
    pub to: Option<Time>,
    /// Timezone of days and hours.
    #[schema(value_type = Timezone)]
    pub timezone: String,
    /// Currency of all amounts.
    #[schema(value_type = Currency)]
    pub currency: domain::Currency,
    /// Which time counted.
    pub basis: Basis,
    /// What was done with clicks of machines.
    pub bots: Bots,
    /// Columns, dimensions first.
    pub columns: Vec<ReportColumn>,
    /// Rows of the asked page.
    pub rows: Vec<ReportRow>,
    /// Over all rows, not only the page.
    pub totals: ReportTotals,
    /// How many rows there are without `limit`.
    pub total_rows: u64,
    /// How long the query took.
    pub took_ms: u64,
}

/// Everything a report can be made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportMetadata {
    /// Dimensions.
    pub dimensions: Vec<DimensionInfo>,
    /// Metrics.
    pub metrics: Vec<MetricInfo>,
    /// Metrics used when a query names none.
    pub default_metrics: Vec<String>,
}

/// A dimension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DimensionInfo {
    /// Name in queries.
    #[schema(example = "country")]
    pub key: String,
    /// Shown name.
    pub title: String,
    /// What it is.
    pub description: String,
    /// Group in pickers.
    pub group: String,
    /// What its values are.
    pub value_type: ValueType,
    /// For objects of the configuration: which, such as `campaigns`.
    pub entity: Option<String>,
    /// Values it can have, when they are few; empty: any.
    pub values: Vec<String>,
    /// Operators that its filters take.
    pub operators: Vec<FilterOp>,
}

/// A metric.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MetricInfo {
    /// Name in queries.
    #[schema(example = "roi")]
    pub key: String,
    /// Shown name.
    pub title: String,
    /// What it means.
    pub description: String,
    /// How it is computed.
    #[schema(example = "(revenue − cost) ÷ cost × 100")]
    pub formula: String,
    /// What its values are.
    pub value_type: ValueType,
    /// Decimals to show.
    pub decimals: u8,
}
