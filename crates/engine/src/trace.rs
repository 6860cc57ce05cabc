//! Why a decision came out as it did.

use crate::{
    CompiledCampaign, CompiledStream, Decision, Outcome, Request, RouteState, snapshot::CompiledRoutes,
};
use serde::{Deserialize, Serialize};
use signalbox_domain::{CampaignId, Choosing, Criterion, DestinationId, Operator, StreamId, StreamKind};

/// What became of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamVerdict {
    /// Took the click.
    Taken,
    /// Its rules refused the click.
    Refused,
    /// It is switched off.
    SwitchedOff,
    /// Its turn did not come: another stream took the click before, it was not drawn, or its weight is 0.
    NotReached,
}

/// Whose trafficback URL was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrafficbackLevel {
    /// The stream's that took the click.
    Stream,
    /// The campaign's.
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
    pub turn: Option<usize>,
    /// Its rules; absent when they were not asked.
    pub rules: Option<RuleTrace>,
}

/// A route and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteTrace {
    /// Where to.
    pub destination: DestinationId,
    /// Ratio against the other routes.
    pub weight: u32,
    /// Whether it takes traffic.
    pub state: RouteState,
    /// Whether it was chosen.
    pub chosen: bool,
}

/// Why a decision came out as it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// The campaign.
    pub campaign: CampaignId,
    /// Every stream in order.
    pub streams: Vec<StreamTrace>,
    /// Landings of the stream that took the click.
    pub landings: Vec<RouteTrace>,
    /// Routes of the stream that took the click. None is chosen yet when a landing is shown first.
    pub routes: Vec<RouteTrace>,
    /// How a route is chosen.
    pub choosing: Option<Choosing>,
    /// What is answered, and why.
    pub outcome: Outcome,
    /// Whose trafficback URL was used.
    pub trafficback: Option<TrafficbackLevel>,
    /// HTTP status of the answer.
    pub status: u16,
}

/// Rides along a decision.
pub(crate) trait Recorder {
    /// Asks the rules of the stream at `position`.
    fn lets_in(&mut self, position: usize, stream: &CompiledStream, request: &Request<'_>) -> bool;
    fn landing(&mut self, position: usize);
    fn route(&mut self, position: usize);
    fn trafficback(&mut self, level: Option<TrafficbackLevel>);
}

/// Records nothing.
pub(crate) struct Silent;

impl Recorder for Silent {
    fn lets_in(&mut self, _position: usize, stream: &CompiledStream, request: &Request<'_>) -> bool {
        stream.rules.holds(request)
    }
    fn landing(&mut self, _position: usize) {}
    fn route(&mut self, _position: usize) {}
    fn trafficback(&mut self, _level: Option<TrafficbackLevel>) {}
}

/// Records everything.
pub(crate) struct TraceRecorder<'s> {
    campaign: &'s CompiledCampaign,
    streams: Vec<StreamTrace>,
    turns: usize,
    landing: Option<usize>,
    route: Option<usize>,
    trafficback: Option<TrafficbackLevel>,
}

impl<'s> TraceRecorder<'s> {
    pub(crate) fn new(campaign: &'s CompiledCampaign) -> Self {
        let trace = |stream: &CompiledStream| StreamTrace {
            stream: stream.id,
            name: stream.name.to_string(),
            kind: stream.kind,
            weight: stream.weight,
            verdict: if stream.active { StreamVerdict::NotReached } else { StreamVerdict::SwitchedOff },
            turn: None,
            rules: None,
        };
        let streams = campaign.streams.iter().map(trace).collect();
        Self { campaign, streams, turns: 0, landing: None, route: None, trafficback: None }
    }

    pub(crate) fn finish(self, decision: &Decision<'_>) -> Trace {
        let routes = |routes: &CompiledRoutes, chosen: Option<usize>| {
            let trace = |(position, route): (usize, &crate::CompiledRoute)| RouteTrace {
                destination: route.destination,
                weight: route.weight,
                state: route.state,
                chosen: chosen == Some(position),
            };
            routes.entries.iter().enumerate().map(trace).collect()
        };
        let stream = decision.stream;
        Trace {
            campaign: self.campaign.id,
            streams: self.streams,
            landings: stream.map_or_else(Vec::new, |stream| routes(&stream.landings, self.landing)),
            routes: stream.map_or_else(Vec::new, |stream| routes(&stream.routes, self.route)),
            choosing: stream.map(|stream| stream.routes.choosing.clone()),
            outcome: decision.outcome,
            trafficback: self.trafficback,
            status: decision.status,
        }
    }
}

impl Recorder for TraceRecorder<'_> {
    fn lets_in(&mut self, position: usize, stream: &CompiledStream, request: &Request<'_>) -> bool {
        let rules = stream.rules.explain(request);
        let held = rules.held();
        self.turns += 1;
        if let Some(trace) = self.streams.get_mut(position) {
            trace.verdict = if held { StreamVerdict::Taken } else { StreamVerdict::Refused };
            trace.turn = Some(self.turns);
            trace.rules = Some(rules);
        }
        held
    }

    fn landing(&mut self, position: usize) {
        self.landing = Some(position);
    }

    fn route(&mut self, position: usize) {
        self.route = Some(position);
    }

    fn trafficback(&mut self, level: Option<TrafficbackLevel>) {
        self.trafficback = level;
    }
}
