//! Asks destinations whether they answer, and tells the traffic nodes which do not.
//!
//! One node asks at a time: it holds a lease in the report itself. Through the same guard as deliveries, so a destination cannot be used
//! to look into the operator's network. An answer counts as up unless it is 404, 410 or 5xx: a page that refuses robots is still there.
//! What was found is believed for a while only ([`believed`]), so that a check that stopped keeps no destination out for ever.

use super::{attempt, guard::Guard, template::Rendered};
use crate::{config::CurrentConfig, metrics::Metrics};
use signalbox_catalog::{
    Catalog, Error as CatalogError, SystemScope,
    live::{DestinationHealth, HealthReport, Versioned},
};
use signalbox_chassis::warn_limited;
use signalbox_domain::{Destination, DestinationId, HealthCheck, Timestamp};
use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
    time::Duration,
};
use tokio::{task::JoinSet, time::Instant};
use tokio_util::sync::CancellationToken;

const SYSTEM: SystemScope = SystemScope::new("health of destinations");
const POLL: Duration = Duration::from_millis(250);
const RETRY: Duration = Duration::from_secs(1);
/// Destinations asked at one time; the others wait for their turn.
const AT_ONCE_MAX: usize = 32;
/// How long a node may be silent until another one asks.
const LEASE_MS: i64 = 15_000;
/// Times of checks and the lease are stored this often when nothing else changed.
const STORE_EVERY: Duration = Duration::from_secs(5);
/// Bytes of an answer that are read.
const ANSWER_BYTES_MAX: usize = 256;
/// Longest reason kept.
const ERROR_CHARS_MAX: usize = 200;

/// Asks.
pub(crate) struct Prober {
    pub(crate) catalog: Catalog,
    pub(crate) config: CurrentConfig,
    pub(crate) guard: Guard,
    pub(crate) client: reqwest::Client,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) node: String,
}

/// One answer: `Err` says what was wrong.
type Answer = (DestinationId, HealthCheck, Result<(), String>);

/// The term of this node.
struct Term {
    report: Versioned<HealthReport>,
    due: BTreeMap<DestinationId, Instant>,
    asking: JoinSet<Answer>,
    under_way: HashSet<DestinationId>,
    stored: Instant,
    changed: bool,
}

impl Prober {
    /// Asks until told to stop.
    pub(crate) async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            match self.term(&stop).await {
                Ok(()) | Err(CatalogError::VersionMismatch { .. }) => {}
                Err(error) => warn_limited!(6, %error, "the health of destinations cannot be stored"),
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(RETRY) => {}
            }
        }
    }

    /// Asks as long as nobody else does.
    async fn term(&self, stop: &CancellationToken) -> Result<(), CatalogError> {
        if self.config.get().is_none_or(|config| config.checked().next().is_none()) {
            return Ok(());
        }
        let report = self.catalog.live().health(SYSTEM).await?;
        if report.value.node != self.node && report.value.lease_until > Timestamp::now().0 {
            return Ok(());
        }
        let mut term = Term {
            report,
            due: BTreeMap::new(),
            asking: JoinSet::new(),
            under_way: HashSet::new(),
            stored: Instant::now(),
            changed: true,
        };
        while !stop.is_cancelled() {
            let Some(config) = self.config.get() else { return Ok(()) };
            let checked: BTreeMap<DestinationId, &Destination> =
                config.checked().map(|it| (it.id, it)).collect();
            term.keep(&checked);
            self.ask_due(&mut term, &checked);
            if term.changed || term.stored.elapsed() >= STORE_EVERY {
                self.store(&mut term).await?;
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(POLL) => {}
                Some(answer) = term.asking.join_next() => {
                    if let Ok(answer) = answer {
                        self.metrics.probe(if answer.2.is_ok() { "up" } else { "failed" }).increment(1);
                        term.take(answer, Timestamp::now());
                    }
                }
            }
        }
        Ok(())
    }

    fn ask_due(&self, term: &mut Term, checked: &BTreeMap<DestinationId, &Destination>) {
        let now = Instant::now();
        for (id, destination) in checked {
            let Some(check) = &destination.health else { continue };
            let due = term.due.get(id).is_none_or(|due| *due <= now);
            if !due || term.under_way.len() >= AT_ONCE_MAX || !term.under_way.insert(*id) {
                continue;
            }
            term.due.insert(*id, now + Duration::from_secs(check.interval_seconds.into()));
            let url = check.url.clone().unwrap_or_else(|| without_macros(&destination.url));
            let (guard, client, check, id) = (self.guard.clone(), self.client.clone(), check.clone(), *id);
            term.asking.spawn(async move {
                let answer = ask(&guard, &client, url).await;
                (id, check, answer)
            });
        }
    }

    async fn store(&self, term: &mut Term) -> Result<(), CatalogError> {
        let report = &mut term.report;
        report.value.node.clone_from(&self.node);
        report.value.lease_until = Timestamp::now().0 + LEASE_MS;
        report.version = self.catalog.live().put_health(SYSTEM, report.version, &report.value).await?;
        (term.stored, term.changed) = (Instant::now(), false);
        Ok(())
    }
}

