//! `/reports`: figures.

use super::{
    names::{Names, Wanted},
    prelude::*,
};
use crate::{
    error::reports_unavailable,
    metrics,
    report::{self, Asked},
    types::{AskedAsQuery, ProgressQuery, Report, ReportMetadata, ReportProgress, ReportQuery},
};
use signalbox_domain::{CUSTOM_KEY_PREFIX, CustomMetric, Scope};
use signalbox_warehouse::{self as warehouse, Warehouse};
use std::time::Instant;

/// Answers a report. 503 `reports_unavailable` while the analytics database does not answer.
#[utoipa::path(post, path = "/reports/query", tag = "reports", params(AskedAsQuery), request_body = ReportQuery,
    responses((status = 200, body = Report)), extensions(("x-role" = json!("viewer"))))]
pub async fn query_report(
    State(app): State<App>,
    CanRead(scope): CanRead,
    ValidQuery(name): ValidQuery<AskedAsQuery>,
    Input(query): Input<ReportQuery>,
) -> Result<Json<Report>, ApiError> {
    let asked_as = name.asked_as.map(|name| name.parse()).transpose()?;
    let mut asked = read(&app, &scope, query).await?;
    asked.query.asked_as = asked_as;
    answer(&app, &scope, &asked).await.map(Json)
}

/// Tells how far a report is that is being asked under a name, for those that take long. Nothing under way: all are 0.
#[utoipa::path(get, path = "/reports/progress", tag = "reports", params(ProgressQuery),
    responses((status = 200, body = ReportProgress)), extensions(("x-role" = json!("viewer"))))]
pub async fn get_report_progress(
    State(app): State<App>,
    CanRead(scope): CanRead,
    ValidQuery(query): ValidQuery<ProgressQuery>,
) -> Result<Json<ReportProgress>, ApiError> {
    let asked_as = query.asked_as.parse()?;
    let warehouse = app.warehouse().ok_or_else(reports_unavailable)?;
    let found = warehouse.report_progress(&scope, &asked_as).await?;
    let told = found.map(|found| ReportProgress {
        rows_read: found.rows_read,
        rows_total: found.rows_total,
        elapsed_ms: found.elapsed_ms,
    });
    Ok(Json(told.unwrap_or_default()))
}

/// A report as it is answered.
pub(super) async fn run(app: &App, scope: &Scope, query: ReportQuery) -> Result<Report, ApiError> {
    let asked = read(app, scope, query).await?;
    answer(app, scope, &asked).await
}

async fn answer(app: &App, scope: &Scope, asked: &Asked) -> Result<Report, ApiError> {
    let started = Instant::now();
    let warehouse = app.warehouse().ok_or_else(reports_unavailable)?;
    let answer = ask(&warehouse, scope, &asked.query, app.now()).await?;
    let before = match asked.previous(&answer.range) {
        Some(query) => {
            let before = ask(&warehouse, scope, &query, app.now()).await?;
            let totals = match asked.previous_totals(&query) {
                Some(query) => ask(&warehouse, scope, &query, app.now()).await?.totals,
                None => before.totals,
            };
            Some(warehouse::ReportResult { totals, ..before })
        }
        None => None,
    };
    let mut wanted = Wanted::default();
    report::collect(asked, &answer, &mut wanted);
    let names = Names::look_up(app, scope, wanted).await?;
    Ok(report::answer(asked, answer, before, &names, started.elapsed()))
}

/// A query with what it needs of the workspace.
pub(crate) async fn read(app: &App, scope: &Scope, query: ReportQuery) -> Result<Asked, ApiError> {
    let workspace = app.catalog().workspaces().get(scope, scope.workspace).await?.value;
    let mut keys = query.metrics.iter().chain(query.having.iter().map(|filter| &filter.metric));
    let custom = if keys.any(|key| key.starts_with(CUSTOM_KEY_PREFIX)) {
        own_metrics(app, scope).await?
    } else {
        Vec::new()
    };
    Asked::new(query, (&workspace, custom), app.now())
}

pub(crate) async fn own_metrics(app: &App, scope: &Scope) -> Result<Vec<CustomMetric>, ApiError> {
    let all = app.catalog().custom_metrics().list_all(scope).await?.items;
    Ok(all.into_iter().map(|stored| stored.value).collect())
}

async fn ask(
    warehouse: &Warehouse,
    scope: &Scope,
    query: &warehouse::ReportQuery,
    now: signalbox_domain::Timestamp,
) -> Result<warehouse::ReportResult, ApiError> {
    counted(warehouse.report(scope, query, now).await)
}

/// Counts how a query of the warehouse ended.
pub(crate) fn counted<T>(result: Result<T, warehouse::Error>) -> Result<T, ApiError> {
    metrics::warehouse_query(match &result {
        Ok(_) => "answered",
        Err(warehouse::Error::Invalid { .. }) => "invalid",
        Err(error) if error.is_retryable() => "unavailable",
        Err(_) => "failed",
    });
    Ok(result?)
}

/// Lists every dimension and metric with its meaning and formula.
#[utoipa::path(get, path = "/reports/metadata", tag = "reports", responses((status = 200, body = ReportMetadata)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn get_report_metadata(
    State(app): State<App>,
    CanRead(scope): CanRead,
) -> Result<Json<ReportMetadata>, ApiError> {
    Ok(Json(report::metadata(&own_metrics(&app, &scope).await?)))
}
