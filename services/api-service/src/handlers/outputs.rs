//! `/outputs`: outgoing postbacks.

use super::prelude::*;
use crate::types::{Output, OutputInput};
use signalbox_catalog::{Catalog, Repo, Stored};
use signalbox_domain::{self as domain, OutputId, Scope};

/// Lists outgoing postbacks.
#[utoipa::path(get, path = "/outputs", tag = "outputs", params(ListQuery), responses((status = 200, body = Page<Output>)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn list_outputs(
    State(app): State<App>,
    CanRead(scope): CanRead,
    ValidQuery(query): ValidQuery<ListQuery>,
) -> Result<Json<Page<Output>>, ApiError> {
    crud::list::<Outputs>(&app, &scope, &query).await
}

/// Returns an outgoing postback.
#[utoipa::path(get, path = "/outputs/{id}", tag = "outputs", params(("id" = Id, Path)), responses((status = 200, body = Output)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn get_output(
    State(app): State<App>,
    CanRead(scope): CanRead,
    PathId(id): PathId<OutputId>,
) -> Result<Json<Output>, ApiError> {
    crud::get::<Outputs>(&app, &scope, id).await
}

/// Creates an outgoing postback.
#[utoipa::path(post, path = "/outputs", tag = "outputs", request_body = OutputInput, responses((status = 201, body = Output)),
    extensions(("x-role" = json!("editor"))))]
pub async fn create_output(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    Input(input): Input<OutputInput>,
) -> Result<Created<Output>, ApiError> {
    crud::create::<Outputs>(&app, &scope, input).await
}

/// Replaces an outgoing postback that is still at the given version.
#[utoipa::path(put, path = "/outputs/{id}", tag = "outputs", params(("id" = Id, Path)), request_body = OutputInput,
    responses((status = 200, body = Output)), extensions(("x-role" = json!("editor"))))]
pub async fn replace_output(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    PathId(id): PathId<OutputId>,
    Input(input): Input<OutputInput>,
) -> Result<Json<Output>, ApiError> {
    crud::replace::<Outputs>(&app, &scope, id, input).await
}

/// Deletes an outgoing postback that nothing refers to; otherwise 409 `in_use` says who does.
#[utoipa::path(delete, path = "/outputs/{id}", tag = "outputs", params(("id" = Id, Path), DeleteQuery),
    responses((status = 204)), extensions(("x-role" = json!("editor"))))]
pub async fn delete_output(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    PathId(id): PathId<OutputId>,
    ValidQuery(query): ValidQuery<DeleteQuery>,
) -> Result<StatusCode, ApiError> {
    crud::delete::<Outputs>(&app, &scope, id, query).await
}

/// Outgoing postbacks of a workspace.
pub struct Outputs;

impl crud::Resource for Outputs {
    type Value = domain::Output;
    type Input = OutputInput;
    type Output = Output;

    fn repo(catalog: &Catalog) -> Repo<'_, domain::Output> {
        catalog.outputs()
    }

    fn output(_scope: &Scope, stored: Stored<domain::Output>) -> Output {
        Output::new(crud::envelope(&stored), stored.value)
    }

    fn version(input: &OutputInput) -> Option<u64> {
        input.version
    }

    fn texts(value: &domain::Output) -> Vec<&str> {
        vec![&value.name, &value.url]
    }

    async fn build(
        app: &App,
        _scope: &Scope,
        current: Option<&domain::Output>,
        input: OutputInput,
    ) -> Result<domain::Output, ApiError> {
        let id = current.map_or_else(|| OutputId::random(app.now()), |it| it.id);
        Ok(input.into_domain(id, current))
    }
}
