//! Campaigns on the wire.

use super::{
    BotPolicy, Cap, CostModel, Currency, Envelope, ExtraPath, Id, Stream, StreamInput, Time, Uniqueness,
    caps_in, caps_out,
};
use serde::{Deserialize, Serialize};
use signalbox_domain::{self as domain, CampaignId, DomainId, Slug, Timestamp, TrafficSourceId};
use utoipa::ToSchema;

api_enum! {
    /// Whether a campaign takes traffic.
    CampaignState from domain::CampaignState {
        /// Routes by its streams.
        Active,
        /// Clicks are stored and go to trafficback.
        Paused,
        /// Hidden from lists; clicks are stored and go to trafficback.
        Archived,
    }
}

api_enum! {
    /// How a regular stream is picked.
    StreamSelection from domain::StreamSelection {
        /// Top down, first whose rules let the click in.
        Position,
        /// At random by weight; a drawn stream whose rules refuse is redrawn among the rest.
        Weight,
    }
}

/// A public link with its streams.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Campaign {
    /// Identity.
    #[schema(value_type = Id)]
    pub id: CampaignId,
    /// Raised by each write; sent back with a replacement.
    pub version: u64,
    /// When it was made.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
    /// Shown name.
    pub name: String,
    /// Path segment of its link.
    #[schema(value_type = String, example = "summer-sale")]
    pub slug: Slug,
    /// The only domain that answers; absent: every domain of the workspace.
    #[schema(value_type = Option<Id>)]
    pub domain_id: Option<DomainId>,
    /// Whether it takes traffic.
    pub state: CampaignState,
    /// Where its traffic is bought.
    #[schema(value_type = Option<Id>)]
    pub source_id: Option<TrafficSourceId>,
    /// What its traffic costs.
    pub cost: CostModel,
    /// Whether the source's cost parameter overrides the model's cost per click.
    pub cost_from_parameter: bool,
    /// Currency of cost; the workspace's when absent.
    #[schema(value_type = Option<Currency>)]
    pub currency: Option<domain::Currency>,
    /// When a visitor counts as unique.
    pub uniqueness: Uniqueness,
    /// How a regular stream is picked.
    pub stream_selection: StreamSelection,
    /// Keeps a visitor on the regular stream drawn by weight for so many hours; absent: drawn anew each time.
    pub sticky_streams_hours: Option<u16>,
    /// Limits; when one is reached clicks go to trafficback.
    pub caps: Vec<Cap>,
    /// What becomes of machines.
    pub bots: BotPolicy,
    /// Whether query parameters of the click are added to the target; they replace parameters of the same name there.
    pub forward_query: bool,
    /// What more path segments behind the slug mean.
    pub extra_path: ExtraPath,
    /// Where a click goes that no stream takes; absent: the domain's, then the instance's, then 404.
    pub trafficback_url: Option<String>,
    /// How many days after its click a conversion still counts; absent: as long as the click is kept.
    #[schema(minimum = 1, maximum = 3650)]
    pub lookback_days: Option<u16>,
    /// Secret with which servers ask for decisions of this campaign (Click API); empty for viewers. Made by the server.
    pub api_token: String,
    /// Branches, in order.
    pub streams: Vec<Stream>,
    /// Labels for lists.
    pub tags: Vec<String>,
    /// Free text.
    pub notes: String,
}

/// A campaign to be stored.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CampaignInput {
    /// Version that was read; needed to replace, ignored to create.
    #[serde(default)]
    pub version: Option<u64>,
    /// Shown name; made of the source and the slug when absent.
    #[serde(default)]
    pub name: Option<String>,
    /// Path segment of its link: 1–64 of `A-Z a-z 0-9 - _ .`; eight random characters when absent.
    #[serde(default)]
    #[schema(example = "summer-sale")]
    pub slug: Option<String>,
    /// The only domain that answers; absent: every domain of the workspace.
    #[serde(default)]
    #[schema(value_type = Option<Id>)]
    pub domain_id: Option<DomainId>,
    /// Whether it takes traffic.
    #[serde(default = "active")]
    #[schema(default = "active")]
    pub state: CampaignState,
    /// Where its traffic is bought.
    #[serde(default)]
    #[schema(value_type = Option<Id>)]
    pub source_id: Option<TrafficSourceId>,
    /// What its traffic costs; CPC with 0 when absent.
    #[serde(default)]
    pub cost: CostModel,
    /// Whether the source's cost parameter overrides the model's cost per click.
    #[serde(default)]
    pub cost_from_parameter: bool,
    /// Currency of cost: the workspace's or one with a rate; the workspace's when absent.
    #[serde(default)]
    #[schema(value_type = Option<Currency>)]
    pub currency: Option<domain::Currency>,
    /// When a visitor counts as unique; address and user agent over 24 hours when absent.
    #[serde(default)]
    pub uniqueness: Uniqueness,
    /// How a regular stream is picked.
    #[serde(default = "position")]
    #[schema(default = "position")]
    pub stream_selection: StreamSelection,
    /// Keeps a visitor on the regular stream drawn by weight for so many hours; absent: drawn anew each time.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 8784)]
    pub sticky_streams_hours: Option<u16>,
    /// Limits; when one is reached clicks go to trafficback.
    #[serde(default)]
    pub caps: Vec<Cap>,
    /// What becomes of machines; routed like everybody when absent.
    #[serde(default)]
    pub bots: BotPolicy,
    /// Whether query parameters of the click are added to the target; they replace parameters of the same name there.
    #[serde(default)]
    pub forward_query: bool,
    /// What more path segments behind the slug mean.
    #[serde(default = "refuse")]
    #[schema(default = "refuse")]
    pub extra_path: ExtraPath,
    /// Where a click goes that no stream takes; absent: the domain's, then the instance's, then 404.
    #[serde(default)]
    pub trafficback_url: Option<String>,
    /// How many days after its click a conversion still counts; absent: as long as the click is kept.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 3650)]
    pub lookback_days: Option<u16>,
    /// Branches, in order.
    #[serde(default)]
    pub streams: Vec<StreamInput>,
    /// Labels for lists.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Free text.
    #[serde(default)]
    pub notes: String,
}

