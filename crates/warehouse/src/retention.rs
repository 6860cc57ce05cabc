//! Forgetting single events that are old.
//!
//! Promises: only rows of the scope's workspace, only of detail tables: the ledger that reports are made of is not touched, so no figure
//! changes; the rows leave the disk (a mutation, not a mark). Never: waits for ClickHouse to rewrite its parts, or begins to before the
//! last time is done.

use crate::{Error, Warehouse};
use signalbox_domain::{Scope, Timestamp};

/// A kind of single events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Detail {
    /// Clicks and landing clicks.
    Clicks,
    /// Clicks of machines.
    Bots,
    /// Conversions with their history, by the time at which they were first reported.
    Conversions,
    /// Inbound postbacks.
    Postbacks,
    /// Attempts to deliver.
    Deliveries,
    /// Records that could not be written.
    DeadLetters,
}

impl Detail {
    const fn table(self) -> &'static str {
        match self {
            Self::Clicks | Self::Bots => "clicks",
            Self::Conversions => "conversions",
            Self::Postbacks => "postbacks",
            Self::Deliveries => "deliveries",
            Self::DeadLetters => "dead_letters",
        }
    }

    /// The column of time that leads the order key, and what else must hold.
    const fn condition(self) -> (&'static str, &'static str) {
        match self {
            Self::Clicks => ("click_at", ""),
            Self::Bots => ("click_at", " AND bot_reason != ''"),
            Self::Conversions => ("converted_at", ""),
            Self::Postbacks => ("received_at", ""),
            Self::Deliveries | Self::DeadLetters => ("at", ""),
        }
    }
}

impl Warehouse {
    /// Has the events of the workspace from before `before` deleted; how many there were. `None` when ClickHouse still rewrites the
    /// table for an earlier wish: ask again later.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when ClickHouse does not answer.
    pub async fn forget(
        &self,
        scope: &Scope,
        detail: Detail,
        before: Timestamp,
    ) -> Result<Option<u64>, Error> {
        let (table, (time, more)) = (detail.table(), detail.condition());
        let (workspace, before) = (scope.workspace.0, before.0);
        // Numbers of our own: nothing of a caller's text is in here.
        let old = format!(
            "workspace = {workspace} AND {time} < fromUnixTimestamp64Milli(toInt64({before}), 'UTC'){more}"
        );
        let rows: u64 =
            self.fetch_one(self.query(&format!("SELECT count() FROM {table} WHERE {old}"))).await?;
        if rows == 0 {
            return Ok(Some(0));
        }
        if self.is_rewritten(table).await? {
            return Ok(None);
        }
        self.define(&format!("ALTER TABLE {table} DELETE WHERE {old}")).await?;
        Ok(Some(rows))
    }
}
