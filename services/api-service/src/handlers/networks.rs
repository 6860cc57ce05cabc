//! `/networks`: who reports conversions.

use super::crud::Resource as _;
use super::prelude::*;
use crate::{
    auth::alphanumeric,
    types::{KeyRotation, MissingToken, Network, NetworkInput, PostbackUrl},
};
use signalbox_catalog::{Catalog, Repo, Stored};
use signalbox_chassis::problem::Problem;
use signalbox_domain::{AffiliateNetwork, AffiliateNetworkId, Currency, Role, Scope};

/// Characters of a postback key: 120 random bits.
const KEY_LENGTH: usize = 24;
/// Longest time that a replaced key works on, hours.
const OVERLAP_HOURS_MAX: u16 = 2160;

/// Lists affiliate networks.
#[utoipa::path(get, path = "/networks", tag = "networks", params(ListQuery), responses((status = 200, body = Page<Network>)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn list_networks(
    State(app): State<App>,
    CanRead(scope): CanRead,
    ValidQuery(query): ValidQuery<ListQuery>,
) -> Result<Json<Page<Network>>, ApiError> {
    crud::list::<Networks>(&app, &scope, &query).await
}

/// Returns an affiliate network.
#[utoipa::path(get, path = "/networks/{id}", tag = "networks", params(("id" = Id, Path)), responses((status = 200, body = Network)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn get_network(
    State(app): State<App>,
    CanRead(scope): CanRead,
    PathId(id): PathId<AffiliateNetworkId>,
) -> Result<Json<Network>, ApiError> {
    crud::get::<Networks>(&app, &scope, id).await
}

/// Creates an affiliate network.
#[utoipa::path(post, path = "/networks", tag = "networks", request_body = NetworkInput, responses((status = 201, body = Network)),
    extensions(("x-role" = json!("editor"))))]
pub async fn create_network(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    Input(input): Input<NetworkInput>,
) -> Result<Created<Network>, ApiError> {
    crud::create::<Networks>(&app, &scope, input).await
}

/// Replaces an affiliate network that is still at the given version.
#[utoipa::path(put, path = "/networks/{id}", tag = "networks", params(("id" = Id, Path)), request_body = NetworkInput,
    responses((status = 200, body = Network)), extensions(("x-role" = json!("editor"))))]
pub async fn replace_network(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    PathId(id): PathId<AffiliateNetworkId>,
    Input(input): Input<NetworkInput>,
) -> Result<Json<Network>, ApiError> {
    crud::replace::<Networks>(&app, &scope, id, input).await
}

/// Deletes an affiliate network that nothing refers to; otherwise 409 `in_use` says who does.
#[utoipa::path(delete, path = "/networks/{id}", tag = "networks", params(("id" = Id, Path), DeleteQuery),
    responses((status = 204)), extensions(("x-role" = json!("editor"))))]
pub async fn delete_network(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    PathId(id): PathId<AffiliateNetworkId>,
    ValidQuery(query): ValidQuery<DeleteQuery>,
) -> Result<StatusCode, ApiError> {
    crud::delete::<Networks>(&app, &scope, id, query).await
}

/// Returns a network's postback URL with its tokens, ready to paste.
#[utoipa::path(get, path = "/networks/{id}/postback-url", tag = "networks", params(("id" = Id, Path)),
    responses((status = 200, body = PostbackUrl)), extensions(("x-role" = json!("editor"))))]
pub async fn get_postback_url(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    PathId(id): PathId<AffiliateNetworkId>,
) -> Result<Json<PostbackUrl>, ApiError> {
    let network = app.catalog().affiliate_networks().get(&scope, id).await?.value;
    if network.postback_key.is_empty() {
        let detail = "The key of this network is sealed with another catalog.secret_key than this server has: set that one, or make a new key";
        return Err(Problem::new(StatusCode::CONFLICT, "key_unreadable", detail).into());
    }
    Ok(Json(postback_url(&app.urls().postback, &network)))
}

