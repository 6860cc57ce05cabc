//! What every request shares.

use crate::{
    api_tokens::ApiTokens,
    converted::Converted,
    counters::Counters,
    hosted::Hosted,
    landing::Landings,
    metrics::Metrics,
    snapshot::SnapshotFile,
    standing::{Standing, Turns, Workings},
    token::Signer,
    unique::Seen,
};
use arc_swap::ArcSwap;
use axum::Router;
use signalbox_catalog::Catalog;
use signalbox_chassis::client_ip::TrustedProxies;
use signalbox_detect::Detector;
use signalbox_engine::Snapshot;
use signalbox_events::{Durability, Journal};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// What the host gives the service.
pub struct Deps {
    /// Configuration store; redirects work without it once a snapshot is on disk.
    pub catalog: Catalog,
    /// Turns requests into visitors.
    pub detector: Arc<Detector>,
    /// The journal of clicks, owned by this service.
    pub clicks: Journal,
    /// When a click counts as kept.
    pub durability: Durability,
    /// Postback paths to answer on the same port, when one process hosts both services.
    pub postbacks: Option<Router>,
    /// Folder for what this service keeps beside the journal.
    pub state_dir: std::path::PathBuf,
    /// The journal of postbacks that other trackers' URL shapes bring to the tracking domain, when no service in this process takes them.
    pub received: Option<Journal>,
    /// The journal of postbacks into which events of clicks go: the same, or that of the service in this process.
    pub events: Option<Journal>,
    /// Where clicks are answered: a runtime on which nothing else runs, or the present one.
    pub front: tokio::runtime::Handle,
}

/// Everything a request needs; shared by all threads, no field is locked for longer than a look-up.
pub struct App {
    pub(crate) snapshot: ArcSwap<Snapshot>,
    pub(crate) snapshot_file: SnapshotFile,
    pub(crate) catalog: Catalog,
    pub(crate) detector: Arc<Detector>,
    pub(crate) clicks: Journal,
    pub(crate) durability: Durability,
    pub(crate) seen: Seen,
    pub(crate) counters: Counters,
    pub(crate) converted: Converted,
    pub(crate) standing: ArcSwap<Standing>,
    pub(crate) workings: Workings,
    pub(crate) turns: Turns,
    pub(crate) salt: [u8; 16],
    pub(crate) landings: Landings,
    pub(crate) proxies: TrustedProxies,
    pub(crate) not_found_url: Option<String>,
    pub(crate) in_flight: InFlight,
    pub(crate) metrics: Metrics,
    pub(crate) signer: Signer,
    pub(crate) hosted: Hosted,
    pub(crate) api_tokens: ArcSwap<ApiTokens>,
    pub(crate) trace_sample_permille: u32,
    pub(crate) postbacks: Option<Router>,
    pub(crate) received: Option<Journal>,
    pub(crate) events: Option<Journal>,
    pub(crate) body_bytes_max: usize,
}

/// Requests worked on at one time, with a bound.
pub(crate) struct InFlight {
    now: AtomicUsize,
    max: usize,
}

/// A place among the requests in flight; given back when dropped.
pub(crate) struct Place<'a>(&'a InFlight);

impl InFlight {
    pub(crate) const fn new(max: usize) -> Self {
        Self { now: AtomicUsize::new(0), max }
    }

    /// A place, or `None` when all are taken: the request is shed.
    pub(crate) fn enter(&self) -> Option<Place<'_>> {
        let before = self.now.fetch_add(1, Ordering::Relaxed);
        let place = Place(self);
        (before < self.max).then_some(place)
    }

    pub(crate) fn count(&self) -> usize {
        self.now.load(Ordering::Relaxed)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_holds_and_places_come_back() {
        let in_flight = InFlight::new(2);
        let (first, second) = (in_flight.enter(), in_flight.enter());
        assert!(first.is_some() && second.is_some());
        assert!(in_flight.enter().is_none());
        assert_eq!(in_flight.count(), 2, "a shed request holds no place");
        drop(first);
        assert!(in_flight.enter().is_some());
    }
}
