//! Looks at every alert again and again and tells who is to be told.

use super::{judge, message::Message, read::reading};
use crate::{
    app::App,
    auth::SYSTEM,
    error::ApiError,
    recurring::{Memory, Recurring},
    report::metric_title,
};
use signalbox_catalog::{JobKind, Stored};
use signalbox_domain::{Alert, AlertNotice, AlertState, NoticeKind, Scope, Timestamp};
use std::{fmt::Display, time::Duration};

/// Attempts until a receiver is given up, one at each look.
const ATTEMPTS_MAX: u32 = 5;

/// Watches for as long as the service runs.
pub struct Watching;

impl Recurring for Watching {
    type Thing = Stored<Alert>;
    const KIND: JobKind = JobKind::Alerts;
    const WAITS: &'static str = "alerts are not looked at";

    fn every(app: &App) -> Duration {
        Duration::from_secs(app.settings().alert_every_s)
    }

    async fn list(app: &App) -> Result<Vec<Stored<Alert>>, ApiError> {
        let all = app.catalog().alerts().list_all(SYSTEM).await?.items;
        Ok(all.into_iter().filter(|stored| stored.value.active).collect())
    }

    fn name(thing: &Stored<Alert>) -> impl Display + Send {
        thing.value.id
    }

    /// Looks at one alert, unless that was done already in this time, and tells.
    async fn look(app: &App, stored: &Stored<Alert>) -> Result<(), ApiError> {
        let (alert, scope, now) = (&stored.value, Scope::system(stored.workspace), app.now());
        let memory = Memory::new(app, &scope, (JobKind::Alerts, &stored.id));
        let (mut state, version) = memory.find::<AlertState>().await?;
        if u128::from(now.0.abs_diff(state.evaluated_at.0)) < Self::every(app).as_millis() {
            return Ok(());
        }
        judge::observe(alert, &mut state, &reading(app, &scope, alert, now).await, now);
        if memory.put(version, &state).await?.is_none() {
            // Another node looked, and tells.
            return Ok(());
        }
        let Some(mut notice) = state.pending else { return Ok(()) };
        tell(app, &scope, alert, &mut notice).await?;
        write_down(memory, notice).await
    }
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
async fn write_down(memory: Memory<'_>, notice: AlertNotice) -> Result<(), ApiError> {
    let settled = notice.deliveries.iter().all(|it| it.done || it.attempts >= ATTEMPTS_MAX);
    let with = |state: &mut AlertState| {
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
    };
    memory.change(with).await
}

/// Sends a message to all receivers, so that somebody sees whether it arrives; it stands in the history.
///
/// # Errors
/// When the catalog does not answer; what becomes of each receiver is in the notice.
pub async fn tell_test(app: &App, scope: &Scope, alert: &Alert) -> Result<AlertNotice, ApiError> {
    let id = alert.id.to_string();
    let memory = Memory::new(app, scope, (JobKind::Alerts, &id));
    let (state, _) = memory.find::<AlertState>().await?;
    let at: Timestamp = app.now();
    let (value, before) = (state.value, state.change);
    let deliveries = judge::deliveries(alert);
    let mut notice = AlertNotice { kind: NoticeKind::Test, at, value, change: before, deliveries };
    tell(app, scope, alert, &mut notice).await?;
    memory.change::<AlertState>(|state| state.keep(notice.clone())).await?;
    Ok(notice)
}
