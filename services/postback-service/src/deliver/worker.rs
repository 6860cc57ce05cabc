//! The delivery worker: sends what a lane has taken, and notes how it ended.

use super::{
    Parcel,
    attempt::{self, Attempt},
    bells::Bells,
    breaker::Breakers,
    conversion_api::{self, Visitor},
    guard::Guard,
    template::{self, Rendered},
};
use crate::{
    config::CurrentConfig,
    conversion::{Conversion, State, events_id},
    metrics::Metrics,
};
use signalbox_catalog::{Catalog, Error as CatalogError, Leased, SystemScope};
use signalbox_chassis::warn_limited;
use signalbox_domain::{ConversionApi, EventValues, Output, OutputId, Platform, Scope, Timestamp};
use signalbox_events::{
    Journal,
    wire::{DeliveryOutcome, DeliveryV1, Record},
};
use signalbox_warehouse::Warehouse;
use std::{borrow::Cow, sync::Arc, time::Duration};
use tokio::{sync::watch, time::Instant};

pub(super) const SYSTEM: SystemScope = SystemScope::new("outgoing deliveries");
/// How long after a conversion its click is waited for; later attempts go without what only the click log knows.
const CLICK_WAIT_MS: i64 = 300_000;

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
    /// Rung by the outbox of this process.
    pub(crate) bells: Arc<Bells>,
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
    /// Sends one delivery, and notes how it ended.
    pub(super) async fn attempt(&self, delivery: Leased<Parcel>) -> Result<(), CatalogError> {
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
