//! `/campaigns`: public links with their streams.

use super::crud::Resource as _;
use super::prelude::*;
use crate::{
    auth::alphanumeric,
    types::{
        Campaign, CampaignClone, CampaignIdentity, CampaignInput, CampaignLink, CampaignLinks, KeyRotation,
        UsedBy,
    },
};
use signalbox_catalog::{Catalog, Error, PageRequest, Repo, Stored};
use signalbox_chassis::problem::Problem;
use signalbox_domain::{
    self as domain, CampaignId, CampaignState, Currency, FieldError, Invalid, Role, Scope, Slug, StreamId,
    TrafficSource,
};
use signalbox_engine::check_rule;
use std::collections::BTreeSet;

/// Length of a slug that the server makes.
const SLUG_LENGTH: usize = 8;
/// Length of the token of a campaign's Click API.
const TOKEN_LENGTH: usize = 32;
/// Tries to find a slug that is free.
const SLUG_TRIES: usize = 4;
/// Most domains that links are made for.
const LINKS_MAX: u16 = 100;

/// Lists campaigns.
#[utoipa::path(get, path = "/campaigns", tag = "campaigns", params(ListQuery), responses((status = 200, body = Page<Campaign>)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn list_campaigns(
    State(app): State<App>,
    CanRead(scope): CanRead,
    ValidQuery(query): ValidQuery<ListQuery>,
) -> Result<Json<Page<Campaign>>, ApiError> {
    crud::list::<Campaigns>(&app, &scope, &query).await
}

/// Returns a campaign.
#[utoipa::path(get, path = "/campaigns/{id}", tag = "campaigns", params(("id" = Id, Path)), responses((status = 200, body = Campaign)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn get_campaign(
    State(app): State<App>,
    CanRead(scope): CanRead,
    PathId(id): PathId<CampaignId>,
) -> Result<Json<Campaign>, ApiError> {
    crud::get::<Campaigns>(&app, &scope, id).await
}

/// Creates a campaign.
#[utoipa::path(post, path = "/campaigns", tag = "campaigns", request_body = CampaignInput, responses((status = 201, body = Campaign)),
    extensions(("x-role" = json!("editor"))))]
pub async fn create_campaign(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    Input(input): Input<CampaignInput>,
) -> Result<Created<Campaign>, ApiError> {
    let made_here = input.slug.is_none();
    for _ in 1..SLUG_TRIES {
        match crud::create::<Campaigns>(&app, &scope, input.clone()).await {
            Err(error) if made_here && error.code() == "conflict" => {}
            outcome => return outcome,
        }
    }
    crud::create::<Campaigns>(&app, &scope, input).await
}

/// Replaces a campaign that is still at the given version.
#[utoipa::path(put, path = "/campaigns/{id}", tag = "campaigns", params(("id" = Id, Path)), request_body = CampaignInput,
    responses((status = 200, body = Campaign)), extensions(("x-role" = json!("editor"))))]
pub async fn replace_campaign(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    PathId(id): PathId<CampaignId>,
    Input(input): Input<CampaignInput>,
) -> Result<Json<Campaign>, ApiError> {
    crud::replace::<Campaigns>(&app, &scope, id, input).await
}

/// Deletes a campaign that nothing refers to; otherwise 409 `in_use` says who does.
#[utoipa::path(delete, path = "/campaigns/{id}", tag = "campaigns", params(("id" = Id, Path), DeleteQuery),
    responses((status = 204)), extensions(("x-role" = json!("editor"))))]
pub async fn delete_campaign(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    PathId(id): PathId<CampaignId>,
    ValidQuery(query): ValidQuery<DeleteQuery>,
) -> Result<StatusCode, ApiError> {
    crud::delete::<Campaigns>(&app, &scope, id, query).await
}

/// Copies a campaign with its streams.
#[utoipa::path(post, path = "/campaigns/{id}/clone", tag = "campaigns", params(("id" = Id, Path)),
    request_body = CampaignClone, responses((status = 201, body = Campaign)), extensions(("x-role" = json!("editor"))))]
pub async fn clone_campaign(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    PathId(id): PathId<CampaignId>,
    Input(copy): Input<CampaignClone>,
) -> Result<Created<Campaign>, ApiError> {
    let repo = app.catalog().campaigns();
    let original = repo.get(&scope, id).await?.value;
    let now = app.now();
    let made_here = copy.slug.is_none();
    let mut campaign = domain::Campaign {
        id: CampaignId::random(now),
        name: copy.name.unwrap_or_else(|| copy_name(&original.name)),
        slug: Slug(copy.slug.unwrap_or_else(|| alphanumeric(SLUG_LENGTH))),
        state: CampaignState::Active,
        api_token: Some(alphanumeric(TOKEN_LENGTH)),
        ..original
    };
    // Reports tell streams apart by id, so the copies get their own.
    campaign.streams.iter_mut().for_each(|stream| stream.id = StreamId::random(now));
    crud::check::<Campaigns>(&app, &scope, &campaign).await?;
    for _ in 1..SLUG_TRIES {
        match repo.create(&scope, campaign.clone()).await {
            Err(Error::Conflict { field: "slug", .. }) if made_here => {
                campaign.slug = Slug(alphanumeric(SLUG_LENGTH));
            }
            outcome => return Ok(Created(Campaigns::output(&scope, outcome?))),
        }
    }
    Ok(Created(Campaigns::output(&scope, repo.create(&scope, campaign).await?)))
}

