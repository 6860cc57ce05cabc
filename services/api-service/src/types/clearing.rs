//! Clearing of test data on the wire.

use super::{Id, Money, Range, Time, Timezone};
use serde::{Deserialize, Serialize};
use signalbox_catalog::Stored;
use signalbox_domain::{self as domain, CampaignId, ClearingId};
use std::collections::BTreeMap;
use utoipa::ToSchema;

api_enum! {
    /// How far a clearing is.
    ClearingState from domain::ClearingState {
        /// What comes about its clicks is refused already; what is kept of their conversions is being forgotten.
        Requested,
        /// What was on its way to the reports is being written, so that nothing comes after the deletion.
        Waiting,
        /// Rows are being deleted.
        Deleting,
        /// Nothing is left.
        Done,
    }
}

/// Which clicks are to be cleared.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClearingInput {
    /// Clicks of this campaign; absent: of all.
    #[serde(default)]
    #[schema(value_type = Option<Id>)]
    pub campaign_id: Option<CampaignId>,
    /// When the clicks came. An end in the future means now; a word such as `today` is read now, once.
    pub range: Range,
    /// Timezone of the days in the range; absent: the workspace's.
    #[serde(default)]
    #[schema(value_type = Option<Timezone>)]
    pub timezone: Option<String>,
}

/// What a clearing would take away now, in words of the reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ClearingPreview {
    /// First moment of the clicks.
    pub from: Time,
    /// First moment after.
    pub to: Time,
    /// Timezone in which the range was meant.
    #[schema(value_type = Timezone)]
    pub timezone: String,
    /// What is taken away.
    #[serde(flatten)]
    pub sums: ClearedSums,
}

/// Sums of what is cleared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ClearedSums {
    /// Clicks.
    pub clicks: u64,
    /// Conversions that counted.
    pub conversions: i64,
    /// Their revenue.
    #[schema(value_type = Money)]
    pub revenue: domain::Money,
    /// What clicks and conversions cost, corrections included.
    #[schema(value_type = Money)]
    pub cost: domain::Money,
}

/// A clearing and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Clearing {
    /// Identity.
    #[schema(value_type = Id)]
    pub id: ClearingId,
    /// Clicks of this campaign; absent: of all.
    #[schema(value_type = Option<Id>)]
    pub campaign_id: Option<CampaignId>,
    /// First moment of the clicks.
    pub from: Time,
    /// First moment after.
    pub to: Time,
    /// Timezone in which the range was meant.
    #[schema(value_type = Timezone)]
    pub timezone: String,
    /// Who asked for it: an address or the name of an API key, as of then.
    pub by: String,
    /// When.
    pub created_at: Time,
    /// How far it is.
    pub state: ClearingState,
    /// What there was to be cleared when it was asked for.
    #[serde(flatten)]
    pub sums: ClearedSums,
    /// Rows that were deleted, by table.
    pub deleted: BTreeMap<String, u64>,
    /// When nothing was left.
    pub finished_at: Option<Time>,
}

impl From<domain::ClearedSums> for ClearedSums {
    fn from(sums: domain::ClearedSums) -> Self {
        let domain::ClearedSums { clicks, conversions, revenue, cost } = sums;
        Self { clicks, conversions, revenue, cost }
    }
}

impl From<Stored<domain::Clearing>> for Clearing {
    fn from(stored: Stored<domain::Clearing>) -> Self {
        let clearing = stored.value;
        Self {
            id: clearing.id,
            campaign_id: clearing.campaign,
            from: clearing.from.into(),
            to: clearing.to.into(),
            timezone: clearing.timezone,
            by: clearing.by,
            created_at: clearing.created_at.into(),
            state: clearing.state.into(),
            sums: clearing.sums.into(),
            deleted: clearing.deleted,
            finished_at: clearing.finished_at.map(Into::into),
        }
    }
}
