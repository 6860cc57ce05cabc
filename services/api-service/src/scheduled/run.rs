//! Writes what is due, again and again, on one node.

use super::{
    files::{Unfinished, folder},
    when::{latest, next_after},
};
use crate::{
    app::App,
    auth::{SYSTEM, random_token},
    error::{ApiError, reports_unavailable},
    export,
    handlers::reports::{counted, own_metrics},
    report::Asked,
    types::{ExportFormat, ReportQuery},
};
use jiff::tz::TimeZone;
use signalbox_catalog::{Error as CatalogError, JobKind, Stored};
use signalbox_chassis::problem::Problem;
use signalbox_domain::{ExportAttempt, ExportRun, ExportState, ScheduledExport, Scope, Timestamp};
use std::time::Duration;

/// How long one node is the one, without renewing it, milliseconds.
const LEASE_MS: i64 = 20_000;
/// How often that is renewed, and how late a file may be begun.
const EVERY: Duration = Duration::from_secs(5);
/// Attempts of one run.
const ATTEMPTS_MAX: u32 = 5;
/// Pause between two attempts, milliseconds. A run that a crash cut off waits as long.
const RETRY_MS: i64 = 30_000;

/// Writes for as long as the service runs.
pub async fn keep_going(app: &App) {
    let holder = random_token();
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match lease(app, &holder).await {
            Ok(true) => {}
            Ok(false) => continue,
            Err(error) => {
                tracing::warn!(code = error.code(), "scheduled exports wait");
                continue;
            }
        }
        // A long file is given up when another node has taken over meanwhile.
        tokio::select! {
            outcome = round(app) => if let Err(error) = outcome {
                tracing::warn!(code = error.code(), "scheduled exports wait");
            },
            () = until_lost(app, &holder) => tracing::warn!("another node writes the scheduled exports"),
        }
    }
}

async fn lease(app: &App, holder: &str) -> Result<bool, ApiError> {
    let now = app.now();
    Ok(app.catalog().jobs().lease(SYSTEM, (JobKind::Exports, holder), (now, now.plus_ms(LEASE_MS))).await?)
}

async fn until_lost(app: &App, holder: &str) {
    loop {
        tokio::time::sleep(EVERY).await;
        if let Ok(false) = lease(app, holder).await {
            return;
        }
    }
}

async fn round(app: &App) -> Result<(), ApiError> {
    for stored in app.catalog().scheduled_exports().list_all(SYSTEM).await?.items {
        if stored.value.active
            && let Err(error) = look(app, &stored).await
        {
            tracing::warn!(export = %stored.value.id, code = error.code(), "a scheduled export waits");
        }
    }
    Ok(())
}

/// What a planned time stands for: another schedule is planned anew.
fn plan_of(value: &ScheduledExport) -> String {
    format!("{:?} {}", value.every, value.timezone)
}

/// Writes the file of one schedule when it is due.
async fn look(app: &App, stored: &Stored<ScheduledExport>) -> Result<(), ApiError> {
    let (value, scope, now) = (&stored.value, Scope::system(stored.workspace), app.now());
    let (jobs, id) = (app.catalog().jobs(), stored.id.as_str());
    let (mut state, version) = jobs.find::<ExportState>(&scope, (JobKind::Exports, id)).await?;
    let Ok(zone) = TimeZone::get(&value.timezone) else { return Ok(()) };
    let put = async |state: &ExportState, version| {
        jobs.replace(&scope, (JobKind::Exports, id, version), state).await
    };
    let wished = state.planned_for == WISHED;
    let Some(due) = state.due_at.filter(|_| wished || state.planned_for == plan_of(value)) else {
        state.due_at = next_after(value.every, &zone, now);
        state.planned_for = plan_of(value);
        state.running = None;
        return lost_is_fine(put(&state, version).await);
    };
    let attempt = match &state.running {
        Some(before) if now.0 - before.began_at.0 < RETRY_MS => return Ok(()),
        Some(before) => ExportAttempt { began_at: now, attempts: before.attempts + 1, ..before.clone() },
        None if due > now => return Ok(()),
        None if wished => ExportAttempt { due_at: due, began_at: now, attempts: 1 },
        None => ExportAttempt { due_at: latest(value.every, &zone, due, now), began_at: now, attempts: 1 },
    };
    state.running = Some(attempt.clone());
    let version = match put(&state, version).await {
        Err(CatalogError::VersionMismatch { .. }) => return Ok(()),
        other => other?,
    };
    let run = match write(app, &scope, (value, &zone), attempt.due_at).await {
        Ok(run) => run,
        Err(error) if attempt.attempts < ATTEMPTS_MAX => {
            tracing::warn!(export = %value.id, attempts = attempt.attempts, code = error.code(), "a scheduled export failed");
            return Ok(());
        }
        Err(error) => ExportRun {
            due_at: attempt.due_at,
            ended_at: app.now(),
            file: String::new(),
            bytes: 0,
            rows: 0,
            error: error.reason(),
        },
    };
    state.keep(run);
    state.running = None;
    state.due_at = next_after(value.every, &zone, app.now());
    state.planned_for = plan_of(value);
    lost_is_fine(put(&state, version).await)
}

