//! Writes what is due, again and again.

use super::{
    files::{Unfinished, folder},
    when::{latest, next_after},
};
use crate::{
    app::App,
    auth::SYSTEM,
    error::{ApiError, reports_unavailable},
    export,
    handlers::reports::{counted, own_metrics},
    recurring::{Memory, Recurring},
    report::Asked,
    types::{ExportFormat, ReportQuery},
};
use jiff::tz::TimeZone;
use signalbox_catalog::{JobKind, Stored};
use signalbox_chassis::problem::Problem;
use signalbox_domain::{ExportAttempt, ExportRun, ExportState, ScheduledExport, Scope, Timestamp};
use std::fmt::Display;

/// Attempts of one run.
const ATTEMPTS_MAX: u32 = 5;
/// Pause between two attempts, milliseconds. A run that a crash cut off waits as long.
const RETRY_MS: i64 = 30_000;

/// Writes for as long as the service runs. A long file is given up when another node has taken over meanwhile.
pub struct Writing;

impl Recurring for Writing {
    type Thing = Stored<ScheduledExport>;
    const KIND: JobKind = JobKind::Exports;
    const WAITS: &'static str = "scheduled exports are not written";

    async fn list(app: &App) -> Result<Vec<Stored<ScheduledExport>>, ApiError> {
        let all = app.catalog().scheduled_exports().list_all(SYSTEM).await?.items;
        Ok(all.into_iter().filter(|stored| stored.value.active).collect())
    }

    fn name(thing: &Stored<ScheduledExport>) -> impl Display + Send {
        thing.value.id
    }

    async fn look(app: &App, thing: &Stored<ScheduledExport>) -> Result<(), ApiError> {
        look(app, thing).await
    }
}

/// What a planned time stands for: another schedule is planned anew.
fn plan_of(value: &ScheduledExport) -> String {
    format!("{:?} {}", value.every, value.timezone)
}

/// Writes the file of one schedule when it is due.
async fn look(app: &App, stored: &Stored<ScheduledExport>) -> Result<(), ApiError> {
    let (value, scope, now) = (&stored.value, Scope::system(stored.workspace), app.now());
    let memory = Memory::new(app, &scope, (JobKind::Exports, &stored.id));
    let (mut state, version) = memory.find::<ExportState>().await?;
    let Ok(zone) = TimeZone::get(&value.timezone) else { return Ok(()) };
    let wished = state.planned_for == WISHED;
    let Some(due) = state.due_at.filter(|_| wished || state.planned_for == plan_of(value)) else {
        state.due_at = next_after(value.every, &zone, now);
        state.planned_for = plan_of(value);
        state.running = None;
        // Another node, or somebody's wish, was first: seen at the next look. So at the end.
        return memory.put(version, &state).await.map(drop);
    };
    let attempt = match &state.running {
        Some(before) if now.0 - before.began_at.0 < RETRY_MS => return Ok(()),
        Some(before) => ExportAttempt { began_at: now, attempts: before.attempts + 1, ..before.clone() },
        None if due > now => return Ok(()),
        None if wished => ExportAttempt { due_at: due, began_at: now, attempts: 1 },
        None => ExportAttempt { due_at: latest(value.every, &zone, due, now), began_at: now, attempts: 1 },
    };
    state.running = Some(attempt.clone());
    let Some(version) = memory.put(version, &state).await? else { return Ok(()) };
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
    memory.put(version, &state).await.map(drop)
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
