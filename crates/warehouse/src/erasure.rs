//! Erasing what is kept about a person: detail rows of their clicks go, rows of the ledger lose what describes anybody.
//!
//! Promises: no sum of any report changes but by the columns that are emptied; no row of anybody else is touched. Asked again, at any time
//! and from any process, it goes on where it was. Which rows are meant stands in tables of its own, because each table that is rewritten
//! would forget what the next one needs, and because ClickHouse keeps the text of what it was asked to rewrite: no address, no external
//! id and no click id is in it. Never: waits for ClickHouse to rewrite its parts; reaches another workspace.

mod find;

use crate::rewrite::{Rewrite, RewriteStep};
use crate::sql::Params;
use crate::{Error, Warehouse, client};
pub use find::ErasurePreview;
use find::VisitorRow;
use signalbox_domain::{ClickId, Erasure, Scope, Timestamp};
use std::time::Duration;

/// How long filling one of the tables of its own may take.
const STAGE_TIMEOUT: Duration = Duration::from_secs(600);
/// Sub ids that a click can have.
const SUB_IDS: u8 = 30;
/// Longest time between a click and the landing clicks that are taken of it: visitors are known for seven days.
const LANDING_DAYS_MAX: u8 = 8;

/// Columns of the ledger that can describe a person: what links carry, and what is fine enough to tell few people from others. Country,
/// kind and brand of the device, names of system and browser, and the domain that sent the click stay: reports live by them, and they
/// describe multitudes.
fn personal_columns() -> impl Iterator<Item = (String, &'static str)> {
    let texts = [
        "keyword",
        "ad_campaign_id",
        "creative_id",
        "site",
        "city",
        "region",
        "isp",
        "device_model",
        "os_version",
        "browser_version",
        "language",
    ];
    let texts = texts.into_iter().map(str::to_owned);
    let sub_ids = (1..=SUB_IDS).map(|number| format!("sub_id_{number}"));
    texts.chain(sub_ids).map(|name| (name, "''")).chain([("asn".to_owned(), "0")])
}

impl Warehouse {
    fn erasing(&self, erasure: &Erasure, what: &str) -> String {
        format!("`{}`.erasing_{}_{what}", self.database(), erasure.id)
    }

    /// Notes which clicks are meant: those of the erasure's subject. Must have ended well once before anything is asked about them.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when ClickHouse does not answer.
    pub async fn stage_erasure(&self, scope: &Scope, erasure: &Erasure) -> Result<(), Error> {
        let clicks = self.stage_clicks_table(erasure).await?;
        let Some(subject) = self.subject(scope, erasure).await? else { return Ok(()) };
        let mut params = Params::default();
        let meant = subject.click_ids(scope, &mut params);
        self.fill_erasure(&format!("INSERT INTO {clicks} SELECT DISTINCT click_id FROM ({meant})"), params)
            .await
    }

    /// The same of clicks whose ids are known.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when ClickHouse does not answer.
    pub async fn stage_erasure_of(&self, erasure: &Erasure, ids: &[ClickId]) -> Result<(), Error> {
        let clicks = self.stage_clicks_table(erasure).await?;
        for ids in ids.chunks(find::IDS_TOGETHER) {
            let mut params = Params::default();
            let list = find::ids(ids, &mut params);
            self.fill_erasure(&format!("INSERT INTO {clicks} SELECT arrayJoin({list})"), params).await?;
        }
        Ok(())
    }

    /// An empty table for ids of clicks. What is in it must not be lost once the catalog has forgotten whom it is about.
    async fn stage_clicks_table(&self, erasure: &Erasure) -> Result<String, Error> {
        self.end_erasure(erasure).await?;
        let clicks = self.erasing(erasure, "clicks");
        self.define(&format!(
            "CREATE TABLE {clicks} (click_id UInt128) ENGINE = MergeTree ORDER BY click_id \
             SETTINGS fsync_after_insert = 1, fsync_part_directory = 1"
        ))
        .await?;
        Ok(clicks)
    }

    /// Fills a table with what a person is known by: nothing of it goes into a log of queries.
    async fn fill_erasure(&self, sql: &str, params: Params) -> Result<(), Error> {
        let query = params.apply(self.query(sql)).with_setting("log_queries", "0");
        client::within(STAGE_TIMEOUT, query.with_setting("async_insert", "0").execute()).await
    }

