//! Traffic sources: which query parameters a source sends, and what they mean.

use crate::{Currency, Invalid, TrafficSourceId, Validator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};

/// What a query parameter of the source means. Text form: `external_id`, `cost`, `sub_id_7`, …
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ParameterRole {
    /// The source's own click id, sent back in its postback.
    ExternalId,
    /// What the source charged for this click.
    Cost,
    /// Search or targeting keyword.
    Keyword,
    /// The source's campaign id.
    AdCampaignId,
    /// The source's creative or banner id.
    CreativeId,
    /// Site, zone or publisher the click came from.
    Site,
    /// A sub id, 1–30.
    SubId(u8),
}

impl fmt::Display for ParameterRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ExternalId => f.write_str("external_id"),
            Self::Cost => f.write_str("cost"),
            Self::Keyword => f.write_str("keyword"),
            Self::AdCampaignId => f.write_str("ad_campaign_id"),
            Self::CreativeId => f.write_str("creative_id"),
            Self::Site => f.write_str("site"),
            Self::SubId(number) => write!(f, "sub_id_{number}"),
        }
    }
}

impl FromStr for ParameterRole {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "external_id" => Self::ExternalId,
            "cost" => Self::Cost,
            "keyword" => Self::Keyword,
            "ad_campaign_id" => Self::AdCampaignId,
            "creative_id" => Self::CreativeId,
            "site" => Self::Site,
            _ => match text.strip_prefix("sub_id_").and_then(|n| n.parse().ok()) {
                Some(number @ 1..=30) => Self::SubId(number),
                _ => {
                    let known = "external_id, cost, keyword, ad_campaign_id, creative_id, site, sub_id_1 to sub_id_30";
                    return Err(format!("unknown role {text:?}; known are {known}"));
                }
            },
        })
    }
}

impl Serialize for ParameterRole {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ParameterRole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// One parameter that a source sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParameterMapping {
    /// Name in the campaign link, such as `zone`; compared without regard to case.
    pub parameter: String,
    /// The source's own token put into the link, such as `{zoneid}` or `[SITE_ID]`; never touched by macro expansion.
    #[serde(default)]
    pub token: String,
    /// What it means.
    pub role: ParameterRole,
    /// Name shown in reports, such as `Zone`.
    #[serde(default)]
    pub label: String,
}

/// Where traffic is bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrafficSource {
    /// Identity.
    pub id: TrafficSourceId,
    /// Shown name.
    pub name: String,
    /// Parameters it sends.
    #[serde(default)]
    pub parameters: Vec<ParameterMapping>,
    /// Currency of its cost parameter; the campaign's when absent.
    #[serde(default)]
    pub currency: Option<Currency>,
    /// Free text.
    #[serde(default)]
    pub notes: String,
}

impl TrafficSource {
    /// Checks names and that no parameter or role is mapped twice.
    pub fn validate(&self) -> Result<(), Invalid> {
        let mut v = Validator::new();
        v.name("name", &self.name, 200);
        v.at_most("notes", &self.notes, 5000);
        v.require(self.parameters.len() <= 60, "parameters", "has more than 60 parameters");
        for (index, mapping) in self.parameters.iter().enumerate() {
            v.within(&format!("parameters[{index}]"), |v| {
                v.name("parameter", &mapping.parameter, 100);
                v.require(
                    !mapping.parameter.contains(['&', '=', '#', '?', ' ']),
                    "parameter",
                    "must not contain & = # ? or blanks",
                );
                v.at_most("token", &mapping.token, 200);
                v.require(!mapping.token.contains(char::is_control), "token", "contains a control character");
                v.at_most("label", &mapping.label, 100);
                let earlier = &self.parameters[..index];
                let same_name =
                    earlier.iter().any(|other| other.parameter.eq_ignore_ascii_case(&mapping.parameter));
                v.require(!same_name, "parameter", "is mapped twice");
                v.require(!earlier.iter().any(|other| other.role == mapping.role), "role", "is mapped twice");
            });
        }
        v.finish()
    }
}
