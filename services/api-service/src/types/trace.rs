//! Traces on the wire: every stream, rule, limit and route of a decision, with why it came out so.

use super::{CapPeriod, Choosing, EntityRef, Id, Measure, Money, Operator, StreamKind, Time};
use serde::Serialize;
use signalbox_domain::{self as domain, CampaignId, DestinationId, StreamId};
use signalbox_engine as engine;
use utoipa::ToSchema;

api_enum! {
    /// What became of a stream.
    StreamVerdict from engine::StreamVerdict {
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
}

api_enum! {
    /// Whether a route takes traffic.
    RouteState from engine::RouteState {
        /// Takes traffic.
        Available,
        /// Switched off in the stream.
        SwitchedOff,
        /// Its destination is paused, down or archived.
        DestinationUnavailable,
        /// Its destination does not exist or is invalid.
        DestinationMissing,
        /// Its destination is outside its schedule.
        Closed,
        /// A cap of its destination is reached.
        CapReached,
        /// The health check of its destination fails.
        Unhealthy,
        /// Its destination loses too much.
        Loss,
        /// The visitor has been there, and the stream repeats no destination.
        Visited,
    }
}

api_enum! {
    /// Whose trafficback URL was used.
    TrafficbackLevel from engine::TrafficbackLevel {
        /// That of a stream that took the click.
        Stream,
        /// That of the campaign, or of one the click was passed on to.
        Campaign,
        /// The domain's URL for unknown paths.
        Domain,
    }
}

/// Why a decision came out as it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Trace {
    /// The campaign.
    pub campaign: EntityRef,
    /// Every stream in order, and why it took the click or not.
    pub streams: Vec<StreamTrace>,
    /// Campaigns the click was passed on to, in order.
    pub passed_through: Vec<HopTrace>,
    /// The cap of a campaign that is reached: of the last one it was passed on to.
    pub campaign_cap: Option<CapTrace>,
    /// By what a regular stream was drawn, in the campaign that decided; absent when none was.
    pub streams_by: Option<Draw>,
    /// Landings of the stream that chose.
    pub landings: Vec<RouteTrace>,
    /// By what the landing was chosen.
    pub landing_by: Option<Draw>,
    /// Routes of the stream that chose. None is chosen yet when a landing is shown first, unless the stream chooses before.
    pub routes: Vec<RouteTrace>,
    /// By what the route was chosen.
    pub route_by: Option<Draw>,
    /// How a route is chosen.
    pub choosing: Option<Choosing>,
    /// Whose trafficback URL was used; absent when none was.
    pub trafficback: Option<TrafficbackLevel>,
}

/// A campaign that the click was passed on to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct HopTrace {
    /// Which.
    pub campaign: EntityRef,
    /// Every stream of it in order.
    pub streams: Vec<StreamTrace>,
}

/// A stream as the decision saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StreamTrace {
    /// The stream.
    #[schema(value_type = Id)]
    pub stream_id: StreamId,
    /// Its name.
    pub name: String,
    /// When it is considered.
    pub kind: StreamKind,
    /// Ratio against the other regular streams.
    pub weight: u32,
    /// What became of it.
    pub verdict: StreamVerdict,
    /// In which turn its rules were asked, from 1; absent when they were not.
    pub turn: Option<usize>,
    /// Its rules and which of them held; absent when they were not asked.
    pub rules: Option<RuleTrace>,
    /// The cap that is reached.
    pub cap: Option<CapTrace>,
}

/// A cap that is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CapTrace {
    /// What is counted.
    pub measure: Measure,
    /// Over which time.
    pub period: CapPeriod,
    /// How much is allowed.
    #[schema(value_type = Money)]
    pub limit: domain::Money,
    /// How much was counted.
    #[schema(value_type = Money)]
    pub counted: domain::Money,
    /// Since when; absent for a cap on everything ever counted.
    pub since: Option<Time>,
}

/// By what one of several was chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Draw {
    /// At random, by weight.
    Weight,
    /// The same as for this visitor before.
    Sticky {
        /// What the choice is made of: the same for the same visitor until then.
        hash: String,
        /// Until when the visitor keeps it.
        until: Time,
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

/// A rule and whether it held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schema(no_recursion)]
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
        criterion: String,
        /// How it was compared.
        op: Operator,
        /// What it was compared with; the first ones when they are many.
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

/// A route as the decision saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RouteTrace {
    /// Where it leads.
    pub destination: EntityRef,
    /// Its weight.
    pub weight: u32,
    /// Whether its own destination takes traffic, and why not.
    pub state: RouteState,
    /// The cap of its destination that is reached.
    pub cap: Option<CapTrace>,
    /// Alternatives that were asked in turn; the last one gets the clicks of this route when it is available.
    pub alternatives: Vec<AlternativeTrace>,
    /// Share of an adaptive stream's clicks that are not spread by weight, parts per million.
    pub share: Option<u32>,
    /// What an adaptive stream knows of it.
    pub reason: Option<String>,
    /// Whether it was chosen.
    pub chosen: bool,
}

