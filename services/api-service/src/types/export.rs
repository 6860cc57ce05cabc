//! Exports on the wire.

use super::{Condition, Id, ReportQuery};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// CSV with a line of names. Texts that a spreadsheet would run as formulas get an apostrophe before them.
    #[default]
    Csv,
    /// A JSON object in each line.
    Jsonl,
    /// Apache Parquet; money as `DECIMAL(38, 9)`.
    Parquet,
}

/// A report in full.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportExport {
    /// The report; `limit`, `offset` and `compare` are not looked at.
    pub query: ReportQuery,
    /// Format of the file.
    #[serde(default)]
    #[schema(default = "csv")]
    pub format: ExportFormat,
}

/// A report in full, asked for by a link.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReportExportLink {
    /// The body of `POST /reports/export` as JSON.
    #[param(example = r#"{"query":{"dimensions":["campaign"]},"format":"csv"}"#)]
    pub request: String,
    /// The workspace, which links cannot say in `X-Workspace`; the caller's first one when absent.
    #[param(value_type = Option<Id>)]
    pub workspace: Option<String>,
}

/// Which log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogName {
    /// Clicks.
    Clicks,
    /// Visitors who went on from a landing page.
    LandingClicks,
    /// Conversions in their latest state.
    Conversions,
    /// Inbound postbacks.
    Postbacks,
    /// Attempts to deliver outgoing postbacks.
    Deliveries,
    /// Records that could not be written; for admins of the instance.
    DeadLetters,
}

/// A log in full, asked for by a link.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LogExportLink {
    /// The body of `POST /logs/export` as JSON.
    #[param(example = r#"{"log":"clicks","from":"2026-05-01","to":"2026-05-14","format":"csv"}"#)]
    pub request: String,
    /// The workspace, which links cannot say in `X-Workspace`; the caller's first one when absent.
    #[param(value_type = Option<Id>)]
    pub workspace: Option<String>,
}

/// A log in full.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LogExport {
    /// Which log.
    pub log: LogName,
    /// First moment (RFC 3339), or first day of the workspace's timezone; a day ago when absent.
    #[serde(default)]
    pub from: Option<String>,
    /// End, left out (RFC 3339), or last day, which is whole.
    #[serde(default)]
    pub to: Option<String>,
    /// All of these must hold.
    #[serde(default)]
    pub filters: Vec<Condition>,
    /// Format of the file.
    #[serde(default)]
    #[schema(default = "csv")]
    pub format: ExportFormat,
}
