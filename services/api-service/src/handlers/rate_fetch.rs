//! `/rate-fetch`: exchange rates that are fetched once a day, when a workspace wishes it.

use super::{prelude::*, scheduled::minute_of};
use crate::{
    rate_feed::{RateFetchState, wish},
    types::{RateFetch, RateFetchInput, RateFetchOutcome},
};
use signalbox_catalog::JobKind;
use signalbox_chassis::problem::Problem;
use signalbox_domain::{self as domain, Scope, Timestamp};

/// When the rates of a day are asked for as long as nothing is set: the European Central Bank has published by then.
const MINUTE: u16 = 17 * 60;

/// Returns how exchange rates are fetched, and what became of it.
#[utoipa::path(get, path = "/rate-fetch", tag = "workspaces", responses((status = 200, body = RateFetch)),
    extensions(("x-role" = json!("admin"))))]
pub async fn get_rate_fetch(
    State(app): State<App>,
    CanAdmin(scope): CanAdmin,
) -> Result<Json<RateFetch>, ApiError> {
    shown(&app, &scope).await.map(Json)
}

/// Says how exchange rates are fetched: at once, and then every day. Rates that somebody gave stay, and so do all others when fetching
/// fails; a rate that differs from the one before by more than half is not taken.
#[utoipa::path(put, path = "/rate-fetch", tag = "workspaces", request_body = RateFetchInput, responses((status = 200, body = RateFetch)),
    extensions(("x-role" = json!("admin"))))]
pub async fn replace_rate_fetch(
    State(app): State<App>,
    CanAdmin(scope): CanAdmin,
    Input(input): Input<RateFetchInput>,
) -> Result<Json<RateFetch>, ApiError> {
    let Some(minute) = minute_of(&input.time) else {
        return Err(Problem::invalid_field("time", "must be a time of day such as 17:00").into());
    };
    let value = domain::RateFetch {
        id: scope.workspace,
        active: input.active,
        feed: Some(input.feed.into()),
        currencies: input.currencies,
        minute,
    };
    value.validate()?;
    let repo = app.catalog().rate_fetches();
    match crud::required_version(input.version)? {
        0 => repo.create(&scope, value).await.map(drop).map_err(stale_when_there)?,
        version => drop(repo.update(&scope, version, value).await?),
    }
    shown(&app, &scope).await.map(Json)
}

/// Fetches exchange rates as soon as may be. `outcome` tells what becomes of it.
#[utoipa::path(post, path = "/rate-fetch/run", tag = "workspaces", responses((status = 202, body = RateFetch)),
    extensions(("x-role" = json!("admin"))))]
pub async fn run_rate_fetch(
    State(app): State<App>,
    CanAdmin(scope): CanAdmin,
) -> Result<(StatusCode, Json<RateFetch>), ApiError> {
    let found = app.catalog().rate_fetches().find(&scope, scope.workspace).await?;
    if !found.is_some_and(|stored| stored.value.active) {
        let detail = "Rates are not fetched; set up where from first";
        return Err(Problem::new(StatusCode::CONFLICT, "paused", detail).into());
    }
    wish(&app, &scope).await?;
    Ok((StatusCode::ACCEPTED, Json(shown(&app, &scope).await?)))
}

/// Somebody else was the first to say so.
fn stale_when_there(error: signalbox_catalog::Error) -> ApiError {
    match error {
        signalbox_catalog::Error::Conflict { .. } => Problem::stale().into(),
        other => other.into(),
    }
}

async fn shown(app: &App, scope: &Scope) -> Result<RateFetch, ApiError> {
    let found = app.catalog().rate_fetches().find(scope, scope.workspace).await?;
    let id = scope.workspace.to_string();
    let (state, _) = app.catalog().jobs().find::<RateFetchState>(scope, (JobKind::Rates, &id)).await?;
    let version = found.as_ref().map_or(0, |stored| stored.version);
    let value = found.map(|stored| stored.value);
    let minute = value.as_ref().map_or(MINUTE, |value| value.minute);
    Ok(RateFetch {
        version,
        active: value.as_ref().is_some_and(|value| value.active),
        time: format!("{:02}:{:02}", minute / 60, minute % 60),
        currencies: value.as_ref().map(|value| value.currencies.clone()).unwrap_or_default(),
        feed: value.and_then(|value| value.feed).map(Into::into),
        outcome: outcome(state),
    })
}

fn outcome(state: RateFetchState) -> RateFetchOutcome {
    let set = |at: Timestamp| (at.0 != 0).then(|| at.into());
    RateFetchOutcome {
        succeeded_at: set(state.done_at),
        rates_of: Some(state.rates_of).filter(|day| !day.is_empty()),
        changed: state.changed,
        refused: state.refused,
        failures: state.failures,
        error: state.error,
        failed_at: set(state.failed_at),
        next_try_at: set(state.next_at),
        wished: state.wished,
    }
}