/// Gives a campaign a new token for the Click API: the old one stops working at once.
#[utoipa::path(post, path = "/campaigns/{id}/rotate-token", tag = "campaigns", params(("id" = Id, Path)),
    request_body = KeyRotation, responses((status = 200, body = Campaign)), extensions(("x-role" = json!("editor"))))]
pub async fn rotate_campaign_token(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    PathId(id): PathId<CampaignId>,
    Input(rotation): Input<KeyRotation>,
) -> Result<Json<Campaign>, ApiError> {
    let repo = app.catalog().campaigns();
    let current = repo.get(&scope, id).await?;
    if rotation.version.is_some_and(|version| version != current.version) {
        return Err(Problem::stale().into());
    }
    let api_token = Some(alphanumeric(TOKEN_LENGTH));
    let campaign = domain::Campaign { api_token, ..current.value };
    let stored = repo.update(&scope, current.version, campaign).await?;
    Ok(Json(Campaigns::output(&scope, stored)))
}

/// The name of a copy, within the length that a name may have.
fn copy_name(name: &str) -> String {
    let kept: String = name.chars().take(190).collect();
    format!("{kept} (copy)")
}

/// Returns a campaign's links with the source's tokens, ready to paste.
#[utoipa::path(get, path = "/campaigns/{id}/link", tag = "campaigns", params(("id" = Id, Path)),
    responses((status = 200, body = CampaignLinks)), extensions(("x-role" = json!("viewer"))))]
pub async fn get_campaign_link(
    State(app): State<App>,
    CanRead(scope): CanRead,
    PathId(id): PathId<CampaignId>,
) -> Result<Json<CampaignLinks>, ApiError> {
    let catalog = app.catalog();
    let campaign = catalog.campaigns().get(&scope, id).await?.value;
    let source = match campaign.source_id {
        Some(id) => catalog.traffic_sources().find(&scope, id).await?.map(|source| source.value),
        None => None,
    };
    let domains: Vec<domain::Domain> = match campaign.domain_id {
        Some(id) => {
            catalog.domains().find(&scope, id).await?.into_iter().map(|domain| domain.value).collect()
        }
        None => {
            let page = PageRequest { limit: LINKS_MAX, ..PageRequest::default() };
            catalog
                .domains()
                .list(&scope, &page)
                .await?
                .items
                .into_iter()
                .map(|domain| domain.value)
                .collect()
        }
    };
    let parameters = source.as_ref().map_or_else(String::new, parameters);
    let mut links: Vec<CampaignLink> =
        domains.iter().map(|domain| link_on_domain(domain, &campaign.slug, &parameters)).collect();
    if links.is_empty() {
        links.push(link(None, &app.urls().traffic, &campaign.slug, &parameters));
    }
    Ok(Json(CampaignLinks { links }))
}

fn link_on_domain(domain: &domain::Domain, slug: &Slug, parameters: &str) -> CampaignLink {
    let scheme = if domain.https { "https" } else { "http" };
    let host = match domain.host.parse::<std::net::Ipv6Addr>() {
        Ok(address) => format!("[{address}]"),
        Err(_) => domain.host.clone(),
    };
    link(Some(domain.id), &format!("{scheme}://{host}"), slug, parameters)
}

fn link(domain_id: Option<domain::DomainId>, base: &str, slug: &Slug, parameters: &str) -> CampaignLink {
    let base_url = format!("{base}/{}", slug.as_str());
    let host = base.split_once("://").map_or(base, |(_, host)| host).to_owned();
    let url = if parameters.is_empty() { base_url.clone() } else { format!("{base_url}?{parameters}") };
    CampaignLink { domain_id, host, base_url, url }
}

/// The source's parameters with its tokens as they are: the source replaces them, we must not encode them.
fn parameters(source: &TrafficSource) -> String {
    let sent = source.parameters.iter().filter(|mapping| !mapping.token.is_empty());
    let pairs: Vec<String> = sent
        .map(|mapping| {
            let name: String = url::form_urlencoded::byte_serialize(mapping.parameter.as_bytes()).collect();
            format!("{name}={}", mapping.token)
        })
        .collect();
    pairs.join("&")
}

/// Campaigns of a workspace.
pub struct Campaigns;

impl crud::Resource for Campaigns {
    type Value = domain::Campaign;
    type Input = CampaignInput;
    type Output = Campaign;

