//! Which ClickHouse: the embedded engine, supervised as a child process, or a server.

use postback_service::connect::Address;
use signalbox_chassis::{
    settings::{WarehouseSettings, WarehouseUrl},
    shutdown::{Phase, Shutdown},
};
use signalbox_embedded_clickhouse::{Error, Supervisor, SupervisorConfig};
use std::path::Path;

/// Starts the embedded engine if the settings want it, and says where ClickHouse answers. The engine is stopped last.
///
/// # Errors
/// When the engine's library is missing or its port or folder is taken; the text says what to do.
pub async fn start(settings: &WarehouseSettings, exe: &Path, shutdown: &Shutdown) -> Result<Address, Error> {
    let database = settings.database_name().to_owned();
    if let WarehouseUrl::Http(server) = &settings.url {
        return Ok(Address {
            url: server.base_url.clone(),
            database,
            user: server.user.clone().unwrap_or_else(|| "default".to_owned()),
            password: server.password.as_ref().map(|password| password.expose().clone()).unwrap_or_default(),
        });
    }
    let config = SupervisorConfig {
        args: vec!["embedded-clickhouse".into()],
        library: settings.libchdb_path.clone(),
        port: settings.listen_port,
        ..SupervisorConfig::new(exe, &settings.data_dir)
    };
    let handle = Supervisor::start(config).await?;
    let address = Address {
        url: handle.base_url(),
        database,
        user: handle.user().to_owned(),
        password: handle.password().unwrap_or_default().to_owned(),
    };
    let guard = shutdown.guard(Phase::Close, "embedded ClickHouse");
    tokio::spawn(async move {
        guard.begun().await;
        handle.stop().await;
        drop(guard);
    });
    Ok(address)
}
