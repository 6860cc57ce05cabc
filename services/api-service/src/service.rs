//! Starting the service inside a process: take the port, offer the set-up link, answer.

use crate::{
    admin,
    alerts::{self, Mailer, Sender},
    app::{App, Clock, Inner, Urls},
    auth::{self, LoginLimits, Passwords},
    costs,
    geo::GeoSources,
    landing_store::{LandingStore, Limits},
    rate_feed::{Fetcher, Fetching},
    recurring, retention, router, scheduled,
};
use ipnet::IpNet;
use signalbox_catalog::Catalog;
use signalbox_chassis::{
    health::{Check, Readiness},
    outgoing::Guard,
    server::{self, Options},
    settings::ApiSettings,
    shutdown::{Phase, Shutdown},
};
use signalbox_detect::Detector;
use signalbox_domain::Timestamp;
use signalbox_warehouse::Warehouse;
use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use tokio::sync::{Semaphore, watch};

/// How often it is checked that the catalog answers.
const CATALOG_EVERY: Duration = Duration::from_secs(2);
/// A catalog that does not answer within this time is held to be away.
const CATALOG_ANSWER_MAX: Duration = Duration::from_secs(2);
/// Landing pages uploaded at one time, each as big as an archive may be; more are refused.
const UPLOADS_MAX: usize = 2;
/// Exports written at one time, each of which keeps a thread of the analytics database busy; more are refused.
const EXPORTS_MAX: usize = 2;
/// How often ended sessions are forgotten.
const PURGE_EVERY: Duration = Duration::from_secs(600);

/// What the service works with.
pub struct Deps {
    /// Configuration and state, prepared.
    pub catalog: Catalog,
    /// The analytics database as soon as it is there; until then reports answer 503 `reports_unavailable`.
    pub warehouse: watch::Receiver<Option<Warehouse>>,
    /// Describes the visitors of the simulator.
    pub detector: Arc<Detector>,
    /// Folder of uploaded landing pages (`traffic.landings_dir`), which traffic-service reads.
    pub landings_dir: PathBuf,
    /// Address for visitors, without a slash at the end (`TrafficSettings::public_base`).
    pub traffic_url: String,
    /// Private networks that notices of alerts may reach (`postback.delivery_allow_private`).
    pub allow_private: Vec<IpNet>,
    /// Address for affiliate networks, without a slash at the end (`PostbackSettings::public_base`).
    pub postback_url: String,
}

/// Why the service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A port, thread or setting.
    #[error(transparent)]
    Chassis(#[from] signalbox_chassis::Error),
    /// Notices of alerts cannot be sent.
    #[error("alerts: {0}")]
    Alerts(String),
    /// Exchange rates cannot be asked for.
    #[error("exchange rates: {0}")]
    Fetching(String),
    /// The catalog cannot be used.
    #[error("the catalog: {0}")]
    Catalog(#[from] signalbox_catalog::Error),
}

impl Error {
    /// Whether the same start may succeed a moment later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Chassis(error) => error.is_retryable(),
            Self::Catalog(error) => error.is_retryable(),
            Self::Alerts(_) | Self::Fetching(_) => false,
        }
    }
}

/// A started service.
#[derive(Debug, Clone)]
pub struct Running {
    /// Where the admin and the API are answered.
    pub address: SocketAddr,
    /// Base URL for users.
    pub url: String,
    /// The one-time link that creates the first user; absent when there is one. To be shown to whoever started the process, never logged.
    pub setup_url: Option<String>,
}

