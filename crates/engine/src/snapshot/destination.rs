//! Destinations with their URL compiled, the parameters of their network merged in and their limits ready to be asked.

mod alternatives;
mod watch;

pub use watch::HealthProbe;

use super::{CompiledWorkspace, RoutingInput, campaign::Workspaces};
use crate::{
    CompiledUrl, OutReason, Problem, Request, RouteState,
    caps::{CompiledCaps, Reached},
    macros::with_parameters,
    problem::Report,
    schedule::CompiledSchedule,
};
use rustc_hash::{FxHashMap, FxHashSet};
use signalbox_domain::{
    AffiliateNetworkId, Destination, DestinationId, DestinationKind, DestinationState, LossRule, Subject,
    WorkspaceId, url_template,
};
use std::sync::Arc;

/// Who reports conversions of a destination.
#[derive(Debug)]
pub struct CompiledNetwork {
    /// Identity.
    pub id: AffiliateNetworkId,
    /// Shown name.
    pub name: Box<str>,
    offer_parameters: Box<str>,
}

/// Where a visitor can be sent.
#[derive(Debug)]
pub struct CompiledDestination {
    /// Identity.
    pub id: DestinationId,
    /// Tenant.
    pub workspace: WorkspaceId,
    /// Shown name.
    pub name: Box<str>,
    /// What it is.
    pub kind: DestinationKind,
    /// Whether it takes traffic.
    pub state: DestinationState,
    /// The network that pays for it.
    pub network: Option<Arc<CompiledNetwork>>,
    /// Target, with the network's offer parameters.
    pub url: CompiledUrl,
    /// Whether the page was uploaded and is served by the tracker.
    pub hosted: bool,
    pub(crate) caps: CompiledCaps,
    pub(crate) schedule: Option<Box<CompiledSchedule>>,
    pub(crate) loss_rule: Option<Box<LossRule>>,
    pub(crate) probe: Option<Box<HealthProbe>>,
    /// Who gets the clicks when this one takes none, in order and each once: positions in the snapshot.
    pub(crate) alternatives: Box<[u32]>,
}

/// Why a destination takes no traffic at this moment.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Unavailable<'s> {
    Inactive,
    Closed,
    Capped(Reached<'s>),
    Out(OutReason),
}

impl Unavailable<'_> {
    pub(crate) const fn state(&self) -> RouteState {
        match self {
            Self::Inactive => RouteState::DestinationUnavailable,
            Self::Closed => RouteState::Closed,
            Self::Capped(_) => RouteState::CapReached,
            Self::Out(OutReason::Unhealthy) => RouteState::Unhealthy,
            Self::Out(OutReason::Loss) => RouteState::Loss,
        }
    }
}

impl CompiledDestination {
    /// Why it takes no traffic at this moment, not counting its alternatives.
    pub(crate) fn unavailable(&self, request: &Request<'_>) -> Option<Unavailable<'_>> {
        if self.state != DestinationState::Active {
            return Some(Unavailable::Inactive);
        }
        if self.schedule.as_ref().is_some_and(|schedule| !schedule.is_open(request.now)) {
            return Some(Unavailable::Closed);
        }
        if !self.caps.is_empty()
            && let Some(reached) = self.caps.reached(Subject::Destination(self.id), request)
        {
            return Some(Unavailable::Capped(reached));
        }
        // What is watched no longer may still be listed as out.
        let watched = self.probe.is_some() || self.loss_rule.is_some();
        watched.then(|| request.live.out(self.id)).flatten().map(Unavailable::Out)
    }
}

type Networks = FxHashMap<AffiliateNetworkId, (WorkspaceId, Arc<CompiledNetwork>)>;

fn compile_networks(input: &RoutingInput, problems: &mut Vec<Problem>) -> Networks {
    let compile = |(workspace, network): &(WorkspaceId, signalbox_domain::AffiliateNetwork)| {
        let mut report = Report { problems, workspace: *workspace, campaign: None, stream: None };
        let mut offer_parameters = network.offer_parameters.as_str();
        for error in network.validate().err().into_iter().flat_map(|invalid| invalid.0) {
            if error.field == "offer_parameters" {
                let field = format!("network {}: offer_parameters", network.id);
                report.left_out(field, error.reason);
                offer_parameters = "";
            }
        }
        let compiled = CompiledNetwork {
            id: network.id,
            name: network.name.as_str().into(),
            offer_parameters: offer_parameters.into(),
        };
        (network.id, (*workspace, Arc::new(compiled)))
    };
    input.networks.iter().map(compile).collect()
}

pub(super) fn compile_all(
    input: &RoutingInput,
    workspaces: &Workspaces,
    problems: &mut Vec<Problem>,
) -> Vec<CompiledDestination> {
    let networks = compile_networks(input, problems);
    let mut seen = FxHashSet::default();
    let mut compile = |(workspace, destination): &(WorkspaceId, Destination)| {
        let mut report =
            Report { problems: &mut *problems, workspace: *workspace, campaign: None, stream: None };
        if !seen.insert(destination.id) {
            report.left_out(
                format!("destination {}: id", destination.id),
                "is used twice; the first is routed",
            );
            return None;
        }
        compile_one(destination, workspaces, &networks, &mut report)
    };
    let (mut compiled, wanted): (Vec<_>, Vec<_>) =
        input.destinations.iter().filter_map(|one| Some((compile(one)?, one.1.alternative_id))).unzip();
    compiled.shrink_to_fit();
    alternatives::find(&mut compiled, &wanted, problems);
    compiled
}

fn compile_one(
    destination: &Destination,
    workspaces: &Workspaces,
    networks: &Networks,
    report: &mut Report<'_>,
) -> Option<CompiledDestination> {
    let field = |name: &str| format!("destination {}: {name}", destination.id);
    let Some(workspace) = workspaces.get(&report.workspace) else {
        report.left_out(field("workspace"), "does not exist");
        return None;
    };
    if let Err(reason) = url_template::check(&destination.url) {
        report.left_out(field("url"), reason);
        return None;
    }
    let network = destination.network_id.and_then(|id| {
        let found = networks.get(&id).filter(|(owner, _)| *owner == report.workspace);
        if found.is_none() {
            report.warn(
                field("network_id"),
                format!("network {id} does not exist: its parameters are missing"),
            );
        }
        found.map(|(_, network)| Arc::clone(network))
    });
    let extra = network.as_ref().map_or("", |network| &network.offer_parameters);
    let url = with_parameters(&destination.url, extra);
    let url = CompiledUrl::compile_reported(&url, workspace, &field("url"), report)?;
    Some(limited(destination, workspace, url, network, report))
}

fn limited(
    destination: &Destination,
    workspace: &CompiledWorkspace,
    url: CompiledUrl,
    network: Option<Arc<CompiledNetwork>>,
    report: &mut Report<'_>,
) -> CompiledDestination {
    let field = |name: &str| format!("destination {}: {name}", destination.id);
    let schedule = destination.schedule.as_ref().map(|schedule| {
        Box::new(CompiledSchedule::compile(schedule, &workspace.timezone, &field("schedule"), report))
    });
    CompiledDestination {
        id: destination.id,
        workspace: report.workspace,
        name: destination.name.as_str().into(),
        kind: destination.kind,
        state: destination.state,
        network,
        url,
        hosted: destination.hosted,
        caps: CompiledCaps::compile(&destination.caps, &workspace.timezone, &field("caps"), report),
        schedule,
        loss_rule: watch::loss_rule(destination, report).map(Box::new),
        probe: watch::probe(destination, report).map(Box::new),
        alternatives: Box::default(),
    }
}
