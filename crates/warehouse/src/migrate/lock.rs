//! A lock between starters, made of a table: creating one that exists fails, so only one creator wins.
//!
//! The comment of the table names the owner and is renewed while it works; a lock that was not renewed for a while belongs to
//! somebody who died and is taken away. The lock spares noise; the safety lies in statements that can be run twice.

use crate::{Error, Warehouse};
use clickhouse::Row;
use serde::Deserialize;
use std::time::Duration;
use tokio::time::Instant;

const TABLE: &str = "schema_migrations_lock";
/// A lock that was not renewed for this long is stale.
const STALE_AFTER_SECONDS: u64 = 10;
/// How long to wait for another starter.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often to look whether the lock is free.
const POLL: Duration = Duration::from_millis(200);
/// ClickHouse's `TABLE_ALREADY_EXISTS`.
const TABLE_ALREADY_EXISTS: i32 = 57;

/// The lock, held by this process.
pub struct Lock {
    owner: String,
}

#[derive(Debug, Row, Deserialize)]
struct Holder {
    comment: String,
    age_seconds: u64,
}

impl Lock {
    /// Waits for the lock and takes it.
    pub async fn take(warehouse: &Warehouse) -> Result<Self, Error> {
        let lock = Self { owner: format!("{:016x}", rand::random::<u64>()) };
        let deadline = Instant::now() + PATIENCE;
        loop {
            let sql = format!("CREATE TABLE {TABLE} (x UInt8) ENGINE = Memory COMMENT '{}'", lock.owner);
            match warehouse.define(&sql).await {
                Ok(()) => return Ok(lock),
                Err(Error::Statement { code: TABLE_ALREADY_EXISTS, .. }) => {}
                Err(error) => return Err(error),
            }
            match holder(warehouse).await? {
                Some(other) if other.age_seconds > STALE_AFTER_SECONDS => {
                    tracing::warn!(
                        owner = other.comment,
                        age_seconds = other.age_seconds,
                        "removing a stale migration lock"
                    );
                    warehouse.define(&format!("DROP TABLE IF EXISTS {TABLE}")).await?;
                }
                _ if Instant::now() >= deadline => {
                    return Err(Error::Unavailable {
                        reason: format!("another process has been migrating for {} s", PATIENCE.as_secs()),
                    });
                }
                _ => tokio::time::sleep(POLL).await,
            }
        }
    }

    /// Shows that the owner is alive; an error when the lock was lost.
    pub async fn renew(&self, warehouse: &Warehouse) -> Result<(), Error> {
        let held = holder(warehouse).await?.is_some_and(|holder| holder.comment == self.owner);
        if !held {
            return Err(Error::Unavailable {
                reason: "the migration lock was lost to another process".to_owned(),
            });
        }
        // Any change of the definition renews the modification time.
        warehouse.define(&format!("ALTER TABLE {TABLE} MODIFY COMMENT '{}'", self.owner)).await
    }

    /// Gives the lock back; when that fails it becomes stale by itself.
    pub async fn release(self, warehouse: &Warehouse) {
        match holder(warehouse).await {
            Ok(Some(holder)) if holder.comment == self.owner => {
                if let Err(error) = warehouse.define(&format!("DROP TABLE IF EXISTS {TABLE}")).await {
                    tracing::warn!(%error, "the migration lock could not be removed; it will be taken for stale");
                }
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the migration lock could not be read"),
        }
    }
}

async fn holder(warehouse: &Warehouse) -> Result<Option<Holder>, Error> {
    let sql = format!(
        "SELECT comment, toUInt64(greatest(0, dateDiff('second', metadata_modification_time, now()))) AS age_seconds \
         FROM system.tables WHERE database = currentDatabase() AND name = '{TABLE}'"
    );
    Ok(warehouse.fetch_all::<Holder>(warehouse.query(&sql)).await?.pop())
}
