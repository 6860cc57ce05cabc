//! What a campaign makes of its visitors, on the wire: who is new, what becomes of machines, what is passed on.

use serde::{Deserialize, Serialize};
use signalbox_domain as domain;
use utoipa::ToSchema;

/// What makes two visits the same visitor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UniquenessKey {
    /// Address and user agent.
    IpUserAgent,
    /// Address alone.
    Ip,
    /// A first-party cookie; address and user agent for a visitor that has none yet.
    Cookie,
    /// A query parameter by name; address and user agent for a click without it.
    Parameter(String),
}

/// What becomes of a visit that is held to be a machine's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum BotPolicy {
    /// Routed like everybody, kept and flagged.
    Route,
    /// Sent to an address of its own, kept and flagged.
    Url {
        /// Target with macros.
        url: String,
    },
    /// Answered 404, kept and flagged.
    NotFound,
    /// Routed like everybody, not kept, only counted.
    Ignore,
}

api_enum! {
    /// What `/{slug}/more/path` means.
    ExtraPath from domain::ExtraPath {
        /// Not this campaign's link: an unknown path.
        Refuse,
        /// The same as without it.
        Ignore,
        /// Appended to the path of the target.
        Append,
    }
}

/// When a visitor counts as unique.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Uniqueness {
    /// What makes two visits the same visitor.
    pub key: UniquenessKey,
    /// After how many hours the same visitor is unique again.
    #[schema(minimum = 1, maximum = 8784)]
    pub ttl_hours: u16,
}

impl From<UniquenessKey> for domain::UniquenessKey {
    fn from(key: UniquenessKey) -> Self {
        match key {
            UniquenessKey::IpUserAgent => Self::IpUserAgent,
            UniquenessKey::Ip => Self::Ip,
            UniquenessKey::Cookie => Self::Cookie,
            UniquenessKey::Parameter(name) => Self::Parameter(name),
        }
    }
}

impl From<domain::UniquenessKey> for UniquenessKey {
    fn from(key: domain::UniquenessKey) -> Self {
        match key {
            domain::UniquenessKey::IpUserAgent => Self::IpUserAgent,
            domain::UniquenessKey::Ip => Self::Ip,
            domain::UniquenessKey::Cookie => Self::Cookie,
            domain::UniquenessKey::Parameter(name) => Self::Parameter(name),
        }
    }
}

impl Default for BotPolicy {
    fn default() -> Self {
        domain::BotPolicy::default().into()
    }
}

impl From<BotPolicy> for domain::BotPolicy {
    fn from(policy: BotPolicy) -> Self {
        match policy {
            BotPolicy::Route => Self::Route,
            BotPolicy::Url { url } => Self::Url { url },
            BotPolicy::NotFound => Self::NotFound,
            BotPolicy::Ignore => Self::Ignore,
        }
    }
}

impl From<domain::BotPolicy> for BotPolicy {
    fn from(policy: domain::BotPolicy) -> Self {
        match policy {
            domain::BotPolicy::Route => Self::Route,
            domain::BotPolicy::Url { url } => Self::Url { url },
            domain::BotPolicy::NotFound => Self::NotFound,
            domain::BotPolicy::Ignore => Self::Ignore,
        }
    }
}

impl Default for Uniqueness {
    fn default() -> Self {
        domain::Uniqueness::default().into()
    }
}

impl From<Uniqueness> for domain::Uniqueness {
    fn from(uniqueness: Uniqueness) -> Self {
        Self { key: uniqueness.key.into(), ttl_hours: uniqueness.ttl_hours }
    }
}

impl From<domain::Uniqueness> for Uniqueness {
    fn from(uniqueness: domain::Uniqueness) -> Self {
        Self { key: uniqueness.key.into(), ttl_hours: uniqueness.ttl_hours }
    }
}
