//! Which ClickHouse: the embedded engine, supervised as a child process, or a server.

use postback_service::connect::{Address, connect_in_background};
use signalbox_chassis::{
    health::Readiness,
    settings::{WarehouseSettings, WarehouseUrl},
    shutdown::{Phase, Shutdown},
    warn_limited,
};
use signalbox_embedded_clickhouse::{Error, Handle, Supervisor, SupervisorConfig, find_library};
use signalbox_warehouse::Warehouse;
use std::{path::Path, time::Duration};
use tokio::sync::watch;

/// Pause before an engine that did not start is started again.
const RETRY: Duration = Duration::from_secs(1);
/// How often ClickHouse is asked whether it answers, and how long it may take.
const PING: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(5));

/// The warehouse, as soon as it answers and its schema is current.
pub type Found = watch::Receiver<Option<Warehouse>>;

/// Starts the embedded engine if the settings want it. The engine is stopped last. `waits`: whether the instance waits for it, as at a first
/// start, when a person wants to know what is wrong; otherwise an engine that does not start is started again and again, for redirects and
/// the journal need none.
///
/// # Errors
/// When the engine's library is missing, its port is taken or, waiting for it, it does not start; the text says what to do.
pub async fn start(
    settings: &WarehouseSettings,
    exe: &Path,
    shutdown: &Shutdown,
    waits: bool,
) -> Result<Found, Error> {
    let database = settings.database_name().to_owned();
    if let WarehouseUrl::Http(server) = &settings.url {
        let address = Address {
            url: server.base_url.clone(),
            database,
            user: server.user.clone().unwrap_or_else(|| "default".to_owned()),
            password: server.password.as_ref().map(|password| password.expose().clone()).unwrap_or_default(),
        };
        return Ok(connect_in_background(address, shutdown));
    }
    let config = SupervisorConfig {
        args: vec!["embedded-clickhouse".into()],
        library: settings.libchdb_path.clone(),
        port: settings.listen_port,
        ..SupervisorConfig::new(exe, &settings.data_dir)
    };
    if waits {
        let handle = Supervisor::start(config).await?;
        let address = address_of(&handle, database);
        stop_last(handle, shutdown);
        return Ok(connect_in_background(address, shutdown));
    }
    find_library(settings.libchdb_path.as_deref())?;
    let (found, receiver) = watch::channel(None);
    tokio::spawn(start_until_it_works(config, database, found, shutdown.clone()));
    Ok(receiver)
}

/// Tells operators whether ClickHouse answers. It takes nothing out of service: what it does not take waits in the journals.
pub fn tell(found: &Found, readiness: &Readiness, shutdown: &Shutdown) {
    let (mut found, stop) = (found.clone(), shutdown.token(Phase::Drain));
    let check = readiness.register_optional("warehouse");
    check.not_ready("ClickHouse has not answered yet");
    let look = async move {
        let Ok(warehouse) = found.wait_for(Option::is_some).await.map(|warehouse| warehouse.clone()) else {
            return;
        };
        let Some(warehouse) = warehouse else { return };
        loop {
            match tokio::time::timeout(PING.1, warehouse.ping()).await {
                Ok(Ok(())) => check.ready(),
                Ok(Err(error)) => check.not_ready(error.to_string()),
                Err(_) => check.not_ready("ClickHouse does not answer"),
            }
            tokio::time::sleep(PING.0).await;
        }
    };
    tokio::spawn(async move {
        tokio::select! {
            () = stop.cancelled() => {}
            () = look => {}
        }
    });
}

fn address_of(handle: &Handle, database: String) -> Address {
    Address {
        url: handle.base_url(),
        database,
        user: handle.user().to_owned(),
        password: handle.password().unwrap_or_default().to_owned(),
    }
}

fn stop_last(handle: Handle, shutdown: &Shutdown) {
    let guard = shutdown.guard(Phase::Close, "embedded ClickHouse");
    tokio::spawn(async move {
        guard.begun().await;
        handle.stop().await;
        drop(guard);
    });
}

async fn start_until_it_works(
    config: SupervisorConfig,
    database: String,
    found: watch::Sender<Option<Warehouse>>,
    shutdown: Shutdown,
) {
    let stop = shutdown.token(Phase::Drain);
    let handle = loop {
        // A start that is given up takes its child along.
        let started = tokio::select! {
            () = stop.cancelled() => return,
            started = Supervisor::start(config.clone()) => started,
        };
        match started {
            Ok(handle) => break handle,
            Err(error) if error.is_retryable() && !matches!(error, Error::PortTaken { .. }) => {
                warn_limited!(6, %error, "the embedded ClickHouse does not start; clicks and postbacks wait in the journal");
            }
            Err(error) => {
                tracing::error!(%error, "the embedded ClickHouse cannot be used");
                return shutdown.trigger("the embedded ClickHouse cannot be used");
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(RETRY) => {}
        }
    };
    let mut connected = connect_in_background(address_of(&handle, database), &shutdown);
    stop_last(handle, &shutdown);
    if let Ok(warehouse) = connected.wait_for(Option::is_some).await.map(|warehouse| warehouse.clone()) {
        found.send_replace(warehouse);
        // Keeps both channels open as long as somebody listens.
        found.closed().await;
    }
}
