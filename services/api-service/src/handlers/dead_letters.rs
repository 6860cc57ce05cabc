//! `/logs/dead_letters`: records that could not be written, and trying them again.

use super::{postbacks, prelude::*, reports::counted};
use crate::{
    auth::SYSTEM,
    error::reports_unavailable,
    log,
    report::filters,
    types::{DeadLetterRetry, DeadLetterRow, DeadLettersRetried, EntityRef, LogPage, LogQuery},
};
use signalbox_catalog::ERASED_KNOWN_MS;
use signalbox_chassis::problem::Problem;
use signalbox_domain::{Clearing, Erasure, ErasureState, FieldError, Invalid, Scope, WorkspaceId};
use signalbox_warehouse::{
    Condition, Filter, InstanceScope, Operator, Retrier, Retry,
    log::{DeadLetter, DeadLetterId},
};
use std::{collections::HashMap, time::Instant};

/// Letters that are tried with one request: each takes some statements, and a request has a minute.
const AT_ONCE_MAX: u32 = 25;

/// Permission to read them: they belong to no workspace or to any, so only admins of the first one have it.
pub(super) async fn of_instance(app: &App, scope: &Scope) -> Result<InstanceScope, ApiError> {
    if !scope.allows(signalbox_domain::Role::Admin) {
        return Err(crate::auth::needs_role(signalbox_domain::Role::Admin).into());
    }
    postbacks::of_instance(app, scope).await?;
    Ok(InstanceScope::new("log of dead letters"))
}

/// Lists records that could not be written, of every workspace and of none, with what became of each. They are of the instance, so only
/// admins of its first workspace see them.
#[utoipa::path(get, path = "/logs/dead_letters", tag = "logs", params(LogQuery),
    responses((status = 200, body = LogPage<DeadLetterRow>)), extensions(("x-role" = json!("admin"))))]
pub async fn list_dead_letters(
    State(app): State<App>,
    CanAdmin(scope): CanAdmin,
    ValidQuery(query): ValidQuery<LogQuery>,
) -> Result<Json<LogPage<DeadLetterRow>>, ApiError> {
    let started = Instant::now();
    let instance = of_instance(&app, &scope).await?;
    let query = log::read(&app, &scope, query).await?;
    let warehouse = app.warehouse().ok_or_else(reports_unavailable)?;
    let found = counted(warehouse.list_dead_letters(instance, &query).await)?;
    let all = app.catalog().workspaces().list_all(SYSTEM).await?.items;
    let names: HashMap<WorkspaceId, String> =
        all.into_iter().map(|it| (it.value.id, it.value.name)).collect();
    let workspace = |id: WorkspaceId| {
        (!id.is_none()).then(|| EntityRef {
            id: id.to_string(),
            name: names.get(&id).cloned().unwrap_or_else(|| format!("deleted ({id})")),
        })
    };
    let items = found.rows.into_iter().map(|letter| {
        let workspace = workspace(letter.workspace);
        DeadLetterRow::new(letter, workspace)
    });
    Ok(Json(LogPage {
        items: items.collect(),
        next_cursor: found.next_cursor,
        took_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
    }))
}

/// Tries dead letters again: each is read with the program of today, and what can be written now is written, once, under the record's own
/// identity; however often this is repeated, nothing counts twice. What still fails stays with its newest reason. What is about a click
/// that was cleared or erased is not written.
#[utoipa::path(post, path = "/logs/dead_letters/retry", tag = "logs", request_body = DeadLetterRetry,
    responses((status = 200, body = DeadLettersRetried)), extensions(("x-role" = json!("admin"))))]
pub async fn retry_dead_letters(
    State(app): State<App>,
    CanAdmin(scope): CanAdmin,
    Input(input): Input<DeadLetterRetry>,
) -> Result<Json<DeadLettersRetried>, ApiError> {
    let instance = of_instance(&app, &scope).await?;
    let chosen = Chosen::read(&app, &scope, input).await?;
    let removed = Removed::load(&app).await?;
    let warehouse = app.warehouse().ok_or_else(reports_unavailable)?;
    let (letters, next_cursor) = match &chosen {
        Chosen::Named(ids) => (counted(warehouse.find_dead_letters(instance, ids).await)?, None),
        Chosen::All(query) => {
            let page = counted(warehouse.list_dead_letters(instance, query).await)?;
            (page.rows, page.next_cursor)
        }
    };
    let mut answer = DeadLettersRetried { next_cursor, ..DeadLettersRetried::default() };
    if let Chosen::Named(ids) = &chosen {
        answer.skipped = (ids.len() as u64).saturating_sub(letters.len() as u64);
    }
    let retrier = counted(Retrier::new(&warehouse, instance).await)?;
    for letter in letters {
        if letter.written {
            answer.skipped += 1;
            continue;
        }
        let outcome = match removed.refusal(&app, &letter).await? {
            Some(reason) => retrier.refuse(&letter, reason, app.now()).await,
            None => retrier.retry(&letter, app.now()).await,
        };
        match counted(outcome)? {
            Retry::Written => answer.written += 1,
            Retry::Failed(_) => answer.failed += 1,
        }
    }
    Ok(Json(answer))
}

