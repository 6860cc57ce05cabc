//! How long single events are kept, on the wire.

use super::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// How many days single events are kept, by kind; reports keep their sums in any case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Retention {
    /// Raised by each write; sent back with a replacement. 0: nothing was ever set.
    pub version: u64,
    /// Clicks and landing clicks with address, user agent and referrer; for ever when absent.
    pub clicks_days: Option<u32>,
    /// Clicks of machines, where that is shorter.
    pub bots_days: Option<u32>,
    /// Conversions with their history.
    pub conversions_days: Option<u32>,
    /// Inbound postbacks as they were received.
    pub postbacks_days: Option<u32>,
    /// Attempts to deliver outgoing postbacks.
    pub deliveries_days: Option<u32>,
    /// Records that could not be written.
    pub dead_letters_days: Option<u32>,
    /// When old events were last looked for.
    pub last_run_at: Option<Time>,
    /// How many were deleted then, by kind.
    pub last_deleted: BTreeMap<String, u64>,
}

/// How many days single events are to be kept, by kind; what is absent is kept for ever.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RetentionInput {
    /// Version that was read.
    #[serde(default)]
    pub version: Option<u64>,
    /// Clicks and landing clicks; at least 7, because postbacks look for them.
    #[serde(default)]
    #[schema(minimum = 7, maximum = 36_500)]
    pub clicks_days: Option<u32>,
    /// Clicks of machines.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 36_500)]
    pub bots_days: Option<u32>,
    /// Conversions, by the time at which they were first reported; at least 7.
    #[serde(default)]
    #[schema(minimum = 7, maximum = 36_500)]
    pub conversions_days: Option<u32>,
    /// Inbound postbacks.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 36_500)]
    pub postbacks_days: Option<u32>,
    /// Attempts to deliver.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 36_500)]
    pub deliveries_days: Option<u32>,
    /// Records that could not be written; those of which nobody can say whose they are go with the only workspace, if there is only one.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 36_500)]
    pub dead_letters_days: Option<u32>,
}
