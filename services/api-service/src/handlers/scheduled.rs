//! `/scheduled-exports`: saved reports that are written to files again and again.

use super::{prelude::*, views};
use crate::{
    auth::{Caller, SameOrigin, scope_of},
    export,
    scheduled::{FileInfo, list, open, remove_all, wish},
    types::{ExportFile, ExportFileLink, ScheduledExport, ScheduledExportInput, ScheduledExports},
};
use axum::response::Response;
use jiff::tz::TimeZone;
use signalbox_catalog::{JobKind, Stored};
use signalbox_chassis::problem::Problem;
use signalbox_domain::{self as domain, ExportId, ExportState, ExportTime, Role, Scope};
use std::collections::HashMap;

/// Most schedules of a workspace.
const EXPORTS_MAX: usize = 100;

/// Lists scheduled exports with their next time, their last runs and their files, by name.
#[utoipa::path(get, path = "/scheduled-exports", tag = "reports", responses((status = 200, body = ScheduledExports)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn list_scheduled_exports(
    State(app): State<App>,
    CanRead(scope): CanRead,
) -> Result<Json<ScheduledExports>, ApiError> {
    let all = app.catalog().scheduled_exports().list_all(&scope).await?.items;
    let states = app.catalog().jobs().list::<ExportState>(&scope, JobKind::Exports).await?;
    let mut states: HashMap<String, ExportState> = states.into_iter().collect();
    let mut items = Vec::with_capacity(all.len());
    for stored in all {
        let state = states.remove(&stored.id).unwrap_or_default();
        items.push(shown(&app, &scope, (stored, state)).await?);
    }
    items.sort_by_cached_key(|item| (item.name.to_lowercase(), item.id));
    Ok(Json(ScheduledExports { items }))
}

/// Returns a scheduled export.
#[utoipa::path(get, path = "/scheduled-exports/{id}", tag = "reports", params(("id" = Id, Path)),
    responses((status = 200, body = ScheduledExport)), extensions(("x-role" = json!("viewer"))))]
pub async fn get_scheduled_export(
    State(app): State<App>,
    CanRead(scope): CanRead,
    PathId(id): PathId<ExportId>,
) -> Result<Json<ScheduledExport>, ApiError> {
    let found = app.catalog().scheduled_exports().get(&scope, id).await?;
    answer(&app, &scope, found).await.map(Json)
}

/// Plans an export.
#[utoipa::path(post, path = "/scheduled-exports", tag = "reports", request_body = ScheduledExportInput,
    responses((status = 201, body = ScheduledExport)), extensions(("x-role" = json!("editor"))))]
pub async fn create_scheduled_export(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    Input(input): Input<ScheduledExportInput>,
) -> Result<Created<ScheduledExport>, ApiError> {
    let repo = app.catalog().scheduled_exports();
    if repo.list_all(&scope).await?.items.len() >= EXPORTS_MAX {
        let detail = format!("A workspace has at most {EXPORTS_MAX} scheduled exports; delete some first");
        return Err(Problem::new(StatusCode::CONFLICT, "too_many", detail).into());
    }
    let value = value(&app, &scope, (ExportId::random(app.now()), None), input).await?;
    let made = repo.create(&scope, value).await?;
    answer(&app, &scope, made).await.map(Created)
}

/// Replaces a scheduled export that is still at the given version. Its files stay.
#[utoipa::path(put, path = "/scheduled-exports/{id}", tag = "reports", params(("id" = Id, Path)),
    request_body = ScheduledExportInput, responses((status = 200, body = ScheduledExport)),
    extensions(("x-role" = json!("editor"))))]
pub async fn replace_scheduled_export(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    PathId(id): PathId<ExportId>,
    Input(input): Input<ScheduledExportInput>,
) -> Result<Json<ScheduledExport>, ApiError> {
    let repo = app.catalog().scheduled_exports();
    let current = repo.get(&scope, id).await?;
    let version = crud::required_version(input.version)?;
    if version != current.version {
        return Err(Problem::stale().into());
    }
    let value = value(&app, &scope, (id, Some(&current.value)), input).await?;
    let written = repo.update(&scope, version, value).await?;
    answer(&app, &scope, written).await.map(Json)
}

/// Deletes a scheduled export and its files.
#[utoipa::path(delete, path = "/scheduled-exports/{id}", tag = "reports", params(("id" = Id, Path), DeleteQuery),
    responses((status = 204)), extensions(("x-role" = json!("editor"))))]
pub async fn delete_scheduled_export(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    PathId(id): PathId<ExportId>,
    ValidQuery(query): ValidQuery<DeleteQuery>,
) -> Result<StatusCode, ApiError> {
    let repo = app.catalog().scheduled_exports();
    let current = repo.get(&scope, id).await?;
    repo.delete(&scope, id, query.version.unwrap_or(current.version)).await?;
    app.catalog().jobs().forget(&scope, (JobKind::Exports, &id.to_string())).await?;
    remove_all(&app.settings().exports_dir, &scope, id).await.map_err(Problem::internal)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Writes a file as soon as may be, beside the plan. `running` and `runs` tell what becomes of it.
#[utoipa::path(post, path = "/scheduled-exports/{id}/run", tag = "reports", params(("id" = Id, Path)),
    responses((status = 202, body = ScheduledExport)), extensions(("x-role" = json!("editor"))))]