/// What is to be tried again.
enum Chosen {
    Named(Vec<DeadLetterId>),
    All(signalbox_warehouse::LogQuery),
}

impl Chosen {
    async fn read(app: &App, scope: &Scope, input: DeadLetterRetry) -> Result<Self, ApiError> {
        if input.ids.len() > AT_ONCE_MAX as usize {
            let reason = format!("has {}; {AT_ONCE_MAX} are allowed at one time", input.ids.len());
            return Err(Problem::invalid_field("ids", reason).into());
        }
        if !input.ids.is_empty() {
            let mut errors = Vec::new();
            let mut ids: Vec<DeadLetterId> = Vec::new();
            for (index, text) in input.ids.iter().enumerate() {
                match text.parse() {
                    Ok(id) => ids.push(id),
                    Err(reason) => errors.push(FieldError { field: format!("ids[{index}]"), reason }),
                }
            }
            ids.sort_unstable();
            ids.dedup();
            return if errors.is_empty() { Ok(Self::Named(ids)) } else { Err(Invalid(errors).into()) };
        }
        if input.from.is_none() {
            let reason = "is needed where no ids are named, so that nothing is tried that nobody meant";
            return Err(Problem::invalid_field("from", reason).into());
        }
        let range = LogQuery {
            from: input.from,
            to: input.to,
            limit: Some(AT_ONCE_MAX),
            cursor: input.cursor,
            ..LogQuery::default()
        };
        let mut query = log::read(app, scope, range).await?;
        query.filters = filters(input.filters);
        let open = Filter { field: "written".to_owned(), op: Operator::IsFalse, values: Vec::new() };
        query.filters.push(Condition::Filter(open));
        Ok(Self::All(query))
    }
}

/// What workspaces had removed: nothing of it is written again.
struct Removed {
    clearings: Vec<(WorkspaceId, Clearing)>,
    erasures: Vec<(WorkspaceId, Erasure)>,
}

impl Removed {
    async fn load(app: &App) -> Result<Self, ApiError> {
        let clearings = app.catalog().clearings().list_all(SYSTEM).await?.items;
        let erasures = app.catalog().erasures().list_all(SYSTEM).await?.items;
        let erasures: Vec<_> = erasures.into_iter().map(|it| (it.workspace, it.value)).collect();
        if erasures.iter().any(|(_, it)| it.state != ErasureState::Done) {
            let detail = "A visitor's data is being erased, which must not be written again meanwhile; try again when that is done";
            return Err(Problem::new(StatusCode::CONFLICT, "erasure_under_way", detail).into());
        }
        Ok(Self { clearings: clearings.into_iter().map(|it| (it.workspace, it.value)).collect(), erasures })
    }

    /// Why a letter must not be written.
    async fn refusal(&self, app: &App, letter: &DeadLetter) -> Result<Option<&'static str>, ApiError> {
        let Some(about) = letter.about() else { return Ok(None) };
        let of = |workspace: &WorkspaceId| *workspace == about.workspace;
        let mut clearings = self.clearings.iter().filter(|(workspace, _)| of(workspace));
        if clearings.any(|(_, it)| it.covers(about.at, about.campaign)) {
            return Ok(Some("its click was cleared as test data (Settings → Privacy), so it is not written"));
        }
        let now = app.now();
        let known = |it: &Erasure| it.finished_at.is_none_or(|at| now.since_ms(at) < ERASED_KNOWN_MS);
        if self.erasures.iter().any(|(workspace, it)| of(workspace) && known(it)) {
            let key = app.catalog().erased_key(SYSTEM).await?;
            let scope = Scope::system(about.workspace);
            if app.catalog().erased_clicks(key).contains(&scope, about.click).await? {
                return Ok(Some(
                    "its click was erased at the visitor's request (Settings → Privacy), so it is not written",
                ));
            }
        }
        Ok(None)
    }
}
