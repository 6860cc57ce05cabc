//! Leases: handing deliveries to workers and taking them back, each step a compare-and-set on the version the
//! worker was given.

use std::collections::BTreeSet;

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use signalbox_domain::{OutputId, Timestamp};

use super::{AT_ONCE, Deliveries, Delivery, DeliveryList, DeliveryState, LeaseRequest, Leased, SCHEMA};
use crate::catalog::entity::DELIVERIES;
use crate::catalog::stored::{PageRequest, decode, decode_page, encode};
use crate::{Error, Query, Replacement, Result, SystemScope, Tenant};

impl Deliveries<'_> {
    /// Hands out deliveries that are due, longest due first. What another worker took in the same moment is
    /// left out, so fewer may come than there are.
    ///
    /// # Errors
    /// `Invalid`, `Unavailable`.
    pub async fn lease<T: Serialize + DeserializeOwned + Send + Sync>(
        &self,
        system: SystemScope,
        request: &LeaseRequest<'_>,
    ) -> Result<Vec<Leased<T>>> {
        let mut query = Query::new().order_by("due_at").below(request.now.0.saturating_add(1));
        query.limit = request.limit;
        if let Some(output) = request.output {
            query = query.eq("output_id", output.to_string());
        }
        let page = self.store.list(Tenant::System(system), &DELIVERIES, &query).await?;
        let due: DeliveryList<T> = decode_page(DELIVERIES.name, SCHEMA, page)?;
        for damaged in &due.damaged {
            tracing::error!(id = damaged.id, reason = damaged.reason, "delivery cannot be read");
        }
        // Boxed, because the compiler cannot show a stream of closures' futures to be `Send`.
        let attempts: Vec<BoxFuture<'_, Result<Option<Leased<T>>>>> =
            due.items.into_iter().map(|stored| self.take(system, request, stored).boxed()).collect();
        let leased: Vec<_> = futures::stream::iter(attempts).buffered(AT_ONCE).collect().await;
        // What was leased beside a failure is handed out, or it would wait for the end of its lease; the rest comes with a later call.
        let mut taken = Vec::with_capacity(leased.len());
        let mut failed = None;
        for outcome in leased {
            match outcome {
                Ok(one) => taken.extend(one),
                Err(error) => failed = Some(error),
            }
        }
        match failed {
            Some(error) if taken.is_empty() => Err(error),
            Some(error) => {
                tracing::warn!(%error, "leasing deliveries");
                Ok(taken)
            }
            None => Ok(taken),
        }
    }

    /// Outputs that something is due for: those of one page of the deliveries that are due, each once, and where the next page begins.
    /// Takes nothing.
    ///
    /// # Errors
    /// `Invalid` for the page, `Unavailable`.
    pub async fn list_outputs_due(
        &self,
        system: SystemScope,
        now: Timestamp,
        page: &PageRequest,
    ) -> Result<(Vec<OutputId>, Option<String>)> {
        let query = Query::new().order_by("due_at").below(now.0.saturating_add(1));
        let found = self.store.list(Tenant::System(system), &DELIVERIES, &page.bound(query)?).await?;
        let due: DeliveryList<Value> = decode_page(DELIVERIES.name, SCHEMA, found)?;
        let outputs: BTreeSet<OutputId> = due.items.iter().map(|stored| stored.value.output_id).collect();
        Ok((outputs.into_iter().collect(), due.next))
    }

    /// Notes that a leased delivery was sent.
    ///
    /// # Errors
    /// `VersionMismatch` when the lease was lost, `Unavailable`.
    pub async fn complete<T: Serialize + DeserializeOwned + Sync>(
        &self,
        system: SystemScope,
        leased: Leased<T>,
        now: Timestamp,
    ) -> Result<()> {
        self.settle(system, leased, (DeliveryState::Done, None), (now, String::new())).await
    }

    /// Gives a leased delivery back to be tried again at `next`.
    ///
    /// # Errors
    /// `VersionMismatch` when the lease was lost, `Unavailable`.
    pub async fn retry<T: Serialize + DeserializeOwned + Sync>(
        &self,
        system: SystemScope,
        leased: Leased<T>,
        next: Timestamp,
        (now, error): (Timestamp, &str),
    ) -> Result<()> {
        self.settle(system, leased, (DeliveryState::Queued, Some(next)), (now, clip(error))).await
    }

    /// Gives a leased delivery up.
    ///
    /// # Errors
    /// `VersionMismatch` when the lease was lost, `Unavailable`.
    pub async fn bury<T: Serialize + DeserializeOwned + Sync>(
        &self,
        system: SystemScope,
        leased: Leased<T>,
        (now, error): (Timestamp, &str),
    ) -> Result<()> {
        self.settle(system, leased, (DeliveryState::Dead, None), (now, clip(error))).await
    }

    /// Leases one delivery; `None` when another worker was faster.
    async fn take<T: Serialize + DeserializeOwned>(
        &self,
        system: SystemScope,
        request: &LeaseRequest<'_>,
        stored: Leased<T>,
    ) -> Result<Option<Leased<T>>> {
        let taken = Delivery {
            due_at: Some(request.now.plus_ms(request.lease_ms)),
            worker: request.worker.to_owned(),
            attempts: stored.value.attempts.saturating_add(1),
            changed_at: request.now,
            ..stored.value
        };
        match self.replace(system, &stored.id, stored.version, &taken).await {
            Ok(leased) => Ok(Some(leased)),
            Err(Error::VersionMismatch { .. } | Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn settle<T: Serialize + DeserializeOwned + Sync>(
        &self,
        system: SystemScope,
        leased: Leased<T>,
        (state, due_at): (DeliveryState, Option<Timestamp>),
        (now, last_error): (Timestamp, String),
    ) -> Result<()> {
        let worker = String::new();
        let settled = Delivery { state, due_at, worker, last_error, changed_at: now, ..leased.value };
        self.replace(system, &leased.id, leased.version, &settled).await.map(drop)
    }

    async fn replace<T: Serialize + DeserializeOwned>(
        &self,
        system: SystemScope,
        id: &str,
        expected: u64,
        delivery: &Delivery<T>,
    ) -> Result<Leased<T>> {
        let body = encode(delivery, None)?;
        let replacement = Replacement { id: id.to_owned(), expected, schema: SCHEMA, body };
        let written = self.store.replace(Tenant::System(system), &DELIVERIES, replacement).await?;
        decode(DELIVERIES.name, SCHEMA, written)
    }
}

/// The start of an error text: enough to understand it, bounded.
fn clip(error: &str) -> String {
    error.chars().take(500).collect()
}
