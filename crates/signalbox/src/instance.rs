//! One instance: stores, journals, engine and the three services, wired together.

use crate::{announce::Addresses, backup, engine};
use signalbox_catalog::Catalog;
use signalbox_chassis::{
    health::{self, HealthServer},
    process::Context,
    shutdown::{Phase, Shutdown},
};
use signalbox_detect::Detector;
use signalbox_events::{Journal, kafka::Shipper};
use std::{path::PathBuf, sync::Arc};

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
    let Context { settings, shutdown, readiness } = context;
    let exe = exe.map_or_else(|| std::env::current_exe().map_err(Error::Exe), Ok)?;
    let catalog = Catalog::open(&settings.catalog.url.store_url()).await?;
    let clicks = traffic_service::journal::open_clicks(&settings.journal)?;
    let journals = postback_service::journal::open(&settings.journal)?;
    let source = postback_service::journal::source(&settings.journal, &journals, Some(clicks.clone()))?;
    let shipper = traffic_service::journal::ship(&settings.journal, &clicks)?;
    let detector = Detector::start(&settings);
    let address = engine::start(&settings.warehouse, &exe, &shutdown).await?;
    let warehouse = postback_service::connect::connect_in_background(address, &shutdown);
    let health = [
        health::serve("traffic.health_listen", settings.traffic.health_listen, readiness.clone())?,
        health::serve("postback.health_listen", settings.postback.health_listen, readiness.clone())?,
    ];

    let deps = postback_service::Deps {
        catalog: catalog.clone(),
        warehouse: warehouse.clone(),
        postbacks: journals.postbacks.clone(),
        facts: journals.facts.clone(),
        source,
        node_name: settings.instance.node_name.clone(),
    };
    let postback = postback_service::start(&settings.postback, deps, &readiness, &shutdown).await?;
    let deps = traffic_service::Deps {
        catalog: catalog.clone(),
        detector: Arc::clone(&detector),
        clicks: clicks.clone(),
        durability: traffic_service::journal::durability(&settings.journal),
        postbacks: Some(postback.routes),
        received: None,
        state_dir: settings.instance.data_dir.join("traffic"),
    };
    let traffic = traffic_service::start(&settings.traffic, deps, &readiness, &shutdown).await?;
    let traffic_url = settings.traffic.public_base(traffic.address.port());
    let postback_url = settings.postback.public_base(postback.address.port());
    let deps = api_service::Deps {
        catalog: catalog.clone(),
        warehouse: warehouse.clone(),
        detector,
        landings_dir: settings.traffic.landings_dir.clone(),
        traffic_url: traffic_url.clone(),
        postback_url: postback_url.clone(),
    };
    let api = api_service::start(&settings.api, deps, &readiness, &shutdown).await?;
    let control = backup::Control {
        settings: settings.clone(),
        catalog: catalog.clone(),
        writers: postback.writers,
        warehouse,
    };
    backup::serve(control, &shutdown).map_err(Error::Control)?;
    close_last(&shutdown, shipper, [clicks, journals.postbacks, journals.facts], catalog);
    let addresses = Addresses {
        admin: settings.api.public_base(api.address.port()),
        traffic: traffic_url,
        postback: postback_url,
        setup_url: api.setup_url,
    };
    Ok(Running { addresses, _health: health })
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
