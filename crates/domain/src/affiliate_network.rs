//! Affiliate networks: who reports conversions, with which secret and which words.

use crate::{AffiliateNetworkId, ConversionStatus, Currency, Invalid, Timestamp, Validator};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// A word of the network and the status it means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusMapping {
    /// The network's word, compared without regard to case.
    pub word: String,
    /// What it means here.
    pub status: ConversionStatus,
}

/// Most keys that were replaced and still work.
pub const RETIRED_KEYS_MAX: usize = 5;
/// Most ranges of addresses that postbacks of a network may come from.
pub const ALLOWED_IPS_MAX: usize = 100;

/// A key that was replaced and works until its time is over, so that the URL in the network can be changed without a gap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetiredKey {
    /// The key.
    pub key: String,
    /// From then on it is unknown.
    pub until: Timestamp,
}

/// Who reports conversions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AffiliateNetwork {
    /// Identity.
    pub id: AffiliateNetworkId,
    /// Shown name.
    pub name: String,
    /// The secret first path segment of its postback URL, 16–64 of `A-Z a-z 0-9 - _`; unique over the instance. Empty when it was stored
    /// sealed and this process lacks the secret that opens it.
    pub postback_key: String,
    /// Keys that were replaced and still work for a while; at most [`RETIRED_KEYS_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retired_keys: Vec<RetiredKey>,
    /// Addresses and networks (`192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32`) that its postbacks may come from; empty: any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed_ips: Vec<String>,
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
    ///
    /// # Errors
    /// Every field that is wrong.
    pub fn validate(&self) -> Result<(), Invalid> {
        let mut v = Validator::new();
        v.require(
            !self.postback_key.is_empty(),
            "postback_key",
            "cannot be read: catalog.secret_key is not the one that it was sealed with; set that one, or make a new key",
        );
        v.require(self.postback_key.is_empty() || is_key(&self.postback_key), "postback_key", KEY_FORM);
        self.check_rest(&mut v);
        v.finish()
    }

    /// As [`Self::validate`] for a network as it is stored: one whose key cannot be opened here is sound otherwise.
    ///
    /// # Errors
    /// Every field that is wrong.
    pub fn validate_stored(&self) -> Result<(), Invalid> {
        let mut v = Validator::new();
        v.require(self.postback_key.is_empty() || is_key(&self.postback_key), "postback_key", KEY_FORM);
        self.check_rest(&mut v);
        v.finish()
    }

    fn check_rest(&self, v: &mut Validator) {
        v.name("name", &self.name, 200);
        let sound = self.retired_keys.iter().all(|retired| is_key(&retired.key));
        v.require(sound && self.retired_keys.len() <= RETIRED_KEYS_MAX, "retired_keys", "are not sound");
        v.require(
            self.allowed_ips.len() <= ALLOWED_IPS_MAX,
            "allowed_ips",
            format!("has {} ranges; {ALLOWED_IPS_MAX} are allowed", self.allowed_ips.len()),
        );
        for (index, text) in self.allowed_ips.iter().enumerate() {
            let reason =
                format!("{text:?} is no address or network such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32");
            v.require(ip_range(text).is_some(), &format!("allowed_ips[{index}]"), reason);
        }
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
                let event = mapping.status == ConversionStatus::Event;
                v.require(
                    !event,
                    "status",
                    "cannot be event: events are said by the parameters event1 to event30",
                );
            });
        }
        v.at_most("notes", &self.notes, 5000);
    }

    /// Puts a new key in place of the present one, which works on until `until`; `None`: it and every earlier one end at once.
    pub fn rotate_key(&mut self, key: String, (now, until): (Timestamp, Option<Timestamp>)) {
        let old = std::mem::replace(&mut self.postback_key, key);
        self.retired_keys.retain(|retired| until.is_some() && retired.until > now);
        if let Some(until) = until.filter(|_| !old.is_empty()) {
            self.retired_keys.insert(0, RetiredKey { key: old, until });
            self.retired_keys.truncate(RETIRED_KEYS_MAX);
        }
    }

    /// The ranges of [`Self::allowed_ips`].
    pub fn ip_ranges(&self) -> Vec<IpNet> {
        self.allowed_ips.iter().filter_map(|text| ip_range(text)).collect()
    }

    /// The status that the network's own mapping gives to `word`.
    pub fn own_status_of(&self, word: &str) -> Option<ConversionStatus> {
        let word = word.trim();
        let own = self.statuses.iter().find(|mapping| mapping.word.trim().eq_ignore_ascii_case(word));
        own.map(|mapping| mapping.status)
    }
}

const KEY_FORM: &str = "must have 16 to 64 letters, digits, '-' or '_'";

fn is_key(text: &str) -> bool {
    let known = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    known && (16..=64).contains(&text.len())
}

/// An address, or a network by its prefix.
fn ip_range(text: &str) -> Option<IpNet> {
    let text = text.trim();
    text.parse().ok().or_else(|| text.parse().ok().map(|address: std::net::IpAddr| IpNet::from(address)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network() -> AffiliateNetwork {
        let fields =
            serde_json::json!({ "id": "0000000000009", "name": "Net", "postback_key": "k".repeat(20) });
        serde_json::from_value(fields).unwrap()
    }

    #[test]
    fn replaced_keys_work_on_for_as_long_as_was_said() {
        let mut network = network();
        network.rotate_key("b".repeat(20), (Timestamp(10), Some(Timestamp(100))));
        network.rotate_key("c".repeat(20), (Timestamp(20), Some(Timestamp(50))));
        let kept = |network: &AffiliateNetwork| -> Vec<(String, i64)> {
            network.retired_keys.iter().map(|it| (it.key[..1].to_owned(), it.until.0)).collect()
        };
        assert_eq!(kept(&network), [("b".to_owned(), 50), ("k".to_owned(), 100)]);
        network.rotate_key("d".repeat(20), (Timestamp(60), Some(Timestamp(70))));
        assert_eq!(kept(&network), [("c".to_owned(), 70), ("k".to_owned(), 100)], "the one of 50 is over");
        for _ in 0..10 {
            network.rotate_key("e".repeat(20), (Timestamp(61), Some(Timestamp(80))));
        }
        assert_eq!(network.retired_keys.len(), RETIRED_KEYS_MAX);
        network.validate().unwrap();
        network.rotate_key("f".repeat(20), (Timestamp(62), None));
        assert!(network.retired_keys.is_empty(), "all end at once");
    }

    #[test]
    fn ranges_of_addresses_are_named_where_they_are_wrong() {
        let mut network = network();
        network.allowed_ips =
            ["192.0.2.7", " 198.51.100.0/24", "2001:db8::/32", "192.0.2.0/40", "example.com"]
                .map(str::to_owned)
                .into();
        let errors = network.validate().unwrap_err().0;
        let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["allowed_ips[3]", "allowed_ips[4]"]);
        assert_eq!(network.ip_ranges().len(), 3);
        assert!(network.ip_ranges()[0].contains(&"192.0.2.7".parse::<std::net::IpAddr>().unwrap()));
    }

    #[test]
    fn a_key_that_cannot_be_opened_is_stored_but_never_written() {
        let network = AffiliateNetwork { postback_key: String::new(), ..network() };
        assert!(network.validate_stored().is_ok());
        assert_eq!(network.validate().unwrap_err().0[0].field, "postback_key");
    }
}
