//! Destinations with their URL compiled and the parameters of their network merged in.

use super::{RoutingInput, campaign::Workspaces};
use crate::{CompiledUrl, Problem, macros::with_parameters, problem::Report};
use rustc_hash::{FxHashMap, FxHashSet};
use signalbox_domain::{
    AffiliateNetworkId, Destination, DestinationId, DestinationKind, DestinationState, WorkspaceId,
    url_template,
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
    let compile = |(workspace, destination): &(WorkspaceId, Destination)| {
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
    input.destinations.iter().filter_map(compile).collect()
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
    Some(CompiledDestination {
        id: destination.id,
        workspace: report.workspace,
        name: destination.name.as_str().into(),
        kind: destination.kind,
        state: destination.state,
        network,
        url,
    })
}
