//! Fetches what is due, again and again.

use crate::{
    app::App,
    auth::SYSTEM,
    error::ApiError,
    recurring::{Memory, Recurring},
    scheduled::next_after,
};
use jiff::{civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use signalbox_catalog::{Error as CatalogError, JobKind, Stored};
use signalbox_chassis::problem::Problem;
use signalbox_domain::{
    ExportDays, ExportTime, Quotes, RateFetch, RateSource, Scope, Taken, Timestamp, Workspace,
};
use std::fmt::Display;

/// Pause after the first failure, milliseconds; each further one doubles it.
const RETRY_MS_MIN: i64 = 60_000;
/// The longest pause.
const RETRY_MS_MAX: i64 = 3_600_000;
/// Tries to change a workspace that others change at the same time.
const TRIES_MAX: usize = 5;
/// Longest text that is kept of a failure, characters.
const ERROR_MAX: usize = 300;

/// What became of the last times.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RateFetchState {
    /// Version of the settings that were followed.
    pub version: u64,
    /// When rates were last fetched.
    pub done_at: Timestamp,
    /// The day they were of.
    pub rates_of: String,
    /// How many of them were new or other than before.
    pub changed: u32,
    /// What was not taken of them and why, a sentence each.
    pub refused: Vec<String>,
    /// Attempts that failed since then.
    pub failures: u32,
    /// Why the last of them failed; empty when none did.
    pub error: String,
    /// When it was.
    pub failed_at: Timestamp,
    /// Not asked again before.
    pub next_at: Timestamp,
    /// Somebody wishes it now.
    pub wished: bool,
}

impl RateFetchState {
    /// Whether it is time, for settings of a version.
    fn is_due(&self, stored: &Stored<RateFetch>, zone: &TimeZone, now: Timestamp) -> bool {
        if self.wished || self.version != stored.version {
            return true;
        }
        let every = ExportTime { days: ExportDays::Daily, minute: stored.value.minute };
        let passed = next_after(every, zone, self.done_at).is_some_and(|next| next <= now);
        (passed || self.failures > 0) && now >= self.next_at
    }

    /// Notes an attempt that has failed unless it is said otherwise: so does one that a crash cuts off.
    fn attempt(&mut self, version: u64, now: Timestamp) {
        if self.version != version || self.wished {
            self.failures = 0;
        }
        (self.version, self.wished) = (version, false);
        let pause = RETRY_MS_MIN.saturating_mul(1 << self.failures.min(10)).min(RETRY_MS_MAX);
        self.failures = self.failures.saturating_add(1);
        self.next_at = now.plus_ms(pause);
        (self.failed_at, self.error) = (now, "was cut off; it is tried again".to_owned());
    }

    fn end(&mut self, outcome: Result<(Date, Taken), String>, now: Timestamp) {
        match outcome {
            Ok((day, taken)) => {
                (self.failures, self.done_at, self.next_at) = (0, now, Timestamp(0));
                self.error.clear();
                self.rates_of = day.to_string();
                (self.changed, self.refused) = (taken.changed, taken.refused);
            }
            Err(error) => {
                self.failed_at = now;
                self.error = error.chars().take(ERROR_MAX).collect();
            }
        }
    }
}

/// Fetches for as long as the service runs.
pub struct Fetching;

impl Recurring for Fetching {
    type Thing = Stored<RateFetch>;
    const KIND: JobKind = JobKind::Rates;
    const WAITS: &'static str = "exchange rates are not fetched";

    async fn list(app: &App) -> Result<Vec<Stored<RateFetch>>, ApiError> {
        let all = app.catalog().rate_fetches().list_all(SYSTEM).await?.items;
        Ok(all.into_iter().filter(|stored| stored.value.active).collect())
    }

    fn name(thing: &Stored<RateFetch>) -> impl Display + Send {
        thing.workspace
    }

    async fn look(app: &App, stored: &Stored<RateFetch>) -> Result<(), ApiError> {
        let (scope, now) = (Scope::system(stored.workspace), app.now());
        let memory = Memory::new(app, &scope, (JobKind::Rates, &stored.id));
        let (mut state, version) = memory.find::<RateFetchState>().await?;
        let timezone = app.catalog().workspaces().get(&scope, scope.workspace).await?.value.timezone;
        let zone = TimeZone::get(&timezone).map_err(Problem::internal)?;
        if !state.is_due(stored, &zone, now) {
            return Ok(());
        }
        state.attempt(stored.version, now);
        let Some(version) = memory.put(version, &state).await? else { return Ok(()) };
        let outcome = fetch(app, (&scope, &stored.value), &zone).await;
        if let Err(error) = &outcome {
            tracing::warn!(workspace = %scope.workspace, failures = state.failures, error, "exchange rates were not fetched");
        }
        state.end(outcome, app.now());
        // Somebody's wish may have come meanwhile: it is followed at the next look.
        memory.put(version, &state).await.map(drop)
    }
}

/// Fetches the rates of a workspace and keeps them; the day they are of.
async fn fetch(
    app: &App,
    (scope, value): (&Scope, &RateFetch),
    zone: &TimeZone,
) -> Result<(Date, Taken), String> {
    let sealed = "the address cannot be opened with this node's secret key";
    let feed = value.feed.as_ref().ok_or(sealed)?;
    let (day, quotes) = app.fetcher().fetch(feed).await?;
    let wrong_time = |error: jiff::Error| error.to_string();
    let today = jiff::Timestamp::from_millisecond(app.now().0).map_err(wrong_time)?;
    let today = zone.to_datetime(today).date();
    let day = day.unwrap_or(today);
    if day > today.tomorrow().map_err(wrong_time)? {
        return Err(format!("the rates are of {day}, which is in the future"));
    }
    // A bank east of here may be a day ahead.
    let day = day.min(today);
    let begin = |day: Date| {
        let begun = day.to_zoned(zone.clone()).map_err(wrong_time)?.timestamp().as_millisecond();
        Ok::<_, String>(Timestamp(begun.max(0)))
    };
    let span = (begin(day)?, begin(day.tomorrow().map_err(wrong_time)?)?);
    let kept = keep(app, scope, (&quotes, feed.source(), value), span).await;
    kept.map(|taken| (day, taken)).map_err(|error| error.reason())
}

/// Puts rates into the workspace as it is by now.
async fn keep(
    app: &App,
    scope: &Scope,
    (quotes, source, value): (&Quotes, RateSource, &RateFetch),
    span: (Timestamp, Timestamp),
) -> Result<Taken, ApiError> {
    let repo = app.catalog().workspaces();
    for _ in 0..TRIES_MAX {
        let current = repo.get(scope, scope.workspace).await?;
        let mut workspace: Workspace = current.value;
        let taken = workspace.take_fetched((quotes, source), &value.currencies, span);
        if taken.changed == 0 {
            return Ok(taken);
        }
        match repo.update(scope, current.version, workspace).await {
            Err(CatalogError::VersionMismatch { .. }) => {}
            outcome => return Ok(outcome.map(|_| taken)?),
        }
    }
    Err(Problem::stale().into())
}

/// Has rates fetched within seconds.
///
/// # Errors
/// When the catalog does not answer.
pub async fn wish(app: &App, scope: &Scope) -> Result<(), ApiError> {
    let id = scope.workspace.to_string();
    Memory::new(app, scope, (JobKind::Rates, &id)).change::<RateFetchState>(|state| state.wished = true).await
}