    fn repo(catalog: &Catalog) -> Repo<'_, domain::Campaign> {
        catalog.campaigns()
    }

    fn output(scope: &Scope, stored: Stored<domain::Campaign>) -> Campaign {
        // Whoever has the token can make clicks of the campaign.
        Campaign::new(crud::envelope(&stored), stored.value, scope.allows(Role::Editor))
    }

    fn version(input: &CampaignInput) -> Option<u64> {
        input.version
    }

    fn texts(value: &domain::Campaign) -> Vec<&str> {
        let tags = value.tags.iter().map(String::as_str);
        [value.name.as_str(), value.slug.as_str()].into_iter().chain(tags).collect()
    }

    fn state(value: &domain::Campaign) -> Option<&'static str> {
        Some(match value.state {
            CampaignState::Active => "active",
            CampaignState::Paused => "paused",
            CampaignState::Archived => "archived",
        })
    }

    async fn examine(value: &domain::Campaign) -> Result<Vec<FieldError>, ApiError> {
        let rules: Vec<domain::Rule> = value.streams.iter().map(|stream| stream.rules.clone()).collect();
        if rules.iter().all(|rule| *rule == domain::Rule::default()) {
            return Ok(Vec::new());
        }
        // Patterns and expressions take a while to compile.
        let check = move || {
            let check =
                |(index, rule): (usize, &domain::Rule)| check_rule(rule, &format!("streams[{index}].rules"));
            rules.iter().enumerate().flat_map(check).collect()
        };
        Ok(tokio::task::spawn_blocking(check).await.map_err(Problem::internal)?)
    }

    fn currencies(value: &domain::Campaign) -> Vec<(&'static str, Currency)> {
        value.currency.map(|currency| ("currency", currency)).into_iter().collect()
    }

    async fn places(
        app: &App,
        scope: &Scope,
        id: CampaignId,
        user: &UsedBy,
    ) -> Result<Vec<String>, ApiError> {
        let Some(campaign) = user.id.parse().ok().filter(|_| user.kind == "campaigns") else {
            return Ok(Vec::new());
        };
        let found = app.catalog().campaigns().find(scope, campaign).await?;
        let target = domain::Action::Campaign { campaign_id: id };
        let streams = found.into_iter().flat_map(|campaign| campaign.value.streams);
        let streams = streams.filter(|stream| stream.action == target);
        Ok(streams.map(|stream| format!("stream {}", stream.name)).collect())
    }

    async fn build(
        app: &App,
        scope: &Scope,
        current: Option<&domain::Campaign>,
        mut input: CampaignInput,
    ) -> Result<domain::Campaign, ApiError> {
        match current {
            Some(current) => check_stream_ids(&input, current)?,
            // Streams of a new campaign are new: reports tell streams apart by id.
            None => input.streams.iter_mut().for_each(|stream| stream.id = None),
        }
        let slug = match (&input.slug, current) {
            (Some(slug), _) => Slug(slug.clone()),
            (None, Some(current)) => current.slug.clone(),
            (None, None) => Slug(alphanumeric(SLUG_LENGTH)),
        };
        let name = match (&input.name, current) {
            (Some(name), _) => name.clone(),
            (None, Some(current)) => current.name.clone(),
            (None, None) => default_name(app, scope, &input, &slug).await?,
        };
        let id = current.map_or_else(|| CampaignId::random(app.now()), |current| current.id);
        let api_token = current.and_then(|current| current.api_token.clone());
        let api_token = api_token.unwrap_or_else(|| alphanumeric(TOKEN_LENGTH));
        Ok(input.into_domain(CampaignIdentity { id, slug, name, api_token, now: app.now() }))
    }
}

async fn default_name(
    app: &App,
    scope: &Scope,
    input: &CampaignInput,
    slug: &Slug,
) -> Result<String, ApiError> {
    let source = match input.source_id {
        Some(id) => app.catalog().traffic_sources().find(scope, id).await?,
        None => None,
    };
    let first = source.map_or_else(|| "Campaign".to_owned(), |source| source.value.name);
    let first: String = first.chars().take(120).collect();
    Ok(format!("{first} – {}", slug.as_str()))
}

/// Ids of streams come from the campaign as it is, each once: an id from elsewhere would mix two streams in reports.
fn check_stream_ids(input: &CampaignInput, current: &domain::Campaign) -> Result<(), ApiError> {
    let known: BTreeSet<StreamId> = current.streams.iter().map(|stream| stream.id).collect();
    let mut seen = BTreeSet::new();
    let mut errors = Vec::new();
    for (index, id) in
        input.streams.iter().enumerate().filter_map(|(index, stream)| Some((index, stream.id?)))
    {
        let reason = if !known.contains(&id) {
            "is no stream of this campaign; leave it out for a new stream"
        } else if !seen.insert(id) {
            "is there twice"
        } else {
            continue;
        };
        errors.push(FieldError { field: format!("streams[{index}].id"), reason: reason.to_owned() });
    }
    if errors.is_empty() { Ok(()) } else { Err(Invalid(errors).into()) }
}
