//! Connecting to ClickHouse in the background: nothing else waits for it.

use signalbox_chassis::{shutdown::Shutdown, warn_limited};
use signalbox_warehouse::{Error, Warehouse};
use std::time::Duration;
use tokio::sync::watch;

const RETRY: Duration = Duration::from_millis(500);

/// Where ClickHouse is.
#[derive(Clone)]
pub struct Address {
    /// `http://host:port`.
    pub url: String,
    /// Database.
    pub database: String,
    /// User.
    pub user: String,
    /// Password; empty when there is none.
    pub password: String,
}

/// Connects, brings the schema up to date and then tells; tries until it works or the process stops. A schema that this version must not
/// touch stops the process.
pub fn connect_in_background(address: Address, shutdown: &Shutdown) -> watch::Receiver<Option<Warehouse>> {
    let (ready, receiver) = watch::channel(None);
    let shutdown = shutdown.clone();
    tokio::spawn(async move {
        while !shutdown.is_triggered() {
            match prepare(&address).await {
                Ok(warehouse) => {
                    tracing::info!(database = address.database, "the warehouse is ready");
                    // Keeps the channel open as long as somebody listens.
                    ready.send_replace(Some(warehouse));
                    return ready.closed().await;
                }
                Err(error) if error.is_retryable() => {
                    warn_limited!(6, %error, "the warehouse is not ready yet")
                }
                Err(error) => {
                    tracing::error!(%error, "the warehouse cannot be used");
                    shutdown.trigger("the warehouse cannot be used");
                }
            }
            tokio::time::sleep(RETRY).await;
        }
    });
    receiver
}

async fn prepare(address: &Address) -> Result<Warehouse, Error> {
    let warehouse =
        Warehouse::connect(&address.url, &address.database, &address.user, &address.password).await?;
    warehouse.migrate().await?;
    Ok(warehouse)
}
