//! `/sources`: where traffic is bought.

use super::prelude::*;
use crate::types::{Source, SourceInput};
use signalbox_catalog::{Catalog, Repo, Stored};
use signalbox_domain::{Currency, Scope, TrafficSource, TrafficSourceId};

/// Lists traffic sources.
#[utoipa::path(get, path = "/sources", tag = "sources", params(ListQuery), responses((status = 200, body = Page<Source>)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn list_sources(
    State(app): State<App>,
    CanRead(scope): CanRead,
    ValidQuery(query): ValidQuery<ListQuery>,
) -> Result<Json<Page<Source>>, ApiError> {
    crud::list::<Sources>(&app, &scope, &query).await
}

/// Returns a traffic source.
#[utoipa::path(get, path = "/sources/{id}", tag = "sources", params(("id" = Id, Path)), responses((status = 200, body = Source)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn get_source(
    State(app): State<App>,
    CanRead(scope): CanRead,
    PathId(id): PathId<TrafficSourceId>,
) -> Result<Json<Source>, ApiError> {
    crud::get::<Sources>(&app, &scope, id).await
}

/// Creates a traffic source.
#[utoipa::path(post, path = "/sources", tag = "sources", request_body = SourceInput, responses((status = 201, body = Source)),
    extensions(("x-role" = json!("editor"))))]
pub async fn create_source(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    Input(input): Input<SourceInput>,
) -> Result<Created<Source>, ApiError> {
    crud::create::<Sources>(&app, &scope, input).await
}

/// Replaces a traffic source that is still at the given version.
#[utoipa::path(put, path = "/sources/{id}", tag = "sources", params(("id" = Id, Path)), request_body = SourceInput,
    responses((status = 200, body = Source)), extensions(("x-role" = json!("editor"))))]
pub async fn replace_source(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    PathId(id): PathId<TrafficSourceId>,
    Input(input): Input<SourceInput>,
) -> Result<Json<Source>, ApiError> {
    crud::replace::<Sources>(&app, &scope, id, input).await
}

/// Deletes a traffic source that nothing refers to; otherwise 409 `in_use` says who does.
#[utoipa::path(delete, path = "/sources/{id}", tag = "sources", params(("id" = Id, Path), DeleteQuery),
    responses((status = 204)), extensions(("x-role" = json!("editor"))))]
pub async fn delete_source(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    PathId(id): PathId<TrafficSourceId>,
    ValidQuery(query): ValidQuery<DeleteQuery>,
) -> Result<StatusCode, ApiError> {
    crud::delete::<Sources>(&app, &scope, id, query).await
}

/// Traffic sources of a workspace.
pub struct Sources;

impl crud::Resource for Sources {
    type Value = TrafficSource;
    type Input = SourceInput;
    type Output = Source;

    fn repo(catalog: &Catalog) -> Repo<'_, TrafficSource> {
        catalog.traffic_sources()
    }

    fn output(_scope: &Scope, stored: Stored<TrafficSource>) -> Source {
        Source::new(crud::envelope(&stored), stored.value)
    }

    fn version(input: &SourceInput) -> Option<u64> {
        input.version
    }

    fn texts(value: &TrafficSource) -> Vec<&str> {
        vec![&value.name]
    }

    fn currencies(value: &TrafficSource) -> Vec<(&'static str, Currency)> {
        value.currency.map(|currency| ("currency", currency)).into_iter().collect()
    }

    async fn build(
        app: &App,
        _scope: &Scope,
        current: Option<&TrafficSource>,
        input: SourceInput,
    ) -> Result<TrafficSource, ApiError> {
        Ok(input.into_domain(current.map_or_else(|| TrafficSourceId::random(app.now()), |it| it.id)))
    }
}
