//! What is true at this moment beside configuration, as services tell it: counters, health of destinations, shares of adaptive streams.
//!
//! Read once for one answer and then only looked at. traffic-service knows a little more: what its own journal took since.

use crate::error::ApiError;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use signalbox_catalog::{Catalog, SystemScope, live};
use signalbox_domain::{DestinationId, Series, StreamId, Subject, Timestamp};
use signalbox_engine::{OutReason, Shares, Snapshot, adaptive, counted_subjects, loss};
use std::collections::{BTreeSet, HashMap};

/// Chunks of counters read at one time.
const AT_ONCE: usize = 8;
/// Only subjects of the caller's own configuration are looked up.
const SYSTEM: SystemScope = SystemScope::new("counters of one's own configuration");

/// Counters and health.
#[derive(Debug, Default)]
pub struct Present {
    /// What was counted for each subject asked about.
    pub series: HashMap<Subject, Series>,
    /// What health checks found.
    pub health: live::HealthReport,
}

impl Present {
    /// What is told about these subjects.
    ///
    /// # Errors
    /// When the catalog does not answer.
    pub async fn load(catalog: &Catalog, subjects: BTreeSet<Subject>) -> Result<Self, ApiError> {
        let live = catalog.live();
        let health = live.health(SYSTEM).await?.value;
        let chunks: BTreeSet<u8> = subjects.iter().map(|subject| live::chunk_of(*subject)).collect();
        let read = stream::iter(chunks.into_iter().map(|chunk| live.find_totals(SYSTEM, chunk)));
        let read: Vec<_> = read.buffered(AT_ONCE).try_collect().await?;
        let all = read.into_iter().flatten().flat_map(|chunk| chunk.value.series);
        Ok(Self { series: all.filter(|(subject, _)| subjects.contains(subject)).collect(), health })
    }

    /// What a snapshot wants to know.
    ///
    /// # Errors
    /// When the catalog does not answer.
    pub async fn of_snapshot(catalog: &Catalog, snapshot: &Snapshot) -> Result<Self, ApiError> {
        Self::load(catalog, counted_subjects(snapshot).collect()).await
    }

    /// The series of a subject; empty when nothing was counted.
    pub fn series(&self, subject: Subject) -> Series {
        self.series.get(&subject).cloned().unwrap_or_default()
    }

    /// Destinations out of rotation, and why.
    pub fn out(&self, snapshot: &Snapshot, now: Timestamp) -> HashMap<DestinationId, OutReason> {
        let losing = snapshot.loss_rules().filter(|(id, rule)| {
            let series = self.series.get(&Subject::Destination(*id));
            series.is_some_and(|series| loss::holds(rule, series, now))
        });
        let down = snapshot.health_checks().filter(|(id, _)| self.health.is_down(*id, now));
        // What is down is named so, even if it loses as well.
        losing
            .map(|(id, _)| (id, OutReason::Loss))
            .chain(down.map(|(id, _)| (id, OutReason::Unhealthy)))
            .collect()
    }

    /// How adaptive streams spread their clicks.
    pub fn shares(&self, snapshot: &Snapshot, now: Timestamp) -> HashMap<StreamId, Shares> {
        let shares = |stream: signalbox_engine::AdaptiveStream<'_>| {
            let routes: Vec<Series> = stream.subjects().map(|subject| self.series(subject)).collect();
            (stream.stream, adaptive::shares(stream.adaptive, &routes, &stream.weights(), now))
        };
        snapshot.adaptive().map(shares).collect()
    }
}
