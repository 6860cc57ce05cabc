//! Streams with their rules, routes and URLs compiled.

use super::campaign::{CompiledWorkspace, Known, compile_url};
use crate::{
    CompiledUrl, Dice, Snapshot,
    choose::Weights,
    problem::Report,
    rules::{self, CompiledRule},
};
use signalbox_domain::{
    Action, Choosing, DestinationId, DestinationState, Route, Stream, StreamId, StreamKind,
};

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
}

/// One possible destination of a stream.
#[derive(Debug)]
pub struct CompiledRoute {
    /// Where to.
    pub destination: DestinationId,
    /// Ratio against the other routes.
    pub weight: u32,
    /// Whether it takes traffic.
    pub state: RouteState,
    index: Option<u32>,
}

/// The routes (or landings) of a stream. What is unavailable in this snapshot is no candidate, which is the same as redrawing it.
#[derive(Debug)]
pub(crate) struct CompiledRoutes {
    pub(crate) choosing: Choosing,
    pub(crate) entries: Box<[CompiledRoute]>,
    weights: Weights,
}

impl CompiledRoutes {
    /// Position of the route to take.
    pub(crate) fn choose(&self, dice: &mut dyn Dice) -> Option<usize> {
        match self.choosing {
            Choosing::Waterfall => self.entries.iter().position(|route| route.state == RouteState::Available),
            _ => self.weights.draw(dice),
        }
    }

    /// Whether [`Self::choose`] would find a route.
    pub(crate) fn any_available(&self) -> bool {
        let takes_part = |route: &CompiledRoute| {
            route.state == RouteState::Available && (route.weight > 0 || self.choosing == Choosing::Waterfall)
        };
        self.entries.iter().any(takes_part)
    }

    /// The destination of a route that is available.
    pub(crate) fn destination<'s>(
        &self,
        position: usize,
        snapshot: &'s Snapshot,
    ) -> Option<&'s super::CompiledDestination> {
        let route = self.entries.get(position).filter(|route| route.state == RouteState::Available)?;
        snapshot.destination_at(route.index?)
    }
}

/// What a stream does.
#[derive(Debug)]
pub(crate) enum Act {
    Redirect { status: u16 },
    Url(CompiledUrl),
    NotFound,
}

/// An ordered branch of a campaign.
#[derive(Debug)]
pub struct CompiledStream {
    /// Identity.
    pub id: StreamId,
    /// Shown name.
    pub name: Box<str>,
    /// When it is considered.
    pub kind: StreamKind,
    /// Whether it takes part.
    pub active: bool,
    /// Ratio against the other regular streams.
    pub weight: u32,
    pub(crate) rules: CompiledRule,
    pub(crate) act: Act,
    pub(crate) landings: CompiledRoutes,
    pub(crate) routes: CompiledRoutes,
    pub(crate) trafficback: Option<CompiledUrl>,
}

impl CompiledStream {
    /// Its routes to destinations, in order.
    pub fn routes(&self) -> &[CompiledRoute] {
        &self.routes.entries
    }

    /// Its landing pages, in order.
    pub fn landings(&self) -> &[CompiledRoute] {
        &self.landings.entries
    }
}

pub(super) fn compile(
    stream: &Stream,
    known: &Known<'_>,
    workspace: &CompiledWorkspace,
    report: &mut Report<'_>,
) -> CompiledStream {
    let (act, usable) = match &stream.action {
        Action::Redirect { status, .. } => (Act::Redirect { status: status.code() }, true),
        Action::NotFound
        | Action::Campaign { .. }
        | Action::ShowHtml { .. }
        | Action::ShowText { .. }
        | Action::Nothing => (Act::NotFound, true),
        Action::Url { url, .. } => match CompiledUrl::compile_reported(url, workspace, "action.url", report) {
            Some(url) => (Act::Url(url), true),
            None => (Act::NotFound, false),
        },
    };
    let routes = compile_routes("routes", &stream.routes, stream.choosing.clone(), known, report);
    if stream.active && matches!(act, Act::Redirect { .. }) && !routes.any_available() {
        report
            .warn("routes", "has no destination that takes traffic: clicks of this stream go to trafficback");
    }
    CompiledStream {
        id: stream.id,
        name: stream.name.as_str().into(),
        kind: stream.kind,
        active: stream.active && usable,
        weight: stream.weight,
        rules: rules::compile(&stream.rules, &workspace.timezone, report),
        act,
        landings: compile_routes("landings", &stream.landings, Choosing::Weighted, known, report),
        routes,
        trafficback: compile_url(stream.trafficback_url.as_deref(), workspace, report),
    }
}

fn compile_routes(
    field: &str,
    routes: &[Route],
    choosing: Choosing,
    known: &Known<'_>,
    report: &mut Report<'_>,
) -> CompiledRoutes {
    let compile = |(position, route): (usize, &Route)| {
        let owned = |index: &u32| {
            let destination = known.destinations.get(*index as usize)?;
            (destination.workspace == report.workspace).then_some((*index, destination.state))
        };
        let found = known.index.get(&route.destination_id).and_then(owned);
        let state = match found {
            _ if !route.active => RouteState::SwitchedOff,
            None => RouteState::DestinationMissing,
            Some((_, DestinationState::Active)) => RouteState::Available,
            Some(_) => RouteState::DestinationUnavailable,
        };
        if state == RouteState::DestinationMissing {
            let reason = format!("destination {} does not exist or is invalid", route.destination_id);
            report.left_out(format!("{field}[{position}].destination_id"), reason);
        }
        CompiledRoute {
            destination: route.destination_id,
            weight: route.weight,
            state,
            index: found.map(|(index, _)| index),
        }
    };
    let entries: Box<[_]> = routes.iter().enumerate().map(compile).collect();
    let weight = |route: &CompiledRoute| if route.state == RouteState::Available { route.weight } else { 0 };
    CompiledRoutes { choosing, weights: Weights::new(entries.iter().map(weight)), entries }
}