/// Starts answering. The catalog must answer, for nobody could log in without it; the warehouse may come later.
///
/// # Errors
/// When the port is taken or the catalog does not answer.
pub async fn start(
    settings: &ApiSettings,
    deps: Deps,
    readiness: &Readiness,
    shutdown: &Shutdown,
) -> Result<Running, Error> {
    let listener = server::bind("api.listen", settings.listen)?;
    let address = listener
        .local_addr()
        .map_err(|source| signalbox_chassis::Error::Start { what: "the API listener", source })?;
    let url = settings.public_base(address.port());
    match deps.catalog.seal_secrets(auth::SYSTEM).await? {
        0 => {}
        sealed => {
            tracing::info!(sealed, "secrets in the catalog that were stored as they were are sealed now")
        }
    }
    if !deps.catalog.seals() {
        tracing::warn!(
            "secrets in the catalog are stored as they are; set catalog.secret_key on all nodes to seal them"
        );
    }
    let token = auth::mint_setup_token(&deps.catalog, Timestamp::now()).await?;
    let setup_url = token.map(|token| format!("{url}/setup?token={token}"));

    let app = app(settings, deps, url.clone(), Arc::new(Timestamp::now))?;
    let check = readiness.register("catalog");
    check.ready();
    let router = router::service(app.clone(), admin::find(settings.admin_dir.as_deref()));
    let options = Options { name: "api", limits: settings.limits() };
    let guard = shutdown.critical_guard(Phase::Drain, "API listener");
    tokio::spawn(async move {
        if let Err(error) = server::serve(listener, server::for_router(router), options, guard).await {
            tracing::error!(%error, "the API listener ended");
        }
    });
    let stop = shutdown.token(Phase::Drain);
    tokio::spawn(async move {
        tokio::select! {
            () = stop.cancelled() => {}
            () = watch_catalog(&app, &check) => {}
            () = purge_sessions(&app) => {}
            () = costs::keep_going(&app) => {}
            () = recurring::keep_going::<alerts::Watching>(&app) => {}
            () = recurring::keep_going::<scheduled::Writing>(&app) => {}
            () = recurring::keep_going::<retention::Forgetting>(&app) => {}
            () = recurring::keep_going::<Fetching>(&app) => {}
        }
    });
    Ok(Running { address, url, setup_url })
}

/// The state of a service whose own address is `url`.
pub(crate) fn app(settings: &ApiSettings, deps: Deps, url: String, clock: Clock) -> Result<App, Error> {
    let mailer = Mailer::new(settings).map_err(Error::Alerts)?;
    let guard = Guard::new(&deps.allow_private);
    let fetcher = Fetcher::new(&guard).map_err(|error| Error::Fetching(error.to_string()))?;
    let sender = Sender::new(&guard, mailer).map_err(|error| Error::Alerts(error.to_string()))?;
    Ok(App::new(Inner {
        sender,
        fetcher,
        proxies: settings.proxies(),
        limits: LoginLimits::new(settings),
        passwords: Passwords::new(settings.login_in_flight_max),
        settings: settings.clone(),
        catalog: deps.catalog,
        warehouse: deps.warehouse,
        landings: Arc::new(LandingStore::new(deps.landings_dir, Limits::default())),
        uploads: Arc::new(Semaphore::new(UPLOADS_MAX)),
        exports: Arc::new(Semaphore::new(EXPORTS_MAX)),
        geo: GeoSources::new(deps.detector.geo_files().to_vec()),
        detector: deps.detector,
        urls: Urls { admin: url, traffic: deps.traffic_url, postback: deps.postback_url },
        clock,
    }))
}

async fn watch_catalog(app: &App, check: &Check) {
    let mut ticks = tokio::time::interval(CATALOG_EVERY);
    loop {
        ticks.tick().await;
        match tokio::time::timeout(CATALOG_ANSWER_MAX, app.catalog().store().ping()).await {
            Ok(Ok(())) => check.ready(),
            Ok(Err(error)) => check.not_ready(error.to_string()),
            Err(_) => check.not_ready("does not answer"),
        }
    }
}

async fn purge_sessions(app: &App) {
    let mut ticks = tokio::time::interval(PURGE_EVERY);
    loop {
        ticks.tick().await;
        loop {
            match app.catalog().sessions().purge(auth::SYSTEM, app.now()).await {
                Ok(0) => break,
                Ok(ended) => tracing::debug!(ended, "forgot ended sessions"),
                Err(error) => {
                    tracing::warn!(%error, "ended sessions were not forgotten");
                    break;
                }
            }
        }
    }
}