/// What the copy of a campaign is called.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CampaignClone {
    /// Name of the copy; `NAME (copy)` when absent.
    #[serde(default)]
    pub name: Option<String>,
    /// Slug of the copy; eight random characters when absent.
    #[serde(default)]
    pub slug: Option<String>,
}

/// A campaign's links, ready to paste into the traffic source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CampaignLinks {
    /// One for each domain that answers, the campaign's own first; the instance's address when there is no domain.
    pub links: Vec<CampaignLink>,
}

/// A link of a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CampaignLink {
    /// The domain; absent for the instance's own address.
    #[schema(value_type = Option<Id>)]
    pub domain_id: Option<DomainId>,
    /// Host as in the link.
    pub host: String,
    /// The link without parameters.
    pub base_url: String,
    /// The link with the source's tokens, untouched.
    #[schema(example = "https://go.example.com/summer-sale?zone={zoneid}&cost={cost}")]
    pub url: String,
}

fn active() -> CampaignState {
    CampaignState::Active
}

fn refuse() -> ExtraPath {
    ExtraPath::Refuse
}

fn position() -> StreamSelection {
    StreamSelection::Position
}

/// What a campaign needs that its input may leave out.
#[derive(Debug, Clone)]
pub struct CampaignIdentity {
    /// Its id.
    pub id: CampaignId,
    /// Used when the input has no slug.
    pub slug: Slug,
    /// Used when the input has no name.
    pub name: String,
    /// Secret of its Click API.
    pub api_token: String,
    /// Stamps ids of new streams.
    pub now: Timestamp,
}

impl CampaignInput {
    /// The domain's campaign, not yet validated.
    pub fn into_domain(self, identity: CampaignIdentity) -> domain::Campaign {
        let now = identity.now;
        let streams = self.streams.into_iter().enumerate();
        domain::Campaign {
            id: identity.id,
            name: self.name.unwrap_or(identity.name),
            slug: self.slug.map_or(identity.slug, Slug),
            domain_id: self.domain_id,
            state: self.state.into(),
            source_id: self.source_id,
            cost: self.cost.into(),
            cost_from_parameter: self.cost_from_parameter,
            currency: self.currency,
            uniqueness: self.uniqueness.into(),
            stream_selection: self.stream_selection.into(),
            sticky_streams_hours: self.sticky_streams_hours,
            caps: caps_in(self.caps),
            bots: self.bots.into(),
            forward_query: self.forward_query,
            extra_path: self.extra_path.into(),
            trafficback_url: self.trafficback_url,
            lookback_days: self.lookback_days,
            api_token: Some(identity.api_token),
            streams: streams.map(|(position, stream)| stream.into_domain(position, now)).collect(),
            tags: self.tags,
            notes: self.notes,
        }
    }
}

impl Campaign {
    /// What the API shows of a stored campaign; `with_token` is whether the reader may see its token.
    pub fn new(envelope: Envelope, campaign: domain::Campaign, with_token: bool) -> Self {
        Self {
            id: campaign.id,
            version: envelope.version,
            created_at: envelope.created_at,
            updated_at: envelope.updated_at,
            name: campaign.name,
            slug: campaign.slug,
            domain_id: campaign.domain_id,
            state: campaign.state.into(),
            source_id: campaign.source_id,
            cost: campaign.cost.into(),
            cost_from_parameter: campaign.cost_from_parameter,
            currency: campaign.currency,
            uniqueness: campaign.uniqueness.into(),
            stream_selection: campaign.stream_selection.into(),
            sticky_streams_hours: campaign.sticky_streams_hours,
            caps: caps_out(campaign.caps),
            bots: campaign.bots.into(),
            forward_query: campaign.forward_query,
            extra_path: campaign.extra_path.into(),
            trafficback_url: campaign.trafficback_url,
            lookback_days: campaign.lookback_days,
            api_token: campaign.api_token.filter(|_| with_token).unwrap_or_default(),
            streams: campaign.streams.into_iter().map(Into::into).collect(),
            tags: campaign.tags,
            notes: campaign.notes,
        }
    }
}
