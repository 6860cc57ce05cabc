//! Destinations: where a visitor can be sent.

use crate::{AffiliateNetworkId, Currency, DestinationId, Invalid, Money, Validator, url_template};
use serde::{Deserialize, Serialize};

/// What a destination is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DestinationKind {
    /// Something that pays.
    #[default]
    Offer,
    /// A page on the way to an offer.
    Landing,
    /// Any other address.
    Url,
}

/// Whether a destination takes traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DestinationState {
    /// Takes traffic.
    #[default]
    Active,
    /// Paused by hand: no traffic.
    Paused,
    /// Known to be down: no traffic.
    Down,
    /// Hidden from lists: no traffic.
    Archived,
}

/// What a conversion pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Payout {
    /// What the postback says.
    #[default]
    Auto,
    /// Always this amount, whatever the postback says.
    Fixed {
        /// Per conversion, ≥ 0.
        amount: Money,
    },
}

/// Where a visitor can be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destination {
    /// Identity.
    pub id: DestinationId,
    /// Shown name.
    pub name: String,
    /// What it is.
    #[serde(default)]
    pub kind: DestinationKind,
    /// Target with macros.
    pub url: String,
    /// The network that pays for it.
    #[serde(default)]
    pub network_id: Option<AffiliateNetworkId>,
    /// What a conversion pays.
    #[serde(default)]
    pub payout: Payout,
    /// Currency of a payout that names none; the workspace's when absent.
    #[serde(default)]
    pub currency: Option<Currency>,
    /// Whether it takes traffic.
    #[serde(default)]
    pub state: DestinationState,
    /// Labels for lists.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Free text.
    #[serde(default)]
    pub notes: String,
}

impl Destination {
    /// Checks everything that can be checked without other documents.
    pub fn validate(&self) -> Result<(), Invalid> {
        let mut v = Validator::new();
        v.name("name", &self.name, 200);
        url_template::validate(&mut v, "url", &self.url);
        if let Payout::Fixed { amount } = self.payout {
            v.require(!amount.is_negative(), "payout.amount", "must not be negative");
        }
        v.require(self.tags.len() <= 50, "tags", "has more than 50 tags");
        v.each("tags", &self.tags, |v, tag| v.name("", tag, 50));
        v.at_most("notes", &self.notes, 5000);
        v.finish()
    }
}
