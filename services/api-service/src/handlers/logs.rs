//! `/logs`: single clicks, conversions, inbound postbacks and deliveries, newest first.

use super::{
    names::{Names, Wanted},
    prelude::*,
    reports::counted,
};
use crate::{
    error::reports_unavailable,
    log, report,
    types::{
        ClickRow, ConversionRow, DeliveryRow, EventId, LandingClickRow, LogMetadata, LogPage, LogQuery,
        PostbackRow,
    },
};
use signalbox_chassis::problem::Problem;
use signalbox_domain::{ConversionId, Scope};
use signalbox_warehouse::{self as warehouse, Warehouse};
use std::time::Instant;

/// The warehouse, what to ask it, and when the asking began.
struct Prepared {
    warehouse: Warehouse,
    query: warehouse::LogQuery,
    started: Instant,
}

async fn prepare(app: &App, scope: &Scope, query: LogQuery) -> Result<Prepared, ApiError> {
    let started = Instant::now();
    let query = log::read(app, scope, query).await?;
    Ok(Prepared { warehouse: app.warehouse().ok_or_else(reports_unavailable)?, query, started })
}

fn page<T, R>(started: Instant, page: warehouse::LogPage<T>, row: impl Fn(T) -> R) -> Json<LogPage<R>> {
    Json(LogPage {
        items: page.rows.into_iter().map(row).collect(),
        next_cursor: page.next_cursor,
        took_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
    })
}

/// Lists the fields that each log can be filtered by.
#[utoipa::path(get, path = "/logs/metadata", tag = "logs", responses((status = 200, body = LogMetadata)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn get_log_metadata(CanRead(_scope): CanRead) -> Json<LogMetadata> {
    Json(report::log_metadata())
}

/// Lists clicks.
#[utoipa::path(get, path = "/logs/clicks", tag = "logs", params(LogQuery),
    responses((status = 200, body = LogPage<ClickRow>)), extensions(("x-role" = json!("viewer"))))]
pub async fn list_clicks(
    State(app): State<App>,
    CanRead(scope): CanRead,
    ValidQuery(query): ValidQuery<LogQuery>,
) -> Result<Json<LogPage<ClickRow>>, ApiError> {
    let Prepared { warehouse, query, started } = prepare(&app, &scope, query).await?;
    let query = counted(warehouse.with_visitors(&scope, query).await)?;
    let found = counted(warehouse.list_clicks(&scope, &query).await)?;
    let mut wanted = Wanted::default();
    found.rows.iter().for_each(|click| log::wanted_of_recorded(click, &mut wanted));
    let names = Names::look_up(&app, &scope, wanted).await?;
    Ok(page(started, found, |click| log::click(&names, click)))
}

/// Lists visitors who went on from a landing page, by the time of the click that brought them.
#[utoipa::path(get, path = "/logs/landing_clicks", tag = "logs", params(LogQuery),
    responses((status = 200, body = LogPage<LandingClickRow>)), extensions(("x-role" = json!("viewer"))))]
pub async fn list_landing_clicks(
    State(app): State<App>,
    CanRead(scope): CanRead,
    ValidQuery(query): ValidQuery<LogQuery>,
) -> Result<Json<LogPage<LandingClickRow>>, ApiError> {
    let Prepared { warehouse, query, started } = prepare(&app, &scope, query).await?;
    let found = counted(warehouse.list_landing_clicks(&scope, &query).await)?;
    let mut wanted = Wanted::default();
    found.rows.iter().for_each(|landing| log::wanted_of_click(&landing.dims, &mut wanted));
    let names = Names::look_up(&app, &scope, wanted).await?;
    Ok(page(started, found, |landing| log::landing_click(&names, landing)))
}

/// Lists conversions in their latest state, by conversion time.
#[utoipa::path(get, path = "/logs/conversions", tag = "logs", params(LogQuery),
    responses((status = 200, body = LogPage<ConversionRow>)), extensions(("x-role" = json!("viewer"))))]
