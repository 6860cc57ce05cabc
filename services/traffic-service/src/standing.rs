//! What stands beside the snapshot and is worked out every second: how adaptive streams spread their clicks, which destinations are out of
//! rotation, whose turn it is. Never worked out for a request.

use crate::{app::App, counters};
use parking_lot::{Mutex, RwLock};
use rustc_hash::FxHashMap;
use signalbox_catalog::live::HealthReport;
use signalbox_domain::{DestinationId, Series, StreamId, Timestamp};
use signalbox_engine::{OutReason, Shares, Snapshot, adaptive, loss};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio_util::sync::CancellationToken;

const EVERY: Duration = Duration::from_secs(1);
/// Statistics fade although nothing happens, so they are worked out anew this often.
const FADES_AFTER_MS: i64 = 60_000;

/// What requests look at.
#[derive(Default)]
pub(crate) struct Standing {
    shares: FxHashMap<StreamId, Arc<Shares>>,
    out: FxHashMap<DestinationId, OutReason>,
}

impl Standing {
    pub(crate) fn shares(&self, stream: StreamId) -> Option<&Shares> {
        self.shares.get(&stream).map(|shares| &**shares)
    }

    pub(crate) fn out(&self, destination: DestinationId) -> Option<OutReason> {
        self.out.get(&destination).copied()
    }
}

/// Turns of round-robin streams: taken one after the other by all threads, kept when the configuration changes. Bounded by the streams that
/// there are; a node begins at 0.
#[derive(Default)]
pub(crate) struct Turns(RwLock<FxHashMap<StreamId, AtomicU64>>);

impl Turns {
    /// The number of this turn.
    pub(crate) fn take(&self, stream: StreamId) -> u64 {
        if let Some(turn) = self.0.read().get(&stream) {
            return turn.fetch_add(1, Ordering::Relaxed);
        }
        self.0.write().entry(stream).or_default().fetch_add(1, Ordering::Relaxed)
    }

    /// Forgets streams that are gone.
    pub(crate) fn keep(&self, snapshot: &Snapshot) {
        let streams: rustc_hash::FxHashSet<StreamId> = snapshot
            .campaigns()
            .iter()
            .flat_map(|campaign| &campaign.streams)
            .map(|stream| stream.id)
            .collect();
        self.0.write().retain(|stream, _| streams.contains(stream));
    }
}

/// What is remembered from one time to the next.
#[derive(Default)]
pub(crate) struct Workings {
    /// The last report on the health of destinations.
    health: Mutex<HealthReport>,
}

impl Workings {
    pub(crate) fn report(&self, report: HealthReport) {
        *self.health.lock() = report;
    }
}

/// When the shares of a stream were worked out, and from which state of its counters.
struct Worked {
    at: Timestamp,
    changes: u64,
    revision: u64,
    shares: Arc<Shares>,
}

/// Works everything out until told to stop.
pub(crate) async fn follow(app: Arc<App>, stop: CancellationToken) {
    let mut worked: FxHashMap<StreamId, Worked> = FxHashMap::default();
    while !stop.is_cancelled() {
        let (on, mut known) = (Arc::clone(&app), std::mem::take(&mut worked));
        let done = tokio::task::spawn_blocking(move || {
            work_out(&on, &mut known, Timestamp::now());
            known
        });
        match done.await {
            Ok(known) => worked = known,
            Err(error) => tracing::error!(%error, "working out shares failed; the last ones go on"),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Works everything out now, for the first requests.
pub(crate) fn work_out_once(app: &App) {
    work_out(app, &mut FxHashMap::default(), Timestamp::now());
}

fn work_out(app: &App, worked: &mut FxHashMap<StreamId, Worked>, now: Timestamp) {
    let (snapshot, table) = (app.snapshot.load_full(), app.counters.table());
    let mut standing = Standing::default();
    for stream in snapshot.adaptive() {
        let changes: u64 = stream
            .subjects()
            .filter_map(|subject| table.find(subject))
            .map(|counter| counter.changes())
            .sum();
        let fresh = worked.get(&stream.stream).is_some_and(|known| {
            known.changes == changes
                && known.revision == snapshot.revision()
                && now.since_ms(known.at) < FADES_AFTER_MS
        });
        if !fresh {
            let series: Vec<Series> = stream
                .subjects()
                .map(|subject| counters::with_series(&table, subject, Clone::clone).unwrap_or_default())
                .collect();
            let shares = Arc::new(adaptive::shares(stream.adaptive, &series, &stream.weights(), now));
            let revision = snapshot.revision();
            worked.insert(stream.stream, Worked { at: now, changes, revision, shares });
        }
        if let Some(known) = worked.get(&stream.stream) {
            standing.shares.insert(stream.stream, Arc::clone(&known.shares));
        }
    }
    worked.retain(|stream, _| standing.shares.contains_key(stream));
    for (destination, rule) in snapshot.loss_rules() {
        let subject = signalbox_domain::Subject::Destination(destination);
        if counters::with_series(&table, subject, |series| loss::holds(rule, series, now)) == Some(true) {
            standing.out.insert(destination, OutReason::Loss);
        }
    }
    let health = app.workings.health.lock();
    for (destination, _) in snapshot.health_checks() {
        if health.is_down(destination, now) {
            standing.out.insert(destination, OutReason::Unhealthy);
        }
    }
    drop(health);
    app.metrics.destinations_out.set(standing.out.len() as f64);
    app.standing.store(Arc::new(standing));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_taken_once_by_many_threads() {
        let turns = Turns::default();
        let mut all: Vec<u64> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| (0..500).map(|_| turns.take(StreamId(1))).collect::<Vec<_>>()))
                .collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        all.sort_unstable();
        assert_eq!(all, (0..4_000).collect::<Vec<_>>());
        assert_eq!(turns.take(StreamId(2)), 0);
        turns.keep(&Snapshot::default());
        assert_eq!(turns.take(StreamId(1)), 0, "a stream that was gone begins anew");
    }
}