pub async fn run_scheduled_export(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    PathId(id): PathId<ExportId>,
) -> Result<(StatusCode, Json<ScheduledExport>), ApiError> {
    let found = app.catalog().scheduled_exports().get(&scope, id).await?;
    if !found.value.active {
        let detail = "This export is paused; make it active first";
        return Err(Problem::new(StatusCode::CONFLICT, "paused", detail).into());
    }
    let state = wish(&app, &scope, &found.id).await?;
    Ok((StatusCode::ACCEPTED, Json(shown(&app, &scope, (found, state)).await?)))
}

/// Returns a file. Not for links from other sites.
#[utoipa::path(get, path = "/scheduled-exports/{id}/file", tag = "reports", params(("id" = Id, Path), ExportFileLink),
    responses((status = 200, description = "The file", content_type = "application/octet-stream", body = Vec<u8>)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn download_scheduled_export(
    State(app): State<App>,
    _same: SameOrigin,
    caller: Caller,
    PathId(id): PathId<ExportId>,
    ValidQuery(link): ValidQuery<ExportFileLink>,
) -> Result<Response, ApiError> {
    let scope = scope_of(&caller, link.workspace.as_deref(), "workspace", Role::Viewer)?;
    app.catalog().scheduled_exports().get(&scope, id).await?;
    let opened =
        open(&app.settings().exports_dir, &scope, (id, &link.name)).await.map_err(Problem::internal)?;
    let (info, file) = opened.ok_or_else(|| Problem::not_found("file"))?;
    Ok(export::send_file(file, &info.name, info.bytes))
}

async fn value(
    app: &App,
    scope: &Scope,
    (id, current): (ExportId, Option<&domain::ScheduledExport>),
    input: ScheduledExportInput,
) -> Result<domain::ScheduledExport, ApiError> {
    // Somebody else's own report stays where it was put, and cannot be put anywhere.
    if current.is_none_or(|current| current.view_id != input.view_id)
        && let Err(error) = views::find(app, scope, input.view_id).await
    {
        let unknown = Problem::invalid_field("view_id", "there is no such saved report");
        return Err(if error.code() == "not_found" { unknown.into() } else { error });
    }
    let timezone = match input.timezone {
        Some(timezone) => timezone,
        None => app.catalog().workspaces().get(scope, scope.workspace).await?.value.timezone,
    };
    if TimeZone::get(&timezone).is_err() {
        let reason = format!("{timezone:?} is not an IANA timezone such as Europe/Berlin or UTC");
        return Err(Problem::invalid_field("timezone", reason).into());
    }
    let Some(minute) = minute_of(&input.time) else {
        return Err(Problem::invalid_field("time", "must be a time of day such as 06:00").into());
    };
    let value = domain::ScheduledExport {
        id,
        name: input.name,
        active: input.active,
        view_id: input.view_id,
        format: input.format.into(),
        every: ExportTime { days: input.days.into(), minute },
        timezone,
        file_name: input.file_name,
        keep: input.keep,
    };
    value.validate()?;
    Ok(value)
}

pub(super) fn minute_of(time: &str) -> Option<u16> {
    let (hour, minute) = time.split_once(':')?;
    let number = |text: &str| text.parse::<u16>().ok().filter(|_| text.len() == 2);
    let (hour, minute) = (number(hour)?, number(minute)?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

async fn answer(
    app: &App,
    scope: &Scope,
    stored: Stored<domain::ScheduledExport>,
) -> Result<ScheduledExport, ApiError> {
    let (state, _) = app.catalog().jobs().find(scope, (JobKind::Exports, &stored.id)).await?;
    shown(app, scope, (stored, state)).await
}

async fn shown(
    app: &App,
    scope: &Scope,
    (stored, state): (Stored<domain::ScheduledExport>, ExportState),
) -> Result<ScheduledExport, ApiError> {
    let envelope = crud::envelope(&stored);
    let value = stored.value;
    let files = list(&app.settings().exports_dir, scope, value.id).await.map_err(Problem::internal)?;
    let file = |file: FileInfo| ExportFile {
        name: file.name,
        bytes: file.bytes,
        written_at: file.written_at.into(),
    };
    Ok(ScheduledExport {
        id: value.id,
        version: envelope.version,
        created_at: envelope.created_at,
        updated_at: envelope.updated_at,
        name: value.name,
        active: value.active,
        view_id: value.view_id,
        format: value.format.into(),
        days: value.every.days.into(),
        time: format!("{:02}:{:02}", value.every.minute / 60, value.every.minute % 60),
        timezone: value.timezone,
        file_name: value.file_name,
        keep: value.keep,
        next_at: state.due_at.map(Into::into),
        running: state.running.is_some(),
        runs: state.runs.into_iter().map(Into::into).collect(),
        files: files.into_iter().map(file).collect(),
    })
}
