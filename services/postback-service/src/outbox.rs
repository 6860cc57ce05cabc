//! What a conversion still has to tell: the ledger through the facts journal, and outputs through the delivery queue.
//!
//! The outbox is what a conversion's document notes as not told yet, so it cannot be lost. Each state is told by the node that made it. A
//! crash between journaling a fact and noting it would tell the ledger twice; therefore a start looks for the facts of its unfinished states
//! in the journal itself, from a checkpoint at which nothing was unfinished, before anything is appended. What a node left untold that has
//! been gone for a day is taken over by another.

use crate::{
    config::Config,
    conversion::{Conversion, State, Untold},
    deliver::{Bells, Parcel},
    judge::{JudgeError, keys},
};
use futures::{FutureExt, StreamExt, TryStreamExt, future::BoxFuture, stream};
use signalbox_catalog::{
    Catalog, Error as CatalogError, NewDelivery, PageRequest, Stored, SystemScope, delivery_id,
};
use signalbox_domain::{ConversionId, Scope, Timestamp};
use signalbox_events::{EventSource, Journal, JournalId, ReadLimit, wire::Record};
use std::{collections::HashSet, sync::Arc};

const SYSTEM: SystemScope = SystemScope::new("conversion outbox");
const BATCH: ReadLimit = ReadLimit { records: 10_000, bytes: 16 << 20, wait: std::time::Duration::ZERO };
/// Name of the outbox among the consumers of the facts journal: what it may still have to look for is not trimmed.
const CONSUMER: &str = "outbox";
/// How long what a node left untold waits for that node, when the event log does not know it.
const LOST_AFTER_MS: i64 = 24 * 3_600_000;
/// Deliveries of one conversion that are queued side by side, so that they share commits.
const AT_ONCE: usize = 16;
/// Tries of one compare-and-set.
const CAS_TRIES: usize = 50;

/// Tells on what conversions have not told yet.
#[derive(Clone)]
pub(crate) struct Outbox {
    pub(crate) catalog: Catalog,
    pub(crate) facts: Journal,
    /// The own journal of postbacks: what this node is known by in conversions.
    pub(crate) node: JournalId,
    pub(crate) source: Arc<dyn EventSource>,
    /// What is queued here is heard by the lanes of this process at once.
    pub(crate) bells: Arc<Bells>,
}

/// Facts that the journal holds: conversion and revision.
type Told = HashSet<(ConversionId, u32)>;

impl Outbox {
    /// Finishes what a crash interrupted here. Called before anything new is judged.
    pub(crate) async fn recover(&self, config: &Config) -> Result<(), JudgeError> {
        let registered = self.facts.register_consumer(CONSUMER)?;
        let began_at = self.facts.head();
        let mut pending: Vec<Stored<Conversion>> = Vec::new();
        let mut page = PageRequest::largest();
        loop {
            let listed = self.catalog.conversions().list_pending::<Conversion>(SYSTEM, &page).await?;
            pending.extend(listed.items);
            match listed.next {
                Some(next) => page.after = Some(next),
                None => break,
            }
        }
        let before = Timestamp::now().plus_ms(-LOST_AFTER_MS);
        let known = self.known_nodes(&pending).await;
        let is_lost = |state: &State| {
            let known = known.as_ref().is_none_or(|known| known.contains(&state.teller()));
            !known && state.at < before
        };
        let mut mine = Vec::new();
        for stored in pending {
            let stored = self.take_over(stored, is_lost).await?;
            if !stored.value.untold_of(self.node.get()).is_empty() {
                mine.push(stored);
            }
        }
        if !mine.is_empty() {
            tracing::info!(conversions = mine.len(), "finishing conversions that a stop interrupted");
            let told = self.told_since(registered)?;
            for stored in mine {
                self.tell(config, stored, &told).await?;
            }
        }
        self.facts.trim(CONSUMER, began_at)?;
        Ok(())
    }

    /// The journals that the event log knows, asked for only when other nodes have something to tell; `None`: it does not answer, and
    /// nobody is lost.
    async fn known_nodes(&self, pending: &[Stored<Conversion>]) -> Option<Vec<u64>> {
        let node = self.node.get();
        if !pending.iter().any(|stored| stored.value.is_untold_elsewhere(node)) {
            return None;
        }
        let journals = self.source.journals().await.ok()?;
        Some(journals.iter().map(|journal| journal.id.get()).collect())
    }

    /// Makes this node the teller of what lost ones left; the document as it is stored then.
    async fn take_over(
        &self,
        mut stored: Stored<Conversion>,
        is_lost: impl Fn(&State) -> bool,
    ) -> Result<Stored<Conversion>, JudgeError> {
        let before = stored.clone();
        if !stored.value.take_over_untold(self.node.get(), is_lost) {
            return Ok(stored);
        }
        let (id, scope) = (stored.value.id, Scope::system(stored.value.workspace));
        tracing::warn!(conversion = %id, "taking over what a node that is gone did not tell of a conversion");
        let (at, keys) = ((id, stored.version), keys(&stored.value));
        match self.catalog.conversions().replace(&scope, at, &keys, &stored.value).await {
            Ok(stored) => Ok(stored),
            // Somebody else changed it, perhaps by taking it over: the next start looks again.
            Err(CatalogError::VersionMismatch { .. } | CatalogError::NotFound { .. }) => Ok(before),
            Err(error) => Err(error.into()),
        }
    }