/// Stands in the place of the plan when somebody wishes a file at once.
const WISHED: &str = "wished";

/// Makes a file due now; the node that writes begins it within seconds.
///
/// # Errors
/// When the catalog does not answer; 409 `stale` when it is being written this very moment.
pub async fn wish(app: &App, scope: &Scope, id: &str) -> Result<ExportState, ApiError> {
    let jobs = app.catalog().jobs();
    let (mut state, version) = jobs.find::<ExportState>(scope, (JobKind::Exports, id)).await?;
    if state.running.is_none() {
        state.due_at = Some(app.now());
        state.planned_for = WISHED.to_owned();
        jobs.replace(scope, (JobKind::Exports, id, version), &state).await?;
    }
    Ok(state)
}

fn lost_is_fine(written: Result<u64, CatalogError>) -> Result<(), ApiError> {
    match written {
        // Another node, or somebody's wish: seen at the next look.
        Err(CatalogError::VersionMismatch { .. }) => Ok(()),
        other => Ok(other.map(drop)?),
    }
}

/// Writes one file, with the report as of `due`.
async fn write(
    app: &App,
    scope: &Scope,
    (value, zone): (&ScheduledExport, &TimeZone),
    due: Timestamp,
) -> Result<ExportRun, ApiError> {
    let view = app.catalog().saved_views().get(scope, value.view_id).await?.value;
    let query: ReportQuery = serde_json::from_str(&view.query).map_err(|_| {
        Problem::invalid_field("view_id", "the saved report is in words that this version does not know")
    })?;
    let query = ReportQuery { limit: None, offset: 0, compare: None, ..query };
    let workspace = app.catalog().workspaces().get(scope, scope.workspace).await?.value;
    let asked = Asked::new(query, (&workspace, own_metrics(app, scope).await?), due)?;
    let warehouse = app.warehouse().ok_or_else(reports_unavailable)?;
    // In a row with the exports that people ask for.
    let permit = app.exports().acquire_owned().await.map_err(Problem::internal)?;
    let stream = counted(warehouse.export_report(scope, &asked.query, due))?;
    let format = ExportFormat::from(value.format);
    let place = folder(&app.settings().exports_dir, scope, value.id);
    let mut unfinished = Unfinished::begin(place).await.map_err(|error| unwritable(&error))?;
    let written = export::write_file(app, *scope, (stream, format), &mut unfinished.file).await?;
    drop(permit);
    let (date, time) = said(zone, due);
    let file = format!("{}.{}", value.file_stem(&date, &time), export::ending(format));
    unfinished.finish(&file, value.keep).await.map_err(|error| unwritable(&error))?;
    let (bytes, rows) = written;
    tracing::info!(export = %value.id, rows, bytes, "a scheduled export was written");
    Ok(ExportRun { due_at: due, ended_at: app.now(), file, bytes, rows, error: String::new() })
}

/// Date and time of a run in its zone, as they stand in names of files.
fn said(zone: &TimeZone, at: Timestamp) -> (String, String) {
    let Ok(at) = jiff::Timestamp::from_millisecond(at.0) else { return Default::default() };
    let at = zone.to_datetime(at);
    (at.date().to_string(), format!("{:02}{:02}", at.hour(), at.minute()))
}

fn unwritable(error: &std::io::Error) -> ApiError {
    tracing::warn!(%error, "the folder of scheduled exports cannot be written to");
    Problem::unavailable(format!("the folder of exports cannot be written to: {error}")).into()
}
