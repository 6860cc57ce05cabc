//! Starting the service inside a process: its roles are receive, judge, deliver and write, each going on when another stands still.

use crate::{
    attribute::{Ahead, Attributor},
    clearing::Clearer,
    config::CurrentConfig,
    converted::Converted,
    counters::Counters,
    deliver::{Bells, Bounds, Breakers, Deliverer, Prober, Tokens, guard::Guard},
    erasure::Eraser,
    gate::WriterGate,
    heads::ClickHeads,
    judge::{Judge, again},
    metrics::Metrics,
    outbox::Outbox,
    receive::{self, Receiver},
    recent::RecentClicks,
    relay::Relay,
    rematch::Rematcher,
    removal::{self, Removal},
    replay::Replayer,
    strays::Strays,
    upload::Uploader,
    write::{WriterProgress, Writers},
};
use axum::Router;
use parking_lot::Mutex;
use signalbox_catalog::Catalog;
use signalbox_chassis::{
    health::Readiness,
    ratelimit::RateLimiter,
    server::{self, Options},
    settings::PostbackSettings,
    shutdown::{Phase, Shutdown},
};
use signalbox_events::{EventSource, Journal};
use signalbox_warehouse::{Warehouse, WriterOptions};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::sync::watch;

/// Addresses whose request rate is remembered.
const LIMITED_ADDRESSES_MAX: usize = 100_000;

/// What the host gives the service.
pub struct Deps {
    /// Configuration and state.
    pub catalog: Catalog,
    /// ClickHouse, once it answers and its schema is current.
    pub warehouse: watch::Receiver<Option<Warehouse>>,
    /// The journal of postbacks as received, owned by this service.
    pub postbacks: Journal,
    /// The journal of conversions, verdicts and deliveries, owned by this service.
    pub facts: Journal,
    /// All journals that can be read here: clicks, and the two above.
    pub source: Arc<dyn EventSource>,
    /// The journal of clicks that this very process writes, if it does: how far it has come is known here even when `source` learns that
    /// later, as through Kafka.
    pub own_clicks: Option<Journal>,
    /// Name of this node, for leases.
    pub node_name: String,
    /// Where postbacks are answered: a runtime on which nothing is judged or told, or the present one.
    pub front: tokio::runtime::Handle,
}

