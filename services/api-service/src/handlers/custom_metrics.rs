//! `/metrics`: metrics of the workspace's own.

use super::prelude::*;
use crate::types::{CustomMetric, CustomMetricInput, FormulaCheck, FormulaCheckInput, FormulaMistake};
use signalbox_catalog::{Catalog, Repo, Stored};
use signalbox_chassis::problem::Problem;
use signalbox_domain::{self as domain, CUSTOM_KEY_PREFIX, CustomMetricId, Scope};
use signalbox_warehouse::Formula;

/// Most metrics of a workspace.
const METRICS_MAX: usize = 200;

/// Lists metrics of the workspace's own.
#[utoipa::path(get, path = "/metrics", tag = "reports", params(ListQuery), responses((status = 200, body = Page<CustomMetric>)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn list_custom_metrics(
    State(app): State<App>,
    CanRead(scope): CanRead,
    ValidQuery(query): ValidQuery<ListQuery>,
) -> Result<Json<Page<CustomMetric>>, ApiError> {
    crud::list::<CustomMetrics>(&app, &scope, &query).await
}

/// Says whether a formula is understood, and where the mistake is; keeps nothing.
#[utoipa::path(post, path = "/metrics/check", tag = "reports", request_body = FormulaCheckInput, responses((status = 200, body = FormulaCheck)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn check_formula(
    _: CanRead,
    Input(input): Input<FormulaCheckInput>,
) -> Result<Json<FormulaCheck>, ApiError> {
    let mistake = Formula::parse(&input.formula).err();
    let error = mistake.map(|it| FormulaMistake { position: it.position, reason: it.reason });
    Ok(Json(FormulaCheck { error }))
}

/// Returns a metric of the workspace's own.
#[utoipa::path(get, path = "/metrics/{id}", tag = "reports", params(("id" = Id, Path)), responses((status = 200, body = CustomMetric)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn get_custom_metric(
    State(app): State<App>,
    CanRead(scope): CanRead,
    PathId(id): PathId<CustomMetricId>,
) -> Result<Json<CustomMetric>, ApiError> {
    crud::get::<CustomMetrics>(&app, &scope, id).await
}

/// Creates a metric. A formula that is not understood is refused with the place of the mistake.
#[utoipa::path(post, path = "/metrics", tag = "reports", request_body = CustomMetricInput, responses((status = 201, body = CustomMetric)),
    extensions(("x-role" = json!("editor"))))]
pub async fn create_custom_metric(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    Input(input): Input<CustomMetricInput>,
) -> Result<Created<CustomMetric>, ApiError> {
    if app.catalog().custom_metrics().list_all(&scope).await?.items.len() >= METRICS_MAX {
        let detail = format!("A workspace has at most {METRICS_MAX} metrics of its own; delete one first");
        return Err(Problem::new(StatusCode::CONFLICT, "too_many", detail).into());
    }
    crud::create::<CustomMetrics>(&app, &scope, input).await
}

/// Replaces a metric that is still at the given version.
#[utoipa::path(put, path = "/metrics/{id}", tag = "reports", params(("id" = Id, Path)), request_body = CustomMetricInput,
    responses((status = 200, body = CustomMetric)), extensions(("x-role" = json!("editor"))))]
pub async fn replace_custom_metric(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    PathId(id): PathId<CustomMetricId>,
    Input(input): Input<CustomMetricInput>,
) -> Result<Json<CustomMetric>, ApiError> {
    crud::replace::<CustomMetrics>(&app, &scope, id, input).await
}

/// Deletes a metric. Saved reports that show it name it as unknown.
#[utoipa::path(delete, path = "/metrics/{id}", tag = "reports", params(("id" = Id, Path), DeleteQuery),
    responses((status = 204)), extensions(("x-role" = json!("editor"))))]
pub async fn delete_custom_metric(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    PathId(id): PathId<CustomMetricId>,
    ValidQuery(query): ValidQuery<DeleteQuery>,
) -> Result<StatusCode, ApiError> {
    crud::delete::<CustomMetrics>(&app, &scope, id, query).await
}

/// Metrics of a workspace.
pub struct CustomMetrics;

impl crud::Resource for CustomMetrics {
    type Value = domain::CustomMetric;
    type Input = CustomMetricInput;
    type Output = CustomMetric;

    fn repo(catalog: &Catalog) -> Repo<'_, domain::CustomMetric> {
        catalog.custom_metrics()
    }

    fn output(_scope: &Scope, stored: Stored<domain::CustomMetric>) -> CustomMetric {
        let envelope = crud::envelope(&stored);
        let value = stored.value;
        CustomMetric {
            id: value.id,
            version: envelope.version,
            created_at: envelope.created_at,
            updated_at: envelope.updated_at,
            key: value.key,
            title: value.title,
            description: value.description,
            formula: value.formula,
            format: value.format.into(),
            decimals: value.decimals,
        }
    }

    fn version(input: &CustomMetricInput) -> Option<u64> {
        input.version
    }

    fn texts(value: &domain::CustomMetric) -> Vec<&str> {
        vec![&value.title, &value.key]
    }

    async fn build(
        app: &App,
        _scope: &Scope,
        current: Option<&domain::CustomMetric>,
        input: CustomMetricInput,
    ) -> Result<domain::CustomMetric, ApiError> {
        Formula::parse(&input.formula)
            .map_err(|error| Problem::invalid_field("formula", error.to_string()))?;
        let name = input.key.trim();
        let key = match name.strip_prefix(CUSTOM_KEY_PREFIX) {
            Some(_) => name.to_owned(),
            None => format!("{CUSTOM_KEY_PREFIX}{name}"),
        };
        Ok(domain::CustomMetric {
            id: current.map_or_else(|| CustomMetricId::random(app.now()), |it| it.id),
            title: input.title.unwrap_or_else(|| name.to_owned()),
            key,
            description: input.description,
            formula: input.formula,
            format: input.format.into(),
            decimals: input.decimals,
        })
    }
}
