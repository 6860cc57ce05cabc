//! Destinations on the wire.

use super::{Currency, Envelope, Id, Payout, Time};
use serde::{Deserialize, Serialize};
use signalbox_domain::{self as domain, AffiliateNetworkId, DestinationId};
use utoipa::ToSchema;

api_enum! {
    /// What a destination is.
    DestinationKind from domain::DestinationKind {
        /// Something that pays.
        Offer,
        /// A page on the way to an offer.
        Landing,
        /// Any other address.
        Url,
    }
}

api_enum! {
    /// Whether a destination takes traffic.
    DestinationState from domain::DestinationState {
        /// Takes traffic.
        Active,
        /// Paused by hand: no traffic.
        Paused,
        /// Known to be down: no traffic.
        Down,
        /// Hidden from lists: no traffic.
        Archived,
    }
}

/// Where a visitor can be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Destination {
    /// Identity.
    #[schema(value_type = Id)]
    pub id: DestinationId,
    /// Raised by each write; sent back with a replacement.
    pub version: u64,
    /// When it was made.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
    /// Shown name.
    pub name: String,
    /// What it is.
    pub kind: DestinationKind,
    /// Target with macros.
    pub url: String,
    /// The network that pays for it.
    #[schema(value_type = Option<Id>)]
    pub network_id: Option<AffiliateNetworkId>,
    /// What a conversion pays.
    pub payout: Payout,
    /// Currency of a payout that names none; the workspace's when absent.
    #[schema(value_type = Option<Currency>)]
    pub currency: Option<domain::Currency>,
    /// Whether it takes traffic.
    pub state: DestinationState,
    /// Labels for lists.
    pub tags: Vec<String>,
    /// Free text.
    pub notes: String,
}

/// A destination to be stored.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DestinationInput {
    /// Version that was read; needed to replace, ignored to create.
    #[serde(default)]
    pub version: Option<u64>,
    /// Shown name; the host of the URL when absent.
    #[serde(default)]
    pub name: Option<String>,
    /// What it is.
    #[serde(default = "offer")]
    #[schema(default = "offer")]
    pub kind: DestinationKind,
    /// Absolute http(s) URL; macros such as `{click_id}` are allowed in path, query and fragment.
    #[schema(example = "https://offer.example.com/?sub={click_id}")]
    pub url: String,
    /// The network that pays for it.
    #[serde(default)]
    #[schema(value_type = Option<Id>)]
    pub network_id: Option<AffiliateNetworkId>,
    /// What a conversion pays; what the postback says when absent.
    #[serde(default)]
    pub payout: Payout,
    /// Currency of a payout that names none: the workspace's or one with a rate; the workspace's when absent.
    #[serde(default)]
    #[schema(value_type = Option<Currency>)]
    pub currency: Option<domain::Currency>,
    /// Whether it takes traffic.
    #[serde(default = "active")]
    #[schema(default = "active")]
    pub state: DestinationState,
    /// Labels for lists.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Free text.
    #[serde(default)]
    pub notes: String,
}

fn offer() -> DestinationKind {
    DestinationKind::Offer
}

fn active() -> DestinationState {
    DestinationState::Active
}

impl DestinationInput {
    /// The domain's destination, not yet validated.
    pub fn into_domain(self, id: DestinationId) -> domain::Destination {
        let host = |url: &str| url::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
        domain::Destination {
            id,
            name: self.name.unwrap_or_else(|| host(&self.url).unwrap_or_else(|| "Destination".to_owned())),
            kind: self.kind.into(),
            url: self.url,
            network_id: self.network_id,
            payout: self.payout.into(),
            currency: self.currency,
            state: self.state.into(),
            tags: self.tags,
            notes: self.notes,
        }
    }
}

impl Destination {
    /// What the API shows of a stored destination.
    pub fn new(envelope: Envelope, destination: domain::Destination) -> Self {
        Self {
            id: destination.id,
            version: envelope.version,
            created_at: envelope.created_at,
            updated_at: envelope.updated_at,
            name: destination.name,
            kind: destination.kind.into(),
            url: destination.url,
            network_id: destination.network_id,
            payout: destination.payout.into(),
            currency: destination.currency,
            state: destination.state.into(),
            tags: destination.tags,
            notes: destination.notes,
        }
    }
}
