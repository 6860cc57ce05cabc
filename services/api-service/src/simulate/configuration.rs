//! The part of the configuration that one campaign's decision depends on.

use crate::{app::App, error::ApiError};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use signalbox_catalog::{Entity, Repo};
use signalbox_domain::{AffiliateNetwork, Campaign, CampaignId, Scope};
use signalbox_engine::RoutingInput;
use std::collections::BTreeSet;

/// Look-ups under way at one time.
const AT_ONCE: usize = 8;

/// What the engine compiles for one simulation.
pub struct Configuration {
    /// The campaign asked about.
    pub campaign: CampaignId,
    /// It and what it refers to.
    pub input: RoutingInput,
}

impl Configuration {
    /// Loads the campaign and what it refers to.
    ///
    /// # Errors
    /// 404 when there is no such campaign here; when the catalog does not answer.
    pub async fn load(app: &App, scope: &Scope, id: CampaignId) -> Result<Self, ApiError> {
        let catalog = app.catalog();
        let campaign = catalog.campaigns().get(scope, id).await?.value;
        let workspace = catalog.workspaces().get(scope, scope.workspace).await?.value;
        let destinations = some(catalog.destinations(), scope, destinations(&campaign)).await?;
        let networks = destinations.iter().filter_map(|destination| destination.network_id).collect();
        let networks: Vec<AffiliateNetwork> = some(catalog.affiliate_networks(), scope, networks).await?;
        let sources =
            some(catalog.traffic_sources(), scope, campaign.source_id.into_iter().collect()).await?;
        let domains = catalog.domains().list_all(scope).await?.items;
        let here = scope.workspace;
        let input = RoutingInput {
            workspaces: vec![workspace],
            campaigns: vec![(here, campaign)],
            destinations: destinations.into_iter().map(|it| (here, it)).collect(),
            sources: sources.into_iter().map(|it| (here, it)).collect(),
            networks: networks
                .into_iter()
                .map(|it| (here, AffiliateNetwork { postback_key: String::new(), ..it }))
                .collect(),
            domains: domains.into_iter().map(|it| (here, it.value)).collect(),
            revision: 0,
        };
        Ok(Self { campaign: id, input })
    }
}

fn destinations(campaign: &Campaign) -> BTreeSet<signalbox_domain::DestinationId> {
    let routes = campaign.streams.iter().flat_map(|stream| stream.landings.iter().chain(&stream.routes));
    routes.map(|route| route.destination_id).collect()
}

/// The objects with these ids that exist.
async fn some<T: Entity>(repo: Repo<'_, T>, scope: &Scope, ids: BTreeSet<T::Id>) -> Result<Vec<T>, ApiError> {
    let repo = &repo;
    let found = stream::iter(ids.into_iter().map(|id| async move { repo.find(scope, id).await }));
    let found: Vec<_> = found.buffered(AT_ONCE).try_collect().await?;
    Ok(found.into_iter().flatten().map(|stored| stored.value).collect())
}
