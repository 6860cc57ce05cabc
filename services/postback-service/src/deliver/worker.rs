//! The delivery worker: takes what is due, sends it, notes how it ended.

use super::{
    Parcel,
    attempt::{self, Attempt},
    breaker::{Admission, Breakers, OnTrial},
    conversion_api::{self, Visitor},
    guard::Guard,
    template::{self, Rendered},
};
use crate::{
    config::CurrentConfig,
    conversion::{Conversion, State, events_id},
    metrics::Metrics,
};
use signalbox_catalog::{Catalog, Error as CatalogError, LeaseRequest, Leased, SystemScope};
use signalbox_chassis::warn_limited;
use signalbox_domain::{ConversionApi, EventValues, Output, OutputId, Platform, Scope, Timestamp};
use signalbox_events::{
    Journal,
    wire::{DeliveryOutcome, DeliveryV1, Record},
};
use signalbox_warehouse::Warehouse;
use std::{borrow::Cow, collections::HashMap, sync::Arc, time::Duration};
use tokio::{
    sync::{Semaphore, watch},
    task::JoinSet,
    time::Instant,
};
use tokio_util::sync::CancellationToken;

const SYSTEM: SystemScope = SystemScope::new("outgoing deliveries");
/// When what was not tried is due again.
const PUT_BACK_MS: i64 = 1_000;
/// How often the queue is asked while nothing is due.
const POLL: Duration = Duration::from_millis(200);
/// How long a lease lasts beyond the longest attempt.
const LEASE_SLACK_MS: i64 = 30_000;
/// How long after a conversion its click is waited for; later attempts go without what only the click log knows.
const CLICK_WAIT_MS: i64 = 300_000;
/// How often deliveries of outputs that no longer exist are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(30);

/// Access tokens that still hold, shared by all deliveries.
#[derive(Clone, Default)]
pub(crate) struct Tokens(Arc<conversion_api::Tokens>);

/// Sends what is due.
#[derive(Clone)]
pub(crate) struct Deliverer {
    pub(crate) catalog: Catalog,
    pub(crate) config: CurrentConfig,
    pub(crate) facts: Journal,
    pub(crate) warehouse: watch::Receiver<Option<Warehouse>>,
    pub(crate) guard: Guard,
    pub(crate) client: reqwest::Client,
    pub(crate) tokens: Tokens,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) worker: String,
    pub(crate) bounds: Bounds,
    pub(crate) breakers: Arc<Breakers>,
}

/// Bounds of the worker, from the settings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) in_flight_max: usize,
    pub(crate) per_output_max: usize,
    pub(crate) timeout: Duration,
    pub(crate) attempts_max: u32,
    pub(crate) backoff_min: Duration,
    pub(crate) backoff_max: Duration,
    pub(crate) response_bytes_max: usize,
}

