//! Routes of a stream, with their destinations found.

use super::{CompiledDestination, campaign::Known};
use crate::{choose::Weights, problem::Report};
use rustc_hash::FxHashMap;
use signalbox_domain::{Choosing, DestinationId, DestinationState, Route};

/// Whether a route takes traffic, and why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RouteState {
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

/// One possible destination of a stream.
#[derive(Debug)]
pub struct CompiledRoute {
    /// Where to.
    pub destination: DestinationId,
    /// Ratio against the other routes.
    pub weight: u32,
    /// Whether it takes traffic by configuration alone.
    pub state: RouteState,
    /// Whether clicks can ever get anywhere by it: to its destination or to an alternative.
    pub(crate) leads: bool,
    /// How many routes before it have the same destination.
    pub(crate) twin: u16,
    pub(crate) index: Option<u32>,
}

/// The routes (or landings) of a stream. What is unavailable by configuration is no candidate, which is the same as redrawing it.
#[derive(Debug)]
pub(crate) struct CompiledRoutes {
    pub(crate) choosing: Choosing,
    pub(crate) entries: Box<[CompiledRoute]>,
    pub(crate) weights: Weights,
    /// Tells sticky choices of landings and routes apart.
    pub(crate) salt: u64,
}

impl CompiledRoutes {
    /// Whether some route can ever take a click.
    pub(super) fn lead_anywhere(&self) -> bool {
        (0..self.entries.len()).any(|position| self.takes_part(position))
    }
}

pub(super) fn compile(
    field: &'static str,
    routes: &[Route],
    choosing: Choosing,
    known: &Known<'_>,
    report: &mut Report<'_>,
) -> CompiledRoutes {
    let mut twins: FxHashMap<DestinationId, u16> = FxHashMap::default();
    let compile = |(position, route): (usize, &Route)| {
        let owned = |index: &u32| {
            let destination = known.destinations.get(*index as usize)?;
            (destination.workspace == report.workspace).then_some((*index, destination))
        };
        let found = known.index.get(&route.destination_id).and_then(owned);
        let state = match found {
            _ if !route.active => RouteState::SwitchedOff,
            None => RouteState::DestinationMissing,
            Some((_, destination)) if destination.state == DestinationState::Active => RouteState::Available,
            Some(_) => RouteState::DestinationUnavailable,
        };
        if state == RouteState::DestinationMissing {
            let reason = format!("destination {} does not exist or is invalid", route.destination_id);
            report.left_out(format!("{field}[{position}].destination_id"), reason);
        }
        let twin = twins.entry(route.destination_id).and_modify(|count| *count += 1).or_default();
        let leads = |(_, destination): (u32, &CompiledDestination)| leads(destination, known.destinations);
        CompiledRoute {
            destination: route.destination_id,
            weight: route.weight,
            state,
            leads: route.active && found.is_some_and(leads),
            twin: *twin,
            index: found.map(|(index, _)| index),
        }
    };
    let entries: Box<[_]> = routes.iter().enumerate().map(compile).collect();
    let weights = Weights::new(entries.iter().map(|route| if route.leads { route.weight } else { 0 }));
    let salt = if field == "landings" { u64::from_le_bytes(*b"landings") } else { 0 };
    CompiledRoutes { choosing, entries, weights, salt }
}

/// Whether clicks for a destination can get anywhere, as far as configuration says.
fn leads(destination: &CompiledDestination, all: &[CompiledDestination]) -> bool {
    let active = |destination: &CompiledDestination| destination.state == DestinationState::Active;
    let alternative = |index: &u32| all.get(*index as usize).is_some_and(active);
    active(destination) || destination.alternatives.iter().any(alternative)
}