/// An alternative that was asked for a destination that takes no traffic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AlternativeTrace {
    /// Which.
    pub destination: EntityRef,
    /// Whether it takes traffic.
    pub state: RouteState,
    /// The cap that is reached.
    pub cap: Option<CapTrace>,
}

/// Names of what a trace refers to.
pub trait TraceNames {
    /// A campaign with its name.
    fn campaign(&self, id: CampaignId) -> EntityRef;
    /// A destination with its name.
    fn destination(&self, id: DestinationId) -> EntityRef;
}

impl Trace {
    /// The engine's trace with names.
    pub fn new(trace: engine::Trace, names: &dyn TraceNames) -> Self {
        let streams = |streams: Vec<engine::StreamTrace>| streams.into_iter().map(Into::into).collect();
        let routes = |routes: Vec<engine::RouteTrace>| {
            routes.into_iter().map(|route| RouteTrace::new(route, names)).collect()
        };
        let hop = |hop: engine::HopTrace| HopTrace {
            campaign: names.campaign(hop.campaign),
            streams: streams(hop.streams),
        };
        Self {
            campaign: names.campaign(trace.campaign),
            streams: streams(trace.streams),
            passed_through: trace.passed_through.into_iter().map(hop).collect(),
            campaign_cap: trace.campaign_cap.map(Into::into),
            streams_by: trace.streams_by.map(Into::into),
            landings: routes(trace.landings),
            landing_by: trace.landing_by.map(Into::into),
            routes: routes(trace.routes),
            route_by: trace.route_by.map(Into::into),
            choosing: trace.choosing.map(Into::into),
            trafficback: trace.trafficback.map(Into::into),
        }
    }
}

impl RouteTrace {
    fn new(route: engine::RouteTrace, names: &dyn TraceNames) -> Self {
        let alternative = |alternative: engine::AlternativeTrace| AlternativeTrace {
            destination: names.destination(alternative.destination),
            state: alternative.state.into(),
            cap: alternative.cap.map(Into::into),
        };
        Self {
            destination: names.destination(route.destination),
            weight: route.weight,
            state: route.state.into(),
            cap: route.cap.map(Into::into),
            alternatives: route.alternatives.into_iter().map(alternative).collect(),
            share: route.share,
            reason: route.reason,
            chosen: route.chosen,
        }
    }
}

impl From<engine::CapTrace> for CapTrace {
    fn from(cap: engine::CapTrace) -> Self {
        Self {
            measure: cap.measure.into(),
            period: cap.period.into(),
            limit: cap.limit,
            counted: cap.counted,
            since: cap.since.map(Into::into),
        }
    }
}

impl From<engine::Draw> for Draw {
    fn from(draw: engine::Draw) -> Self {
        match draw {
            engine::Draw::Weight => Self::Weight,
            engine::Draw::Sticky { hash, until } => Self::Sticky { hash, until: until.into() },
            engine::Draw::Turn { number } => Self::Turn { number },
            engine::Draw::First => Self::First,
            engine::Draw::Explored => Self::Explored,
            engine::Draw::Best => Self::Best,
            engine::Draw::Unlearned => Self::Unlearned,
            engine::Draw::Asked => Self::Asked,
        }
    }
}

impl From<engine::StreamTrace> for StreamTrace {
    fn from(trace: engine::StreamTrace) -> Self {
        Self {
            stream_id: trace.stream,
            name: trace.name,
            kind: trace.kind.into(),
            weight: trace.weight,
            verdict: trace.verdict.into(),
            turn: trace.turn,
            rules: trace.rules.map(Into::into),
            cap: trace.cap.map(Into::into),
        }
    }
}

impl From<engine::RuleTrace> for RuleTrace {
    fn from(rule: engine::RuleTrace) -> Self {
        let parts = |parts: Vec<engine::RuleTrace>| parts.into_iter().map(Self::from).collect();
        match rule {
            engine::RuleTrace::All { held, parts: list } => Self::All { held, parts: parts(list) },
            engine::RuleTrace::Any { held, parts: list } => Self::Any { held, parts: parts(list) },
            engine::RuleTrace::None { held, parts: list } => Self::None { held, parts: parts(list) },
            engine::RuleTrace::Test { held, criterion, op, values, values_total, actual } => Self::Test {
                held,
                criterion: criterion.to_string(),
                op: op.into(),
                values,
                values_total,
                actual,
            },
            engine::RuleTrace::Expression { held, source, failure } => {
                Self::Expression { held, source, failure }
            }
        }
    }
}
