//! `/api-keys`: credentials of programs.

use super::crud::Resource as _;
use super::prelude::*;
use crate::{
    auth::mint_key,
    types::{ApiKey, ApiKeyCreated, ApiKeyInput},
};
use signalbox_catalog::{Catalog, Repo, Stored};
use signalbox_chassis::problem::Problem;
use signalbox_domain::{self as domain, ApiKeyId, Scope};

/// Lists API keys.
#[utoipa::path(get, path = "/api-keys", tag = "api-keys", params(ListQuery), responses((status = 200, body = Page<ApiKey>)),
    extensions(("x-role" = json!("admin"))))]
pub async fn list_api_keys(
    State(app): State<App>,
    CanAdmin(scope): CanAdmin,
    ValidQuery(query): ValidQuery<ListQuery>,
) -> Result<Json<Page<ApiKey>>, ApiError> {
    crud::list::<ApiKeys>(&app, &scope, &query).await
}

/// Returns an API key.
#[utoipa::path(get, path = "/api-keys/{id}", tag = "api-keys", params(("id" = Id, Path)), responses((status = 200, body = ApiKey)),
    extensions(("x-role" = json!("admin"))))]
pub async fn get_api_key(
    State(app): State<App>,
    CanAdmin(scope): CanAdmin,
    PathId(id): PathId<ApiKeyId>,
) -> Result<Json<ApiKey>, ApiError> {
    crud::get::<ApiKeys>(&app, &scope, id).await
}

/// Creates an API key. The answer is the only one that holds the key itself.
#[utoipa::path(post, path = "/api-keys", tag = "api-keys", request_body = ApiKeyInput, responses((status = 201, body = ApiKeyCreated)),
    extensions(("x-role" = json!("admin"))))]
pub async fn create_api_key(
    State(app): State<App>,
    CanAdmin(scope): CanAdmin,
    Input(input): Input<ApiKeyInput>,
) -> Result<Created<ApiKeyCreated>, ApiError> {
    check_expiry(&app, &input)?;
    let now = app.now();
    let id = ApiKeyId::random(now);
    let minted = mint_key(id);
    let value = domain::ApiKey {
        id,
        name: input.name,
        role: input.role.into(),
        secret_sha256: minted.secret_sha256,
        prefix: minted.prefix,
        created_at: now,
        expires_at: input.expires_at.map(|time| time.0),
    };
    let stored = app.catalog().api_keys().create(&scope, value).await?;
    Ok(Created(ApiKeyCreated { api_key: ApiKeys::output(&scope, stored), key: minted.key }))
}

fn check_expiry(app: &App, input: &ApiKeyInput) -> Result<(), ApiError> {
    match input.expires_at {
        Some(time) if time.0 <= app.now() => {
            Err(Problem::invalid_field("expires_at", "is in the past").into())
        }
        _ => Ok(()),
    }
}

/// Replaces an API key that is still at the given version.
#[utoipa::path(put, path = "/api-keys/{id}", tag = "api-keys", params(("id" = Id, Path)), request_body = ApiKeyInput,
    responses((status = 200, body = ApiKey)), extensions(("x-role" = json!("admin"))))]
pub async fn replace_api_key(
    State(app): State<App>,
    CanAdmin(scope): CanAdmin,
    PathId(id): PathId<ApiKeyId>,
    Input(input): Input<ApiKeyInput>,
) -> Result<Json<ApiKey>, ApiError> {
    crud::replace::<ApiKeys>(&app, &scope, id, input).await
}

/// Deletes an API key that nothing refers to; otherwise 409 `in_use` says who does.
#[utoipa::path(delete, path = "/api-keys/{id}", tag = "api-keys", params(("id" = Id, Path), DeleteQuery),
    responses((status = 204)), extensions(("x-role" = json!("admin"))))]
pub async fn delete_api_key(
    State(app): State<App>,
    CanAdmin(scope): CanAdmin,
    PathId(id): PathId<ApiKeyId>,
    ValidQuery(query): ValidQuery<DeleteQuery>,
) -> Result<StatusCode, ApiError> {
    crud::delete::<ApiKeys>(&app, &scope, id, query).await
}

/// API keys of a workspace.
pub struct ApiKeys;

impl crud::Resource for ApiKeys {
    type Value = domain::ApiKey;
    type Input = ApiKeyInput;
    type Output = ApiKey;

    fn repo(catalog: &Catalog) -> Repo<'_, domain::ApiKey> {
        catalog.api_keys()
    }

    fn output(_scope: &Scope, stored: Stored<domain::ApiKey>) -> ApiKey {
        ApiKey::new(crud::envelope(&stored), stored.value)
    }

    fn version(input: &ApiKeyInput) -> Option<u64> {
        input.version
    }

    fn texts(value: &domain::ApiKey) -> Vec<&str> {
        vec![&value.name, &value.prefix]
    }

    async fn build(
        app: &App,
        _scope: &Scope,
        current: Option<&domain::ApiKey>,
        input: ApiKeyInput,
    ) -> Result<domain::ApiKey, ApiError> {
        // Only changes come here: a new key is made by `create_api_key`, which shows it.
        let current = current.ok_or_else(|| Problem::not_found("API key"))?;
        if input.expires_at.map(|time| time.0) != current.expires_at {
            check_expiry(app, &input)?;
        }
        Ok(domain::ApiKey {
            name: input.name,
            role: input.role.into(),
            expires_at: input.expires_at.map(|time| time.0),
            ..current.clone()
        })
    }
}