    /// The clicks that were noted.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when ClickHouse does not answer.
    pub async fn erasure_clicks(&self, erasure: &Erasure) -> Result<Vec<ClickId>, Error> {
        let sql =
            format!("SELECT DISTINCT click_id FROM {} ORDER BY click_id", self.erasing(erasure, "clicks"));
        let ids: Vec<u128> = self.fetch_all(self.query(&sql)).await?;
        Ok(ids.into_iter().map(ClickId).collect())
    }

    /// Keys of the visitors of the clicks that were noted.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when ClickHouse does not answer.
    pub async fn erasure_visitors(&self, scope: &Scope, erasure: &Erasure) -> Result<Vec<u64>, Error> {
        let sql = format!(
            "SELECT DISTINCT visitor, visitor_by, ip, user_agent FROM clicks \
             WHERE workspace = {} AND kind = 'click' AND click_id IN (SELECT click_id FROM {})",
            scope.workspace.0,
            self.erasing(erasure, "clicks")
        );
        let rows: Vec<VisitorRow> = self.fetch_all(self.query(&sql)).await?;
        // One without a key of its own converts under that of address and user agent.
        Ok(rows.iter().map(|row| if row.key() == 0 { row.derived() } else { row.key() }).collect())
    }

    /// Notes which rows belong to the clicks, while the tables still say it: the ledger knows only which record a row comes from. Must have
    /// ended well once before [`Warehouse::erase`] is called for the first time, and must not be called after that.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when ClickHouse does not answer.
    pub async fn stage_erasure_rows(&self, scope: &Scope, erasure: &Erasure) -> Result<(), Error> {
        let of = |what| self.erasing(erasure, what);
        let (clicks, rows, postbacks) = (of("clicks"), of("rows"), of("postbacks"));
        let workspace = scope.workspace.0;
        let meant = format!("workspace = {workspace} AND click_id IN (SELECT click_id FROM {clicks})");
        for table in [&rows, &postbacks] {
            self.define(&format!("DROP TABLE IF EXISTS {table}")).await?;
        }
        for sql in [
            format!(
                "CREATE TABLE {rows} (journal UInt64, seq UInt64, click_at DateTime64(3, 'UTC')) \
                 ENGINE = MergeTree ORDER BY (journal, seq)"
            ),
            format!(
                "CREATE TABLE {postbacks} (raw_journal UInt64, raw_seq UInt64) ENGINE = MergeTree ORDER BY (raw_journal, raw_seq)"
            ),
            format!(
                "INSERT INTO {rows} SELECT _journal, _seq, click_at FROM clicks WHERE {meant} \
                 UNION ALL SELECT _journal, _seq, click_at FROM conversions WHERE {meant}"
            ),
            // Of a conversion whose details retention has deleted nothing says which click it is of but campaign and moment, to the
            // millisecond. Rows whose details are there are of the click that they name.
            format!(
                "INSERT INTO {rows} SELECT DISTINCT _journal, _seq, click_at FROM facts \
                 WHERE workspace = {workspace} AND kind IN ('conversion', 'event') \
                 AND (click_at, campaign) IN (SELECT click_at, toUInt64(campaign) FROM clicks WHERE {meant}) \
                 AND (_journal, _seq) NOT IN (SELECT _journal, _seq FROM conversions \
                 WHERE workspace = {workspace} AND click_at IN (SELECT click_at FROM clicks WHERE {meant}))"
            ),
            format!(
                "INSERT INTO {postbacks} SELECT DISTINCT raw_journal, raw_seq FROM postbacks \
                 WHERE workspace IN (0, {workspace}) AND click_id IN (SELECT click_id FROM {clicks})"
            ),
        ] {
            self.define(&sql).await?;
        }
        Ok(())
    }

