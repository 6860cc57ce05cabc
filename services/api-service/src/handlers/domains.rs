//! `/domains`: tracking domains.

use super::prelude::*;
use crate::types::{Domain, DomainInput};
use signalbox_catalog::{Catalog, Repo, Stored};
use signalbox_domain::{self as domain, DomainId, Scope};

/// Lists tracking domains.
#[utoipa::path(get, path = "/domains", tag = "domains", params(ListQuery), responses((status = 200, body = Page<Domain>)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn list_domains(
    State(app): State<App>,
    CanRead(scope): CanRead,
    ValidQuery(query): ValidQuery<ListQuery>,
) -> Result<Json<Page<Domain>>, ApiError> {
    crud::list::<Domains>(&app, &scope, &query).await
}

/// Returns a tracking domain.
#[utoipa::path(get, path = "/domains/{id}", tag = "domains", params(("id" = Id, Path)), responses((status = 200, body = Domain)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn get_domain(
    State(app): State<App>,
    CanRead(scope): CanRead,
    PathId(id): PathId<DomainId>,
) -> Result<Json<Domain>, ApiError> {
    crud::get::<Domains>(&app, &scope, id).await
}

/// Creates a tracking domain.
#[utoipa::path(post, path = "/domains", tag = "domains", request_body = DomainInput, responses((status = 201, body = Domain)),
    extensions(("x-role" = json!("editor"))))]
pub async fn create_domain(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    Input(input): Input<DomainInput>,
) -> Result<Created<Domain>, ApiError> {
    crud::create::<Domains>(&app, &scope, input).await
}

/// Replaces a tracking domain that is still at the given version.
#[utoipa::path(put, path = "/domains/{id}", tag = "domains", params(("id" = Id, Path)), request_body = DomainInput,
    responses((status = 200, body = Domain)), extensions(("x-role" = json!("editor"))))]
pub async fn replace_domain(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    PathId(id): PathId<DomainId>,
    Input(input): Input<DomainInput>,
) -> Result<Json<Domain>, ApiError> {
    crud::replace::<Domains>(&app, &scope, id, input).await
}

/// Deletes a tracking domain that nothing refers to; otherwise 409 `in_use` says who does.
#[utoipa::path(delete, path = "/domains/{id}", tag = "domains", params(("id" = Id, Path), DeleteQuery),
    responses((status = 204)), extensions(("x-role" = json!("editor"))))]
pub async fn delete_domain(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    PathId(id): PathId<DomainId>,
    ValidQuery(query): ValidQuery<DeleteQuery>,
) -> Result<StatusCode, ApiError> {
    crud::delete::<Domains>(&app, &scope, id, query).await
}

/// Tracking domains of a workspace.
pub struct Domains;

impl crud::Resource for Domains {
    type Value = domain::Domain;
    type Input = DomainInput;
    type Output = Domain;

    fn repo(catalog: &Catalog) -> Repo<'_, domain::Domain> {
        catalog.domains()
    }

    fn output(_scope: &Scope, stored: Stored<domain::Domain>) -> Domain {
        Domain::new(crud::envelope(&stored), stored.value)
    }

    fn version(input: &DomainInput) -> Option<u64> {
        input.version
    }

    fn texts(value: &domain::Domain) -> Vec<&str> {
        vec![&value.host]
    }

    async fn build(
        app: &App,
        _scope: &Scope,
        current: Option<&domain::Domain>,
        input: DomainInput,
    ) -> Result<domain::Domain, ApiError> {
        Ok(input.into_domain(current.map_or_else(|| DomainId::random(app.now()), |it| it.id)))
    }
}
