//! What a workspace keeps about its reports: metrics of its own, saved views, links to share them.

use crate::{Actor, CustomMetricId, Invalid, SavedViewId, ShareLinkId, Timestamp, UserId, Validator};
use serde::{Deserialize, Serialize};

/// Beginning of the keys of custom metrics, so that no built-in one ever has the same.
pub const CUSTOM_KEY_PREFIX: &str = "custom_";
/// Longest query of a saved view, bytes of JSON.
const QUERY_BYTES_MAX: usize = 64 * 1024;
/// Longest settings of a page that shows a view, bytes of JSON.
const DISPLAY_BYTES_MAX: usize = 16 * 1024;

/// A metric of a workspace's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomMetric {
    /// Identity.
    pub id: CustomMetricId,
    /// Name in queries: `custom_` and 1–40 letters, digits and underscores; unique in the workspace.
    pub key: String,
    /// Shown name.
    pub title: String,
    /// What it means.
    #[serde(default)]
    pub description: String,
    /// How it is computed, in the language of the report engine.
    pub formula: String,
    /// What its value is.
    #[serde(default)]
    pub format: MetricFormat,
    /// Decimals to show, 0–6 (money: 0–9).
    #[serde(default)]
    pub decimals: u8,
}

/// What the value of a custom metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MetricFormat {
    /// A plain number.
    #[default]
    Number,
    /// An amount in the workspace's currency.
    Money,
    /// Per cent.
    Percent,
    /// Seconds.
    Seconds,
}

impl CustomMetric {
    /// Checks all but the formula, which only the report engine understands.
    pub fn validate(&self) -> Result<(), Invalid> {
        let mut v = Validator::new();
        let name = self.key.strip_prefix(CUSTOM_KEY_PREFIX).unwrap_or_default();
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        v.require(
            (1..=40).contains(&name.len()) && name.chars().all(plain),
            "key",
            "must be 1-40 lower-case letters, digits and underscores",
        );
        v.name("title", &self.title, 60);
        v.at_most("description", &self.description, 500);
        let decimals_max = if self.format == MetricFormat::Money { 9 } else { 6 };
        v.require(self.decimals <= decimals_max, "decimals", format!("must be 0 to {decimals_max}"));
        v.finish()
    }
}

/// A saved report: what is asked, and how a page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedView {
    /// Identity.
    pub id: SavedViewId,
    /// Shown name.
    pub name: String,
    /// Whose it is; nobody's: everybody in the workspace sees it.
    #[serde(default)]
    pub owner_id: Option<UserId>,
    /// The page it belongs to, such as `reports` or `campaigns`.
    pub page: String,
    /// What is asked, JSON in the words of the API.
    pub query: String,
    /// What the page remembers beside, JSON; the product does not look into it.
    #[serde(default)]
    pub display: String,
}

impl SavedView {
    /// Checks all but the query, which only the API understands.
    pub fn validate(&self) -> Result<(), Invalid> {
        let mut v = Validator::new();
        v.name("name", &self.name, 100);
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
        v.require(
            (1..=40).contains(&self.page.len()) && self.page.chars().all(plain),
            "page",
            "must be 1-40 lower-case letters, digits, _ and -",
        );
        v.require(
            self.query.len() <= QUERY_BYTES_MAX,
            "query",
            format!("is larger than {QUERY_BYTES_MAX} bytes"),
        );
        v.require(
            self.display.len() <= DISPLAY_BYTES_MAX,
            "display",
            format!("is larger than {DISPLAY_BYTES_MAX} bytes"),
        );
        v.finish()
    }
}

/// A link under which people without an account see one report, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShareLink {
    /// Identity.
    pub id: ShareLinkId,
    /// Shown name.
    pub name: String,
    /// Who made it.
    pub created_by: Actor,
    /// SHA-256 of the token in the link, hexadecimal. The token itself is never stored.
    pub token_sha256: String,
    /// First characters of the token, to recognise the link by.
    pub prefix: String,
    /// The report: dimensions and metrics that can be asked for, and filters that always hold. JSON in the words of the API.
    pub query: String,
    /// Whether another range may be asked for.
    #[serde(default)]
    pub range_open: bool,
    /// Argon2id hash of the password, when one is needed.
    #[serde(default)]
    pub password_hash: Option<String>,
    /// When it ends.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

impl ShareLink {
    /// Checks all but the query, which only the API understands.
    pub fn validate(&self) -> Result<(), Invalid> {
        let mut v = Validator::new();
        v.name("name", &self.name, 100);
        v.require(
            self.query.len() <= QUERY_BYTES_MAX,
            "query",
            format!("is larger than {QUERY_BYTES_MAX} bytes"),
        );
        v.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_custom_metrics_cannot_meet_built_in_ones() {
        let metric = |key: &str| CustomMetric {
            id: CustomMetricId(1),
            key: key.to_owned(),
            title: "Net".to_owned(),
            description: String::new(),
            formula: "profit".to_owned(),
            format: MetricFormat::Money,
            decimals: 2,
        };
        assert!(metric("custom_net_2").validate().is_ok());
        for bad in ["roi", "custom_", "custom_Net", "custom_a-b", ""] {
            assert!(metric(bad).validate().is_err(), "{bad}");
        }
        assert!(
            CustomMetric { decimals: 7, format: MetricFormat::Percent, ..metric("custom_a") }
                .validate()
                .is_err()
        );
    }
}
