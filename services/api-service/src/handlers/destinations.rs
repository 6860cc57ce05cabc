//! `/destinations`: where visitors can be sent.

use super::{landings, prelude::*};
use crate::types::{Destination, DestinationInput, UsedBy};
use signalbox_catalog::{Catalog, Repo, Stored};
use signalbox_domain::{self as domain, Currency, DestinationId, DestinationState, Scope};

/// Lists destinations.
#[utoipa::path(get, path = "/destinations", tag = "destinations", params(ListQuery), responses((status = 200, body = Page<Destination>)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn list_destinations(
    State(app): State<App>,
    CanRead(scope): CanRead,
    ValidQuery(query): ValidQuery<ListQuery>,
) -> Result<Json<Page<Destination>>, ApiError> {
    crud::list::<Destinations>(&app, &scope, &query).await
}

/// Returns a destination.
#[utoipa::path(get, path = "/destinations/{id}", tag = "destinations", params(("id" = Id, Path)), responses((status = 200, body = Destination)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn get_destination(
    State(app): State<App>,
    CanRead(scope): CanRead,
    PathId(id): PathId<DestinationId>,
) -> Result<Json<Destination>, ApiError> {
    crud::get::<Destinations>(&app, &scope, id).await
}

/// Creates a destination.
#[utoipa::path(post, path = "/destinations", tag = "destinations", request_body = DestinationInput, responses((status = 201, body = Destination)),
    extensions(("x-role" = json!("editor"))))]
pub async fn create_destination(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    Input(input): Input<DestinationInput>,
) -> Result<Created<Destination>, ApiError> {
    crud::create::<Destinations>(&app, &scope, input).await
}

/// Replaces a destination that is still at the given version.
#[utoipa::path(put, path = "/destinations/{id}", tag = "destinations", params(("id" = Id, Path)), request_body = DestinationInput,
    responses((status = 200, body = Destination)), extensions(("x-role" = json!("editor"))))]
pub async fn replace_destination(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    PathId(id): PathId<DestinationId>,
    Input(input): Input<DestinationInput>,
) -> Result<Json<Destination>, ApiError> {
    crud::replace::<Destinations>(&app, &scope, id, input).await
}

/// Deletes a destination that nothing refers to; otherwise 409 `in_use` says who does.
#[utoipa::path(delete, path = "/destinations/{id}", tag = "destinations", params(("id" = Id, Path), DeleteQuery),
    responses((status = 204)), extensions(("x-role" = json!("editor"))))]
pub async fn delete_destination(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    PathId(id): PathId<DestinationId>,
    ValidQuery(query): ValidQuery<DeleteQuery>,
) -> Result<StatusCode, ApiError> {
    let deleted = crud::delete::<Destinations>(&app, &scope, id, query).await?;
    landings::forget(&app, id).await;
    Ok(deleted)
}

/// Destinations of a workspace.
pub struct Destinations;

impl crud::Resource for Destinations {
    type Value = domain::Destination;
    type Input = DestinationInput;
    type Output = Destination;

    fn repo(catalog: &Catalog) -> Repo<'_, domain::Destination> {
        catalog.destinations()
    }

    fn output(_scope: &Scope, stored: Stored<domain::Destination>) -> Destination {
        Destination::new(crud::envelope(&stored), stored.value)
    }

    fn version(input: &DestinationInput) -> Option<u64> {
        input.version
    }

    fn texts(value: &domain::Destination) -> Vec<&str> {
        let tags = value.tags.iter().map(String::as_str);
        [value.name.as_str(), value.url.as_str()].into_iter().chain(tags).collect()
    }

    fn state(value: &domain::Destination) -> Option<&'static str> {
        Some(match value.state {
            DestinationState::Active => "active",
            DestinationState::Paused => "paused",
            DestinationState::Down => "down",
            DestinationState::Archived => "archived",
        })
    }

    fn currencies(value: &domain::Destination) -> Vec<(&'static str, Currency)> {
        value.currency.map(|currency| ("currency", currency)).into_iter().collect()
    }

    async fn places(
        app: &App,
        scope: &Scope,
        id: DestinationId,
        user: &UsedBy,
    ) -> Result<Vec<String>, ApiError> {
        if user.kind == "destinations" {
            return Ok(vec!["as its alternative".to_owned()]);
        }
        let Some(campaign) = user.id.parse().ok().filter(|_| user.kind == "campaigns") else {
            return Ok(Vec::new());
        };
        let found = app.catalog().campaigns().find(scope, campaign).await?;
        let uses = |stream: &domain::Stream| {
            stream.landings.iter().chain(&stream.routes).any(|route| route.destination_id == id)
        };
        let streams = found.into_iter().flat_map(|campaign| campaign.value.streams).filter(uses);
        Ok(streams.map(|stream| format!("stream {}", stream.name)).collect())
    }

    async fn build(
        app: &App,
        _scope: &Scope,
        current: Option<&domain::Destination>,
        input: DestinationInput,
    ) -> Result<domain::Destination, ApiError> {
        Ok(input.into_domain(current.map_or_else(|| DestinationId::random(app.now()), |it| it.id)))
    }
}