pub async fn list_conversions(
    State(app): State<App>,
    CanRead(scope): CanRead,
    ValidQuery(query): ValidQuery<LogQuery>,
) -> Result<Json<LogPage<ConversionRow>>, ApiError> {
    let Prepared { warehouse, query, started } = prepare(&app, &scope, query).await?;
    let found = counted(warehouse.list_conversions(&scope, &query).await)?;
    let mut wanted = Wanted::default();
    found.rows.iter().for_each(|entry| log::wanted_of_click(&entry.conversion.dims, &mut wanted));
    let names = Names::look_up(&app, &scope, wanted).await?;
    let workspace = app.catalog().workspaces().get(&scope, scope.workspace).await?.value;
    Ok(page(started, found, |entry| log::conversion(&names, &workspace, entry)))
}

/// Lists every state that a conversion has had, oldest first.
#[utoipa::path(get, path = "/logs/conversions/{id}", tag = "logs", params(("id" = EventId, Path)),
    responses((status = 200, body = LogPage<ConversionRow>)), extensions(("x-role" = json!("viewer"))))]
pub async fn get_conversion_history(
    State(app): State<App>,
    CanRead(scope): CanRead,
    PathId(id): PathId<ConversionId>,
) -> Result<Json<LogPage<ConversionRow>>, ApiError> {
    let started = Instant::now();
    let warehouse = app.warehouse().ok_or_else(reports_unavailable)?;
    let rows = counted(warehouse.conversion_history(&scope, id).await)?;
    if rows.is_empty() {
        return Err(Problem::not_found("conversion").into());
    }
    let mut wanted = Wanted::default();
    rows.iter().for_each(|entry| log::wanted_of_click(&entry.conversion.dims, &mut wanted));
    let names = Names::look_up(&app, &scope, wanted).await?;
    let all = warehouse::LogPage { rows, next_cursor: None };
    let workspace = app.catalog().workspaces().get(&scope, scope.workspace).await?.value;
    Ok(page(started, all, |entry| log::conversion(&names, &workspace, entry)))
}

/// Lists inbound postbacks with what became of each, and why.
#[utoipa::path(get, path = "/logs/postbacks", tag = "logs", params(LogQuery),
    responses((status = 200, body = LogPage<PostbackRow>)), extensions(("x-role" = json!("viewer"))))]
pub async fn list_postbacks(
    State(app): State<App>,
    CanRead(scope): CanRead,
    ValidQuery(query): ValidQuery<LogQuery>,
) -> Result<Json<LogPage<PostbackRow>>, ApiError> {
    let Prepared { warehouse, query, started } = prepare(&app, &scope, query).await?;
    let found = counted(warehouse.list_postbacks(&scope, &query).await)?;
    let mut wanted = Wanted::default();
    found.rows.iter().for_each(|entry| log::wanted_of_postback(entry, &mut wanted));
    let names = Names::look_up(&app, &scope, wanted).await?;
    Ok(page(started, found, |entry| log::postback(&names, entry)))
}

/// Lists attempts to deliver outgoing postbacks.
#[utoipa::path(get, path = "/logs/deliveries", tag = "logs", params(LogQuery),
    responses((status = 200, body = LogPage<DeliveryRow>)), extensions(("x-role" = json!("viewer"))))]
pub async fn list_deliveries(
    State(app): State<App>,
    CanRead(scope): CanRead,
    ValidQuery(query): ValidQuery<LogQuery>,
) -> Result<Json<LogPage<DeliveryRow>>, ApiError> {
    let Prepared { warehouse, query, started } = prepare(&app, &scope, query).await?;
    let found = counted(warehouse.list_deliveries(&scope, &query).await)?;
    let mut wanted = Wanted::default();
    found.rows.iter().for_each(|delivery| log::wanted_of_delivery(delivery, &mut wanted));
    let names = Names::look_up(&app, &scope, wanted).await?;
    Ok(page(started, found, |delivery| log::delivery(&names, delivery)))
}
