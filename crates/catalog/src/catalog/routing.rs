//! The feed of the routing snapshot: everything that routing needs, over all workspaces.

use signalbox_domain::{
    AffiliateNetwork, Campaign, Clearing, Destination, Domain, Erasure, Output, TrafficSource, Workspace,
};

use super::{Catalog, Entity, Repo, Stored};
use crate::{Damaged, Mark, Result, SystemScope};

/// The configuration of all workspaces at (or after) a revision.
#[derive(Debug, Clone, Default)]
pub struct Routing {
    /// Revision read before everything else: what is missing here raised it to a later one.
    pub revision: u64,
    /// Tenants with currency and timezone.
    pub workspaces: Vec<Stored<Workspace>>,
    /// Tracking domains.
    pub domains: Vec<Stored<Domain>>,
    /// Campaigns with streams.
    pub campaigns: Vec<Stored<Campaign>>,
    /// Destinations.
    pub destinations: Vec<Stored<Destination>>,
    /// Traffic sources.
    pub sources: Vec<Stored<TrafficSource>>,
    /// Affiliate networks with their postback keys.
    pub networks: Vec<Stored<AffiliateNetwork>>,
    /// Outgoing postbacks.
    pub outputs: Vec<Stored<Output>>,
    /// Clicks that were cleared, with what followed from them.
    pub clearings: Vec<Stored<Clearing>>,
    /// Whose data was, or is being, erased.
    pub erasures: Vec<Stored<Erasure>>,
    /// Documents that cannot be read or break the rules of the domain; they are left out above.
    pub problems: Vec<Damaged>,
}

impl Catalog {
    /// What [`Catalog::load_routing`] would load now: the same mark, the same configuration, without reading it.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn routing_mark(&self, system: SystemScope) -> Result<Mark> {
        let specs = [
            Workspace::spec(),
            Domain::spec(),
            Campaign::spec(),
            Destination::spec(),
            TrafficSource::spec(),
            AffiliateNetwork::spec(),
            Output::spec(),
            Clearing::spec(),
            Erasure::spec(),
        ];
        let mut marks = Vec::with_capacity(specs.len());
        for spec in specs {
            marks.push(self.store().mark(system, spec).await?);
        }
        Ok(Mark::of(&marks))
    }

    /// Loads the configuration of all workspaces. One bad document never fails the whole.
    ///
    /// # Errors
    /// `Unavailable`; `Invalid` beyond [`super::LIST_ALL_MAX`] entities of a kind.
    pub async fn load_routing(&self, system: SystemScope) -> Result<Routing> {
        let mut routing = Routing { revision: self.config_revision(system).await?, ..Routing::default() };
        let problems = &mut routing.problems;
        routing.workspaces = load(&self.workspaces(), system, problems).await?;
        routing.domains = load(&self.domains(), system, problems).await?;
        routing.campaigns = load(&self.campaigns(), system, problems).await?;
        routing.destinations = load(&self.destinations(), system, problems).await?;
        routing.sources = load(&self.traffic_sources(), system, problems).await?;
        routing.networks = load(&self.affiliate_networks(), system, problems).await?;
        routing.outputs = load(&self.outputs(), system, problems).await?;
        routing.clearings = load(&self.clearings(), system, problems).await?;
        routing.erasures = load(&self.erasures(), system, problems).await?;
        Ok(routing)
    }
}

async fn load<T: Entity>(
    repo: &Repo<'_, T>,
    system: SystemScope,
    problems: &mut Vec<Damaged>,
) -> Result<Vec<Stored<T>>> {
    let listed = repo.list_all(system).await?;
    problems.extend(listed.damaged);
    let mut sound = Vec::with_capacity(listed.items.len());
    for stored in listed.items {
        match stored.value.check_stored() {
            Ok(()) => sound.push(stored),
            Err(invalid) => problems.push(Damaged {
                collection: T::spec().name,
                id: stored.id,
                reason: invalid.to_string(),
            }),
        }
    }
    Ok(sound)
}
