//! Erasure of visitors' data on the wire.

use super::{Id, Range, Time, Timezone};
use serde::{Deserialize, Serialize};
use signalbox_catalog::Stored;
use signalbox_domain::{self as domain, ErasureId};
use std::collections::BTreeMap;
use utoipa::ToSchema;

api_enum! {
    /// By what a person is found.
    ErasureBy from domain::ErasureBy {
        /// The click with this id alone.
        Click,
        /// The click with this id, and everything of the same visitor.
        Visitor,
        /// Clicks from this address, as it is kept.
        Address,
        /// Clicks with this id of the traffic source's own.
        ExternalId,
    }
}

api_enum! {
    /// How far an erasure is.
    ErasureState from domain::ErasureState {
        /// Asked for.
        Requested,
        /// What was on its way to the tables is being written, so that every click is found.
        Finding,
        /// What comes about the clicks is refused from here on. What is kept of their conversions is being forgotten.
        Forgetting,
        /// What was on its way to the tables since is being written, so that nothing comes after the deletion.
        Waiting,
        /// Rows are being deleted, and those of the reports emptied.
        Deleting,
        /// Nothing is left.
        Done,
    }
}

/// Whose data is to be erased.
#[derive(Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ErasureInput {
    /// By what the person is found.
    pub by: ErasureBy,
    /// The id of a click, the address, or the external id.
    pub value: String,
    /// When the clicks came; of an address or an external id. Absent: whenever.
    #[serde(default)]
    pub range: Option<Range>,
    /// Timezone of the days in the range; absent: the workspace's.
    #[serde(default)]
    #[schema(value_type = Option<Timezone>)]
    pub timezone: Option<String>,
    /// What to remember of the request, such as its number. Stays in the list: must not name the person.
    #[serde(default)]
    pub note: String,
}

/// Nobody finds in a log whom a request was about.
impl std::fmt::Debug for ErasureInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ErasureInput").field("by", &self.by).finish_non_exhaustive()
    }
}

/// What an erasure would find now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ErasurePreview {
    /// What there is.
    #[serde(flatten)]
    pub counts: ErasedCounts,
    /// When the first of the clicks came; null: there is none.
    pub first_click_at: Option<Time>,
    /// When the last one came.
    pub last_click_at: Option<Time>,
}

/// What an erasure finds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ErasedCounts {
    /// Clicks.
    pub clicks: u64,
    /// Conversions and events of clicks, whatever became of them.
    pub conversions: u64,
    /// Received postbacks that named the clicks.
    pub postbacks: u64,
    /// Attempts to tell others.
    pub deliveries: u64,
}

/// An erasure and what became of it. Whose data it was is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Erasure {
    /// Identity.
    #[schema(value_type = Id)]
    pub id: ErasureId,
    /// By what the person was found.
    pub by: ErasureBy,
    /// What the admin noted.
    pub note: String,
    /// Who asked for it: an address or the name of an API key, as of then.
    pub asked_by: String,
    /// When.
    pub created_at: Time,
    /// How far it is.
    pub state: ErasureState,
    /// What there was when it was asked for; clicks: what was found.
    #[serde(flatten)]
    pub counts: ErasedCounts,
    /// Rows that were deleted, by table; of `facts`, rows that lost what describes a person.
    pub erased: BTreeMap<String, u64>,
    /// When nothing was left.
    pub finished_at: Option<Time>,
}

impl From<domain::ErasedCounts> for ErasedCounts {
    fn from(counts: domain::ErasedCounts) -> Self {
        let domain::ErasedCounts { clicks, conversions, postbacks, deliveries } = counts;
        Self { clicks, conversions, postbacks, deliveries }
    }
}

impl From<Stored<domain::Erasure>> for Erasure {
    fn from(stored: Stored<domain::Erasure>) -> Self {
        let erasure = stored.value;
        Self {
            id: erasure.id,
            by: erasure.by.into(),
            note: erasure.note,
            asked_by: erasure.asked_by,
            created_at: erasure.created_at.into(),
            state: erasure.state.into(),
            counts: erasure.counts.into(),
            erased: erasure.erased,
            finished_at: erasure.finished_at.map(Into::into),
        }
    }
}
