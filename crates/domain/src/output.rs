//! Outputs: where conversions are told, such as the postback of a traffic source.

use crate::{
    AffiliateNetworkId, CampaignId, ConversionStatus, Invalid, OutputId, Percent, TrafficSourceId, Validator,
    url_template,
};
use serde::{Deserialize, Serialize};

/// Which conversions an output is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(tag = "type", content = "id", rename_all = "snake_case")]
pub enum OutputScope {
    /// All of the workspace.
    #[default]
    Workspace,
    /// Of clicks from one traffic source.
    Source(TrafficSourceId),
    /// Of one campaign.
    Campaign(CampaignId),
    /// Of one network.
    Network(AffiliateNetworkId),
}

/// How the request is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum HttpMethod {
    /// No body.
    #[default]
    Get,
    /// With the body of the output.
    Post,
}

/// An outgoing postback (a "postback template" in other trackers).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Identity.
    pub id: OutputId,
    /// Shown name.
    pub name: String,
    /// Whether it is sent.
    #[serde(default = "yes")]
    pub active: bool,
    /// Which conversions it is about.
    #[serde(default)]
    pub scope: OutputScope,
    /// Statuses it is sent for; empty: all.
    #[serde(default)]
    pub statuses: Vec<ConversionStatus>,
    /// How the request is made.
    #[serde(default)]
    pub method: HttpMethod,
    /// Target with macros such as `{external_id}` and `{payout}`.
    pub url: String,
    /// Body of a POST with macros; JSON when it starts with `{` or `[`, a form otherwise.
    #[serde(default)]
    pub body: String,
    /// Share of the payout that is told, 0–100 %.
    #[serde(default = "all")]
    pub payout_percent: Percent,
    /// Free text.
    #[serde(default)]
    pub notes: String,
}

fn yes() -> bool {
    true
}

fn all() -> Percent {
    Percent::HUNDRED
}

impl Output {
    /// Checks everything that can be checked without other documents.
    pub fn validate(&self) -> Result<(), Invalid> {
        let mut v = Validator::new();
        v.name("name", &self.name, 200);
        url_template::validate(&mut v, "url", &self.url);
        v.at_most("body", &self.body, 16_384);
        v.require(self.body.is_empty() || self.method == HttpMethod::Post, "body", "needs method POST");
        v.require(self.payout_percent <= Percent::HUNDRED, "payout_percent", "must be between 0 and 100");
        v.at_most("notes", &self.notes, 5000);
        v.finish()
    }

    /// Whether a conversion with these properties is told.
    pub fn wants(
        &self,
        status: ConversionStatus,
        source: TrafficSourceId,
        campaign: CampaignId,
        network: AffiliateNetworkId,
    ) -> bool {
        let in_scope = match self.scope {
            OutputScope::Workspace => true,
            OutputScope::Source(id) => id == source,
            OutputScope::Campaign(id) => id == campaign,
            OutputScope::Network(id) => id == network,
        };
        self.active && in_scope && (self.statuses.is_empty() || self.statuses.contains(&status))
    }
}
