//! `/reports/export`, `/logs/export`: files of everything, written while they are read.

use super::{dead_letters, prelude::*, reports};
use crate::{
    auth::{Caller, SameOrigin, scope_of},
    error::reports_unavailable,
    export,
    handlers::reports::counted,
    log::read,
    report::filters,
    types::{LogExport, LogExportLink, LogName, LogQuery, ReportExport, ReportExportLink, ReportQuery},
};
use axum::response::Response;
use signalbox_chassis::extract::parse_json;
use signalbox_domain::{Role, Scope};
use signalbox_warehouse::log::Log;

/// Every row of a report as a file. The connection breaks when it cannot be finished.
#[utoipa::path(post, path = "/reports/export", tag = "reports", request_body = ReportExport,
    responses((status = 200, description = "The file", content_type = "application/octet-stream", body = Vec<u8>)), extensions(("x-role" = json!("viewer"))))]
pub async fn export_report(
    State(app): State<App>,
    CanRead(scope): CanRead,
    Input(input): Input<ReportExport>,
) -> Result<Response, ApiError> {
    answer(&app, scope, input).await
}

/// The same by a link, so that browsers write the file to disk while it comes and hold none of it. Not for links from other sites.
#[utoipa::path(get, path = "/reports/export", tag = "reports", params(ReportExportLink),
    responses((status = 200, description = "The file", content_type = "application/octet-stream", body = Vec<u8>)), extensions(("x-role" = json!("viewer"))))]
pub async fn download_report(
    State(app): State<App>,
    _same: SameOrigin,
    caller: Caller,
    ValidQuery(link): ValidQuery<ReportExportLink>,
) -> Result<Response, ApiError> {
    let scope = scope_of(&caller, link.workspace.as_deref(), "workspace", Role::Viewer)?;
    answer(&app, scope, parse_json(link.request.as_bytes())?).await
}

async fn answer(app: &App, scope: Scope, input: ReportExport) -> Result<Response, ApiError> {
    let query = ReportQuery { limit: None, offset: 0, compare: None, ..input.query };
    let asked = reports::read(app, &scope, query).await?;
    let warehouse = app.warehouse().ok_or_else(reports_unavailable)?;
    let stream = counted(warehouse.export_report(&scope, &asked.query, app.now()))?;
    export::answer(app, scope, stream, (input.format, "report")).await
}

/// Every row of a log as a file, newest first: its times and every field that it can be filtered by.
#[utoipa::path(post, path = "/logs/export", tag = "logs", request_body = LogExport,
    responses((status = 200, description = "The file", content_type = "application/octet-stream", body = Vec<u8>)), extensions(("x-role" = json!("viewer"))))]
pub async fn export_log(
    State(app): State<App>,
    CanRead(scope): CanRead,
    Input(input): Input<LogExport>,
) -> Result<Response, ApiError> {
    export_log_of(&app, scope, input).await
}

/// The same by a link, as for reports.
#[utoipa::path(get, path = "/logs/export", tag = "logs", params(LogExportLink),
    responses((status = 200, description = "The file", content_type = "application/octet-stream", body = Vec<u8>)), extensions(("x-role" = json!("viewer"))))]
pub async fn download_log(
    State(app): State<App>,
    _same: SameOrigin,
    caller: Caller,
    ValidQuery(link): ValidQuery<LogExportLink>,
) -> Result<Response, ApiError> {
    let scope = scope_of(&caller, link.workspace.as_deref(), "workspace", Role::Viewer)?;
    export_log_of(&app, scope, parse_json(link.request.as_bytes())?).await
}

async fn export_log_of(app: &App, scope: Scope, input: LogExport) -> Result<Response, ApiError> {
    let range = LogQuery { from: input.from, to: input.to, ..LogQuery::default() };
    let mut query = read(app, &scope, range).await?;
    query.filters = filters(input.filters);
    let warehouse = app.warehouse().ok_or_else(reports_unavailable)?;
    let (log, name) = match input.log {
        LogName::Clicks => {
            query = counted(warehouse.with_visitors(&scope, query).await)?;
            (Log::Clicks, "clicks")
        }
        LogName::LandingClicks => (Log::LandingClicks, "landing-clicks"),
        LogName::Conversions => (Log::Conversions, "conversions"),
        LogName::Postbacks => (Log::Postbacks, "postbacks"),
        LogName::Deliveries => (Log::Deliveries, "deliveries"),
        LogName::DeadLetters => {
            let instance = dead_letters::of_instance(app, &scope).await?;
            let stream = counted(warehouse.export_dead_letters(instance, &query))?;
            return export::answer(app, scope, stream, (input.format, "dead-letters")).await;
        }
    };
    let stream = counted(warehouse.export_log(&scope, log, &query))?;
    export::answer(app, scope, stream, (input.format, name)).await
}
