//! Clearing test data: rows of certain clicks, and of everything that followed from them, leave every table.
//!
//! Promises: a row goes if and only if it is of such a click, in tables and in every sum that is kept beside them; reports then say what they
//! would say if those clicks had never been. Asked again, at any time and from any process, it goes on where it was. Never: waits for
//! ClickHouse to rewrite its parts, or begins to before the last time is done; reaches another workspace.

use crate::rewrite::{Rewrite, RewriteStep};
use crate::sql::in_days;
use crate::{Error, Warehouse};
use clickhouse::Row;
use serde::Deserialize;
use signalbox_domain::{ClearedSums, Clearing, Money, Scope, Timestamp};

#[derive(Row, Deserialize)]
struct Sums {
    clicks: i64,
    conversions: i64,
    revenue: i128,
    cost: i128,
}

fn moment(at: Timestamp) -> String {
    format!("fromUnixTimestamp64Milli(toInt64({}), 'UTC')", at.0)
}

/// Rows of the clicks, in tables that know campaign and time of their click. Numbers of our own: nothing of a caller's text is in here.
fn of_clicks(scope: &Scope, clearing: &Clearing) -> String {
    let campaign = clearing.campaign.map_or_else(String::new, |id| format!(" AND campaign = {}", id.0));
    let (from, to) = (moment(clearing.from), moment(clearing.to));
    format!("workspace = {} AND click_at >= {from} AND click_at < {to}{campaign}", scope.workspace.0)
}

impl Warehouse {
    /// What reports say about the clicks and what followed from them.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when ClickHouse does not answer.
    pub async fn clearing_sums(&self, scope: &Scope, clearing: &Clearing) -> Result<ClearedSums, Error> {
        let sql = format!(
            "SELECT toInt64(sum(clicks)) AS clicks, toInt64(sum(conversions)) AS conversions, \
             CAST(sum(revenue), 'Decimal(38, 9)') AS revenue, CAST(sum(cost), 'Decimal(38, 9)') AS cost \
             FROM facts WHERE {}{}",
            of_clicks(scope, clearing),
            in_days(Some(clearing.from), Some(clearing.to))
        );
        let sums: Sums = self.fetch_one(self.query(&sql)).await?;
        Ok(ClearedSums {
            clicks: u64::try_from(sums.clicks).unwrap_or(0),
            conversions: sums.conversions,
            revenue: Money::from_nanos(sums.revenue),
            cost: Money::from_nanos(sums.cost),
        })
    }

    fn staged(&self, clearing: &Clearing, what: &str) -> String {
        format!("`{}`.clearing_{}_{what}", self.database(), clearing.id)
    }

    /// Notes which clicks and which postbacks are meant, while the tables still say it: postbacks know no campaign. Must have ended well once
    /// before [`Warehouse::clear`] is called for the first time, and must not be called after that.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when ClickHouse does not answer.
    pub async fn stage_clearing(&self, scope: &Scope, clearing: &Clearing) -> Result<(), Error> {
        self.end_clearing(clearing).await?;
        let (clicks, postbacks) = (self.staged(clearing, "clicks"), self.staged(clearing, "postbacks"));
        let meant = of_clicks(scope, clearing);
        let (from, until) = (moment(clearing.from), moment(clearing.created_at));
        let workspace = scope.workspace.0;
        for sql in [
            format!("CREATE TABLE {clicks} (click_id UInt128) ENGINE = MergeTree ORDER BY click_id"),
            format!(
                "CREATE TABLE {postbacks} (raw_journal UInt64, raw_seq UInt64) ENGINE = MergeTree ORDER BY (raw_journal, raw_seq)"
            ),
            format!(
                "INSERT INTO {clicks} SELECT DISTINCT click_id FROM \
                 (SELECT click_id FROM clicks WHERE {meant} UNION ALL SELECT click_id FROM conversions WHERE {meant})"
            ),
            format!(
                "INSERT INTO {postbacks} SELECT DISTINCT raw_journal, raw_seq FROM postbacks \
                 WHERE workspace = {workspace} AND received_at >= {from} AND received_at < {until} \
                 AND click_id IN (SELECT click_id FROM {clicks})"
            ),
        ] {
            self.define(&sql).await?;
        }
        Ok(())
    }

    /// The tables with the condition of the rows that go. A postback without a key is received by nobody and judged for its workspace.
    fn clearing_conditions(&self, scope: &Scope, clearing: &Clearing) -> [Rewrite; 5] {
        let (clicks, postbacks) = (self.staged(clearing, "clicks"), self.staged(clearing, "postbacks"));
        let (meant, workspace) = (of_clicks(scope, clearing), scope.workspace.0);
        let of_postbacks = format!(
            "workspace IN (0, {workspace}) AND received_at >= {} \
             AND (raw_journal, raw_seq) IN (SELECT raw_journal, raw_seq FROM {postbacks})",
            moment(clearing.from)
        );
        let of_deliveries =
            format!("workspace = {workspace} AND click_id IN (SELECT click_id FROM {clicks})");
        [
            Rewrite::delete("postbacks", of_postbacks),
            Rewrite::delete("deliveries", of_deliveries),
            Rewrite::delete("conversions", meant.clone()),
            Rewrite::delete("facts", meant.clone()),
            Rewrite::delete("clicks", meant),
        ]
    }

    /// One step: has what is left deleted, table by table, where ClickHouse rewrites nothing for an earlier wish.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when ClickHouse does not answer.
    pub async fn clear(&self, scope: &Scope, clearing: &Clearing) -> Result<RewriteStep, Error> {
        self.rewrite(&self.clearing_conditions(scope, clearing)).await
    }

    /// The same for what came after everything was done, in tables that know campaign and time of their click.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when ClickHouse does not answer.
    pub async fn clear_late(&self, scope: &Scope, clearing: &Clearing) -> Result<RewriteStep, Error> {
        let meant = of_clicks(scope, clearing);
        self.rewrite(&["conversions", "facts", "clicks"].map(|table| Rewrite::delete(table, meant.clone())))
            .await
    }

    /// Forgets what was noted. Fine when there is nothing.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when ClickHouse does not answer.
    pub async fn end_clearing(&self, clearing: &Clearing) -> Result<(), Error> {
        for what in ["clicks", "postbacks"] {
            self.define(&format!("DROP TABLE IF EXISTS {}", self.staged(clearing, what))).await?;
        }
        Ok(())
    }
}
