//! Campaigns: a public link, the streams behind it and what its traffic costs.

use crate::{
    CampaignId, Cap, CostModel, Currency, DomainId, Invalid, Slug, Stream, TrafficSourceId, Validator,
    cap::validate_caps, url_template,
};
use serde::{Deserialize, Serialize};

/// Whether a campaign takes traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CampaignState {
    /// Routes by its streams.
    #[default]
    Active,
    /// Clicks are stored and go to trafficback.
    Paused,
    /// Hidden from lists; clicks are stored and go to trafficback.
    Archived,
}

/// How a regular stream is picked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamSelection {
    /// Top down, first whose rules let the click in.
    #[default]
    Position,
    /// At random by weight; a drawn stream whose rules refuse is redrawn among the rest.
    Weight,
}

/// What makes two visits the same visitor.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UniquenessKey {
    /// Address and user agent.
    #[default]
    IpUserAgent,
    /// Address alone.
    Ip,
    /// A first-party cookie; address and user agent for a visitor that has none yet.
    Cookie,
    /// A query parameter by name; address and user agent for a click without it.
    Parameter(String),
}

/// What becomes of a visit that is held to be a machine's.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum BotPolicy {
    /// Routed like everybody, kept and flagged.
    #[default]
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

/// What `/{slug}/more/path` means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExtraPath {
    /// Not this campaign's link: an unknown path.
    #[default]
    Refuse,
    /// The same as without it.
    Ignore,
    /// Appended to the path of the target.
    Append,
}

/// When a visitor counts as unique.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uniqueness {
    /// What makes two visits the same visitor.
    #[serde(default)]
    pub key: UniquenessKey,
    /// After how many hours the same visitor is unique again, 1–8784.
    #[serde(default = "day")]
    pub ttl_hours: u16,
}

fn day() -> u16 {
    24
}

impl Default for Uniqueness {
    fn default() -> Self {
        Self { key: UniquenessKey::default(), ttl_hours: day() }
    }
}

/// A public link with its streams.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Campaign {
    /// Identity.
    pub id: CampaignId,
    /// Shown name.
    pub name: String,
    /// Path segment; unique within the workspace's reach (domain, or all domains when `domain_id` is absent).
    pub slug: Slug,
    /// The only domain that answers; absent: every domain of the workspace and every host that is no registered domain.
    #[serde(default)]
    pub domain_id: Option<DomainId>,
    /// Whether it takes traffic.
    #[serde(default)]
    pub state: CampaignState,
    /// Where its traffic is bought.
    #[serde(default)]
    pub source_id: Option<TrafficSourceId>,
    /// What its traffic costs.
    #[serde(default)]
    pub cost: CostModel,
    /// Whether the source's cost parameter overrides the model's cost per click.
    #[serde(default)]
    pub cost_from_parameter: bool,
    /// Currency of cost; the workspace's when absent.
    #[serde(default)]
    pub currency: Option<Currency>,
    /// When a visitor counts as unique.
    #[serde(default)]
    pub uniqueness: Uniqueness,
    /// How a regular stream is picked.
    #[serde(default)]
    pub stream_selection: StreamSelection,
    /// Keeps a visitor on the regular stream drawn by weight for so many hours, 1–8784; absent: drawn anew each time.
    #[serde(default)]
    pub sticky_streams_hours: Option<u16>,
    /// Limits; when one is reached clicks go to trafficback.
    #[serde(default)]
    pub caps: Vec<Cap>,
    /// What becomes of machines.
    #[serde(default)]
    pub bots: BotPolicy,
    /// Whether query parameters of the click are added to the target; they replace parameters of the same name there.
    #[serde(default)]
    pub forward_query: bool,
    /// What more path segments behind the slug mean.
    #[serde(default)]
    pub extra_path: ExtraPath,
    /// Where a click goes that no stream takes; absent: the domain's, then the instance's, then 404.
    #[serde(default)]
    pub trafficback_url: Option<String>,
    /// How many days after its click a conversion still counts, 1–3650; absent: as long as the click is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lookback_days: Option<u16>,
    /// Secret with which servers ask for decisions of this campaign (Click API), 16–64 of `A-Z a-z 0-9 - _`; absent: nobody can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_token: Option<String>,
    /// Branches, in order.
    #[serde(default)]
    pub streams: Vec<Stream>,
    /// Labels for lists.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Free text.
    #[serde(default)]
    pub notes: String,
}

/// Most streams of one campaign.
pub const STREAMS_MAX: usize = 500;

impl Campaign {
    /// A campaign without streams, everything else as a new one has it.
    pub fn new(id: CampaignId, name: impl Into<String>, slug: Slug) -> Self {
        Self {
            id,
            name: name.into(),
            slug,
            domain_id: None,
            state: CampaignState::default(),
            source_id: None,
            cost: CostModel::default(),
            cost_from_parameter: false,
            currency: None,
            uniqueness: Uniqueness::default(),
            stream_selection: StreamSelection::default(),
            sticky_streams_hours: None,
            caps: Vec::new(),
            bots: BotPolicy::default(),
            forward_query: false,
            extra_path: ExtraPath::default(),
            trafficback_url: None,
            lookback_days: None,
            api_token: None,
            streams: Vec::new(),
            tags: Vec::new(),
            notes: String::new(),
        }
    }

    /// Checks everything that can be checked without other documents.
    pub fn validate(&self) -> Result<(), Invalid> {
        let mut v = Validator::new();
        v.name("name", &self.name, 200);
        if let Err(reason) = Slug::check(self.slug.as_str()) {
            v.reject("slug", reason);
        }
        v.within("cost", |v| self.cost.validate(v));
        v.require(
            (1..=8784).contains(&self.uniqueness.ttl_hours),
            "uniqueness.ttl_hours",
            "must be from 1 to 8784 hours",
        );
        if let UniquenessKey::Parameter(name) = &self.uniqueness.key {
            v.name("uniqueness.key.parameter", name, 100);
        }
        if let Some(hours) = self.sticky_streams_hours {
            v.require((1..=8784).contains(&hours), "sticky_streams_hours", "must be from 1 to 8784 hours");
        }
        if let Some(days) = self.lookback_days {
            v.require((1..=3650).contains(&days), "lookback_days", "must be from 1 to 3650 days");
        }
        validate_caps(&mut v, &self.caps);
        if let BotPolicy::Url { url } = &self.bots {
            url_template::validate(&mut v, "bots.url", url);
        }
        if let Some(url) = &self.trafficback_url {
            url_template::validate(&mut v, "trafficback_url", url);
        }
        if let Some(token) = &self.api_token {
            let plain = token.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
            let reason = "must have 16 to 64 letters, digits, '-' or '_'";
            v.require(plain && (16..=64).contains(&token.len()), "api_token", reason);
        }
        v.require(
            self.streams.len() <= STREAMS_MAX,
            "streams",
            format!("has {} streams; {STREAMS_MAX} are allowed", self.streams.len()),
        );
        v.each("streams", &self.streams, |v, stream| stream.validate(v));
        v.require(self.tags.len() <= 50, "tags", "has more than 50 tags");
        v.each("tags", &self.tags, |v, tag| v.name("", tag, 50));
        v.at_most("notes", &self.notes, 5000);
        v.finish()
    }
}