    /// What the facts journal holds of conversions from `from` on.
    fn told_since(&self, from: u64) -> Result<Told, JudgeError> {
        let mut found = Told::new();
        let mut reader = self.facts.reader(from);
        loop {
            let batch = reader.read(BATCH)?;
            if batch.is_empty() {
                return Ok(found);
            }
            for stored in &batch.records {
                let Ok(record) = Record::decode(&stored.payload) else { continue };
                let told = match &record {
                    Record::ClickEvents(events) => Some(&events.conversion),
                    other => other.conversion(),
                };
                found.extend(told.map(|conversion| (conversion.id, conversion.revision)));
            }
        }
    }

    /// Tells on what this node has to tell of one conversion: ledger, then deliveries, then the note that it is told.
    pub(crate) async fn flush(&self, config: &Config, stored: Stored<Conversion>) -> Result<(), JudgeError> {
        self.tell(config, stored, &Told::new()).await
    }

    /// `told` is what the ledger knows of it although that is not noted.
    async fn tell(&self, config: &Config, stored: Stored<Conversion>, told: &Told) -> Result<(), JudgeError> {
        let untold = stored.value.untold_of(self.node.get());
        if untold.is_empty() {
            return Ok(());
        }
        self.tell_ledger(&stored.value, &untold, told)?;
        // On disk before it is noted as told: the note must never outlive the fact.
        self.facts.sync().await?;
        self.queue_deliveries(config, &stored.value, &untold).await?;
        self.note(stored, &untold).await
    }

    fn tell_ledger(&self, conversion: &Conversion, untold: &[Untold], told: &Told) -> Result<(), JudgeError> {
        let revisions = untold.iter().filter(|untold| untold.ledger).map(|untold| untold.revision);
        let facts = revisions
            .filter(|revision| !told.contains(&(conversion.id, *revision)))
            .filter_map(|revision| conversion.fact(revision));
        let records: Result<Vec<Vec<u8>>, _> = facts.map(|fact| fact.encode()).collect();
        self.facts.append_batch(&records?)?;
        Ok(())
    }

    async fn queue_deliveries(
        &self,
        config: &Config,
        conversion: &Conversion,
        untold: &[Untold],
    ) -> Result<(), CatalogError> {
        let now = Timestamp::now();
        let mut news = Vec::new();
        let dims = &conversion.click.dims;
        for revision in untold.iter().filter(|untold| untold.outputs).map(|untold| untold.revision) {
            let Some(state) = conversion.history.get(revision as usize - 1) else { continue };
            if state.withdrawn || state.quiet || state.by_hand.is_some() {
                continue;
            }
            for output in config.outputs(conversion.workspace) {
                let status = (state.status, state.second_status.as_str());
                if !output.wants(status, dims.source, dims.campaign, conversion.network) {
                    continue;
                }
                let parcel = Parcel { workspace: conversion.workspace, conversion: conversion.id, revision };
                let id = delivery_id(conversion.id, output.id, revision);
                news.push(NewDelivery { id, output_id: output.id, due_at: now, payload: parcel });
            }
        }
        self.queue_side_by_side(Scope::system(conversion.workspace), news, now).await
    }

    /// Queues deliveries, and tells their lanes.
    async fn queue_side_by_side(
        &self,
        scope: Scope,
        news: Vec<NewDelivery<Parcel>>,
        now: Timestamp,
    ) -> Result<(), CatalogError> {
        let (scope, deliveries) = (&scope, self.catalog.deliveries());
        // Boxed, because the compiler cannot show a stream of closures' futures to be `Send`.
        let queued: Vec<BoxFuture<'_, Result<(), CatalogError>>> = news
            .into_iter()
            .map(|new| {
                async move {
                    let output = new.output_id;
                    deliveries.enqueue(scope, new, now).await?;
                    self.bells.ring(output);
                    Ok(())
                }
                .boxed()
            })
            .collect();
        stream::iter(queued).buffer_unordered(AT_ONCE).try_collect().await
    }

    /// Notes what is told. Somebody may have changed the conversion meanwhile: then it is noted in what they made of it.
    async fn note(&self, mut stored: Stored<Conversion>, told: &[Untold]) -> Result<(), JudgeError> {
        let scope = Scope::system(stored.value.workspace);
        let id = stored.value.id;
        for _ in 0..CAS_TRIES {
            told.iter().for_each(|told| stored.value.note_told(told.revision));
            let keys = keys(&stored.value);
            match self.catalog.conversions().replace(&scope, (id, stored.version), &keys, &stored.value).await
            {
                Ok(_) => return Ok(()),
                Err(CatalogError::VersionMismatch { .. }) => {}
                Err(error) => return Err(error.into()),
            }
            let Some(again) = self.catalog.conversions().find::<Conversion>(&scope, id).await? else {
                return Ok(());
            };
            stored = again;
        }
        Err(CatalogError::Unavailable { reason: format!("conversion {id} changes too fast"), source: None }
            .into())
    }
}

#[cfg(test)]
mod tests;