impl Term {
    /// Forgets destinations that are not checked any more.
    fn keep(&mut self, checked: &BTreeMap<DestinationId, &Destination>) {
        let before = self.report.value.destinations.len();
        self.report.value.destinations.retain(|id, _| checked.contains_key(id));
        self.due.retain(|id, _| checked.contains_key(id));
        self.changed |= self.report.value.destinations.len() != before;
    }

    fn take(&mut self, (id, check, answer): Answer, now: Timestamp) {
        self.under_way.remove(&id);
        let held = self.report.value.destinations.remove(&id);
        let known = held.is_some();
        let next = settle(held, &check, answer.err(), now);
        self.changed |= !known || next.since == now;
        self.report.value.destinations.insert(id, next);
    }
}

/// The state after one more answer: down after so many failures in a row, up after one success.
fn settle(
    held: Option<DestinationHealth>,
    check: &HealthCheck,
    error: Option<String>,
    now: Timestamp,
) -> DestinationHealth {
    let mut health = held.unwrap_or(DestinationHealth {
        up: true,
        since: now,
        checked_at: now,
        failures: 0,
        valid_until: now,
        last_error: None,
    });
    health.failures = if error.is_some() { health.failures.saturating_add(1) } else { 0 };
    let up = match &error {
        None => true,
        Some(_) => health.up && health.failures < u32::from(check.failures),
    };
    if up != health.up {
        (health.up, health.since) = (up, now);
    }
    health.checked_at = now;
    health.valid_until = now.plus_ms(believed(check));
    if let Some(error) = error {
        health.last_error = Some(error.chars().take(ERROR_CHARS_MAX).collect());
    }
    health
}

/// How long an answer is believed, milliseconds: ten minutes, or five intervals when that is longer.
fn believed(check: &HealthCheck) -> i64 {
    (i64::from(check.interval_seconds) * 5_000).max(600_000)
}

async fn ask(guard: &Guard, client: &reqwest::Client, url: String) -> Result<(), String> {
    let parsed = url::Url::parse(&url).map_err(|error| format!("{url}: {error}"))?;
    guard.check_url(&parsed).map_err(|error| error.to_string())?;
    let request = Rendered { url, ..Rendered::default() };
    let answer = attempt::send(client, &request, "health-check", ANSWER_BYTES_MAX).await;
    match answer.status {
        0 => Err(answer.response),
        404 | 410 | 500.. => Err(format!("answered {}", answer.status)),
        _ => Ok(()),
    }
}

/// The URL with its macros left empty.
fn without_macros(url: &str) -> String {
    let mut plain = String::with_capacity(url.len());
    let mut rest = url;
    while let Some(open) = rest.find('{') {
        plain.push_str(&rest[..open]);
        rest = rest[open..].find('}').map_or("", |close| &rest[open + close + 1..]);
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests;
