//! Looks at every alert again and again, on one node, and tells who is to be told.

use super::{judge, message::Message, read::reading};
use crate::{
    app::App,
    auth::{SYSTEM, random_token},
    error::ApiError,
    report::metric_title,
};
use signalbox_catalog::{Error as CatalogError, JobKind, Stored};
use signalbox_domain::{Alert, AlertNotice, AlertState, NoticeKind, Scope, Timestamp};
use std::time::Duration;

/// How long one node is the one, without renewing it, milliseconds.
const LEASE_MS: i64 = 20_000;
/// How often that is renewed, at least; also how late a look may be.
const RENEW: Duration = Duration::from_secs(5);
/// Attempts until a receiver is given up, one at each look.
const ATTEMPTS_MAX: u32 = 5;
/// Tries to write down what became of a notice while others change the same state.
const TRIES_MAX: usize = 10;

/// Watches for as long as the service runs.
pub async fn keep_going(app: &App) {
    let holder = random_token();
    let mut ticks = tokio::time::interval(RENEW.min(every(app)));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = round(app, &holder).await {
            tracing::warn!(code = error.code(), "alerts wait");
        }
    }
}

fn every(app: &App) -> Duration {
    Duration::from_secs(app.settings().alert_every_s)
}

/// Looks at what is due, as long as this node is the one.
async fn round(app: &App, holder: &str) -> Result<(), ApiError> {
    if !lease(app, holder).await? {
        return Ok(());
    }
    let mut renewed = app.now();
    let due_ms = i64::try_from(every(app).as_millis()).unwrap_or(i64::MAX);
    for stored in app.catalog().alerts().list_all(SYSTEM).await?.items {
        if app.now().0 - renewed.0 > LEASE_MS / 4 {
            if !lease(app, holder).await? {
                return Ok(());
            }
            renewed = app.now();
        }
        if stored.value.active
            && let Err(error) = look(app, &stored, due_ms).await
        {
            tracing::warn!(alert = %stored.value.id, code = error.code(), "an alert was not looked at");
        }
    }
    Ok(())
}

async fn lease(app: &App, holder: &str) -> Result<bool, ApiError> {
    let now = app.now();
    Ok(app.catalog().jobs().lease(SYSTEM, (JobKind::Alerts, holder), (now, now.plus_ms(LEASE_MS))).await?)
}

/// Looks at one alert, unless that was done less than `due_ms` ago, and tells.
async fn look(app: &App, stored: &Stored<Alert>, due_ms: i64) -> Result<(), ApiError> {
    let (alert, scope, now) = (&stored.value, Scope::system(stored.workspace), app.now());
    let id = alert.id.to_string();
    let jobs = app.catalog().jobs();
    let (mut state, version) = jobs.find::<AlertState>(&scope, (JobKind::Alerts, &id)).await?;
    if now.0.abs_diff(state.evaluated_at.0) < due_ms.unsigned_abs() {
        return Ok(());
    }
    judge::observe(alert, &mut state, &reading(app, &scope, alert, now).await, now);
    match jobs.replace(&scope, (JobKind::Alerts, &id, version), &state).await {
        // Another node looked, and tells.
        Err(CatalogError::VersionMismatch { .. }) => return Ok(()),
        other => other?,
    };
    let Some(mut notice) = state.pending else { return Ok(()) };
    tell(app, &scope, alert, &mut notice).await?;
    write_down(app, &scope, alert, notice).await
}

/// Sends a notice to everybody who has not taken it.
async fn tell(app: &App, scope: &Scope, alert: &Alert, notice: &mut AlertNotice) -> Result<(), ApiError> {
    let workspace = app.catalog().workspaces().get(scope, scope.workspace).await?.value;
    let title = metric_title(&alert.metric);
    let message =
        Message::new((alert, notice), &workspace, (title.unwrap_or(&alert.metric), &app.urls().admin));
    app.sender().tell(&alert.channels, notice, &message).await;
    for failed in notice.deliveries.iter().filter(|delivery| !delivery.done) {
        tracing::warn!(alert = %alert.id, attempts = failed.attempts, "a notice was not taken");
    }
    Ok(())
}

/// Puts what became of a notice into the state, as it is by now.
async fn write_down(app: &App, scope: &Scope, alert: &Alert, notice: AlertNotice) -> Result<(), ApiError> {
    let settled = notice.deliveries.iter().all(|it| it.done || it.attempts >= ATTEMPTS_MAX);
    change(app, scope, alert, |state| {
        let same = |other: &AlertNotice| (other.kind, other.at) == (notice.kind, notice.at);
        if !state.pending.as_ref().is_some_and(same) {
            return;
        }
        if settled {
            state.pending = None;
            state.keep(notice.clone());
        } else {
            state.pending = Some(notice.clone());
        }
    })
    .await
}

async fn change(
    app: &App,
    scope: &Scope,
    alert: &Alert,
    with: impl Fn(&mut AlertState),
) -> Result<(), ApiError> {
    let (jobs, id) = (app.catalog().jobs(), alert.id.to_string());
    for _ in 0..TRIES_MAX {
        let (mut state, version) = jobs.find::<AlertState>(scope, (JobKind::Alerts, &id)).await?;
        with(&mut state);
        match jobs.replace(scope, (JobKind::Alerts, &id, version), &state).await {
            Err(CatalogError::VersionMismatch { .. }) => {}
            other => return Ok(other.map(drop)?),
        }
    }
    Ok(())
}

/// Sends a message to all receivers, so that somebody sees whether it arrives; it stands in the history.
///
/// # Errors
/// When the catalog does not answer; what becomes of each receiver is in the notice.
pub async fn tell_test(app: &App, scope: &Scope, alert: &Alert) -> Result<AlertNotice, ApiError> {
    let id = alert.id.to_string();
    let (state, _) = app.catalog().jobs().find::<AlertState>(scope, (JobKind::Alerts, &id)).await?;
    let at: Timestamp = app.now();
    let (value, before) = (state.value, state.change);
    let deliveries = judge::deliveries(alert);
    let mut notice = AlertNotice { kind: NoticeKind::Test, at, value, change: before, deliveries };
    tell(app, scope, alert, &mut notice).await?;
    change(app, scope, alert, |state| state.keep(notice.clone())).await?;
    Ok(notice)
}
