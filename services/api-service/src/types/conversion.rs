//! Single conversions as they are kept, and what people do to them, on the wire.

use super::{ConversionStatus, EventId, Id, RepeatPolicy, Time};
use serde::{Deserialize, Serialize};
use signalbox_domain::{self as domain, AffiliateNetworkId, ClickId, ConversionId, Timestamp};
use utoipa::ToSchema;

/// Conversions to delete or to restore.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversionsByHand {
    /// Which, at most 1000.
    #[schema(value_type = Vec<EventId>, min_items = 1, max_items = 1000)]
    pub ids: Vec<ConversionId>,
    /// Why, for the history; at most 200 characters.
    #[serde(default)]
    pub note: String,
}

/// What was taken over to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct ByHandTaken {
    /// Conversions; each is done within about a second.
    pub conversions: u32,
}

api_enum! {
    /// What somebody did to a conversion.
    HandAction from StoredAction {
        /// It counts nothing from then on.
        Delete,
        /// It counts again as its postbacks say.
        Restore,
    }
}

/// A conversion as it is kept: what it is known by, and what people did to it. Its states are in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ConversionRecord {
    /// Identity.
    #[schema(value_type = EventId)]
    pub id: ConversionId,
    /// Its click: with network, transaction and type what it is known by.
    #[schema(value_type = EventId)]
    pub click_id: ClickId,
    /// Network that reported it.
    #[schema(value_type = Id)]
    pub network_id: AffiliateNetworkId,
    /// The network's transaction; empty when it has none, or when there is one conversion of the type for each click.
    pub transaction: String,
    /// What a further postback does.
    pub repeat: RepeatPolicy,
    /// Status of the last state, whether or not it counts.
    pub status: ConversionStatus,
    /// How many states it has had.
    pub revision: u32,
    /// Whether it was deleted by hand and counts nothing.
    pub deleted: bool,
    /// What people did to it, oldest first.
    pub hands: Vec<Hand>,
}

/// What somebody did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Hand {
    /// What.
    pub action: HandAction,
    /// When.
    pub at: Time,
    /// Who: the name of a user or key.
    pub who: String,
    /// Why, in their words.
    pub note: String,
    /// The state that it made.
    pub revision: u32,
}

/// What is read of the document of a conversion.
#[derive(Debug, Clone, Deserialize)]
pub struct StoredConversion {
    id: ConversionId,
    network: AffiliateNetworkId,
    transaction: String,
    click: StoredClick,
    #[serde(default)]
    repeat: domain::RepeatPolicy,
    #[serde(default)]
    deleted: bool,
    history: Vec<StoredState>,
}

#[derive(Debug, Clone, Deserialize)]
struct StoredClick {
    id: ClickId,
}

#[derive(Debug, Clone, Deserialize)]
struct StoredState {
    status: domain::ConversionStatus,
    #[serde(default)]
    by_hand: Option<StoredHand>,
}

/// What somebody did, as it is stored.
#[derive(Debug, Clone, Deserialize)]
pub struct StoredHand {
    action: StoredAction,
    at: Timestamp,
    /// Who, as it was noted.
    pub who: String,
    #[serde(default)]
    note: String,
}

/// What was done, as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoredAction {
    /// Deleted.
    Delete,
    /// Restored.
    Restore,
}

impl StoredConversion {
    /// What people did, for looking up who they are.
    pub fn hands(&self) -> impl Iterator<Item = &StoredHand> {
        self.history.iter().filter_map(|state| state.by_hand.as_ref())
    }

    /// What the API shows; `name` says who somebody is.
    pub fn shown(self, name: impl Fn(&str) -> String) -> ConversionRecord {
        let hands = (1..).zip(&self.history).filter_map(|(revision, state)| {
            let hand = state.by_hand.as_ref()?;
            Some(Hand {
                action: hand.action.into(),
                at: hand.at.into(),
                who: name(&hand.who),
                note: hand.note.clone(),
                revision,
            })
        });
        ConversionRecord {
            id: self.id,
            click_id: self.click.id,
            network_id: self.network,
            hands: hands.collect(),
            repeat: self.repeat.into(),
            status: self.history.last().map_or_else(Default::default, |state| state.status).into(),
            revision: u32::try_from(self.history.len()).unwrap_or(u32::MAX),
            deleted: self.deleted,
            transaction: self.transaction,
        }
    }
}
