//! Affiliate networks on the wire.

use super::{ConversionStatus, Currency, Envelope, Id, Time};
use serde::{Deserialize, Serialize};
use signalbox_domain::{self as domain, AffiliateNetworkId};
use utoipa::ToSchema;

/// A word of the network and the status it means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusWord {
    /// The network's word, compared without regard to case.
    #[schema(example = "approved")]
    pub word: String,
    /// What it means here.
    pub status: ConversionStatus,
}

/// Who reports conversions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Network {
    /// Identity.
    #[schema(value_type = Id)]
    pub id: AffiliateNetworkId,
    /// Raised by each write; sent back with a replacement.
    pub version: u64,
    /// When it was made.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
    /// Shown name.
    pub name: String,
    /// The secret first path segment of its postback URL; empty for viewers.
    pub postback_key: String,
    /// Whether the key is sealed with a secret that this server does not have (`catalog.secret_key`): until it has, the key cannot be
    /// shown and nothing but a new key can be saved.
    pub key_unreadable: bool,
    /// Keys that were replaced and still work, newest first.
    pub retired_keys: Vec<RetiredKey>,
    /// Addresses and networks that its postbacks may come from; empty: any.
    pub allowed_ips: Vec<String>,
    /// The network's macro for the click id, such as `{aff_sub}`.
    pub click_id_token: String,
    /// The network's macro for the payout, such as `{payout}`.
    pub payout_token: String,
    /// The network's macro for the status.
    pub status_token: String,
    /// The network's macro for its transaction id.
    pub transaction_token: String,
    /// Words it uses for statuses, looked up before the built-in synonyms.
    pub statuses: Vec<StatusWord>,
    /// Currency of payouts that name none; the workspace's when absent.
    #[schema(value_type = Option<Currency>)]
    pub currency: Option<domain::Currency>,
    /// Query string appended to its offers' URLs, such as `aff_sub={click_id}`.
    pub offer_parameters: String,
    /// Whether postbacks without its key count, found by their click's destination. Whoever knows a click id can then report conversions of it.
    pub keyless: bool,
    /// Free text.
    pub notes: String,
}

/// A key that was replaced and works for a while yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RetiredKey {
    /// Its first characters.
    #[schema(example = "9f3c")]
    pub begins: String,
    /// From then on it is unknown.
    pub until: Time,
}

/// An affiliate network to be stored. Its postback key is made by the server and changed by `rotate-key` alone.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NetworkInput {
    /// Version that was read; needed to replace, ignored to create.
    #[serde(default)]
    pub version: Option<u64>,
    /// Shown name.
    pub name: String,
    /// The network's macro for the click id, such as `{aff_sub}`.
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
    pub statuses: Vec<StatusWord>,
    /// Currency of payouts that name none: the workspace's or one with a rate; the workspace's when absent.
    #[serde(default)]
    #[schema(value_type = Option<Currency>)]
    pub currency: Option<domain::Currency>,
    /// Query string appended to its offers' URLs, such as `aff_sub={click_id}`.
    #[serde(default)]
    pub offer_parameters: String,
    /// Whether postbacks without its key count, found by their click's destination. Whoever knows a click id can then report conversions of it.
    #[serde(default)]
    pub keyless: bool,
    /// Addresses and networks (`192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32`) that its postbacks may come from, at most 100; empty: any.
    #[serde(default)]
    pub allowed_ips: Vec<String>,
    /// Free text.
    #[serde(default)]
    pub notes: String,
}

/// Which version's key is to be replaced.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyRotation {
    /// Version that was read; absent: whatever is there.
    #[serde(default)]
    pub version: Option<u64>,
    /// How long the key of now works on, hours, at most 2160 (90 days). 0: it and all earlier ones end at once.
    #[serde(default)]
    #[schema(maximum = 2160)]
    pub overlap_hours: u16,
}

/// A network's postback URL, ready to paste.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PostbackUrl {
    /// The URL with the network's tokens.
    #[schema(
        example = "https://trk.example.com/9f3c5a1e7b2d4c6f/postback?subid={aff_sub}&payout={payout}&status={status}&tid={tid}"
    )]
    pub url: String,
    /// The URL without parameters.
    pub base_url: String,
    /// Tokens that are not set on the network, with the parameter each would fill.
    pub missing_tokens: Vec<MissingToken>,
}

/// A token that a network does not have yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MissingToken {
    /// Parameter of the URL that is left out, such as `payout`.
    pub parameter: String,
    /// Field of the network to set, such as `payout_token`.
    pub field: String,
}

impl From<StatusWord> for domain::StatusMapping {
    fn from(mapping: StatusWord) -> Self {
        Self { word: mapping.word, status: mapping.status.into() }
    }
}

impl From<domain::StatusMapping> for StatusWord {
    fn from(mapping: domain::StatusMapping) -> Self {
        Self { word: mapping.word, status: mapping.status.into() }
    }
}

impl NetworkInput {
    /// The domain's network with the given keys, not yet validated.
    pub fn into_domain(
        self,
        id: AffiliateNetworkId,
        (postback_key, retired_keys): (String, Vec<domain::RetiredKey>),
    ) -> domain::AffiliateNetwork {
        domain::AffiliateNetwork {
            id,
            name: self.name,
            postback_key,
            retired_keys,
            allowed_ips: self.allowed_ips.iter().map(|range| range.trim().to_owned()).collect(),
            click_id_token: self.click_id_token,
            payout_token: self.payout_token,
            status_token: self.status_token,
            transaction_token: self.transaction_token,
            statuses: self.statuses.into_iter().map(Into::into).collect(),
            currency: self.currency,
            offer_parameters: self.offer_parameters,
            keyless: self.keyless,
            notes: self.notes,
        }
    }
}

impl Network {
    /// What the API shows of a stored network; `with_key` is whether the reader may see its key.
    pub fn new(envelope: Envelope, network: domain::AffiliateNetwork, with_key: bool) -> Self {
        let begins = |key: &str| if with_key { key.chars().take(4).collect() } else { String::new() };
        let retired = network.retired_keys.iter();
        let retired = retired.map(|it| RetiredKey { begins: begins(&it.key), until: it.until.into() });
        Self {
            key_unreadable: network.postback_key.is_empty(),
            retired_keys: retired.collect(),
            allowed_ips: network.allowed_ips,
            id: network.id,
            version: envelope.version,
            created_at: envelope.created_at,
            updated_at: envelope.updated_at,
            name: network.name,
            postback_key: if with_key { network.postback_key } else { String::new() },
            click_id_token: network.click_id_token,
            payout_token: network.payout_token,
            status_token: network.status_token,
            transaction_token: network.transaction_token,
            statuses: network.statuses.into_iter().map(Into::into).collect(),
            currency: network.currency,
            offer_parameters: network.offer_parameters,
            keyless: network.keyless,
            notes: network.notes,
        }
    }
}
