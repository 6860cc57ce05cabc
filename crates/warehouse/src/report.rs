//! Reports: one typed request, compiled to one parameter-bound `GROUP BY` over the ledger.
//!
//! ClickHouse only adds up: sums are exact (integers and decimals). Everything that is divided is divided here, from exact sums, once,
//! rounded half away from zero; totals are computed from the sums of all rows, never from the rows. Timezones are this crate's too: the
//! offsets of the zone become part of the statement, so that ranges and buckets always agree.

mod clicks;
mod compile;
mod custom;
mod dimensions;
mod having;
mod hourly;
mod localtime;
mod metadata;
pub(crate) mod metrics;
mod progress;
mod result;
mod run;

pub(crate) use clicks::Clicks;
pub(crate) use compile::compile_export;
pub(crate) use custom::AnyMetric;
pub use custom::{CustomFormat, CustomMetric};
pub use having::MetricFilter;
pub use metadata::{DimensionInfo, Metadata, MetricInfo, metadata};
pub use progress::{AskedAs, ReportProgress};
pub use result::{ReportResult, ReportRow, Value};
pub(crate) use run::{keys_of, metrics_of};

use crate::{Condition, Range, RangeToken};
use serde::{Deserialize, Serialize};

/// What a report is to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportQuery {
    /// Keys of dimensions, outermost first; at most 10; none gives one row.
    #[serde(default)]
    pub dimensions: Vec<String>,
    /// Keys of metrics, at least one.
    pub metrics: Vec<String>,
    /// Definitions of the metrics that are not built in; the ones that are not asked for do no harm.
    #[serde(default)]
    pub custom: Vec<CustomMetric>,
    /// Conditions on dimensions, joined by AND.
    #[serde(default)]
    pub filters: Vec<Condition>,
    /// Conditions on figures, joined by AND: which rows there are. Totals and the number of rows are those of the rows that are left.
    #[serde(default)]
    pub having: Vec<MetricFilter>,
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
    /// The name under which [`Warehouse::report_progress`](crate::Warehouse::report_progress) tells how far it is.
    #[serde(skip)]
    pub asked_as: Option<AskedAs>,
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
            custom: Vec::new(),
            filters: Vec::new(),
            having: Vec::new(),
            range: Self::default_range(),
            timezone: Self::default_timezone(),
            basis: Basis::default(),
            bots: Bots::default(),
            sort: Vec::new(),
            limit: Self::default_limit(),
            offset: 0,
            asked_as: None,
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
