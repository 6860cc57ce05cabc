//! Outgoing postbacks on the wire.

use super::{ConversionStatus, Envelope, Id, Percent, Time};
use serde::{Deserialize, Serialize};
use signalbox_domain::{self as domain, AffiliateNetworkId, CampaignId, OutputId, TrafficSourceId};
use utoipa::ToSchema;

/// Which conversions an output is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum OutputScope {
    /// All of the workspace.
    #[default]
    Workspace,
    /// Of clicks from one traffic source.
    Source {
        /// The source.
        #[schema(value_type = Id)]
        id: TrafficSourceId,
    },
    /// Of one campaign.
    Campaign {
        /// The campaign.
        #[schema(value_type = Id)]
        id: CampaignId,
    },
    /// Of one network.
    Network {
        /// The network.
        #[schema(value_type = Id)]
        id: AffiliateNetworkId,
    },
}

/// How a request is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum HttpMethod {
    /// No body.
    Get,
    /// With the body of the output.
    Post,
}

/// An outgoing postback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Output {
    /// Identity.
    #[schema(value_type = Id)]
    pub id: OutputId,
    /// Raised by each write; sent back with a replacement.
    pub version: u64,
    /// When it was made.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
    /// Shown name.
    pub name: String,
    /// Whether it is sent.
    pub active: bool,
    /// Which conversions it is about.
    pub scope: OutputScope,
    /// Statuses it is sent for; empty: all.
    pub statuses: Vec<ConversionStatus>,
    /// How the request is made.
    pub method: HttpMethod,
    /// Target with macros such as `{external_id}` and `{payout}`.
    pub url: String,
    /// Body of a POST with macros; JSON when it starts with `{` or `[`, a form otherwise.
    pub body: String,
    /// Share of the payout that is told, 0–100 %.
    #[schema(value_type = Percent)]
    pub payout_percent: domain::Percent,
    /// Free text.
    pub notes: String,
}

/// An outgoing postback to be stored.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OutputInput {
    /// Version that was read; needed to replace, ignored to create.
    #[serde(default)]
    pub version: Option<u64>,
    /// Shown name; the host of the URL when absent.
    #[serde(default)]
    pub name: Option<String>,
    /// Whether it is sent.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub active: bool,
    /// Which conversions it is about; all of the workspace when absent.
    #[serde(default)]
    pub scope: OutputScope,
    /// Statuses it is sent for; empty: all.
    #[serde(default)]
    pub statuses: Vec<ConversionStatus>,
    /// How the request is made.
    #[serde(default = "get")]
    #[schema(default = "GET")]
    pub method: HttpMethod,
    /// Absolute http(s) URL with macros such as `{external_id}` and `{payout}`.
    #[schema(example = "https://source.example.com/conversion?cid={external_id}&payout={payout}")]
    pub url: String,
    /// Body of a POST with macros; JSON when it starts with `{` or `[`, a form otherwise.
    #[serde(default)]
    pub body: String,
    /// Share of the payout that is told, 0–100 %.
    #[serde(default = "all")]
    #[schema(value_type = Percent, default = "100")]
    pub payout_percent: domain::Percent,
    /// Free text.
    #[serde(default)]
    pub notes: String,
}

fn yes() -> bool {
    true
}

fn get() -> HttpMethod {
    HttpMethod::Get
}

fn all() -> domain::Percent {
    domain::Percent::HUNDRED
}

impl From<OutputScope> for domain::OutputScope {
    fn from(scope: OutputScope) -> Self {
        match scope {
            OutputScope::Workspace => Self::Workspace,
            OutputScope::Source { id } => Self::Source(id),
            OutputScope::Campaign { id } => Self::Campaign(id),
            OutputScope::Network { id } => Self::Network(id),
        }
    }
}

impl From<domain::OutputScope> for OutputScope {
    fn from(scope: domain::OutputScope) -> Self {
        match scope {
            domain::OutputScope::Workspace => Self::Workspace,
            domain::OutputScope::Source(id) => Self::Source { id },
            domain::OutputScope::Campaign(id) => Self::Campaign { id },
            domain::OutputScope::Network(id) => Self::Network { id },
        }
    }
}

impl From<HttpMethod> for domain::HttpMethod {
    fn from(method: HttpMethod) -> Self {
        match method {
            HttpMethod::Get => Self::Get,
            HttpMethod::Post => Self::Post,
        }
    }
}

impl From<domain::HttpMethod> for HttpMethod {
    fn from(method: domain::HttpMethod) -> Self {
        match method {
            domain::HttpMethod::Get => Self::Get,
            domain::HttpMethod::Post => Self::Post,
        }
    }
}

impl OutputInput {
    /// The domain's output, not yet validated.
    pub fn into_domain(self, id: OutputId) -> domain::Output {
        let host = |url: &str| url::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
        domain::Output {
            id,
            name: self.name.unwrap_or_else(|| host(&self.url).unwrap_or_else(|| "Postback".to_owned())),
            active: self.active,
            scope: self.scope.into(),
            statuses: self.statuses.into_iter().map(Into::into).collect(),
            method: self.method.into(),
            url: self.url,
            body: self.body,
            payout_percent: self.payout_percent,
            notes: self.notes,
        }
    }
}

impl Output {
    /// What the API shows of a stored output.
    pub fn new(envelope: Envelope, output: domain::Output) -> Self {
        Self {
            id: output.id,
            version: envelope.version,
            created_at: envelope.created_at,
            updated_at: envelope.updated_at,
            name: output.name,
            active: output.active,
            scope: output.scope.into(),
            statuses: output.statuses.into_iter().map(Into::into).collect(),
            method: output.method.into(),
            url: output.url,
            body: output.body,
            payout_percent: output.payout_percent,
            notes: output.notes,
        }
    }
}
