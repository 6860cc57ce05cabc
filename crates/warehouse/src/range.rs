//! Date ranges: words such as `last_7_days` in a timezone, resolved to moments.

use serde::{Deserialize, Serialize};
use signalbox_domain::Timestamp;

/// What a report covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", untagged)]
pub enum Range {
    /// A word, resolved in the timezone of the report.
    Token(RangeToken),
    /// Moments: `from` included, `to` excluded.
    Custom {
        /// First moment, unix milliseconds.
        from: Timestamp,
        /// First moment after, unix milliseconds; after `from`.
        to: Timestamp,
    },
}

/// A range by name. Days are calendar days of the timezone; weeks begin on Monday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RangeToken {
    /// The current day.
    Today,
    /// The day before.
    Yesterday,
    /// The current day and the 6 before.
    #[serde(rename = "last_7_days")]
    Last7Days,
    /// The current day and the 13 before.
    #[serde(rename = "last_14_days")]
    Last14Days,
    /// The current day and the 29 before.
    #[serde(rename = "last_30_days")]
    Last30Days,
    /// From this week's Monday to its end.
    ThisWeek,
    /// The week before.
    LastWeek,
    /// The current calendar month.
    ThisMonth,
    /// The calendar month before.
    LastMonth,
    /// The current calendar year.
    ThisYear,
    /// Everything.
    AllTime,
}

/// Moments: `from` included, `to` excluded; `None` is unbounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ResolvedRange {
    /// First moment.
    pub from: Option<Timestamp>,
    /// First moment after.
    pub to: Option<Timestamp>,
}