/// Gives a network a new postback key. The old URL works on for as long as is said, by default not at all.
#[utoipa::path(post, path = "/networks/{id}/rotate-key", tag = "networks", params(("id" = Id, Path)),
    request_body = KeyRotation, responses((status = 200, body = Network)), extensions(("x-role" = json!("editor"))))]
pub async fn rotate_network_key(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    PathId(id): PathId<AffiliateNetworkId>,
    Input(rotation): Input<KeyRotation>,
) -> Result<Json<Network>, ApiError> {
    let repo = app.catalog().affiliate_networks();
    let current = repo.get(&scope, id).await?;
    if rotation.version.is_some_and(|version| version != current.version) {
        return Err(Problem::stale().into());
    }
    if rotation.overlap_hours > OVERLAP_HOURS_MAX {
        let reason = format!("must be from 0 to {OVERLAP_HOURS_MAX}");
        return Err(Problem::invalid_field("overlap_hours", reason).into());
    }
    let (now, hours) = (app.now(), i64::from(rotation.overlap_hours));
    let mut network = current.value;
    network.rotate_key(alphanumeric(KEY_LENGTH), (now, (hours > 0).then(|| now.plus_ms(hours * 3_600_000))));
    let stored = repo.update(&scope, current.version, network).await?;
    Ok(Json(Networks::output(&scope, stored)))
}

/// A network's postback URL. Its tokens go in as they are: the network replaces them, we must not encode them.
fn postback_url(base: &str, network: &AffiliateNetwork) -> PostbackUrl {
    let base_url = format!("{base}/{}/postback", network.postback_key);
    let tokens = [
        ("subid", "click_id_token", &network.click_id_token),
        ("payout", "payout_token", &network.payout_token),
        ("status", "status_token", &network.status_token),
        ("tid", "transaction_token", &network.transaction_token),
    ];
    let (set, missing): (Vec<_>, Vec<_>) = tokens.into_iter().partition(|(_, _, token)| !token.is_empty());
    let pairs: Vec<String> = set.iter().map(|(parameter, _, token)| format!("{parameter}={token}")).collect();
    let url = if pairs.is_empty() { base_url.clone() } else { format!("{base_url}?{}", pairs.join("&")) };
    let missing = missing.into_iter().map(|(parameter, field, _)| MissingToken {
        parameter: parameter.to_owned(),
        field: field.to_owned(),
    });
    PostbackUrl { url, base_url, missing_tokens: missing.collect() }
}

/// Affiliate networks of a workspace.
pub struct Networks;

impl crud::Resource for Networks {
    type Value = AffiliateNetwork;
    type Input = NetworkInput;
    type Output = Network;

    fn repo(catalog: &Catalog) -> Repo<'_, AffiliateNetwork> {
        catalog.affiliate_networks()
    }

    fn output(scope: &Scope, stored: Stored<AffiliateNetwork>) -> Network {
        // Whoever has the key can report conversions.
        Network::new(crud::envelope(&stored), stored.value, scope.allows(Role::Editor))
    }

    fn version(input: &NetworkInput) -> Option<u64> {
        input.version
    }

    fn texts(value: &AffiliateNetwork) -> Vec<&str> {
        vec![&value.name]
    }

    fn currencies(value: &AffiliateNetwork) -> Vec<(&'static str, Currency)> {
        value.currency.map(|currency| ("currency", currency)).into_iter().collect()
    }

    async fn build(
        app: &App,
        _scope: &Scope,
        current: Option<&AffiliateNetwork>,
        input: NetworkInput,
    ) -> Result<AffiliateNetwork, ApiError> {
        let (id, keys) = match current {
            Some(current) => (current.id, (current.postback_key.clone(), current.retired_keys.clone())),
            None => (AffiliateNetworkId::random(app.now()), (alphanumeric(KEY_LENGTH), Vec::new())),
        };
        Ok(input.into_domain(id, keys))
    }
}
