//! Outgoing postbacks on the wire.

use super::{ConversionApi, ConversionStatus, Envelope, Id, Percent, Time};
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
    /// Words of the network's second status that it is sent for, in any case; empty: all, and those without one.
    pub second_statuses: Vec<String>,
    /// How the request is made.
    pub method: HttpMethod,
    /// Target with macros such as `{external_id}` and `{payout}`; for a conversion API where it lives, with its version.
    pub url: String,
    /// Body of a POST with macros; JSON when it starts with `{` or `[`, a form otherwise.
    pub body: String,
    /// Share of the payout that is told, 0–100 %.
    #[schema(value_type = Percent)]
    pub payout_percent: domain::Percent,
    /// The conversion API of an advertising platform that is told instead of a URL with macros.
    pub conversion_api: Option<ConversionApi>,
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
    /// Words of the network's second status that it is sent for, in any case, at most 50; empty: all, and those without one.
    #[serde(default)]
    pub second_statuses: Vec<String>,
    /// How the request is made.
    #[serde(default = "get")]
    #[schema(default = "GET")]
    pub method: HttpMethod,
    /// Absolute http(s) URL with macros such as `{external_id}` and `{payout}`. For a conversion API where it lives, with its version;
    /// the platform's own address when empty.
    #[serde(default)]
    #[schema(example = "https://source.example.com/conversion?cid={external_id}&payout={payout}")]
    pub url: String,
    /// Body of a POST with macros; JSON when it starts with `{` or `[`, a form otherwise.
    #[serde(default)]
    pub body: String,
    /// Share of the payout that is told, 0–100 %.
    #[serde(default = "all")]
    #[schema(value_type = Percent, default = "100")]
    pub payout_percent: domain::Percent,
    /// The conversion API of an advertising platform that is told instead of a URL with macros; always by POST.
    #[serde(default)]
    pub conversion_api: Option<ConversionApi>,
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
    /// The domain's output, not yet validated. Credentials that are not given stay those of `current`, as long as they go to
    /// the same host.
    pub fn into_domain(self, id: OutputId, current: Option<&domain::Output>) -> domain::Output {
        let host = |url: &str| url::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
        let platform = self.conversion_api.as_ref().map(|api| domain::Platform::from(api.platform));
        let url = match platform {
            Some(platform) if self.url.is_empty() => platform.base_url().to_owned(),
            _ => self.url,
        };
        let origin = |url: &str| url::Url::parse(url).ok().map(|url| url.origin());
        let held = current.filter(|current| origin(&current.url) == origin(&url));
        let (api, credentials) = self.conversion_api.map(|api| api.into_domain(held)).unzip();
        domain::Output {
            id,
            name: self.name.unwrap_or_else(|| host(&url).unwrap_or_else(|| "Postback".to_owned())),
            active: self.active,
            scope: self.scope.into(),
            statuses: self.statuses.into_iter().map(Into::into).collect(),
            second_statuses: self.second_statuses,
            method: if platform.is_some() { domain::HttpMethod::Post } else { self.method.into() },
            conversion_api: api,
            credentials: credentials.unwrap_or_default(),
            url,
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
            second_statuses: output.second_statuses,
            method: output.method.into(),
            url: output.url,
            body: output.body,
            payout_percent: output.payout_percent,
            conversion_api: output.conversion_api.map(|api| ConversionApi::new(api, &output.credentials)),
            notes: output.notes,
        }
    }
}
