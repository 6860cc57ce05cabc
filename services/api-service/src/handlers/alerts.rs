//! `/alerts`: figures that are watched.

use super::prelude::*;
use crate::{
    alerts::{figures, tell_test},
    types::{Alert, AlertChannel, AlertInput, AlertNotice, AlertQuery, Alerts},
};
use signalbox_catalog::{JobKind, Stored};
use signalbox_chassis::problem::{FieldError, Problem};
use signalbox_domain::{self as domain, AlertId, AlertState, Scope};
use std::collections::HashMap;

/// Most alerts of a workspace.
const ALERTS_MAX: usize = 200;

/// Lists alerts with how they stand, by name.
#[utoipa::path(get, path = "/alerts", tag = "alerts", responses((status = 200, body = Alerts)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn list_alerts(State(app): State<App>, CanRead(scope): CanRead) -> Result<Json<Alerts>, ApiError> {
    let all = app.catalog().alerts().list_all(&scope).await?.items;
    let states = app.catalog().jobs().list::<AlertState>(&scope, JobKind::Alerts).await?;
    let mut states: HashMap<String, AlertState> = states.into_iter().collect();
    let with_state = |stored: Stored<domain::Alert>| {
        let state = states.remove(&stored.id).unwrap_or_default();
        shown(stored, state)
    };
    let mut items: Vec<Alert> = all.into_iter().filter_map(with_state).collect();
    items.sort_by_cached_key(|alert| (alert.name.to_lowercase(), alert.id));
    Ok(Json(Alerts { items, can_mail: app.sender().can_mail() }))
}

/// Returns an alert with how it stands and what was told.
#[utoipa::path(get, path = "/alerts/{id}", tag = "alerts", params(("id" = Id, Path)), responses((status = 200, body = Alert)),
    extensions(("x-role" = json!("viewer"))))]
pub async fn get_alert(
    State(app): State<App>,
    CanRead(scope): CanRead,
    PathId(id): PathId<AlertId>,
) -> Result<Json<Alert>, ApiError> {
    answer(&app, &scope, app.catalog().alerts().get(&scope, id).await?).await.map(Json)
}

/// Watches a figure. 503 `reports_unavailable` while the analytics database, which knows the metrics, does not answer.
#[utoipa::path(post, path = "/alerts", tag = "alerts", request_body = AlertInput, responses((status = 201, body = Alert)),
    extensions(("x-role" = json!("editor"))))]
pub async fn create_alert(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    Input(input): Input<AlertInput>,
) -> Result<Created<Alert>, ApiError> {
    let repo = app.catalog().alerts();
    if repo.list_all(&scope).await?.items.len() >= ALERTS_MAX {
        let detail = format!("A workspace has at most {ALERTS_MAX} alerts; delete some first");
        return Err(Problem::new(StatusCode::CONFLICT, "too_many", detail).into());
    }
    let value = value(AlertId::random(app.now()), input, &[])?;
    check(&app, &scope, &value).await?;
    let made = repo.create(&scope, value).await?;
    answer(&app, &scope, made).await.map(Created)
}

/// Replaces an alert that is still at the given version. How it stands is kept, and seen anew at the next look.
#[utoipa::path(put, path = "/alerts/{id}", tag = "alerts", params(("id" = Id, Path)), request_body = AlertInput,
    responses((status = 200, body = Alert)), extensions(("x-role" = json!("editor"))))]
pub async fn replace_alert(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    PathId(id): PathId<AlertId>,
    Input(input): Input<AlertInput>,
) -> Result<Json<Alert>, ApiError> {
    let repo = app.catalog().alerts();
    let current = repo.get(&scope, id).await?;
    let version = crud::required_version(input.version)?;
    if version != current.version {
        return Err(Problem::stale().into());
    }
    let value = value(id, input, &current.value.channels)?;
    check(&app, &scope, &value).await?;
    let written = repo.update(&scope, version, value).await?;
    answer(&app, &scope, written).await.map(Json)
}

/// Deletes an alert with what is remembered of it.
#[utoipa::path(delete, path = "/alerts/{id}", tag = "alerts", params(("id" = Id, Path), DeleteQuery), responses((status = 204)),
    extensions(("x-role" = json!("editor"))))]
