//! Saved views and links to share them on the wire.

use super::{Id, Range, Report, ReportQuery, Sort, Time, Timezone};
use serde::{Deserialize, Serialize};
use signalbox_domain::{SavedViewId, ShareLinkId};
use utoipa::{IntoParams, ToSchema};

/// A saved report.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SavedView {
    /// Identity.
    #[schema(value_type = Id)]
    pub id: SavedViewId,
    /// Raised by each write; sent back with a replacement.
    pub version: u64,
    /// When it was made.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
    /// Shown name.
    pub name: String,
    /// Whether everybody in the workspace sees it; otherwise only its owner does.
    pub everybody: bool,
    /// The page it belongs to.
    pub page: String,
    /// What is asked: grouping, columns, filters, range, order.
    pub query: ReportQuery,
    /// What the page remembers beside.
    #[schema(value_type = Object)]
    pub display: serde_json::Value,
}

/// A report to be saved.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SavedViewInput {
    /// Version that was read; needed to replace, ignored to create.
    #[serde(default)]
    pub version: Option<u64>,
    /// Shown name.
    pub name: String,
    /// Whether everybody in the workspace sees it; that needs the role editor.
    #[serde(default)]
    pub everybody: bool,
    /// The page it belongs to; `reports` when absent.
    #[serde(default)]
    #[schema(example = "campaigns")]
    pub page: Option<String>,
    /// What is asked.
    pub query: ReportQuery,
    /// What the page remembers beside: an object of at most 16 KiB.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub display: Option<serde_json::Value>,
}

/// Which saved views are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ViewQuery {
    /// Keeps those of this page.
    pub page: Option<String>,
}

/// A list of saved views: the caller's own and the shared ones, by name.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SavedViews {
    /// The views.
    pub items: Vec<SavedView>,
}

/// A link to a report for people without an account.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ShareLink {
    /// Identity.
    #[schema(value_type = Id)]
    pub id: ShareLinkId,
    /// When it was made.
    pub created_at: Time,
    /// Shown name.
    pub name: String,
    /// First characters of the token.
    pub prefix: String,
    /// The report. Its filters always hold; what it does not name cannot be asked for.
    pub query: ReportQuery,
    /// Whether another range may be asked for.
    pub range_open: bool,
    /// Whether a password is needed.
    pub has_password: bool,
    /// When it ends.
    pub expires_at: Option<Time>,
    /// The token: part of the answer that makes the link, and never shown again.
    pub token: Option<String>,
    /// The address of the page that shows it; as the token.
    pub url: Option<String>,
}

/// A link to be made.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShareLinkInput {
    /// Shown name.
    pub name: String,
    /// The report.
    pub query: ReportQuery,
    /// Whether another range may be asked for.
    #[serde(default)]
    pub range_open: bool,
    /// A password that readers must know, at least 10 characters.
    #[serde(default)]
    pub password: Option<String>,
    /// When it ends; never when absent.
    #[serde(default)]
    pub expires_at: Option<Time>,
}

/// A list of links.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ShareLinks {
    /// The links, newest first.
    pub items: Vec<ShareLink>,
}

/// What somebody with a link asks for.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SharedQuery {
    /// The password, when one is needed.
    #[serde(default)]
    pub password: Option<String>,
    /// Some of the report's dimensions, in any order; all of them when absent.
    #[serde(default)]
    pub dimensions: Option<Vec<String>>,
    /// Another range, where that is allowed.
    #[serde(default)]
    pub range: Option<Range>,
    /// Timezone of days and hours; the report's when absent.
    #[serde(default)]
    #[schema(value_type = Option<Timezone>)]
    pub timezone: Option<String>,
    /// Order of rows.
    #[serde(default)]
    pub sort: Option<Vec<Sort>>,
    /// Most rows of the answer.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 10_000)]
    pub limit: Option<u32>,
    /// Rows left out before the first one.
    #[serde(default)]
    pub offset: Option<u32>,
}

/// A shared report.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SharedReport {
    /// Name of the link.
    pub name: String,
    /// Dimensions that can be asked for.
    pub dimensions: Vec<String>,
    /// Whether another range may be asked for.
    pub range_open: bool,
    /// The figures.
    pub report: Report,
}
