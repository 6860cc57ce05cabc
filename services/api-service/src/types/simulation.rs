//! Simulations on the wire: a made-up click, the decision about it and why.

use super::{ClickOrigin, Currency, EntityRef, Id, Money, Operator, StreamKind, Time, VisitorInfo};
use serde::{Deserialize, Serialize};
use signalbox_domain::{self as domain, StreamId};
use signalbox_engine as engine;
use std::net::IpAddr;
use utoipa::ToSchema;

/// A made-up click on a campaign.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SimulationInput {
    /// A link with its parameters as the source would call it; its host and query are used.
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
    /// When; now when absent.
    #[serde(default)]
    pub at: Option<Time>,
    /// Whether it is the visitor's first click within the uniqueness period.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub unique: bool,
    /// Makes the dice repeatable; another draw each time when absent.
    #[serde(default)]
    pub seed: Option<u64>,
}

fn yes() -> bool {
    true
}

/// What the campaign as it is saved now would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Simulation {
    /// `routed`, `no_stream`, `no_destination`, `campaign_paused` or `not_found`.
    pub outcome: String,
    /// HTTP status of the answer.
    pub status: u16,
    /// Where the visitor would be sent, macros expanded with a made-up click id; absent: nowhere.
    pub target: Option<String>,
    /// Where it came from and went to.
    pub origin: ClickOrigin,
    /// What is known about the visitor.
    pub visitor: VisitorInfo,
    /// What the click would cost.
    pub cost: SimulatedCost,
    /// Whether the click would be kept.
    pub collected: bool,
    /// Every stream in order, and why it took the click or not.
    pub streams: Vec<StreamTrace>,
    /// Landings of the stream that took the click.
    pub landings: Vec<RouteTrace>,
    /// Routes of the stream that took the click. None is chosen yet when a landing is shown first.
    pub routes: Vec<RouteTrace>,
    /// Whose trafficback URL was used; absent when none was.
    pub trafficback: Option<TrafficbackLevel>,
    /// Parts of the campaign that cannot be used as they are saved.
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

api_enum! {
    /// What became of a stream.
    StreamVerdict from engine::StreamVerdict {
        /// Took the click.
        Taken,
        /// Its rules refused the click.
        Refused,
        /// It is switched off.
        SwitchedOff,
        /// Its turn did not come: another stream took the click before, it was not drawn, or its weight is 0.
        NotReached,
    }
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
    }
}

/// A route as the decision saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RouteTrace {
    /// Where it leads.
    pub destination: EntityRef,
    /// Its weight.
    pub weight: u32,
    /// Whether it takes traffic.
    pub state: RouteState,
    /// Whether it was chosen.
    pub chosen: bool,
}

api_enum! {
    /// Whose trafficback URL was used.
    TrafficbackLevel from engine::TrafficbackLevel {
        /// The stream's that took the click.
        Stream,
        /// The campaign's.
        Campaign,
        /// The domain's URL for unknown paths.
        Domain,
    }
}

/// A part of a campaign that cannot be used as it is saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RoutingProblem {
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
        }
    }
}

impl From<engine::Problem> for RoutingProblem {
    fn from(problem: engine::Problem) -> Self {
        Self {
            stream_id: problem.stream,
            field: problem.field,
            reason: problem.reason,
            left_out: problem.severity == engine::Severity::LeftOut,
        }
    }
}