/// Why the service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A port, thread or setting.
    #[error(transparent)]
    Chassis(#[from] signalbox_chassis::Error),
    /// The HTTP client for deliveries cannot be made.
    #[error("the client for outgoing postbacks cannot be made: {0}")]
    Client(#[from] reqwest::Error),
}

/// A started service.
pub struct Running {
    /// Where postbacks are answered.
    pub address: SocketAddr,
    /// The same routes, to be mounted on the tracking domain.
    pub routes: Router,
    /// Lets a backup hold the writers still.
    pub writers: WriterGate,
}

/// Starts all roles.
pub async fn start(
    settings: &PostbackSettings,
    deps: Deps,
    readiness: &Readiness,
    shutdown: &Shutdown,
) -> Result<Running, Error> {
    let listener = server::bind("postback.listen", settings.listen)?;
    let address = listener
        .local_addr()
        .map_err(|source| signalbox_chassis::Error::Start { what: "the postback listener", source })?;
    let guard = Guard::new(&settings.delivery_allow_private);
    let client = guard.client(settings.delivery_timeout())?;
    let config = CurrentConfig::default();
    let check = readiness.register("configuration");
    if let Err(error) = config.load(&deps.catalog).await {
        tracing::warn!(%error, "the catalog does not answer; postbacks are answered 503 until it does");
    } else {
        check.ready();
    }
    tokio::spawn(config.clone().follow(deps.catalog.clone(), check, shutdown.token(Phase::Drain)));

    let metrics = Arc::new(Metrics);
    let strays = Strays::default();
    let router = receive_role(settings, &deps, &config, (&metrics, &strays));
    spawn_relay(&deps, &config, (&metrics, strays), shutdown);
    spawn_uploads(&deps, &metrics, shutdown);
    let bells = Arc::<Bells>::default();
    let writers = spawn_judging(settings, &deps, &config, (&metrics, &bells), shutdown);
    let prober = Prober {
        catalog: deps.catalog.clone(),
        config: config.clone(),
        guard: guard.clone(),
        client: client.clone(),
        metrics: Arc::clone(&metrics),
        node: deps.node_name.clone(),
    };
    tokio::spawn(prober.run(shutdown.token(Phase::Drain)));
    let deliverer = Deliverer {
        catalog: deps.catalog.clone(),
        config,
        facts: deps.facts.clone(),
        warehouse: deps.warehouse.clone(),
        guard,
        client,
        tokens: Tokens::default(),
        metrics,
        worker: deps.node_name.clone(),
        bounds: bounds(settings),
        breakers: Arc::new(Breakers::new(
            settings.delivery_circuit_failures,
            i64::try_from(settings.delivery_circuit_ms_min).unwrap_or(i64::MAX),
        )),
        bells,
    };
    spawn_deliveries(deliverer, shutdown);

    let options = Options { name: "postback", limits: settings.limits() };
    let (routes, listener_guard) =
        (router.clone(), shutdown.critical_guard(Phase::Drain, "postback listener"));
    deps.front.spawn(async move {
        if let Err(error) = server::serve(listener, server::for_router(router), options, listener_guard).await
        {
            tracing::error!(%error, "the postback listener ended");
        }
    });
    Ok(Running { address, routes, writers })
}

/// Tells others until the drain is over.
fn spawn_deliveries(deliverer: Deliverer, shutdown: &Shutdown) {
    let drain = shutdown.guard(Phase::Drain, "deliveries");
    tokio::spawn(async move {
        deliverer.run(drain.token()).await;
        drop(drain);
    });
}

fn receive_role(
    settings: &PostbackSettings,
    deps: &Deps,
    config: &CurrentConfig,
    (metrics, strays): (&Arc<Metrics>, &Strays),
) -> Router {
    let receiver = Receiver {
        config: config.clone(),
        postbacks: deps.postbacks.clone(),
        heads: ClickHeads { clicks: Arc::clone(&deps.source), own: deps.own_clicks.clone() },
        proxies: settings.proxies(),
        limiter: RateLimiter::new(
            settings.requests_per_minute_max,
            Duration::from_secs(60),
            LIMITED_ADDRESSES_MAX,
        ),
        strays: strays.clone(),
        metrics: Arc::clone(metrics),
    };
    receive::router(Arc::new(receiver), settings.body_bytes_max)
}

/// What people bring in becomes received postbacks.
fn spawn_uploads(deps: &Deps, metrics: &Arc<Metrics>, shutdown: &Shutdown) {
    let uploader = Uploader {
        catalog: deps.catalog.clone(),
        postbacks: deps.postbacks.clone(),
        heads: ClickHeads { clicks: Arc::clone(&deps.source), own: deps.own_clicks.clone() },
        metrics: Arc::clone(metrics),
        node: deps.node_name.clone(),
    };
    tokio::spawn(uploader.run(shutdown.token(Phase::Drain)));
}

/// What came to tracking domains on other machines is taken over, and what belongs to nobody is shown.
fn spawn_relay(
    deps: &Deps,
    config: &CurrentConfig,
    (metrics, strays): (&Arc<Metrics>, Strays),
    shutdown: &Shutdown,
) {
    let relay = Relay {
        catalog: deps.catalog.clone(),
        config: config.clone(),
        source: Arc::clone(&deps.source),
        own: deps.postbacks.clone(),
        metrics: Arc::clone(metrics),
        strays: strays.clone(),
    };
    tokio::spawn(relay.run(shutdown.token(Phase::Drain)));
    let publishing = shutdown.guard(Phase::Flush, "requests that belong to nobody");
    let (catalog, node, metrics) = (deps.catalog.clone(), deps.node_name.clone(), Arc::clone(metrics));
    let config = config.clone();
    tokio::spawn(async move {
        strays.publish((catalog, config), node, metrics, publishing.token()).await;
        drop(publishing);
    });
}

/// Judging, the memory of clicks it needs, and the writers whose progress it watches; the gate of the writers.
fn spawn_judging(
    settings: &PostbackSettings,
    deps: &Deps,
    config: &CurrentConfig,
    (metrics, bells): (&Arc<Metrics>, &Arc<Bells>),
    shutdown: &Shutdown,
) -> WriterGate {
    let gate = WriterGate::default();
    let progress = WriterProgress::default();
    let recent = Arc::new(RecentClicks::new(settings.recent_clicks_max));
    tokio::spawn(Arc::clone(&recent).follow(Arc::clone(&deps.source), shutdown.token(Phase::Flush)));
    spawn_removing(deps, config, shutdown);
    let (feeder, queue) = again::queue();
    let rematcher = Rematcher {
        catalog: deps.catalog.clone(),
        config: config.clone(),
        warehouse: deps.warehouse.clone(),
        feeder: feeder.clone(),
        every: settings.rematch_every(),
    };
    tokio::spawn(rematcher.run(shutdown.token(Phase::Drain)));
    let replayer = Replayer {
        catalog: deps.catalog.clone(),
        warehouse: deps.warehouse.clone(),
        feeder,
        node: deps.node_name.clone(),
    };
    tokio::spawn(replayer.run(shutdown.token(Phase::Drain)));
    let judge = Judge {
        catalog: deps.catalog.clone(),
        config: config.clone(),
        source: Arc::clone(&deps.source),
        postbacks: deps.postbacks.id(),
        facts: deps.facts.clone(),
        attributor: Attributor {
            recent,
            warehouse: deps.warehouse.clone(),
            progress: progress.clone(),
            ahead: Ahead::default(),
        },
        outbox: Outbox {
            catalog: deps.catalog.clone(),
            facts: deps.facts.clone(),
            node: deps.postbacks.id(),
            source: Arc::clone(&deps.source),
            bells: Arc::clone(bells),
        },
        metrics: Arc::clone(metrics),
        again: queue,
    };
    let judging = shutdown.guard(Phase::Flush, "judge");
    tokio::spawn(async move {
        judge.run(judging.token()).await;
        drop(judging);
    });
    spawn_telling(deps, config, metrics, shutdown);
    spawn_writing(settings, deps, (metrics, progress, gate.clone()), shutdown);
    gate
}

/// Test data and visitors' data that admins want gone.
fn spawn_removing(deps: &Deps, config: &CurrentConfig, shutdown: &Shutdown) {
    let own = [Some(deps.postbacks.clone()), Some(deps.facts.clone()), deps.own_clicks.clone()];
    let removal = Removal {
        catalog: deps.catalog.clone(),
        source: Arc::clone(&deps.source),
        own: own.into_iter().flatten().collect(),
        node: deps.node_name.clone(),
    };
    let (config, warehouse) = (config.clone(), deps.warehouse.clone());
    let clearer = Clearer { removal: removal.clone(), config: config.clone(), warehouse: warehouse.clone() };
    tokio::spawn(removal::run(clearer, shutdown.token(Phase::Drain)));
    let eraser = Eraser { removal, config, warehouse, thorough: Mutex::default() };
    tokio::spawn(removal::run(eraser, shutdown.token(Phase::Drain)));
}

/// Events into ClickHouse.
fn spawn_writing(
    settings: &PostbackSettings,
    deps: &Deps,
    (metrics, progress, gate): (&Arc<Metrics>, WriterProgress, WriterGate),
    shutdown: &Shutdown,
) {
    let writers = Writers {
        catalog: deps.catalog.clone(),
        source: Arc::clone(&deps.source),
        postbacks: deps.postbacks.id(),
        warehouse: deps.warehouse.clone(),
        options: WriterOptions {
            batch_records_max: settings.batch_rows_max,
            batch_bytes_max: settings.batch_bytes_max,
            linger: settings.batch_wait(),
            ..WriterOptions::default()
        },
        progress,
        metrics: Arc::clone(metrics),
        gate,
    };
    let writing = shutdown.guard(Phase::Flush, "warehouse writers");
    tokio::spawn(async move {
        writers.run(writing.token()).await;
        drop(writing);
    });
}

/// What traffic nodes are told: counters and visitors that converted.
fn spawn_telling(deps: &Deps, config: &CurrentConfig, metrics: &Arc<Metrics>, shutdown: &Shutdown) {
    let counters = Counters {
        catalog: deps.catalog.clone(),
        config: config.clone(),
        source: Arc::clone(&deps.source),
        warehouse: deps.warehouse.clone(),
        metrics: Arc::clone(metrics),
    };
    let counting = shutdown.guard(Phase::Flush, "counters");
    tokio::spawn(async move {
        counters.run(counting.token()).await;
        drop(counting);
    });
    let converted = Converted { catalog: deps.catalog.clone(), source: Arc::clone(&deps.source) };
    let telling = shutdown.guard(Phase::Flush, "converted visitors");
    tokio::spawn(async move {
        converted.run(telling.token()).await;
        drop(telling);
    });
}

fn bounds(settings: &PostbackSettings) -> Bounds {
    Bounds {
        in_flight_max: settings.delivery_in_flight_max,
        per_output_max: settings.delivery_per_output_max,
        timeout: settings.delivery_timeout(),
        attempts_max: settings.delivery_attempts_max,
        backoff_min: Duration::from_millis(settings.delivery_backoff_ms_min),
        backoff_max: Duration::from_millis(settings.delivery_backoff_ms_max),
        response_bytes_max: settings.delivery_response_bytes_max,
    }
}
