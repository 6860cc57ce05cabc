//! One instance: stores, journals, engine and the three services, wired together.
//!
//! A first start waits for everything and says what is wrong. An instance that has routed before starts without its catalog and without its
//! analytics engine: it redirects by the configuration on disk and journals, and the rest joins in when it is there.

use crate::{announce::Addresses, backup, engine};
use signalbox_catalog::{Catalog, Vault};
use signalbox_chassis::{
    health::{self, HealthServer, Readiness},
    process::Context,
    settings::Settings,
    shutdown::{Phase, Shutdown},
    warn_limited,
};
use signalbox_detect::Detector;
use signalbox_events::{Journal, kafka::Shipper};
use std::{path::PathBuf, sync::Arc, time::Duration};

/// How long a start waits for a catalog that it can do without for a while.
const CATALOG_PATIENCE: Duration = Duration::from_secs(2);
/// Pause before an API that found no catalog is started again.
const API_RETRY: Duration = Duration::from_secs(1);

/// Why an instance cannot start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The catalog.
    #[error("catalog: {0}")]
    Catalog(#[from] signalbox_catalog::Error),
    /// A journal.
    #[error("journal: {0}")]
    Journal(#[from] signalbox_events::Error),
    /// The embedded engine.
    #[error("warehouse: {0}")]
    Engine(#[from] signalbox_embedded_clickhouse::Error),
    /// A port, thread or setting.
    #[error(transparent)]
    Chassis(#[from] signalbox_chassis::Error),
    /// The traffic service.
    #[error("traffic: {0}")]
    Traffic(#[from] traffic_service::Error),
    /// The postback service.
    #[error("postback: {0}")]
    Postback(#[from] postback_service::Error),
    /// The API service.
    #[error("api: {0}")]
    Api(#[from] api_service::Error),
    /// The socket for backups.
    #[error("the control socket in the data directory cannot be made: {0}")]
    Control(std::io::Error),
    /// This program's own path is unknown, so that it cannot start the engine.
    #[error("cannot find this program's own file: {0}")]
    Exe(std::io::Error),
}

/// A running instance; what must live until the stop is over.
pub struct Running {
    /// Where everything answers.
    pub addresses: Addresses,
    _health: [HealthServer; 2],
}

/// Starts everything. `exe` is the program that can host the embedded engine; `None`: this one.
///
/// # Errors
/// The first part that cannot start, with what to do.
pub async fn start(context: Context, exe: Option<PathBuf>) -> Result<Running, Error> {
    let Context { settings, shutdown, readiness, front } = context;
    let exe = exe.map_or_else(|| std::env::current_exe().map_err(Error::Exe), Ok)?;
    let can_route = settings.traffic.snapshot_path.exists();
    let catalog = open_catalog(&settings, can_route, &shutdown).await?;
    let clicks = traffic_service::journal::open_clicks(&settings.journal)?;
    let journals = postback_service::journal::open(&settings.journal)?;
    let source = postback_service::journal::source(&settings.journal, &journals, Some(clicks.clone()))?;
    let shipper = traffic_service::journal::ship(&settings.journal, &clicks)?;
    let detector = Detector::start(&settings);
    let warehouse = engine::start(&settings.warehouse, &exe, &shutdown, !can_route).await?;
    engine::tell(&warehouse, &readiness, &shutdown);
    // A catalog that is away takes the admin out of service, not the redirects.
    let (traffic_part, postback_part) = (readiness.part(), readiness.part());
    let health = answer_health(&settings, [&traffic_part, &postback_part])?;
    watch([&journals.postbacks, &journals.facts], &shutdown);

    let deps = postback_service::Deps {
        catalog: catalog.clone(),
        warehouse: warehouse.clone(),
        postbacks: journals.postbacks.clone(),
        facts: journals.facts.clone(),
        source,
        own_clicks: Some(clicks.clone()),
        node_name: settings.instance.node_name.clone(),
        front: front.clone(),
    };
    let postback = postback_service::start(&settings.postback, deps, &postback_part, &shutdown).await?;
    let deps = traffic_service::Deps {
        catalog: catalog.clone(),
        detector: Arc::clone(&detector),
        clicks: clicks.clone(),
        durability: traffic_service::journal::durability(&settings.journal),
        postbacks: Some(postback.routes),
        received: None,
        events: Some(journals.postbacks.clone()),
        state_dir: settings.instance.data_dir.join("traffic"),
        front,
    };
    let traffic = traffic_service::start(&settings.traffic, deps, &traffic_part, &shutdown).await?;
    let traffic_url = settings.traffic.public_base(traffic.address.port());
    let postback_url = settings.postback.public_base(postback.address.port());
    let api = Api {
        settings: settings.clone(),
        catalog: catalog.clone(),
        warehouse: warehouse.clone(),
        detector,
        urls: (traffic_url.clone(), postback_url.clone()),
        readiness,
        shutdown: shutdown.clone(),
    };
    let api = api.start_or_wait(can_route).await?;
    let control = backup::Control {
        settings: settings.clone(),
        catalog: catalog.clone(),
        writers: postback.writers,
        warehouse,
    };
    backup::serve(control, &shutdown).map_err(Error::Control)?;
    close_last(&shutdown, shipper, [clicks, journals.postbacks, journals.facts], catalog);
    let addresses = Addresses {
        admin: admin_base(&settings, api.as_ref()),
        traffic: traffic_url,
        postback: postback_url,
        setup_url: api.and_then(|api| api.setup_url),
    };
    Ok(Running { addresses, _health: health })
}

/// Where traffic and postbacks say how they are.
fn answer_health(
    settings: &Settings,
    [traffic, postback]: [&Readiness; 2],
) -> Result<[HealthServer; 2], signalbox_chassis::Error> {
    Ok([
        health::serve("traffic.health_listen", settings.traffic.health_listen, traffic.clone())?,
        health::serve("postback.health_listen", settings.postback.health_listen, postback.clone())?,
    ])
}

/// Tells operators of the journals.
fn watch(journals: [&Journal; 2], shutdown: &Shutdown) {
    for journal in journals {
        let stop = shutdown.token(Phase::Flush).cancelled_owned();
        tokio::spawn(signalbox_events::watch(journal.clone(), stop));
    }
}

/// Where the admin answers, or will once the catalog is there.
fn admin_base(settings: &Settings, api: Option<&api_service::Running>) -> String {
    settings.api.public_base(api.map_or(settings.api.listen.port(), |api| api.address.port()))
}

/// The catalog; a later start goes on without one that does not answer.
async fn open_catalog(
    settings: &Settings,
    can_route: bool,
    shutdown: &Shutdown,
) -> Result<Catalog, signalbox_catalog::Error> {
    let url = settings.catalog.url.store_url();
    let secret_key = settings.catalog.secret_key.as_ref().map(|key| *key.expose());
    let vault = Vault::find(secret_key, &settings.secret_key_path(), settings.catalog.is_local())?;
    if !can_route {
        return Ok(Catalog::open(&url).await?.with_vault(vault));
    }
    let shutdown = shutdown.clone();
    let failed = move |error| {
        tracing::error!(%error, "the catalog cannot be used");
        shutdown.trigger("the catalog cannot be used");
    };
    Ok(Catalog::open_late(&url, CATALOG_PATIENCE, failed).await?.with_vault(vault))
}

/// What the admin and the API are started with, perhaps more than once: nobody can log in without the catalog.
struct Api {
    settings: Settings,
    catalog: Catalog,
    warehouse: engine::Found,
    detector: Arc<Detector>,
    urls: (String, String),
    readiness: Readiness,
    shutdown: Shutdown,
}

impl Api {
    async fn start(&self) -> Result<api_service::Running, api_service::Error> {
        let deps = api_service::Deps {
            catalog: self.catalog.clone(),
            warehouse: self.warehouse.clone(),
            detector: Arc::clone(&self.detector),
            allow_private: self.settings.postback.delivery_allow_private.clone(),
            landings_dir: self.settings.traffic.landings_dir.clone(),
            traffic_url: self.urls.0.clone(),
            postback_url: self.urls.1.clone(),
        };
        api_service::start(&self.settings.api, deps, &self.readiness, &self.shutdown).await
    }

    /// Starts it; when the catalog is away and `may_wait`, it is started once the catalog is back.
    async fn start_or_wait(self, may_wait: bool) -> Result<Option<api_service::Running>, api_service::Error> {
        match self.start().await {
            Err(api_service::Error::Catalog(error)) if may_wait && error.is_retryable() => {
                tracing::warn!(%error, "the admin is not there before the catalog is; redirects go on");
                tokio::spawn(self.start_when_possible());
                Ok(None)
            }
            started => started.map(Some),
        }
    }

    async fn start_when_possible(self) {
        let waiting = self.readiness.register("admin");
        waiting.not_ready("waits for the catalog");
        while !self.shutdown.is_triggered() {
            tokio::time::sleep(API_RETRY).await;
            match self.start().await {
                Ok(running) => {
                    waiting.ready();
                    tracing::info!(url = running.url, "admin and API answer");
                    return;
                }
                Err(api_service::Error::Catalog(error)) if error.is_retryable() => {
                    warn_limited!(6, %error, "the admin waits for the catalog");
                }
                Err(error) => {
                    tracing::error!(%error, "the admin cannot be started");
                    return self.shutdown.trigger("the admin cannot be started");
                }
            }
        }
    }
}

/// Closes journals and catalog when every part that uses them has ended.
fn close_last(shutdown: &Shutdown, shipper: Option<Shipper>, journals: [Journal; 3], catalog: Catalog) {
    let guard = shutdown.guard(Phase::Close, "stores");
    tokio::spawn(async move {
        guard.begun().await;
        if let Some(shipper) = shipper {
            shipper.stop(std::time::Duration::from_secs(2)).await;
        }
        let closed = tokio::task::spawn_blocking(move || journals.iter().try_for_each(Journal::close));
        if let Ok(Err(error)) = closed.await {
            tracing::warn!(%error, "a journal could not be closed in good order");
        }
        catalog.store().close().await;
        drop(guard);
    });
}
