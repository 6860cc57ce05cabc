//! Affiliate networks: who reports conversions, with which secret and which words.

use crate::{AffiliateNetworkId, ConversionStatus, Currency, Invalid, Validator};
use serde::{Deserialize, Serialize};

/// A word of the network and the status it means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusMapping {
    /// The network's word, compared without regard to case.
    pub word: String,
    /// What it means here.
    pub status: ConversionStatus,
}

/// Who reports conversions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AffiliateNetwork {
    /// Identity.
    pub id: AffiliateNetworkId,
    /// Shown name.
    pub name: String,
    /// The secret first path segment of its postback URL, 16–64 of `A-Z a-z 0-9 - _`; unique over the instance.
    pub postback_key: String,
    /// The network's macro for the click id put into the postback URL, such as `{aff_sub}`.
    #[serde(default)]
    pub click_id_token: String,
    /// The network's macro for the payout, such as `{payout}`.
    #[serde(default)]
    pub payout_token: String,
    /// The network's macro for the status.
    #[serde(default)]
    pub status_token: String,
    /// The network's macro for its transaction id.
    #[serde(default)]
    pub transaction_token: String,
    /// Words it uses for statuses, looked up before the built-in synonyms.
    #[serde(default)]
    pub statuses: Vec<StatusMapping>,
    /// Currency of payouts that name none; the workspace's when absent.
    #[serde(default)]
    pub currency: Option<Currency>,
    /// Query string appended to its offers' URLs, such as `aff_sub={click_id}`.
    #[serde(default)]
    pub offer_parameters: String,
    /// Whether postbacks without its key count, found by their click's destination: whoever knows a click id can then report conversions
    /// of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keyless: bool,
    /// Free text.
    #[serde(default)]
    pub notes: String,
}

impl AffiliateNetwork {
    /// Checks everything that can be checked without other documents.
    pub fn validate(&self) -> Result<(), Invalid> {
        let mut v = Validator::new();
        v.name("name", &self.name, 200);
        let key_chars =
            self.postback_key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        v.require(
            key_chars && (16..=64).contains(&self.postback_key.len()),
            "postback_key",
            "must have 16 to 64 letters, digits, '-' or '_'",
        );
        for (field, token) in [
            ("click_id_token", &self.click_id_token),
            ("payout_token", &self.payout_token),
            ("status_token", &self.status_token),
            ("transaction_token", &self.transaction_token),
        ] {
            v.at_most(field, token, 200);
            v.require(!token.contains(char::is_control), field, "contains a control character");
        }
        v.at_most("offer_parameters", &self.offer_parameters, 1000);
        v.require(
            !self.offer_parameters.contains(|c: char| c.is_control() || c == '#' || c == ' '),
            "offer_parameters",
            "must be a query string such as aff_sub={click_id} without blanks or #",
        );
        v.require(self.statuses.len() <= 200, "statuses", "has more than 200 words");
        for (index, mapping) in self.statuses.iter().enumerate() {
            v.within(&format!("statuses[{index}]"), |v| {
                v.name("word", &mapping.word, 100);
                let twice =
                    self.statuses[..index].iter().any(|other| other.word.eq_ignore_ascii_case(&mapping.word));
                v.require(!twice, "word", "is mapped twice");
            });
        }
        v.at_most("notes", &self.notes, 5000);
        v.finish()
    }

    /// The status meant by `word`: the network's own mapping first, then the synonyms of the field.
    pub fn status_of(&self, word: &str) -> Option<ConversionStatus> {
        let word = word.trim();
        let own = self.statuses.iter().find(|mapping| mapping.word.trim().eq_ignore_ascii_case(word));
        own.map(|mapping| mapping.status).or_else(|| ConversionStatus::from_synonym(word))
    }
}
