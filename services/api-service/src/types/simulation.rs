//! Simulations on the wire: a made-up click, the decision about it and why.

use super::{ClickOrigin, Currency, EntityRef, Id, Measure, Money, Time, Trace, Via, VisitorInfo};
use serde::{Deserialize, Serialize};
use signalbox_domain::{self as domain, CampaignId, DestinationId, StreamId};
use signalbox_engine as engine;
use std::{collections::BTreeMap, net::IpAddr};
use utoipa::ToSchema;

/// A made-up click. Says by `campaign_id` or by `url` which campaign it is for; with both, `url` gives host and parameters only.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SimulationInput {
    /// The campaign.
    #[serde(default)]
    #[schema(value_type = Option<Id>)]
    pub campaign_id: Option<CampaignId>,
    /// A link as the visitor opens it.
    #[serde(default)]
    #[schema(example = "https://go.example.com/summer-sale?zone=123&cost=0.02")]
    pub url: Option<String>,
    /// Query string without `?`; added to the one of `url`.
    #[serde(default)]
    #[schema(example = "zone=123&cost=0.02")]
    pub query: Option<String>,
    /// Client address; 127.0.0.1 when absent.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "203.0.113.7")]
    pub ip: Option<IpAddr>,
    /// User agent; a usual browser's when absent.
    #[serde(default)]
    pub user_agent: Option<String>,
    /// `Accept-Language` header.
    #[serde(default)]
    #[schema(example = "de-DE,de;q=0.9,en;q=0.8")]
    pub language: Option<String>,
    /// `Referer` header.
    #[serde(default)]
    pub referrer: Option<String>,
    /// Further headers by name, client hints among them.
    #[serde(default)]
    #[schema(example = json!({ "X-Requested-With": "com.example.app", "Sec-CH-UA-Platform": "\"Android\"" }))]
    pub headers: BTreeMap<String, String>,
    /// Value of the visitor's first-party cookie, for campaigns that know visitors by it.
    #[serde(default)]
    pub cookie: Option<String>,
    /// The visitor's key as the click log shows it, in place of the one made of address, cookie or parameter.
    #[serde(default)]
    #[schema(example = "9c1f0a7be3d24c55")]
    pub visitor_key: Option<String>,
    /// When; now when absent.
    #[serde(default)]
    pub at: Option<Time>,
    /// What the visitor did before; nothing when absent.
    #[serde(default)]
    pub history: SimulatedHistory,
    /// Counts to assume instead of those of this moment.
    #[serde(default)]
    pub counters: Vec<AssumedCounter>,
    /// Destinations to assume out of rotation; only those with a health check or a loss rule can be.
    #[serde(default)]
    pub out: Vec<AssumedOut>,
    /// Number of the turn of streams that take their routes in turn.
    #[serde(default)]
    pub turn: u64,
    /// Whether counts and health of this moment are used where nothing is assumed; else nothing was counted and everything is up.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub live: bool,
    /// Makes the dice repeatable; another draw each time when absent.
    #[serde(default)]
    pub seed: Option<u64>,
}

/// What a made-up visitor did before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SimulatedHistory {
    /// Clicked in the campaign within its uniqueness period.
    #[serde(default)]
    pub campaign: bool,
    /// Took one of the campaign's streams within that period.
    #[serde(default)]
    pub stream: bool,
    /// Clicked in the workspace within that period.
    #[serde(default)]
    pub workspace: bool,
    /// Converted in the campaign.
    #[serde(default)]
    pub converted: bool,
    /// Converted in the workspace.
    #[serde(default)]
    pub converted_workspace: bool,
    /// Destinations that it was sent to by streams which repeat none.
    #[serde(default)]
    #[schema(value_type = Vec<Id>)]
    pub visited: Vec<DestinationId>,
}

/// A count to assume, in every period.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssumedCounter {
    /// Of what.
    pub subject: CounterSubject,
    /// What is counted.
    pub measure: Measure,
    /// How much.
    #[schema(value_type = Money)]
    pub value: domain::Money,
}

/// What a count is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum CounterSubject {
    /// Everything of a campaign.
    Campaign {
        /// Which.
        #[schema(value_type = Id)]
        id: CampaignId,
    },
    /// What a stream took.
    Stream {
        /// Which.
        #[schema(value_type = Id)]
        id: StreamId,
    },
    /// What a destination got.
    Destination {
        /// Which.
        #[schema(value_type = Id)]
        id: DestinationId,
    },
}

/// A destination to assume out of rotation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssumedOut {
    /// Which.
    #[schema(value_type = Id)]
    pub destination_id: DestinationId,
    /// Why.
    pub reason: OutReason,
}

api_enum! {
    /// Why a destination is out of rotation.
    OutReason from engine::OutReason {
        /// Its health check fails.
        Unhealthy,
        /// Its loss rule holds.
        Loss,
    }
}

fn yes() -> bool {
    true
}

/// What the campaign as it is saved now would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Simulation {
    /// `routed`, `answered`, `not_found`, `bot`, or why it ended in trafficback: `no_stream`, `no_destination`, `campaign_paused`,
    /// `cap_reached`, `exhausted` or `loop`.
    pub outcome: String,
    /// HTTP status of the answer.
    pub status: u16,
    /// By what means the visitor is sent on.
    pub via: Via,
    /// Where the visitor would be sent, macros expanded with a made-up click id; absent: nowhere.
    pub target: Option<String>,
    /// The page or text that would be answered; absent: none.
    pub body: Option<String>,
    /// Where it came from and went to.
    pub origin: ClickOrigin,
    /// What is known about the visitor.
    pub visitor: VisitorInfo,
    /// The visitor's key: the same for the same visitor.
    #[schema(example = "9c1f0a7be3d24c55")]
    pub visitor_key: String,
    /// What the click would cost.
    pub cost: SimulatedCost,
    /// Whether the click would be kept.
    pub collected: bool,
    /// Why it came out so.
    pub trace: Trace,
    /// Parts of the configuration that cannot be used as they are saved.
    pub problems: Vec<RoutingProblem>,
}

/// What a made-up click would cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SimulatedCost {
    /// The amount.
    #[schema(value_type = Money)]
    pub amount: domain::Money,
    /// Its currency.
    #[schema(value_type = Currency)]
    pub currency: domain::Currency,
    /// The cost parameter was there but is no amount, so the campaign's cost model was used.
    pub rejected_parameter: bool,
    /// The workspace has no rate for the original currency, which is shown.
    pub unconverted: bool,
}

/// A part of a campaign that cannot be used as it is saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RoutingProblem {
    /// The campaign, when it is about one.
    pub campaign: Option<EntityRef>,
    /// The stream, when it is about one.
    #[schema(value_type = Option<Id>)]
    pub stream_id: Option<StreamId>,
    /// The field.
    pub field: String,
    /// What is wrong.
    pub reason: String,
    /// True: the part is left out of routing; false: routing goes on, but probably not as somebody meant it.
    pub left_out: bool,
}

impl From<CounterSubject> for domain::Subject {
    fn from(subject: CounterSubject) -> Self {
        match subject {
            CounterSubject::Campaign { id } => Self::Campaign(id),
            CounterSubject::Stream { id } => Self::Stream(id),
            CounterSubject::Destination { id } => Self::Destination(id),
        }
    }
}
