//! `/outputs`: outgoing postbacks.

use super::prelude::*;
use crate::{
    auth::SYSTEM,
    types::{OpenCircuit, OpenCircuits, Output, OutputInput},
};
use signalbox_catalog::{Catalog, Repo, Stored};
use signalbox_domain::{self as domain, OutputId, Scope};
use std::collections::BTreeMap;

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

/// Lists the outgoing postbacks that get nothing at the moment because their receivers fail again and again.
#[utoipa::path(get, path = "/outputs/circuits", tag = "outputs", responses((status = 200, body = OpenCircuits)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn list_open_circuits(
    State(app): State<App>,
    CanRead(scope): CanRead,
) -> Result<Json<OpenCircuits>, ApiError> {
    let report = app.catalog().live().circuits(SYSTEM).await?.value;
    let now = app.now();
    let mut by_output: BTreeMap<OutputId, OpenCircuit> = BTreeMap::new();
    for (output_id, open) in
        report.nodes.into_values().filter(|it| it.valid_until > now).flat_map(|it| it.open)
    {
        // Reports are of the instance; outputs of other workspaces are nobody's business here.
        if app.catalog().outputs().find(&scope, output_id).await?.is_none() {
            continue;
        }
        let circuit = OpenCircuit {
            output_id,
            since: open.since.into(),
            retry_at: open.retry_at.into(),
            failures: open.failures,
            last_error: open.last_error,
        };
        let known = by_output.entry(output_id).or_insert_with(|| circuit.clone());
        if circuit.failures > known.failures {
            *known = circuit;
        }
    }
    Ok(Json(OpenCircuits { items: by_output.into_values().collect() }))
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