impl Deliverer {
    /// Delivers until told to stop, then finishes what is under way.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut under_way = JoinSet::new();
        let mut lanes: HashMap<OutputId, Arc<Semaphore>> = HashMap::new();
        let mut swept = Instant::now();
        while !stop.is_cancelled() {
            while under_way.try_join_next().is_some() {}
            let mut started = 0;
            let outputs = self.config.get().map(|config| config.output_ids()).unwrap_or_default();
            for output in &outputs {
                started += self.start_due(Some(*output), &mut lanes, &mut under_way).await;
            }
            self.breakers.retain(&outputs);
            let told = self.breakers.tell((&self.catalog, &self.worker), &self.metrics, Timestamp::now());
            if let Err(error) = told.await {
                warn_limited!(6, %error, "which outputs get nothing cannot be told now");
            }
            if swept.elapsed() >= SWEEP_EVERY {
                // What belongs to an output that no longer exists is found here and given up.
                swept = Instant::now();
                started += self.start_due(None, &mut lanes, &mut under_way).await;
            }
            if started == 0 {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(POLL) => {}
                    Some(_) = under_way.join_next() => {}
                }
            }
        }
        while under_way.join_next().await.is_some() {}
    }

    /// Starts what is due for one output (or any), as far as its lane and the whole have room.
    async fn start_due(
        &self,
        output: Option<OutputId>,
        lanes: &mut HashMap<OutputId, Arc<Semaphore>>,
        under_way: &mut JoinSet<()>,
    ) -> usize {
        let per_output_max = self.bounds.per_output_max;
        let mut lane_of = |output| {
            Arc::clone(lanes.entry(output).or_insert_with(|| Arc::new(Semaphore::new(per_output_max))))
        };
        let lane_room = output.map_or(per_output_max, |output| lane_of(output).available_permits());
        let admission = output.map_or(Admission::All, |it| self.breakers.admission(it, Timestamp::now()));
        let lane_room = match admission {
            Admission::All => lane_room,
            Admission::Trial => lane_room.min(1),
            Admission::Nothing => 0,
        };
        let room = self.bounds.in_flight_max.saturating_sub(under_way.len()).min(lane_room).min(100);
        if room == 0 {
            return 0;
        }
        let lease_ms = self.bounds.timeout.as_millis() as i64 + LEASE_SLACK_MS;
        let request = LeaseRequest {
            worker: &self.worker,
            output,
            now: Timestamp::now(),
            lease_ms,
            limit: room as u16,
        };
        let leased = match self.catalog.deliveries().lease(SYSTEM, &request).await {
            Ok(leased) => leased,
            Err(error) => {
                warn_limited!(6, %error, "the delivery queue does not answer");
                return 0;
            }
        };
        let started = leased.len();
        for delivery in leased {
            let of = delivery.value.output_id;
            let trial = admission == Admission::Trial;
            // Looking for what belongs to nobody finds those as well that must wait.
            if !trial && self.breakers.admission(of, Timestamp::now()) != Admission::All {
                under_way.spawn(self.clone().put_back(delivery));
                continue;
            }
            let trial = trial.then(|| OnTrial::begin(&self.breakers, of));
            under_way.spawn(self.clone().deliver(delivery, lane_of(of), trial));
        }
        started
    }

    /// The trial is over however this ends.
    async fn deliver(self, delivery: Leased<Parcel>, lane: Arc<Semaphore>, trial: Option<OnTrial>) {
        let Ok(place) = lane.acquire().await else { return };
        if let Err(error) = self.attempt(delivery).await {
            warn_limited!(6, %error, "a delivery could not be noted; its lease gives it back");
        }
        drop((trial, place));
    }

    /// Gives a delivery back that was not tried.
    async fn put_back(self, mut delivery: Leased<Parcel>) {
        delivery.value.attempts = delivery.value.attempts.saturating_sub(1);
        let (now, error) = (Timestamp::now(), delivery.value.last_error.clone());
        let soon = now.plus_ms(PUT_BACK_MS);
        if let Err(error) = self.catalog.deliveries().retry(SYSTEM, delivery, soon, (now, &error)).await {
            warn_limited!(6, %error, "a delivery could not be given back; its lease does");
        }
    }

    async fn attempt(&self, delivery: Leased<Parcel>) -> Result<(), CatalogError> {
        let parcel = delivery.value.payload;
        let scope = Scope::system(parcel.workspace);
        let found = self.catalog.conversions().find::<Conversion>(&scope, parcel.conversion).await?;
        let config = self.config.get();
        let output =
            config.as_ref().and_then(|config| config.output(parcel.workspace, delivery.value.output_id));
        let (Some(conversion), Some(output)) = (found.map(|stored| stored.value), output) else {
            return self.bury(delivery, "the output or the conversion was deleted").await;
        };
        let Some(state) = conversion.history.get(parcel.revision as usize - 1) else {
            return self.bury(delivery, "the conversion has no such revision").await;
        };
        let began = Instant::now();
        let (rendered, attempt) = match self.prepare(output, &conversion, state).await {
            Ok(rendered) => {
                let attempt = self.send(&rendered, &delivery.id).await;
                self.hear(output.id, &attempt);
                (rendered, attempt)
            }
            Err((rendered, attempt)) => (rendered, attempt),
        };
        if let Some(api) = output.conversion_api.as_ref().filter(|_| attempt.status == 401) {
            self.tokens.0.forget((api, &output.credentials));
        }
        let took = began.elapsed();
        let outcome = self.settle(&delivery, &attempt).await?;
        self.metrics.delivery(outcome).increment(1);
        self.record(&delivery, &conversion, &rendered, (&attempt, outcome, took));
        Ok(())
    }

    async fn send(&self, rendered: &Rendered, key: &str) -> Attempt {
        let allowed = url::Url::parse(&rendered.url)
            .map_err(|error| error.to_string())
            .and_then(|url| self.guard.check_url(&url).map_err(|error| error.to_string()));
        match allowed {
            Ok(()) => attempt::send(&self.client, rendered, key, self.bounds.response_bytes_max).await,
            Err(reason) => Attempt::impossible(reason),
        }
    }

    /// What an attempt says about the receiver.
    fn hear(&self, output: OutputId, attempt: &Attempt) {
        if attempt.delivered() || (attempt.status > 0 && !attempt.retryable) {
            self.breakers.note_answer(output);
        } else if attempt.retryable {
            let error = format!("{} {}", attempt.status, attempt.response);
            self.breakers.note_failure(output, (Timestamp::now(), error.trim_start_matches("0 ")));
        }
    }

    /// The events of the conversion's click, when the output's template asks for any.
    async fn events(
        &self,
        output: &Output,
        conversion: &Conversion,
        state: &State,
    ) -> Result<EventValues, (Rendered, Attempt)> {
        if conversion.is_events() || !template::names_events(output) {
            return Ok(state.events.clone());
        }
        let id = events_id(conversion.workspace, conversion.click.id);
        let scope = Scope::system(conversion.workspace);
        match self.catalog.conversions().find::<Conversion>(&scope, id).await {
            Ok(found) => Ok(found.map(|stored| stored.value.current().events.clone()).unwrap_or_default()),
            Err(error) => Err((Rendered::default(), Attempt::failed(0, error.to_string()))),
        }
    }

    /// What is sent; or how far it came, and why it cannot be sent now.
    async fn prepare(
        &self,
        output: &Output,
        conversion: &Conversion,
        state: &State,
    ) -> Result<Rendered, (Rendered, Attempt)> {
        let Some(api) = &output.conversion_api else {
            let events = self.events(output, conversion, state).await;
            let config = self.config.get();
            let workspace = config.as_ref().and_then(|config| config.workspace(conversion.workspace));
            let status =
                workspace.map_or(state.status.as_str(), |workspace| workspace.status_name(state.status));
            return events.map(|events| template::render(output, conversion, (state, status), &events));
        };
        let ready = async {
            if output.credentials.is_empty() {
                return Err(Attempt::failed(
                    0,
                    "the credentials were sealed with another catalog.secret_key",
                ));
            }
            let visitor = self.visitor(api, conversion, state).await?;
            let bearer = match api.platform {
                Platform::Google => {
                    self.tokens.0.get((api, &output.credentials), &self.client, &self.guard).await?
                }
                Platform::Meta | Platform::Tiktok => String::new(),
            };
            conversion_api::render((output, api), conversion, state, &visitor, &bearer)
                .map_err(Attempt::impossible)
        };
        ready.await.map_err(|attempt| {
            let url = conversion_api::address(output, api);
            let body = Some((String::new(), "application/json"));
            (Rendered { url, body, ..Rendered::default() }, attempt)
        })
    }

    /// Who the visitor was, for platforms that ask for it.
    async fn visitor(
        &self,
        api: &ConversionApi,
        conversion: &Conversion,
        state: &State,
    ) -> Result<Visitor, Attempt> {
        if !conversion_api::asks_for_visitor(api.platform) {
            return Ok(Visitor::default());
        }
        let warehouse = self.warehouse.borrow().clone();
        let Some(warehouse) = warehouse else {
            return Err(Attempt::failed(0, "the click log is not open yet"));
        };
        let found = warehouse.find_click(&Scope::system(conversion.workspace), conversion.click.id).await;
        match found {
            Ok(Some(stored)) => Ok(Visitor::of(&stored.click)),
            Ok(None) if state.at.plus_ms(CLICK_WAIT_MS) < Timestamp::now() => Ok(Visitor::default()),
            Ok(None) => Err(Attempt::failed(0, "the click is not in the click log yet")),
            Err(error) => Err(Attempt::failed(0, format!("the click log does not answer: {error}"))),
        }
    }

    async fn bury(&self, delivery: Leased<Parcel>, reason: &str) -> Result<(), CatalogError> {
        self.catalog.deliveries().bury(SYSTEM, delivery, (Timestamp::now(), reason)).await
    }

    async fn settle(
        &self,
        delivery: &Leased<Parcel>,
        attempt: &Attempt,
    ) -> Result<DeliveryOutcome, CatalogError> {
        let (now, queue) = (Timestamp::now(), self.catalog.deliveries());
        if attempt.delivered() {
            queue.complete(SYSTEM, delivery.clone(), now).await?;
            return Ok(DeliveryOutcome::Delivered);
        }
        let error = format!("{} {}", attempt.status, attempt.response);
        if !attempt.retryable || delivery.value.attempts >= self.bounds.attempts_max {
            queue.bury(SYSTEM, delivery.clone(), (now, &error)).await?;
            return Ok(DeliveryOutcome::Dead);
        }
        let wait = attempt::backoff(
            delivery.value.attempts,
            self.bounds.backoff_min,
            self.bounds.backoff_max,
            attempt.retry_after,
        );
        queue.retry(SYSTEM, delivery.clone(), now.plus_ms(wait.as_millis() as i64), (now, &error)).await?;
        Ok(DeliveryOutcome::Retry)
    }

    /// Keeps the attempt for the delivery log.
    fn record(
        &self,
        delivery: &Leased<Parcel>,
        conversion: &Conversion,
        rendered: &Rendered,
        (attempt, outcome, took): (&Attempt, DeliveryOutcome, Duration),
    ) {
        let dims = &conversion.click.dims;
        let method = if rendered.body.is_some() { "POST" } else { "GET" };
        let record = Record::Delivery(DeliveryV1 {
            at: Timestamp::now(),
            workspace: conversion.workspace,
            output: delivery.value.output_id,
            conversion: conversion.id,
            revision: delivery.value.payload.revision,
            click: conversion.click.id,
            campaign: dims.campaign,
            source: dims.source,
            attempt: delivery.value.attempts,
            outcome,
            method: Cow::Borrowed(method),
            url: Cow::Borrowed(&rendered.url),
            status: attempt.status,
            response: Cow::Borrowed(&attempt.response),
            duration_ms: u32::try_from(took.as_millis()).unwrap_or(u32::MAX),
        });
        let kept = record.encode().map_err(|error| error.to_string());
        if let Err(error) =
            kept.and_then(|bytes| self.facts.append(&bytes).map(drop).map_err(|error| error.to_string()))
        {
            warn_limited!(6, error, "an attempt to deliver could not be kept for the log");
        }
    }
}
