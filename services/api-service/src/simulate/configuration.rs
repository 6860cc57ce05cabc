//! The part of the configuration that one campaign's decision depends on.

use super::Click;
use crate::{app::App, error::ApiError};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use signalbox_catalog::{Catalog, Entity, Repo, SystemScope};
use signalbox_chassis::problem::Problem;
use signalbox_domain::{
    Action, AffiliateNetwork, Campaign, CampaignId, Destination, DestinationId, Domain, Scope, TrafficSource,
};
use signalbox_engine::{AddressSalt, RoutingInput};
use signalbox_warehouse::address_salt;
use std::collections::BTreeSet;

const SYSTEM: SystemScope = SystemScope::new("keys of made-up visitors");
/// Look-ups under way at one time.
const AT_ONCE: usize = 8;
/// Rounds of looking for what was referred to last: campaigns that hand over, alternatives of alternatives.
const ROUNDS_MAX: usize = 10;

/// What the engine compiles for one simulation.
pub struct Configuration {
    /// The campaign asked about; absent: whoever answers the link.
    pub campaign: Option<CampaignId>,
    /// It and what it refers to.
    pub input: RoutingInput,
    /// What keys of visitors are made with where addresses are not kept; the same as on traffic nodes.
    pub address_salt: Option<AddressSalt>,
}

impl Configuration {
    /// Loads the campaign that is named, or those that may answer the link, and what they refer to.
    ///
    /// # Errors
    /// 404 when there is no such campaign here; 422 when nothing names one; when the catalog does not answer.
    pub async fn load(
        app: &App,
        scope: &Scope,
        named: Option<CampaignId>,
        click: &Click,
    ) -> Result<Self, ApiError> {
        let catalog = app.catalog();
        let workspace = catalog.workspaces().get(scope, scope.workspace).await?.value;
        let domains: Vec<Domain> =
            catalog.domains().list_all(scope).await?.items.into_iter().map(|it| it.value).collect();
        let entries = match named {
            Some(id) => vec![catalog.campaigns().get(scope, id).await?.value],
            None => answering(app, scope, click, &domains).await?,
        };
        let campaigns = closure(&catalog.campaigns(), scope, entries, |it| it.id, targets).await?;
        let wanted = campaigns.iter().flat_map(routes).collect();
        let first = some(&catalog.destinations(), scope, wanted).await?;
        let alternatives = |it: &Destination| it.alternative_id.into_iter().collect();
        let destinations = closure(&catalog.destinations(), scope, first, |it| it.id, alternatives).await?;
        let networks = destinations.iter().filter_map(|destination| destination.network_id).collect();
        let networks: Vec<AffiliateNetwork> = some(&catalog.affiliate_networks(), scope, networks).await?;
        let sources = campaigns.iter().filter_map(|campaign| campaign.source_id).collect();
        let sources: Vec<TrafficSource> = some(&catalog.traffic_sources(), scope, sources).await?;
        let here = scope.workspace;
        let address_salt = match workspace.addresses.keeps_all() {
            true => None,
            false => {
                let secret = catalog.get_secret(SYSTEM, Catalog::VISITOR_SECRET).await?;
                Some(AddressSalt(address_salt(&secret, here)))
            }
        };
        let input = RoutingInput {
            workspaces: vec![workspace],
            campaigns: campaigns.into_iter().map(|it| (here, it)).collect(),
            destinations: destinations.into_iter().map(|it| (here, it)).collect(),
            sources: sources.into_iter().map(|it| (here, it)).collect(),
            networks: networks
                .into_iter()
                .map(|it| (here, AffiliateNetwork { postback_key: String::new(), ..it }))
                .collect(),
            domains: domains.into_iter().map(|it| (here, it)).collect(),
            revision: 0,
        };
        Ok(Self { campaign: named, input, address_salt })
    }
}

/// Campaigns of the workspace that may answer the link of a click: by their slug, or as the domain's default.
async fn answering(
    app: &App,
    scope: &Scope,
    click: &Click,
    domains: &[Domain],
) -> Result<Vec<Campaign>, ApiError> {
    if click.path.is_empty() {
        let reason = "is missing: name a campaign by campaign_id, or give its link as url";
        return Err(Problem::invalid_field("campaign_id", reason).into());
    }
    let path = click.path.trim_matches('/');
    let slug = path.strip_prefix("c/").unwrap_or(path).split('/').next().unwrap_or_default();
    let domain = domains.iter().find(|domain| domain.host.eq_ignore_ascii_case(&click.host));
    let default = domain.and_then(|domain| domain.default_campaign_id);
    let all = app.catalog().campaigns().list_all(scope).await?.items.into_iter().map(|it| it.value);
    let answers = |it: &Campaign| it.slug.as_str() == slug || (path.is_empty() && Some(it.id) == default);
    let found: Vec<Campaign> = all.filter(answers).collect();
    if found.is_empty() { Err(nobody()) } else { Ok(found) }
}

/// 422: the link leads to no campaign of this workspace.
pub(super) fn nobody() -> ApiError {
    Problem::invalid_field("url", "no campaign of this workspace answers this link").into()
}

/// Campaigns that streams hand their clicks to.
fn targets(campaign: &Campaign) -> BTreeSet<CampaignId> {
    let target = |action: &Action| match action {
        Action::Campaign { campaign_id } => Some(*campaign_id),
        _ => None,
    };
    campaign.streams.iter().filter_map(|stream| target(&stream.action)).collect()
}

fn routes(campaign: &Campaign) -> impl Iterator<Item = DestinationId> {
    let routes = campaign.streams.iter().flat_map(|stream| stream.landings.iter().chain(&stream.routes));
    routes.map(|route| route.destination_id)
}

/// `first` and whatever they refer to, directly or by others.
async fn closure<T: Entity>(
    repo: &Repo<'_, T>,
    scope: &Scope,
    first: Vec<T>,
    id: fn(&T) -> T::Id,
    refers: impl Fn(&T) -> BTreeSet<T::Id>,
) -> Result<Vec<T>, ApiError>
where
    T::Id: Ord,
{
    let mut known: BTreeSet<T::Id> = first.iter().map(id).collect();
    let mut all = first;
    let mut newest = 0;
    for _ in 0..ROUNDS_MAX {
        let wanted: BTreeSet<T::Id> = all[newest..].iter().flat_map(&refers).collect();
        let wanted: BTreeSet<T::Id> = wanted.into_iter().filter(|id| !known.contains(id)).collect();
        if wanted.is_empty() {
            break;
        }
        known.extend(&wanted);
        newest = all.len();
        all.extend(some(repo, scope, wanted).await?);
    }
    Ok(all)
}

/// The objects with these ids that exist.
async fn some<T: Entity>(
    repo: &Repo<'_, T>,
    scope: &Scope,
    ids: BTreeSet<T::Id>,
) -> Result<Vec<T>, ApiError> {
    let found = stream::iter(ids.into_iter().map(|id| async move { repo.find(scope, id).await }));
    let found: Vec<_> = found.buffered(AT_ONCE).try_collect().await?;
    Ok(found.into_iter().flatten().map(|stored| stored.value).collect())
}
