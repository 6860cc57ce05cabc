//! Streams of a campaign on the wire.

use super::{Action, Cap, Choosing, Id, NoRepeat, OfferChoice, Rule, Schedule, caps_in, caps_out};
use serde::{Deserialize, Serialize};
use signalbox_domain::{self as domain, DestinationId, StreamId, Timestamp};
use utoipa::ToSchema;

api_enum! {
    /// When a stream is considered.
    StreamKind from domain::StreamKind {
        /// Before all others, top down, first match.
        Forced,
        /// Then these, by position or by weight.
        Regular,
        /// Last, when nothing else took the click.
        Default,
    }
}

/// One possible destination of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Route {
    /// Where to.
    #[schema(value_type = Id)]
    pub destination_id: DestinationId,
    /// Ratio against the other routes.
    pub weight: u32,
    /// Whether it takes part.
    pub active: bool,
}

/// One possible destination of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteInput {
    /// Where to.
    #[schema(value_type = Id)]
    pub destination_id: DestinationId,
    /// Ratio against the other routes, 0–1 000 000; 0 gets traffic only in a waterfall.
    #[serde(default = "hundred")]
    #[schema(default = 100, maximum = 1_000_000)]
    pub weight: u32,
    /// Whether it takes part.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub active: bool,
}

/// An ordered branch of a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Stream {
    /// Identity.
    #[schema(value_type = Id)]
    pub id: StreamId,
    /// Shown name.
    pub name: String,
    /// When it is considered.
    pub kind: StreamKind,
    /// Whether it takes part.
    pub active: bool,
    /// Ratio against the other regular streams when the campaign selects by weight.
    pub weight: u32,
    /// Who is let in.
    pub rules: Rule,
    /// What is done.
    pub action: Action,
    /// How one of the routes is chosen.
    pub choosing: Choosing,
    /// Landing pages shown first, chosen independently of the routes; may be empty.
    pub landings: Vec<Route>,
    /// Destinations.
    pub routes: Vec<Route>,
    /// When the destination behind a landing page is chosen.
    pub offer_choice: OfferChoice,
    /// Never the same destination twice for a visitor; absent: as it comes.
    pub no_repeat: Option<NoRepeat>,
    /// Limits; when one is reached the stream takes no clicks.
    pub caps: Vec<Cap>,
    /// When it takes part; absent: always.
    pub schedule: Option<Schedule>,
    /// Whether its clicks are kept; clicks that are not are only counted.
    pub collect_clicks: bool,
    /// Where the click goes when no route is available; the campaign's when absent.
    pub trafficback_url: Option<String>,
    /// Free text.
    pub notes: String,
}

/// A stream to be stored.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StreamInput {
    /// Identity of a stream that exists already; absent: a new stream.
    #[serde(default)]
    #[schema(value_type = Option<Id>)]
    pub id: Option<StreamId>,
    /// Shown name; `Stream N` when absent.
    #[serde(default)]
    pub name: Option<String>,
    /// When it is considered.
    #[serde(default = "regular")]
    #[schema(default = "regular")]
    pub kind: StreamKind,
    /// Whether it takes part.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub active: bool,
    /// Ratio against the other regular streams when the campaign selects by weight, 0–1 000 000.
    #[serde(default = "hundred")]
    #[schema(default = 100, maximum = 1_000_000)]
    pub weight: u32,
    /// Who is let in; everybody when absent.
    #[serde(default)]
    pub rules: Rule,
    /// What is done; a 302 to one of the routes when absent.
    #[serde(default)]
    pub action: Action,
    /// How one of the routes is chosen.
    #[serde(default)]
    #[schema(default = "weighted")]
    pub choosing: Choosing,
    /// Landing pages shown first, chosen independently of the routes.
    #[serde(default)]
    pub landings: Vec<RouteInput>,
    /// Destinations.
    #[serde(default)]
    pub routes: Vec<RouteInput>,
    /// When the destination behind a landing page is chosen.
    #[serde(default = "after_landing")]
    #[schema(default = "after_landing")]
    pub offer_choice: OfferChoice,
    /// Never the same destination twice for a visitor; absent: as it comes.
    #[serde(default)]
    pub no_repeat: Option<NoRepeat>,
    /// Limits; when one is reached the stream takes no clicks.
    #[serde(default)]
    pub caps: Vec<Cap>,
    /// When it takes part; absent: always.
    #[serde(default)]
    pub schedule: Option<Schedule>,
    /// Whether its clicks are kept; clicks that are not are only counted.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub collect_clicks: bool,
    /// Where the click goes when no route is available; the campaign's when absent.
    #[serde(default)]
    pub trafficback_url: Option<String>,
    /// Free text.
    #[serde(default)]
    pub notes: String,
}

