//! Puts rows back that the deduplication log claims but the table does not have (the server died between the two).
//!
//! The same token would be refused, and another one would feed dependent views twice. So the rows go into a staging table and its
//! partitions are attached, which neither asks the log nor feeds views.
//!
//! A writer that was taken over must not attach late. It makes the staging table, *then* looks whether it still holds the cursor; a
//! new holder first changes the cursor, *then* drops the staging tables of all before it and waits until nobody works with them. One
//! of the two always sees the other.

use super::fill::Filled;
use super::insert::insert_block;
use super::put::Job;
use super::{Point, Writer};
use crate::{Error, Warehouse};
use signalbox_events::JournalId;
use std::time::Duration;
use tokio::time::Instant;

/// How long to wait for statements of an earlier writer.
const UNUSED_WITHIN: Duration = Duration::from_secs(60);

fn prefix(journal: JournalId) -> String {
    format!("repair_{journal}_")
}

/// Attaches `rows` to their table.
pub async fn attach(writer: &Writer, job: &Job<'_>, rows: &Filled) -> Result<(), Error> {
    let table = rows.table();
    let warehouse = &writer.warehouse;
    let staging = format!("{}{}_{table}", prefix(writer.journal), job.cursor.epoch);
    tracing::warn!(journal = %writer.journal, table, rows = rows.keys.len(), "rows are missing although they were confirmed; putting them back");
    warehouse.define(&format!("DROP TABLE IF EXISTS {staging}")).await?;
    warehouse.define(&format!("CREATE TABLE {staging} AS {table}")).await?;
    let stored = writer.cursors.load(writer.journal).await?;
    if stored.as_ref() != Some(job.cursor) {
        warehouse.define(&format!("DROP TABLE IF EXISTS {staging}")).await?;
        return Err(Error::Fenced { journal: writer.journal });
    }
    insert_block(warehouse, &staging, rows, None).await?;
    writer.hook.at(Point::Repairing(table)).await?;
    for partition in partitions(warehouse, &staging).await? {
        let sql = format!("ALTER TABLE {table} ATTACH PARTITION ID '{partition}' FROM {staging}");
        warehouse.define(&sql).await?;
    }
    warehouse.define(&format!("DROP TABLE IF EXISTS {staging}")).await
}

async fn partitions(warehouse: &Warehouse, table: &str) -> Result<Vec<String>, Error> {
    let sql = "SELECT DISTINCT partition_id FROM system.parts \
               WHERE database = currentDatabase() AND table = {table:String} AND active ORDER BY partition_id";
    let ids: Vec<String> = warehouse.fetch_all(warehouse.query(sql).param("table", table)).await?;
    match ids.iter().find(|id| !id.chars().all(|c| c.is_ascii_alphanumeric())) {
        Some(id) => Err(Error::Corrupt { reason: format!("partition id {id:?} of {table}") }),
        None => Ok(ids),
    }
}

/// Drops the staging tables of earlier holders of a journal.
pub async fn drop_stale(warehouse: &Warehouse, journal: JournalId) -> Result<(), Error> {
    let sql = "SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, {prefix:String})";
    let names: Vec<String> =
        warehouse.fetch_all(warehouse.query(sql).param("prefix", prefix(journal))).await?;
    for name in &names {
        warehouse.define(&format!("DROP TABLE IF EXISTS {name}")).await?;
    }
    // `DROP … SYNC` would wait as well, but also for references that failed queries leave behind.
    for name in &names {
        wait_until_unused(warehouse, name).await?;
    }
    Ok(())
}

/// Waits for statements that were already working with a table when it was dropped.
async fn wait_until_unused(warehouse: &Warehouse, name: &str) -> Result<(), Error> {
    let deadline = Instant::now() + UNUSED_WITHIN;
    let sql = "SELECT count() FROM system.processes WHERE position(query, {name:String}) > 0 AND query_id != queryID()";
    while warehouse.fetch_one::<u64>(warehouse.query(sql).param("name", name)).await? > 0 {
        if Instant::now() >= deadline {
            return Err(Error::Unavailable { reason: format!("an earlier writer still works with {name}") });
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}
