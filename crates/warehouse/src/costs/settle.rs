//! Brings staged rows into the ledger, each once.

use super::stage::{PREFIX, UNDO_JOURNAL, journal, name, rows_of};
use super::{CostAction, CostLedger, CostPoint, PendingCosts};
use crate::sql::Params;
use crate::{Error, Warehouse};
use signalbox_domain::Scope;
use std::collections::HashMap;

/// How far [`CostLedger::settle`] came.
pub(super) enum Settled {
    /// Every row is in the ledger.
    Done,
    /// Rows that are still missing stand in this new staging table, which the head must name before anybody reads it.
    Restaged(String),
}

impl CostLedger {
    /// Moves every partition whose rows the ledger does not have yet. Partitions that an earlier attempt, or somebody else, has moved
    /// are gone from the staging table.
    pub(super) async fn settle(&self, scope: &Scope, pending: &PendingCosts) -> Result<Settled, Error> {
        let staging = &pending.staging;
        if table_exists(&self.warehouse, &set_aside(staging)).await? {
            return self.restage(scope, pending).await;
        }
        if !table_exists(&self.warehouse, staging).await? {
            // Moved, marked and dropped by somebody else, who is about to clear the head; the count below says so.
            return self.verify(scope, pending).await;
        }
        let present = self.present(scope, pending).await?;
        for (number, (partition, rows)) in partitions(&self.warehouse, staging).await?.into_iter().enumerate()
        {
            let missing = if present.contains_key(&partition) {
                self.missing(scope, pending, &partition).await?
            } else {
                rows
            };
            if missing == rows {
                self.move_partition(staging, &partition).await?;
            } else if missing > 0 {
                // A server that died in the middle of a move has taken some of the parts. The new name stops whoever would still
                // move the whole.
                let sql = format!("RENAME TABLE {staging} TO {}", set_aside(staging));
                self.warehouse.define(&sql).await?;
                return self.restage(scope, pending).await;
            }
            self.at(CostPoint::Moved(number + 1)).await?;
        }
        self.verify(scope, pending).await
    }

    /// The error of a step, or a reason to try again when the staging table was taken away in the middle of it.
    pub(super) async fn unless_gone(&self, staging: &str, error: Error) -> Error {
        match table_exists(&self.warehouse, staging).await {
            Ok(false) => {
                Error::Unavailable { reason: "somebody else is finishing the correction".to_owned() }
            }
            _ => error,
        }
    }

    async fn move_partition(&self, staging: &str, partition: &str) -> Result<(), Error> {
        let sql = format!("ALTER TABLE {staging} MOVE PARTITION ID '{partition}' TO TABLE facts");
        self.warehouse.define(&sql).await
    }

    /// How many of a partition's staged rows are not in the ledger.
    async fn missing(&self, scope: &Scope, pending: &PendingCosts, partition: &str) -> Result<u64, Error> {
        let mut params = Params::default();
        let condition = not_there(scope, pending, &mut params);
        let sql = format!(
            "SELECT count() FROM {} WHERE _partition_id = '{partition}' AND {condition}",
            pending.staging
        );
        self.warehouse.fetch_one(params.apply(self.warehouse.query(&sql))).await
    }

    /// Puts the rows that are not in the ledger into a new staging table.
    async fn restage(&self, scope: &Scope, pending: &PendingCosts) -> Result<Settled, Error> {
        let (from, to) = (set_aside(&pending.staging), name(pending.correction));
        tracing::warn!(from, to, "a cost correction is there in part; adding the rest");
        self.create_staging(&to).await?;
        let mut params = Params::default();
        let condition = not_there(scope, pending, &mut params);
        self.fill(&format!("INSERT INTO {to} SELECT * FROM {from} WHERE {condition}"), params).await?;
        Ok(Settled::Restaged(to))
    }

    /// Rows of the correction in the ledger, by partition.
    async fn present(&self, scope: &Scope, pending: &PendingCosts) -> Result<HashMap<String, u64>, Error> {
        let mut params = Params::default();
        let condition = rows_of(scope, identity(pending), &mut params);
        let sql =
            format!("SELECT _partition_id, count() FROM facts WHERE {condition} GROUP BY _partition_id");
        let found: Vec<(String, u64)> =
            self.warehouse.fetch_all(params.apply(self.warehouse.query(&sql))).await?;
        Ok(found.into_iter().collect())
    }

    /// The ledger must hold every row once.
    async fn verify(&self, scope: &Scope, pending: &PendingCosts) -> Result<Settled, Error> {
        let there: u64 = self.present(scope, pending).await?.values().sum();
        if there == pending.clicks {
            return Ok(Settled::Done);
        }
        let reason = format!(
            "the ledger has {there} rows of the cost correction {}, and {} were prepared",
            pending.correction, pending.clicks
        );
        Err(Error::Corrupt { reason })
    }

    /// Drops staging tables that no head names; call it when nothing is under way in this process, for what others left behind.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn drop_leftovers(&self, in_use: &[String], older_than_s: u64) -> Result<usize, Error> {
        let sql = "SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, {prefix:String}) \
                   AND metadata_modification_time < now() - {age:UInt64}";
        let query = self.warehouse.query(sql).param("prefix", PREFIX).param("age", older_than_s);
        let names: Vec<String> = self.warehouse.fetch_all(query).await?;
        let of_nobody = |name: &&String| !in_use.iter().any(|used| name.starts_with(used.as_str()));
        let stale: Vec<&String> = names.iter().filter(of_nobody).collect();
        for name in &stale {
            self.drop_staging(name).await;
        }
        Ok(stale.len())
    }
}

/// Where a staging table goes that was moved in part.
pub(super) fn set_aside(staging: &str) -> String {
    format!("{staging}_r")
}

/// The condition of staged rows that the ledger does not have.
fn not_there(scope: &Scope, pending: &PendingCosts, params: &mut Params) -> String {
    let condition = rows_of(scope, identity(pending), params);
    format!(
        "(click_journal, click_seq) NOT IN (SELECT click_journal, click_seq FROM facts WHERE {condition})"
    )
}

fn identity(pending: &PendingCosts) -> (signalbox_domain::CostCorrectionId, u64) {
    let mark = match pending.action {
        CostAction::Apply => journal(pending.mode),
        CostAction::Undo => UNDO_JOURNAL,
    };
    (pending.correction, mark)
}

async fn table_exists(warehouse: &Warehouse, name: &str) -> Result<bool, Error> {
    let sql = "SELECT count() FROM system.tables WHERE database = currentDatabase() AND name = {name:String}";
    Ok(warehouse.fetch_one::<u64>(warehouse.query(sql).param("name", name)).await? > 0)
}

/// Partitions of a table and their rows.
async fn partitions(warehouse: &Warehouse, table: &str) -> Result<Vec<(String, u64)>, Error> {
    let sql = "SELECT partition_id, sum(rows) FROM system.parts WHERE database = currentDatabase() AND table = {table:String} \
               AND active GROUP BY partition_id ORDER BY partition_id";
    let found: Vec<(String, u64)> = warehouse.fetch_all(warehouse.query(sql).param("table", table)).await?;
    match found.iter().find(|(id, _)| !id.chars().all(|c| c.is_ascii_alphanumeric())) {
        Some((id, _)) => Err(Error::Corrupt { reason: format!("partition id {id:?} of {table}") }),
        None => Ok(found),
    }
}
