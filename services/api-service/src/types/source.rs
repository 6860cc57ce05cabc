//! Traffic sources on the wire.

use super::{Currency, Envelope, Id, Time};
use serde::{Deserialize, Serialize};
use signalbox_domain::{self as domain, ParameterRole, TrafficSourceId};
use utoipa::ToSchema;

/// One parameter that a source sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceParameter {
    /// Name in the campaign link, such as `zone`; compared without regard to case.
    #[schema(example = "zone")]
    pub parameter: String,
    /// The source's own token put into the link, such as `{zoneid}` or `[SITE_ID]`.
    #[serde(default)]
    #[schema(example = "{zoneid}")]
    pub token: String,
    /// What it means: `external_id`, `cost`, `keyword`, `ad_campaign_id`, `creative_id`, `site` or `sub_id_1` to `sub_id_30`.
    #[schema(value_type = String, example = "sub_id_1")]
    pub role: ParameterRole,
    /// Name shown in reports, such as `Zone`.
    #[serde(default)]
    pub label: String,
}

/// Where traffic is bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Source {
    /// Identity.
    #[schema(value_type = Id)]
    pub id: TrafficSourceId,
    /// Raised by each write; sent back with a replacement.
    pub version: u64,
    /// When it was made.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
    /// Shown name.
    pub name: String,
    /// Parameters it sends.
    pub parameters: Vec<SourceParameter>,
    /// Currency of its cost parameter; the campaign's when absent.
    #[schema(value_type = Option<Currency>)]
    pub currency: Option<domain::Currency>,
    /// Free text.
    pub notes: String,
}

/// A traffic source to be stored.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceInput {
    /// Version that was read; needed to replace, ignored to create.
    #[serde(default)]
    pub version: Option<u64>,
    /// Shown name.
    pub name: String,
    /// Parameters it sends.
    #[serde(default)]
    pub parameters: Vec<SourceParameter>,
    /// Currency of its cost parameter: the workspace's or one with a rate; the campaign's when absent.
    #[serde(default)]
    #[schema(value_type = Option<Currency>)]
    pub currency: Option<domain::Currency>,
    /// Free text.
    #[serde(default)]
    pub notes: String,
}

impl SourceInput {
    /// The domain's traffic source, not yet validated.
    pub fn into_domain(self, id: TrafficSourceId) -> domain::TrafficSource {
        let parameter = |it: SourceParameter| domain::ParameterMapping {
            parameter: it.parameter,
            token: it.token,
            role: it.role,
            label: it.label,
        };
        domain::TrafficSource {
            id,
            name: self.name,
            parameters: self.parameters.into_iter().map(parameter).collect(),
            currency: self.currency,
            notes: self.notes,
        }
    }
}

impl Source {
    /// What the API shows of a stored traffic source.
    pub fn new(envelope: Envelope, source: domain::TrafficSource) -> Self {
        let parameter = |it: domain::ParameterMapping| SourceParameter {
            parameter: it.parameter,
            token: it.token,
            role: it.role,
            label: it.label,
        };
        Self {
            id: source.id,
            version: envelope.version,
            created_at: envelope.created_at,
            updated_at: envelope.updated_at,
            name: source.name,
            parameters: source.parameters.into_iter().map(parameter).collect(),
            currency: source.currency,
            notes: source.notes,
        }
    }
}
