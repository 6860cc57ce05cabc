//! Outputs: where conversions are told, such as the postback of a traffic source.

use crate::{
    AffiliateNetworkId, CampaignId, ConversionApi, ConversionStatus, Credentials, Invalid, OutputId, Percent,
    TrafficSourceId, Validator, url_template,
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

/// Macros of outgoing postbacks, and what each is filled with. Sub ids go to 30.
pub const OUTPUT_MACROS: &[(&str, &str)] = &[
    ("{external_id}", "The source's own click id"),
    ("{payout}", "Payout, or the share of it that is told"),
    ("{status}", "Status; {status:sale=1,lead=0} maps it"),
    ("{currency}", "Currency of the payout"),
    ("{transaction_id}", "The network's transaction"),
    ("{click_id}", "The click's id"),
    ("{conversion_id}", "The conversion's id"),
    ("{original_status}", "Status in the network's word"),
    ("{second_status}", "Second status in the network's word"),
    ("{cost}", "Cost of the conversion"),
    ("{sub_id_1}", "A sub id of the click, 1 to 30"),
    ("{event1}", "An event of the click, 1 to 30"),
    ("{ad_campaign_id}", "Campaign id of the source"),
    ("{creative_id}", "Creative id of the source"),
    ("{site}", "Site or zone of the source"),
    ("{keyword}", "Keyword of the source"),
    ("{campaign_id}", "The campaign's id"),
    ("{source_id}", "The traffic source's id"),
    ("{network_id}", "The affiliate network's id"),
    ("{destination_id}", "The destination's id"),
    ("{country}", "Country code of the click"),
    ("{city}", "City of the click"),
    ("{os}", "Operating system of the click"),
    ("{browser}", "Browser of the click"),
    ("{device_type}", "Kind of device of the click"),
    ("{unixtime}", "Seconds since 1970 of the conversion's state"),
];

/// Most words of second statuses that an output is told for.
pub const SECOND_STATUSES_MAX: usize = 50;

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
    /// Statuses it is sent for; empty: all but events, which come often and are told only where they are named.
    #[serde(default)]
    pub statuses: Vec<ConversionStatus>,
    /// Words of the network's second status that it is sent for, in any case; empty: all, and those without one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub second_statuses: Vec<String>,
    /// How the request is made.
    #[serde(default)]
    pub method: HttpMethod,
    /// Target with macros such as `{external_id}` and `{payout}`; for a conversion API where it lives, with its version.
    pub url: String,
    /// Body of a POST with macros; JSON when it starts with `{` or `[`, a form otherwise.
    #[serde(default)]
    pub body: String,
    /// Share of the payout that is told, 0–100 %.
    #[serde(default = "all")]
    pub payout_percent: Percent,
    /// The conversion API of an advertising platform that is told instead of a URL with macros.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversion_api: Option<ConversionApi>,
    /// What proves to that platform who is calling; stored sealed.
    #[serde(default, skip_serializing_if = "Credentials::is_empty")]
    pub credentials: Credentials,
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
    ///
    /// # Errors
    /// Every field that is wrong.
    pub fn validate(&self) -> Result<(), Invalid> {
        self.check(Some(&self.credentials))
    }

    /// As [`Self::validate`] for an output as it is stored: one whose credentials cannot be opened here is sound otherwise.
    ///
    /// # Errors
    /// Every field that is wrong.
    pub fn validate_stored(&self) -> Result<(), Invalid> {
        self.check((!self.credentials.is_empty()).then_some(&self.credentials))
    }

    fn check(&self, credentials: Option<&Credentials>) -> Result<(), Invalid> {
        let mut v = Validator::new();
        v.name("name", &self.name, 200);
        url_template::validate(&mut v, "url", &self.url);
        v.at_most("body", &self.body, 16_384);
        if let Some(api) = &self.conversion_api {
            v.require(
                self.body.is_empty(),
                "body",
                "must be empty: the platform's documentation says what is sent",
            );
            v.require(!self.url.contains(['{', '?', '#']), "url", "must be a plain address without macros");
            v.require(
                self.statuses.is_empty(),
                "statuses",
                "must be empty: the events say which statuses are told",
            );
            api.validate(&mut v, (&self.url, credentials));
        }
        v.require(
            self.conversion_api.is_some() || self.credentials.is_empty(),
            "credentials",
            "are for conversion APIs alone",
        );
        v.require(self.body.is_empty() || self.method == HttpMethod::Post, "body", "needs method POST");
        let count = self.second_statuses.len();
        v.require(
            count <= SECOND_STATUSES_MAX,
            "second_statuses",
            format!("has {count} words; {SECOND_STATUSES_MAX} are allowed"),
        );
        for (index, word) in self.second_statuses.iter().enumerate() {
            v.name(&format!("second_statuses[{index}]"), word, 100);
        }
        v.require(self.payout_percent <= Percent::HUNDRED, "payout_percent", "must be between 0 and 100");
        v.at_most("notes", &self.notes, 5000);
        v.finish()
    }

    /// Whether a conversion with these properties is told; its status comes with the network's word in the second one, or nothing.
    pub fn wants(
        &self,
        (status, second): (ConversionStatus, &str),
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
        let told = match &self.conversion_api {
            Some(api) => api.event(status).is_some(),
            None if self.statuses.is_empty() => status != ConversionStatus::Event,
            None => self.statuses.contains(&status),
        };
        let second = second.trim().to_lowercase();
        let is_it = |word: &String| word.trim().to_lowercase() == second;
        let second_told = self.second_statuses.is_empty() || self.second_statuses.iter().any(is_it);
        self.active && in_scope && told && second_told
    }
}
