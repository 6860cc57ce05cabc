//! `/reports`: figures.

use super::{
    names::{Names, Wanted},
    prelude::*,
};
use crate::{
    error::reports_unavailable,
    metrics,
    report::{self, Asked},
    types::{Report, ReportMetadata, ReportQuery},
};
use signalbox_domain::Scope;
use signalbox_warehouse::{self as warehouse, Warehouse};
use std::time::Instant;

/// Answers a report. 503 `reports_unavailable` while the analytics database does not answer.
#[utoipa::path(post, path = "/reports/query", tag = "reports", request_body = ReportQuery,
    responses((status = 200, body = Report)), extensions(("x-role" = json!("viewer"))))]
pub async fn query_report(
    State(app): State<App>,
    CanRead(scope): CanRead,
    Input(query): Input<ReportQuery>,
) -> Result<Json<Report>, ApiError> {
    let started = Instant::now();
    let workspace = app.catalog().workspaces().get(&scope, scope.workspace).await?.value;
    let asked = Asked::new(query, &workspace, app.now())?;
    let warehouse = app.warehouse().ok_or_else(reports_unavailable)?;
    let answer = ask(&warehouse, &scope, &asked.query, app.now()).await?;
    let before = match asked.previous(&answer.range) {
        Some(query) => Some(ask(&warehouse, &scope, &query, app.now()).await?),
        None => None,
    };
    let mut wanted = Wanted::default();
    report::collect(&asked, &answer, &mut wanted);
    let names = Names::look_up(&app, &scope, wanted).await?;
    Ok(Json(report::answer(&asked, answer, before, &names, started.elapsed())))
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
pub(super) fn counted<T>(result: Result<T, warehouse::Error>) -> Result<T, ApiError> {
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
pub async fn get_report_metadata(CanRead(_scope): CanRead) -> Json<ReportMetadata> {
    Json(report::metadata())
}
