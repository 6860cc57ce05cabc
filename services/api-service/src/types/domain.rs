//! Tracking domains on the wire.

use super::{Envelope, Id, Time};
use serde::{Deserialize, Serialize};
use signalbox_domain::{self as domain, CampaignId, DomainId};
use utoipa::ToSchema;

/// A host name that answers clicks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Domain {
    /// Identity.
    #[schema(value_type = Id)]
    pub id: DomainId,
    /// Raised by each write; sent back with a replacement.
    pub version: u64,
    /// When it was made.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
    /// Host name in lower case without port.
    pub host: String,
    /// Campaign that answers the bare domain (`/`).
    #[schema(value_type = Option<Id>)]
    pub default_campaign_id: Option<CampaignId>,
    /// Where unknown paths go; absent: 404 or the instance's setting.
    pub not_found_url: Option<String>,
    /// Whether links shown in the admin use https.
    pub https: bool,
    /// Whether robots that ask may visit its links; otherwise `/robots.txt` tells them not to.
    pub robots: bool,
    /// Free text.
    pub notes: String,
}

/// A tracking domain to be stored.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DomainInput {
    /// Version that was read; needed to replace, ignored to create.
    #[serde(default)]
    pub version: Option<u64>,
    /// Host name without scheme, port and path; made lower case.
    #[schema(example = "go.example.com")]
    pub host: String,
    /// Campaign that answers the bare domain (`/`).
    #[serde(default)]
    #[schema(value_type = Option<Id>)]
    pub default_campaign_id: Option<CampaignId>,
    /// Where unknown paths go; absent: 404 or the instance's setting.
    #[serde(default)]
    pub not_found_url: Option<String>,
    /// Whether links shown in the admin use https.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub https: bool,
    /// Whether robots that ask may visit its links; otherwise `/robots.txt` tells them not to.
    #[serde(default)]
    pub robots: bool,
    /// Free text.
    #[serde(default)]
    pub notes: String,
}

fn yes() -> bool {
    true
}

impl DomainInput {
    /// The domain's domain, not yet validated.
    pub fn into_domain(self, id: DomainId) -> domain::Domain {
        domain::Domain {
            id,
            host: self.host.trim().to_ascii_lowercase(),
            default_campaign_id: self.default_campaign_id,
            not_found_url: self.not_found_url,
            https: self.https,
            robots: self.robots,
            notes: self.notes,
        }
    }
}

impl Domain {
    /// What the API shows of a stored domain.
    pub fn new(envelope: Envelope, domain: domain::Domain) -> Self {
        Self {
            id: domain.id,
            version: envelope.version,
            created_at: envelope.created_at,
            updated_at: envelope.updated_at,
            host: domain.host,
            default_campaign_id: domain.default_campaign_id,
            not_found_url: domain.not_found_url,
            https: domain.https,
            robots: domain.robots,
            notes: domain.notes,
        }
    }
}
