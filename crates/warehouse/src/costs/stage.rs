//! The rows of a correction, prepared in a table of their own.

use super::freeze::Frozen;
use super::{CostCorrection, CostLedger, CostMode};
use crate::dimension;
use crate::sql::{Bound, Params};
use crate::{Error, client};
use signalbox_domain::{CostCorrectionId, Money, Scope};
use std::time::Duration;

/// Beginning of the names of staging tables.
pub(super) const PREFIX: &str = "costs_";
/// How long the rows of one correction may take.
const STAGE_TIMEOUT: Duration = Duration::from_secs(300);
/// `_journal` of rows that replace, that add and that undo; journals have random ids, so none has one of these.
pub(super) const REPLACE_JOURNAL: u64 = 1;
pub(super) const ADD_JOURNAL: u64 = 2;
pub(super) const UNDO_JOURNAL: u64 = 3;

pub(super) const fn journal(mode: CostMode) -> u64 {
    match mode {
        CostMode::Replace => REPLACE_JOURNAL,
        CostMode::Add => ADD_JOURNAL,
    }
}

/// A name that no other attempt has.
pub(super) fn name(id: CostCorrectionId) -> String {
    format!("{PREFIX}{id}_{:016x}", rand::random::<u64>())
}

/// Columns of a click that its corrections repeat.
fn shared() -> String {
    let ids = [
        "workspace",
        "click_at",
        "campaign",
        "stream",
        "landing",
        "destination",
        "source",
        "network",
        "domain",
    ];
    let others = dimension::all()
        .filter(|dimension| dimension.expression == dimension.key && !ids.contains(&dimension.key));
    let names: Vec<&str> = ids.into_iter().chain(others.map(|dimension| dimension.key)).collect();
    names.join(", ")
}

/// Rows that are read and written at a time: a part each. Larger pieces leave one of two threads without work at the end (four times as many rows:
/// a fifth slower), smaller ones put the dictionaries of each column together more often.
const BLOCK_ROWS: &str = "131072";

/// All columns of a part in one file, in few pieces: two files to bring to the disk instead of two hundred, and two fifths less work. The ledger
/// gives such rows its own layout when it merges them.
const LAYOUT: &str = "min_bytes_for_wide_part = 10737418240, min_rows_for_wide_part = 1000000000, \
                      index_granularity = 65536, index_granularity_bytes = 1073741824";

const SETTINGS: &[(&str, &str)] = &[
    ("async_insert", "0"),
    ("insert_deduplicate", "0"),
    ("max_block_size", BLOCK_ROWS),
    ("max_execution_time", "300"),
    ("max_insert_threads", "2"),
    ("max_joined_block_size_rows", BLOCK_ROWS),
    ("max_partitions_per_insert_block", "0"),
    ("max_threads", "2"),
    ("min_insert_block_size_rows", BLOCK_ROWS),
    ("preferred_block_size_bytes", "0"),
    ("wait_end_of_query", "1"),
];

impl CostLedger {
    /// Fills `staging`; whether exactly the frozen clicks are in it.
    pub(super) async fn stage(
        &self,
        scope: &Scope,
        correction: &CostCorrection,
        (frozen, staging): (&Frozen, &str),
    ) -> Result<bool, Error> {
        self.create_staging(staging).await?;
        let mut params = Params::default();
        let share = params.bind("Decimal(38, 9)", Bound::Text(frozen.share.to_string()));
        let cost = match frozen.favoured {
            None => share,
            Some((at, journal, seq)) => {
                let at = params.moment(at);
                let journal = params.bind("UInt64", Bound::Unsigned(journal.into()));
                let seq = params.bind("UInt64", Bound::Unsigned(seq.into()));
                format!(
                    "({share} + if((click_at, _journal, _seq) <= ({at}, {journal}, {seq}), \
                     toDecimal128('0.000000001', 9), toDecimal128('0', 9)))"
                )
            }
        };
        let (difference, join) = match correction.mode {
            CostMode::Add => (cost, String::new()),
            CostMode::Replace if !frozen.corrected => (format!("({cost} - facts.cost)"), String::new()),
            CostMode::Replace => {
                let earlier = frozen.matching.corrections_sql(scope, &mut params)?;
                let join = format!(
                    " LEFT ANY JOIN (SELECT click_journal, click_seq, sum(cost) AS corrected FROM facts WHERE {earlier} \
                     GROUP BY click_journal, click_seq) AS earlier \
                     ON earlier.click_journal = facts._journal AND earlier.click_seq = facts._seq"
                );
                (format!("({cost} - facts.cost - earlier.corrected)"), join)
            }
        };
        let mark = params.bind("UInt64", Bound::Unsigned(journal(correction.mode).into()));
        let id = params.bind("UInt64", Bound::Unsigned(correction.id.0.into()));
        let condition = frozen.condition(scope, &mut params)?;
        let shared = shared();
        let sql = format!(
            "INSERT INTO {staging} ({shared}, at, kind, cost, _journal, _seq, click_journal, click_seq, click_unique) \
             SELECT {shared}, click_at, 'cost', {difference}, {mark}, {id}, facts._journal, facts._seq, unique_campaign = 1 \
             FROM facts{join} WHERE {condition}"
        );
        self.fill(&sql, params).await?;
        let (rows, change) = self.staged(staging).await?;
        Ok(rows == frozen.clicks && change == frozen.after.nanos() - frozen.before.nanos())
    }