    /// What becomes of which rows. A postback without a key is received by nobody and judged for its workspace.
    fn erasure_rewrites(&self, scope: &Scope, erasure: &Erasure) -> [Rewrite; 6] {
        let of = |what| self.erasing(erasure, what);
        let (clicks, rows, postbacks) = (of("clicks"), of("rows"), of("postbacks"));
        let workspace = scope.workspace.0;
        let meant = format!("workspace = {workspace} AND click_id IN (SELECT click_id FROM {clicks})");
        let of_postbacks = format!("SELECT raw_journal, raw_seq FROM {postbacks}");
        let of_rows = format!("SELECT journal, seq FROM {rows}");
        let described: Vec<String> =
            personal_columns().map(|(name, default)| format!("{name} != {default}")).collect();
        let emptied: Vec<String> =
            personal_columns().map(|(name, default)| format!("{name} = {default}")).collect();
        let facts = Rewrite {
            table: "facts",
            meant: format!(
                "workspace = {workspace} AND click_at IN (SELECT click_at FROM {rows}) \
                 AND ((_journal, _seq) IN ({of_rows}) OR (click_journal, click_seq) IN ({of_rows})) AND ({})",
                described.join(" OR ")
            ),
            set: Some(emptied.join(", ")),
        };
        let dead_letters = format!(
            "workspace IN (0, {workspace}) AND ((_journal, _seq) IN ({of_rows}) OR (_journal, _seq) IN ({of_postbacks}))"
        );
        [
            facts,
            Rewrite::delete("dead_letters", dead_letters),
            Rewrite::delete(
                "postbacks",
                format!("workspace IN (0, {workspace}) AND (raw_journal, raw_seq) IN ({of_postbacks})"),
            ),
            Rewrite::delete("deliveries", meant.clone()),
            Rewrite::delete("conversions", meant.clone()),
            Rewrite::delete("clicks", meant),
        ]
    }

    /// One step: has what is left deleted or emptied, table by table, where ClickHouse rewrites nothing for an earlier wish.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when ClickHouse does not answer.
    pub async fn erase(&self, scope: &Scope, erasure: &Erasure) -> Result<RewriteStep, Error> {
        self.rewrite(&self.erasure_rewrites(scope, erasure)).await
    }

    /// Forgets what was noted. Fine when there is nothing.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when ClickHouse does not answer.
    pub async fn end_erasure(&self, erasure: &Erasure) -> Result<(), Error> {
        for what in ["rows", "postbacks", "clicks"] {
            self.define(&format!("DROP TABLE IF EXISTS {}", self.erasing(erasure, what))).await?;
        }
        Ok(())
    }

    /// Has what was received since `since` and refused, because its click was erased, deleted down to that verdict, which repeats nothing of it.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when ClickHouse does not answer.
    pub async fn erase_refused(&self, scope: &Scope, since: Timestamp) -> Result<RewriteStep, Error> {
        let workspace = scope.workspace.0;
        let at = format!("received_at >= fromUnixTimestamp64Milli(toInt64({}), 'UTC')", since.0);
        let refused = format!(
            "SELECT raw_journal, raw_seq FROM postbacks WHERE workspace = {workspace} AND {at} AND code = 'click_erased'"
        );
        let meant = format!(
            "workspace IN (0, {workspace}) AND {at} AND code != 'click_erased' AND (raw_journal, raw_seq) IN ({refused})"
        );
        self.rewrite(&[Rewrite::delete("postbacks", meant)]).await
    }

    /// Clicks of which there are landing clicks since `since`, and nothing else: erased ones, cleared ones, and some whose click is still
    /// to be written.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when ClickHouse does not answer.
    pub async fn lone_landing_clicks(&self, scope: &Scope, since: Timestamp) -> Result<Vec<ClickId>, Error> {
        let mut params = Params::default();
        let (workspace, at) = (scope.workspace.0, params.moment(since.0));
        let of = format!("workspace = {workspace} AND click_at >= {at} - INTERVAL {LANDING_DAYS_MAX} DAY");
        let landing = format!(
            "SELECT click_at, click_id FROM clicks WHERE {of} AND kind = 'landing_click' AND at >= {at}"
        );
        let sql = format!(
            "SELECT click_id FROM clicks WHERE {of} AND (click_at, click_id) IN ({landing}) \
             GROUP BY click_id HAVING countIf(kind = 'click') = 0"
        );
        let ids: Vec<u128> = self.fetch_all(params.apply(self.query(&sql))).await?;
        Ok(ids.into_iter().map(ClickId).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_describes_a_person_is_all_that_links_carry_and_no_part_of_the_sums_by_hour() {
        let names: Vec<String> = personal_columns().map(|(name, _)| name).collect();
        assert_eq!(names.len(), 42);
        // A column that the projection reads could not be changed without rebuilding it.
        for kept in ["country", "referrer_domain", "device_type", "campaign", "bot_reason", "os", "browser"] {
            assert!(!names.iter().any(|name| name == kept), "{kept}");
        }
        let stored: Vec<&str> = crate::dimension::all().map(|dimension| dimension.key).collect();
        for name in &names {
            assert!(stored.contains(&name.as_str()), "{name} is a dimension of the ledger");
        }
    }
}
