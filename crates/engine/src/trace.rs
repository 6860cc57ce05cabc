//! Why a decision came out as it did: every stream, rule, limit and route, in a form that is shown, sent and stored as JSON.

mod record;
mod shorten;

pub(crate) use record::{Recorder, Silent, TraceRecorder};

use crate::{Outcome, RouteState};
use serde::{Deserialize, Serialize};
use signalbox_domain::{
    CampaignId, CapPeriod, Choosing, Criterion, DestinationId, Measure, Money, Operator, StreamId,
    StreamKind, Timestamp,
};

/// What became of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamVerdict {
    /// Took the click.
    Taken,
    /// Its rules refused the click.
    Refused,
    /// Its rules let the click in, but it is outside its schedule.
    Closed,
    /// Its rules let the click in, but one of its caps is reached.
    CapReached,
    /// Its rules let the click in, but the visitor has been to all its destinations.
    Exhausted,
    /// It is switched off.
    SwitchedOff,
    /// Its turn did not come: another stream took the click before, it was not drawn, or its weight is 0.
    NotReached,
}

/// Whose trafficback URL was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrafficbackLevel {
    /// That of a stream that took the click.
    Stream,
    /// That of the campaign, or of one the click was passed on to.
    Campaign,
    /// The domain's URL for unknown paths.
    Domain,
}

/// A rule and whether it held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum RuleTrace {
    /// Every part has to hold.
    All {
        /// Whether it held.
        held: bool,
        /// Its parts.
        parts: Vec<RuleTrace>,
    },
    /// One part has to hold.
    Any {
        /// Whether it held.
        held: bool,
        /// Its parts.
        parts: Vec<RuleTrace>,
    },
    /// No part may hold.
    None {
        /// Whether it held.
        held: bool,
        /// Its parts.
        parts: Vec<RuleTrace>,
    },
    /// One comparison.
    Test {
        /// Whether it held.
        held: bool,
        /// What was looked at.
        criterion: Criterion,
        /// How it was compared.
        op: Operator,
        /// What it was compared with; at most the first 20 values.
        values: Vec<String>,
        /// How many values there are.
        values_total: usize,
        /// What the click had; empty when unknown.
        actual: String,
    },
    /// An expression.
    Expression {
        /// Whether it held.
        held: bool,
        /// The expression.
        source: String,
        /// Why it could not be worked out for this click; it does not hold then.
        failure: Option<String>,
    },
}

impl RuleTrace {
    /// Whether the rule held.
    pub const fn held(&self) -> bool {
        match self {
            Self::All { held, .. }
            | Self::Any { held, .. }
            | Self::None { held, .. }
            | Self::Test { held, .. }
            | Self::Expression { held, .. } => *held,
        }
    }
}

/// A cap that is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapTrace {
    /// What is counted.
    pub measure: Measure,
    /// Over which time.
    pub period: CapPeriod,
    /// How much is allowed.
    pub limit: Money,
    /// How much was counted.
    pub counted: Money,
    /// Since when; absent for a cap on everything ever counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
}

/// By what one of several was chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Draw {
    /// At random, by weight.
    Weight,
    /// The same as for this visitor before.
    Sticky {
        /// What the choice is made of, hexadecimal: the same for the same visitor until then.
        hash: String,
        /// Until when the visitor keeps it.
        until: Timestamp,
    },
    /// One after the other.
    Turn {
        /// The number of this turn.
        number: u64,
    },
    /// The first available in order.
    First,
    /// By weight: the share of an adaptive stream that goes on exploring, or its best takes no traffic.
    Explored,
    /// By what has paid best.
    Best,
    /// By weight: an adaptive stream without statistics yet.
    Unlearned,
    /// The landing page asked for it.
    Asked,
}

/// A stream and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamTrace {
    /// Identity.
    pub stream: StreamId,
    /// Shown name.
    pub name: String,
    /// When it is considered.
    pub kind: StreamKind,
    /// Ratio against the other regular streams.
    pub weight: u32,
    /// What became of it.
    pub verdict: StreamVerdict,
    /// In which turn its rules were asked, from 1; absent when they were not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<usize>,
    /// Its rules; absent when they were not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<RuleTrace>,
    /// The cap that is reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<CapTrace>,
}

/// An alternative that was asked for a destination that takes no traffic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlternativeTrace {
    /// Which.
    pub destination: DestinationId,
    /// Whether it takes traffic.
    pub state: RouteState,
    /// The cap that is reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<CapTrace>,
}

/// A route and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteTrace {
    /// Where to.
    pub destination: DestinationId,
    /// Ratio against the other routes.
    pub weight: u32,
    /// Whether its own destination takes traffic, and why not.
    pub state: RouteState,
    /// The cap of its destination that is reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<CapTrace>,
    /// Alternatives that were asked in turn; the last one gets the clicks of this route when it is available.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<AlternativeTrace>,
    /// Share of an adaptive stream's clicks that are not spread by weight, parts per million.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<u32>,
    /// What an adaptive stream knows of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether it was chosen.
    pub chosen: bool,
}

/// A campaign that the click was passed on to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HopTrace {
    /// Which.
    pub campaign: CampaignId,
    /// Every stream of it in order.
    pub streams: Vec<StreamTrace>,
}

/// Why a decision came out as it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// The campaign.
    pub campaign: CampaignId,
    /// Every stream in order.
    pub streams: Vec<StreamTrace>,
    /// Campaigns the click was passed on to, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed_through: Vec<HopTrace>,
    /// The cap of a campaign that is reached: of the last one it was passed on to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign_cap: Option<CapTrace>,
    /// By what a regular stream was drawn, in the campaign that decided; absent when none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub streams_by: Option<Draw>,
    /// Landings of the stream that chose.
    pub landings: Vec<RouteTrace>,
    /// By what the landing was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub landing_by: Option<Draw>,
    /// Routes of the stream that chose. None is chosen yet when a landing is shown first, unless the stream chooses before.
    pub routes: Vec<RouteTrace>,
    /// By what the route was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route_by: Option<Draw>,
    /// How a route is chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choosing: Option<Choosing>,
    /// What is answered, and why.
    pub outcome: Outcome,
    /// Whose trafficback URL was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trafficback: Option<TrafficbackLevel>,
    /// HTTP status of the answer.
    pub status: u16,
}
