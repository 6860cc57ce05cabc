//! Rows that leave tables, or lose columns, for good: mutations, begun table by table until nothing is left to do.
//!
//! Promises: a wish that is repeated finds less to do. Never: waits for ClickHouse to rewrite its parts, or begins to before the last time
//! is done.

use crate::{Error, Warehouse};

/// What one step found and did, by table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RewriteStep {
    /// Rows whose rewriting began with this step.
    pub begun: Vec<(&'static str, u64)>,
    /// Whether nothing is left.
    pub done: bool,
}

/// What is to become of some rows of a table.
#[derive(Debug, Clone)]
pub(crate) struct Rewrite {
    pub table: &'static str,
    /// The rows. Those that are as they should be already must not meet it.
    pub meant: String,
    /// Columns and what they become, as SQL; `None`: the rows go.
    pub set: Option<String>,
}

impl Rewrite {
    /// These rows go.
    pub const fn delete(table: &'static str, meant: String) -> Self {
        Self { table, meant, set: None }
    }
}

impl Warehouse {
    /// One step: begins what is left, in tables of which ClickHouse rewrites nothing for an earlier wish.
    pub(crate) async fn rewrite(&self, wishes: &[Rewrite]) -> Result<RewriteStep, Error> {
        let mut step = RewriteStep { done: true, ..RewriteStep::default() };
        for Rewrite { table, meant, set } in wishes {
            if self.is_rewritten(table).await? {
                step.done = false;
                continue;
            }
            let left = format!("SELECT count() FROM {table} WHERE {meant}");
            let rows: u64 = self.fetch_one(self.query(&left)).await?;
            if rows > 0 {
                let what = set.as_ref().map_or_else(|| "DELETE".to_owned(), |set| format!("UPDATE {set}"));
                self.define(&format!("ALTER TABLE {table} {what} WHERE {meant}")).await?;
                step.begun.push((*table, rows));
                step.done = false;
            }
        }
        Ok(step)
    }

    /// Whether ClickHouse still rewrites a table for an earlier wish.
    pub(crate) async fn is_rewritten(&self, table: &str) -> Result<bool, Error> {
        let sql = "SELECT count() FROM system.mutations \
                   WHERE database = currentDatabase() AND table = {table:String} AND is_done = 0";
        Ok(self.fetch_one::<u64>(self.query(sql).param("table", table)).await? > 0)
    }
}
