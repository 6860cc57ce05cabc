//! The routing engine: compiles configuration into a [`Snapshot`] and decides, for one request, where its visitor goes.
//!
//! Promises: [`Snapshot::compile`] never fails (what is invalid is left out, alone, and reported); [`decide`] is total and answers every
//! request with a reason; the same snapshot, request and dice give the same decision; a value sent by a visitor can never add a
//! parameter, a fragment, a path level, another host or a header line to a target. Never reads a clock, rolls its own dice, does I/O
//! or waits: time and randomness are arguments.

pub mod adaptive;
mod caps;
mod choose;
mod cost;
mod decide;
mod fold;
#[doc(hidden)]
pub mod fuzzing;
mod live;
pub mod loss;
pub mod macros;
mod params;
mod problem;
pub mod query;
mod request;
pub mod rules;
mod schedule;
mod snapshot;
mod sticky;
mod trace;

pub use caps::cap_since;
pub use choose::Dice;
pub use cost::{ClickCost, CostOnConversion};
pub use decide::{Decision, Outcome, PassedThrough, choose_after_landing, decide, decide_traced};
pub use live::{Headers, Live, NoHeaders, NothingKnown, OutReason, Population, Shares};
pub use macros::{CompiledText, CompiledUrl, MacroContext};
pub use params::MappedParams;
pub use problem::{Problem, Severity};
pub use query::Query;
pub use request::Request;
pub use rules::check_rule;
pub use schedule::schedule_is_open;
pub use snapshot::{
    AdaptiveStream, AddressSalt, Compiled, CompiledCampaign, CompiledDestination, CompiledDomain,
    CompiledNetwork, CompiledRoute, CompiledSource, CompiledStream, CompiledWorkspace, Found, HealthProbe,
    RouteState, RoutingInput, Snapshot, counted_subjects,
};
pub use trace::{
    AlternativeTrace, CapTrace, Draw, HopTrace, RouteTrace, RuleTrace, StreamTrace, StreamVerdict, Trace,
    TrafficbackLevel,
};
