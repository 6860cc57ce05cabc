//! The configuration of all workspaces, compiled for look-up: immutable, shared by all threads, swapped in whole.
//!
//! Never fails to compile: the smallest invalid part is left out, alone, and reported. Look-ups do not allocate.

mod campaign;
mod destination;
mod hops;
mod hosts;
mod places;
mod routes;
mod stream;
mod watched;

pub(crate) use campaign::Bots;
pub use campaign::{AddressSalt, CompiledCampaign, CompiledSource, CompiledWorkspace};
pub(crate) use destination::Unavailable;
pub use destination::{CompiledDestination, CompiledNetwork, HealthProbe};
pub(crate) use hosts::normalise as normalise_host;
pub use places::CompiledDomain;
pub(crate) use routes::CompiledRoutes;
pub use routes::{CompiledRoute, RouteState};
pub(crate) use stream::Act;
pub use stream::CompiledStream;
pub use watched::{AdaptiveStream, counted_subjects};

use crate::Problem;
use places::Places;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use signalbox_domain::{
    AddressPolicy, AffiliateNetwork, Campaign, CampaignId, Destination, DestinationId, Domain, ExtraPath,
    TrafficSource, Workspace, WorkspaceId,
};

/// Everything routing depends on, as stored. Holds no secrets: networks come with a blank `postback_key`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoutingInput {
    /// All tenants.
    pub workspaces: Vec<Workspace>,
    /// All campaigns with their tenant.
    pub campaigns: Vec<(WorkspaceId, Campaign)>,
    /// All destinations with their tenant.
    pub destinations: Vec<(WorkspaceId, Destination)>,
    /// All traffic sources with their tenant.
    pub sources: Vec<(WorkspaceId, TrafficSource)>,
    /// All affiliate networks with their tenant.
    pub networks: Vec<(WorkspaceId, AffiliateNetwork)>,
    /// All tracking domains with their tenant.
    pub domains: Vec<(WorkspaceId, Domain)>,
    /// Revision of the configuration this was read at.
    pub revision: u64,
}

/// A compiled configuration and what was wrong with it.
pub struct Compiled {
    /// What can be routed.
    pub snapshot: Snapshot,
    /// What was left out or looks wrong.
    pub problems: Vec<Problem>,
}

/// Who answers a host and path.
#[derive(Debug, Clone, Copy)]
pub enum Found<'s> {
    /// A campaign.
    Campaign {
        /// The campaign.
        campaign: &'s CompiledCampaign,
        /// The registered domain it was reached by, if any.
        domain: Option<&'s CompiledDomain>,
        /// What follows the slug in the path as sent, with its leading `/`; empty unless the campaign takes more path.
        extra_path: &'s str,
    },
    /// Nobody.
    Nothing {
        /// The registered domain that was asked, if any; its `not_found` may say where to send the visitor.
        domain: Option<&'s CompiledDomain>,
    },
}

/// The configuration of all workspaces, compiled.
#[derive(Debug, Default)]
pub struct Snapshot {
    revision: u64,
    strictest_addresses: AddressPolicy,
    campaigns: Vec<CompiledCampaign>,
    campaign_index: FxHashMap<CampaignId, u32>,
    destinations: Vec<CompiledDestination>,
    destination_index: FxHashMap<DestinationId, u32>,
    places: Places,
}

impl Snapshot {
    /// Compiles a configuration. Never fails.
    pub fn compile(input: &RoutingInput) -> Compiled {
        Self::compile_salted(input, &|_| None)
    }

    /// The same; `salt_of` is asked once for each workspace that does not keep whole addresses.
    pub fn compile_salted(
        input: &RoutingInput,
        salt_of: &dyn Fn(WorkspaceId) -> Option<AddressSalt>,
    ) -> Compiled {
        let mut problems = Vec::new();
        let workspaces = campaign::compile_workspaces(input, salt_of, &mut problems);
        let sources = campaign::compile_sources(input, &mut problems);
        let destinations = destination::compile_all(input, &workspaces, &mut problems);
        let destination_index: FxHashMap<_, _> =
            destinations.iter().enumerate().map(|(index, one)| (one.id, index as u32)).collect();
        let known = campaign::Known {
            workspaces: &workspaces,
            sources: &sources,
            destinations: &destinations,
            index: &destination_index,
            tests: Default::default(),
        };
        let mut campaigns = campaign::compile_all(input, &known, &mut problems);
        let campaign_index: FxHashMap<_, _> =
            campaigns.iter().enumerate().map(|(index, one)| (one.id, index as u32)).collect();
        hops::check(&mut campaigns, &campaign_index, &mut problems);
        campaigns.iter_mut().for_each(CompiledCampaign::sort_streams);
        let places = Places::compile(input, &workspaces, &campaigns, &mut problems);
        let snapshot = Self {
            revision: input.revision,
            strictest_addresses: workspaces.values().map(|it| it.addresses).max().unwrap_or_default(),
            campaigns,
            campaign_index,
            destinations,
            destination_index,
            places,
        };
        Compiled { snapshot, problems }
    }

    /// Revision of the configuration this was compiled from.
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// The least that any workspace keeps of addresses: for what may be anybody's.
    pub const fn strictest_addresses(&self) -> AddressPolicy {
        self.strictest_addresses
    }

    /// Who answers `path` on `host`. Host: as in the `Host` header, with or without port, in any case. Path: `/slug`, `/slug/`,
    /// `/c/slug`, `/slug/more/path` where the campaign takes more path, or `/` for the domain's default campaign; a query string in it
    /// is ignored.
    pub fn find<'s>(&'s self, host: &str, path: &'s str) -> Found<'s> {
        let domain = self.domain(host);
        let more = |index: u32| {
            let campaign = self.campaigns.get(index as usize);
            campaign.is_some_and(|campaign| campaign.extra_path != ExtraPath::Refuse)
        };
        let found = self.places.find(domain, path, more);
        match found.and_then(|(index, extra)| Some((self.campaigns.get(index as usize)?, extra))) {
            Some((campaign, extra_path)) => Found::Campaign { campaign, domain, extra_path },
            None => Found::Nothing { domain },
        }
    }

    /// The campaign with this slug on `host`.
    pub fn find_slug(&self, host: &str, slug: &str) -> Option<&CompiledCampaign> {
        self.campaigns.get(self.places.slug(self.domain(host), slug)? as usize)
    }

    /// The registered domain of a `Host` header.
    pub fn domain(&self, host: &str) -> Option<&CompiledDomain> {
        self.places.domain(host)
    }

    /// A campaign that takes part in routing.
    pub fn campaign(&self, id: CampaignId) -> Option<&CompiledCampaign> {
        self.campaigns.get(*self.campaign_index.get(&id)? as usize)
    }

    /// All campaigns that take part in routing.
    pub fn campaigns(&self) -> &[CompiledCampaign] {
        &self.campaigns
    }

    /// A destination that takes part in routing.
    pub fn destination(&self, id: DestinationId) -> Option<&CompiledDestination> {
        self.destinations.get(*self.destination_index.get(&id)? as usize)
    }

    pub(crate) fn destination_at(&self, index: u32) -> Option<&CompiledDestination> {
        self.destinations.get(index as usize)
    }
}

#[cfg(test)]
mod tests;
