//! What a conversion still has to tell: the ledger through the facts journal, and outputs through the delivery queue.
//!
//! The outbox is the difference between a conversion's number of states and two counters in the same document, so it cannot be lost. A crash
//! between journaling a fact and noting it would tell the ledger twice; therefore a start looks for the facts of unfinished conversions in
//! the journal itself, from a checkpoint at which nothing was unfinished, before anything is appended.

use crate::{
    config::Config,
    conversion::Conversion,
    deliver::Parcel,
    judge::{JudgeError, keys},
};
use signalbox_catalog::{
    Catalog, Error as CatalogError, NewDelivery, PageRequest, Stored, SystemScope, delivery_id,
};
use signalbox_domain::{ConversionId, Scope, Timestamp};
use signalbox_events::{Journal, ReadLimit, wire::Record};
use std::collections::HashMap;

const SYSTEM: SystemScope = SystemScope::new("conversion outbox");
const BATCH: ReadLimit = ReadLimit { records: 10_000, bytes: 16 << 20, wait: std::time::Duration::ZERO };
/// Name of the outbox among the consumers of the facts journal: what it may still have to look for is not trimmed.
const CONSUMER: &str = "outbox";
/// Tries of one compare-and-set.
const CAS_TRIES: usize = 50;

/// Tells on what conversions have not told yet.
#[derive(Clone)]
pub(crate) struct Outbox {
    pub(crate) catalog: Catalog,
    pub(crate) facts: Journal,
}

impl Outbox {
    /// Finishes what a crash interrupted. Called before anything new is judged.
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
        if !pending.is_empty() {
            tracing::info!(conversions = pending.len(), "finishing conversions that a stop interrupted");
            let journaled = self.journaled_since(registered)?;
            for mut stored in pending {
                if let Some(revision) = journaled.get(&stored.value.id) {
                    stored.value.journaled = stored.value.journaled.max(*revision);
                }
                self.flush(config, stored).await?;
            }
        }
        self.facts.trim(CONSUMER, began_at)?;
        Ok(())
    }

    /// The highest revision of each conversion in the facts journal from `from` on.
    fn journaled_since(&self, from: u64) -> Result<HashMap<ConversionId, u32>, JudgeError> {
        let mut found: HashMap<ConversionId, u32> = HashMap::new();
        let mut reader = self.facts.reader(from);
        loop {
            let batch = reader.read(BATCH)?;
            if batch.is_empty() {
                return Ok(found);
            }
            for stored in &batch.records {
                let record = Record::decode(&stored.payload);
                if let Some(conversion) = record.as_ref().ok().and_then(Record::conversion) {
                    let revision = found.entry(conversion.id).or_default();
                    *revision = (*revision).max(conversion.revision);
                }
            }
        }
    }

    /// Tells on one conversion: ledger, then deliveries, then the note that it is told.
    pub(crate) async fn flush(
        &self,
        config: &Config,
        mut stored: Stored<Conversion>,
    ) -> Result<(), JudgeError> {
        self.tell_ledger(&mut stored.value)?;
        // On disk before it is noted as told: the note must never outlive the fact.
        self.facts.sync().await?;
        self.queue_deliveries(config, &mut stored.value).await?;
        self.note(stored).await
    }

    fn tell_ledger(&self, conversion: &mut Conversion) -> Result<(), JudgeError> {
        let facts = (conversion.journaled + 1..=conversion.revision())
            .filter_map(|revision| conversion.fact(revision));
        let records: Result<Vec<Vec<u8>>, _> =
            facts.map(|fact| Record::ConversionV2(Box::new(fact)).encode()).collect();
        self.facts.append_batch(&records?)?;
        conversion.journaled = conversion.revision();
        Ok(())
    }

    async fn queue_deliveries(
        &self,
        config: &Config,
        conversion: &mut Conversion,
    ) -> Result<(), CatalogError> {
        let now = Timestamp::now();
        let scope = Scope::system(conversion.workspace);
        let dims = &conversion.click.dims;
        for revision in conversion.queued + 1..=conversion.revision() {
            let Some(state) = conversion.history.get(revision as usize - 1) else { continue };
            if state.withdrawn {
                continue;
            }
            for output in config.outputs(conversion.workspace) {
                if !output.wants(state.status, dims.source, dims.campaign, conversion.network) {
                    continue;
                }
                let parcel = Parcel { workspace: conversion.workspace, conversion: conversion.id, revision };
                let id = delivery_id(conversion.id, output.id, revision);
                let new = NewDelivery { id, output_id: output.id, due_at: now, payload: parcel };
                self.catalog.deliveries().enqueue(&scope, new, now).await?;
            }
        }
        conversion.queued = conversion.revision();
        Ok(())
    }

    /// Notes how much is told. Somebody may have changed the conversion meanwhile: then only the counters are raised.
    async fn note(&self, mut stored: Stored<Conversion>) -> Result<(), JudgeError> {
        let scope = Scope::system(stored.value.workspace);
        let (id, journaled, queued) = (stored.value.id, stored.value.journaled, stored.value.queued);
        for _ in 0..CAS_TRIES {
            stored.value.journaled = stored.value.journaled.max(journaled);
            stored.value.queued = stored.value.queued.max(queued);
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
