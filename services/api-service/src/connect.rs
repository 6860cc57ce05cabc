//! Connecting to ClickHouse in the background: all but reports and logs works without it.

use signalbox_chassis::{
    settings::HttpWarehouse,
    shutdown::{Phase, Shutdown},
    warn_limited,
};
use signalbox_warehouse::{Error, Warehouse};
use std::time::Duration;
use tokio::sync::watch;

const RETRY: Duration = Duration::from_millis(500);

/// Connects to a server and brings its schema up to date, again and again until it works or the process stops.
pub fn connect(
    server: &HttpWarehouse,
    database: &str,
    shutdown: &Shutdown,
) -> watch::Receiver<Option<Warehouse>> {
    let (found, receiver) = watch::channel(None);
    let (server, database) = (server.clone(), database.to_owned());
    let stop = shutdown.token(Phase::Drain);
    let keep_trying = async move {
        loop {
            match prepare(&server, &database).await {
                Ok(warehouse) => {
                    found.send_replace(Some(warehouse));
                    // Keeps the channel open as long as somebody listens.
                    return found.closed().await;
                }
                Err(error) => warn_limited!(6, %error, "the warehouse is not ready yet"),
            }
            tokio::time::sleep(RETRY).await;
        }
    };
    tokio::spawn(async move {
        tokio::select! {
            () = stop.cancelled() => {}
            () = keep_trying => {}
        }
    });
    receiver
}

async fn prepare(server: &HttpWarehouse, database: &str) -> Result<Warehouse, Error> {
    let user = server.user.as_deref().unwrap_or("default");
    let password = server.password.as_ref().map_or("", |password| password.expose().as_str());
    let warehouse = Warehouse::connect(&server.base_url, database, user, password).await?;
    warehouse.migrate().await?;
    Ok(warehouse)
}