pub async fn delete_alert(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    PathId(id): PathId<AlertId>,
    ValidQuery(query): ValidQuery<DeleteQuery>,
) -> Result<StatusCode, ApiError> {
    let repo = app.catalog().alerts();
    let current = repo.get(&scope, id).await?;
    repo.delete(&scope, id, query.version.unwrap_or(current.version)).await?;
    app.catalog().jobs().forget(&scope, (JobKind::Alerts, &id.to_string())).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends a test message to all receivers of an alert now, and says what became of each.
#[utoipa::path(post, path = "/alerts/{id}/test", tag = "alerts", params(("id" = Id, Path)), responses((status = 200, body = AlertNotice)),
    extensions(("x-role" = json!("editor"))))]
pub async fn test_alert(
    State(app): State<App>,
    CanEdit(scope): CanEdit,
    PathId(id): PathId<AlertId>,
) -> Result<Json<AlertNotice>, ApiError> {
    let found = app.catalog().alerts().get(&scope, id).await?;
    Ok(Json(tell_test(&app, &scope, &found.value).await?.into()))
}

fn value(id: AlertId, input: AlertInput, held: &[domain::AlertChannel]) -> Result<domain::Alert, ApiError> {
    let query = AlertQuery { filters: input.filters, basis: input.basis, bots: input.bots };
    Ok(domain::Alert {
        id,
        name: input.name,
        active: input.active,
        metric: input.metric,
        query: serde_json::to_string(&query).map_err(Problem::internal)?,
        window_minutes: input.window_minutes,
        subject: input.subject.into(),
        comparison: input.comparison.into(),
        threshold: input.threshold.trim().to_owned(),
        cooldown_minutes: input.cooldown_minutes,
        tells_resolved: input.tells_resolved,
        channels: input.channels.into_iter().map(|channel| channel.into_domain(held)).collect(),
    })
}

/// Refuses what would only fail later: a metric or filter that is not known, a mail that nobody carries.
async fn check(app: &App, scope: &Scope, value: &domain::Alert) -> Result<(), ApiError> {
    value.validate()?;
    if !app.sender().can_mail() {
        let mails = value.channels.iter().enumerate();
        let mails = mails.filter(|(_, channel)| matches!(channel, domain::AlertChannel::Email { .. }));
        let reason = "cannot be told: the operator has named no mail server (api.mail_url)";
        let errors = mails.map(|(index, _)| FieldError::new(format!("channels[{index}]"), reason));
        let errors: Vec<FieldError> = errors.collect();
        if !errors.is_empty() {
            return Err(Problem::invalid(errors).into());
        }
    }
    let metric =
        |field: &str| if field.starts_with("metrics") { "metric".to_owned() } else { field.to_owned() };
    figures(app, scope, value, app.now()).await.map(drop).map_err(|error| error.rename_fields(metric))
}

async fn answer(app: &App, scope: &Scope, stored: Stored<domain::Alert>) -> Result<Alert, ApiError> {
    let (state, _) = app.catalog().jobs().find(scope, (JobKind::Alerts, &stored.id)).await?;
    shown(stored, state).ok_or_else(|| Problem::internal("an alert cannot be read").into())
}

/// `None` when a newer version wrote it in words that this one does not know.
fn shown(stored: Stored<domain::Alert>, state: AlertState) -> Option<Alert> {
    let envelope = crud::envelope(&stored);
    let value = stored.value;
    let query: AlertQuery = serde_json::from_str(&value.query).ok()?;
    Some(Alert {
        id: value.id,
        version: envelope.version,
        created_at: envelope.created_at,
        updated_at: envelope.updated_at,
        name: value.name,
        active: value.active,
        metric: value.metric,
        filters: query.filters,
        basis: query.basis,
        bots: query.bots,
        window_minutes: value.window_minutes,
        subject: value.subject.into(),
        comparison: value.comparison.into(),
        threshold: value.threshold,
        cooldown_minutes: value.cooldown_minutes,
        tells_resolved: value.tells_resolved,
        channels: value.channels.iter().map(AlertChannel::from).collect(),
        state: state.into(),
    })
}