    /// Fills `staging` with the opposite of a correction's rows; how many there are.
    pub(super) async fn stage_undo(
        &self,
        scope: &Scope,
        (id, mode): (CostCorrectionId, CostMode),
        staging: &str,
    ) -> Result<u64, Error> {
        self.create_staging(staging).await?;
        let mut params = Params::default();
        let mark = params.bind("UInt64", Bound::Unsigned(UNDO_JOURNAL.into()));
        let condition = rows_of(scope, (id, journal(mode)), &mut params);
        let shared = shared();
        let sql = format!(
            "INSERT INTO {staging} ({shared}, at, kind, cost, _journal, _seq, click_journal, click_seq, click_unique) \
             SELECT {shared}, at, 'cost', -cost, {mark}, _seq, click_journal, click_seq, click_unique FROM facts WHERE {condition}"
        );
        self.fill(&sql, params).await?;
        Ok(self.staged(staging).await?.0)
    }

    /// How many rows a correction has, and what they add up to.
    pub(super) async fn measure(
        &self,
        scope: &Scope,
        id: CostCorrectionId,
        mode: CostMode,
    ) -> Result<(u64, Money), Error> {
        let mut params = Params::default();
        let condition = rows_of(scope, (id, journal(mode)), &mut params);
        let sql = format!("SELECT count(), sum(cost) FROM facts WHERE {condition}");
        let (rows, sum): (u64, i128) =
            self.warehouse.fetch_one(params.apply(self.warehouse.query(&sql))).await?;
        Ok((rows, Money::from_nanos(sum)))
    }

    /// Corrections that replaced the cost of clicks of this one, itself left out.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn overlapping(
        &self,
        scope: &Scope,
        (id, mode): (CostCorrectionId, CostMode),
    ) -> Result<Vec<CostCorrectionId>, Error> {
        let mut params = Params::default();
        let own = rows_of(scope, (id, journal(mode)), &mut params);
        let workspace = params.bind("UInt64", Bound::Unsigned(scope.workspace.0.into()));
        let not = params.bind("UInt64", Bound::Unsigned(id.0.into()));
        let sql = format!(
            "SELECT DISTINCT _seq FROM facts WHERE workspace = {workspace} AND kind = 'cost' AND _journal = {REPLACE_JOURNAL} \
             AND _seq != {not} AND (click_journal, click_seq) IN (SELECT click_journal, click_seq FROM facts WHERE {own}) ORDER BY _seq"
        );
        let found: Vec<u64> = self.warehouse.fetch_all(params.apply(self.warehouse.query(&sql))).await?;
        Ok(found.into_iter().map(CostCorrectionId).collect())
    }

    pub(super) async fn create_staging(&self, staging: &str) -> Result<(), Error> {
        self.warehouse.define(&format!("CREATE TABLE {staging} AS facts SETTINGS {LAYOUT}")).await
    }

    pub(super) async fn fill(&self, sql: &str, params: Params) -> Result<(), Error> {
        let mut query = params.apply(self.warehouse.query(sql));
        for (name, value) in SETTINGS {
            query = query.with_setting(*name, *value);
        }
        client::within(STAGE_TIMEOUT, query.execute()).await
    }

    /// Rows of a staging table and their sum.
    async fn staged(&self, staging: &str) -> Result<(u64, i128), Error> {
        let sql = format!("SELECT count(), sum(cost) FROM {staging}");
        self.warehouse.fetch_one(self.warehouse.query(&sql)).await
    }

    /// Drops a staging table. One that stays behind takes room and is never read.
    pub(super) async fn drop_staging(&self, staging: &str) {
        if let Err(error) = self.warehouse.define(&format!("DROP TABLE IF EXISTS {staging}")).await {
            tracing::warn!(%error, staging, "a staging table of a cost correction could not be dropped");
        }
    }
}

/// The condition of a correction's rows in the ledger.
pub(super) fn rows_of(scope: &Scope, (id, journal): (CostCorrectionId, u64), params: &mut Params) -> String {
    let workspace = params.bind("UInt64", Bound::Unsigned(scope.workspace.0.into()));
    let journal = params.bind("UInt64", Bound::Unsigned(journal.into()));
    let id = params.bind("UInt64", Bound::Unsigned(id.0.into()));
    format!("workspace = {workspace} AND kind = 'cost' AND _journal = {journal} AND _seq = {id}")
}
