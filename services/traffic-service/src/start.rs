//! Starting the service inside a process: restore memory, take the port, follow the configuration.

use crate::{
    app::{App, Deps, InFlight},
    converted::{self, Converted},
    feed,
    hosted::{self, Hosted},
    metrics::Metrics,
    restore, secret,
    serve::tracking,
    snapshot::{self, Checks, First, SnapshotFile},
    standing::{self, Turns, Workings},
};
use arc_swap::ArcSwap;
use signalbox_chassis::{
    health::Readiness,
    server::{self, Options},
    settings::TrafficSettings,
    shutdown::{Phase, Shutdown},
};
use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
};
use tokio::runtime::Handle;

/// Why the service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A port, thread or setting.
    #[error(transparent)]
    Chassis(#[from] signalbox_chassis::Error),
    /// The click journal cannot be read.
    #[error("the click journal cannot be read: {0}")]
    Journal(#[from] signalbox_events::Error),
    /// The folder for state cannot be made.
    #[error("{path}: {source}")]
    Folder {
        /// The folder.
        path: String,
        /// Why.
        source: std::io::Error,
    },
}

/// A started service.
#[derive(Debug, Clone, Copy)]
pub struct Running {
    /// Where clicks are answered.
    pub address: SocketAddr,
}

/// Starts answering clicks. Without an answer from the catalog the configuration on disk routes; without either, clicks get the
/// instance's fallback until one is there, and readiness says so. Readiness says yes only once clicks are answered.
pub async fn start(
    settings: &TrafficSettings,
    deps: Deps,
    readiness: &Readiness,
    shutdown: &Shutdown,
) -> Result<Running, Error> {
    let checks = Checks::register(readiness);
    let (listener, address) = listen(settings)?;
    std::fs::create_dir_all(&deps.state_dir)
        .map_err(|source| Error::Folder { path: deps.state_dir.display().to_string(), source })?;

    let snapshot_file = SnapshotFile::new(settings.snapshot_path.clone());
    let signer = secret::signer(&deps.catalog, &deps.state_dir).await;
    let First { snapshot, problems, api_tokens, known, from_catalog } =
        snapshot::first((&deps.catalog, &signer), &snapshot_file, &checks).await;
    let metrics = Metrics::new();
    metrics.snapshot_revision.set(snapshot.revision() as f64);
    metrics.snapshot_problems.set(problems as f64);
    let state_dir = deps.state_dir.clone();
    let clicks = deps.clicks.clone();
    let restored = restore::restore(&state_dir, &clicks, &snapshot, settings.unique_entries_max)?;
    tracing::info!(replayed = restored.replayed, entries = restored.seen.len(), "unique visitors restored");

    // The first user agent would otherwise wait for the patterns to be compiled.
    let detector = Arc::clone(&deps.detector);
    tokio::task::spawn_blocking(move || detector.warm_up());
    let app = Arc::new(App {
        snapshot: ArcSwap::from_pointee(snapshot),
        snapshot_file,
        catalog: deps.catalog,
        detector: deps.detector,
        clicks,
        durability: deps.durability,
        seen: restored.seen,
        counters: restored.counters,
        converted: Converted::restore(&converted::path(&state_dir)),
        standing: ArcSwap::default(),
        workings: Workings::default(),
        turns: Turns::default(),
        salt: restored.salt,
        landings: restored.landings,
        proxies: settings.proxies(),
        not_found_url: settings.not_found_url.as_ref().map(ToString::to_string),
        in_flight: InFlight::new(settings.in_flight_max),
        metrics,
        signer,
        hosted: Hosted::new(settings.landings_dir.clone()),
        api_tokens: ArcSwap::from_pointee(api_tokens),
        trace_sample_permille: settings.trace_sample_permille,
        postbacks: deps.postbacks,
        received: deps.received,
        events: deps.events,
        body_bytes_max: settings.body_bytes_max,
    });
    look_around(&app, from_catalog).await;
    serve((listener, &deps.front), Arc::clone(&app), settings, shutdown);
    checks.answers(known.is_some());
    tokio::spawn(snapshot::follow(
        Arc::clone(&app),
        settings.snapshot_poll(),
        checks,
        known,
        shutdown.token(Phase::Drain),
    ));
    spawn_background(&app, state_dir, shutdown);
    Ok(Running { address })
}

fn listen(settings: &TrafficSettings) -> Result<(TcpListener, SocketAddr), Error> {
    let listener = server::bind("traffic.listen", settings.listen)?;
    let failed = |source| signalbox_chassis::Error::Start { what: "the traffic listener", source };
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

fn serve(
    (listener, front): (TcpListener, &Handle),
    app: Arc<App>,
    settings: &TrafficSettings,
    shutdown: &Shutdown,
) {
    let options = Options { name: "traffic", limits: settings.limits() };
    let guard = shutdown.critical_guard(Phase::Drain, "traffic listener");
    front.spawn(async move {
        if let Err(error) = server::serve(listener, tracking(app), options, guard).await {
            tracing::error!(%error, "the traffic listener ended");
        }
    });
}

/// What is to be known before the first request. With a configuration that came from the catalog, the catalog answers: the present is read.
async fn look_around(app: &App, from_catalog: bool) {
    app.hosted.look();
    if from_catalog && let Err(error) = feed::read(app).await {
        tracing::warn!(%error, "the catalog does not tell the present; counters go on with what this node knows");
    }
    standing::work_out_once(app);
}

fn spawn_background(app: &Arc<App>, state_dir: std::path::PathBuf, shutdown: &Shutdown) {
    tokio::spawn(hosted::follow(Arc::clone(app), shutdown.token(Phase::Drain)));
    tokio::spawn(feed::follow(Arc::clone(app), shutdown.token(Phase::Drain)));
    tokio::spawn(standing::follow(Arc::clone(app), shutdown.token(Phase::Drain)));
    let (counting, journal, stop) = (Arc::clone(app), app.clicks.clone(), shutdown.token(Phase::Flush));
    tokio::spawn(async move { counting.counters.follow_journal(journal, stop).await });
    for journal in app.received.iter().chain([&app.clicks]) {
        let stop = shutdown.token(Phase::Flush);
        tokio::spawn(signalbox_events::watch(journal.clone(), stop.cancelled_owned()));
    }
    let guard = shutdown.guard(Phase::Flush, "unique visitors");
    let app = Arc::clone(app);
    tokio::spawn(async move {
        restore::keep_checkpoints(app, state_dir, guard.token()).await;
        drop(guard);
    });
}