/// A stream to be added or replaced.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StreamWrite {
    /// Version of the campaign that was read; needed to replace, optional to add.
    #[serde(default)]
    pub version: Option<u64>,
    /// The stream; its `id` is ignored.
    pub stream: StreamInput,
}

/// The wanted order of a campaign's streams.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StreamOrder {
    /// Version of the campaign that was read.
    pub version: u64,
    /// Every stream of the campaign, once.
    #[schema(value_type = Vec<Id>)]
    pub stream_ids: Vec<StreamId>,
}

/// A stream with the campaign it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CampaignStream {
    /// Version of the campaign.
    pub version: u64,
    /// The stream.
    pub stream: Stream,
}

/// The streams of a campaign, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CampaignStreams {
    /// Version of the campaign.
    pub version: u64,
    /// The streams.
    pub streams: Vec<Stream>,
}

fn yes() -> bool {
    true
}

fn hundred() -> u32 {
    100
}

fn regular() -> StreamKind {
    StreamKind::Regular
}

fn after_landing() -> OfferChoice {
    OfferChoice::AfterLanding
}

impl From<RouteInput> for domain::Route {
    fn from(route: RouteInput) -> Self {
        Self { destination_id: route.destination_id, weight: route.weight, active: route.active }
    }
}

impl From<domain::Route> for Route {
    fn from(route: domain::Route) -> Self {
        Self { destination_id: route.destination_id, weight: route.weight, active: route.active }
    }
}

impl StreamInput {
    /// The domain's stream. `position` (from 0) names it when it has no name; `now` stamps a new id.
    pub fn into_domain(self, position: usize, now: Timestamp) -> domain::Stream {
        domain::Stream {
            id: self.id.unwrap_or_else(|| StreamId::random(now)),
            name: self.name.unwrap_or_else(|| format!("Stream {}", position + 1)),
            kind: self.kind.into(),
            active: self.active,
            weight: self.weight,
            rules: self.rules.into(),
            action: self.action.into(),
            choosing: self.choosing.into(),
            landings: self.landings.into_iter().map(Into::into).collect(),
            routes: self.routes.into_iter().map(Into::into).collect(),
            offer_choice: self.offer_choice.into(),
            no_repeat: self.no_repeat.map(Into::into),
            caps: caps_in(self.caps),
            schedule: self.schedule.map(Into::into),
            collect_clicks: self.collect_clicks,
            trafficback_url: self.trafficback_url,
            notes: self.notes,
        }
    }
}

impl From<domain::Stream> for Stream {
    fn from(stream: domain::Stream) -> Self {
        Self {
            id: stream.id,
            name: stream.name,
            kind: stream.kind.into(),
            active: stream.active,
            weight: stream.weight,
            rules: stream.rules.into(),
            action: stream.action.into(),
            choosing: stream.choosing.into(),
            landings: stream.landings.into_iter().map(Into::into).collect(),
            routes: stream.routes.into_iter().map(Into::into).collect(),
            offer_choice: stream.offer_choice.into(),
            no_repeat: stream.no_repeat.map(Into::into),
            caps: caps_out(stream.caps),
            schedule: stream.schedule.map(Into::into),
            collect_clicks: stream.collect_clicks,
            trafficback_url: stream.trafficback_url,
            notes: stream.notes,
        }
    }
}
