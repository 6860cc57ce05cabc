//! One block into one table, and which rows of a range are there.

use super::fill::Filled;
use crate::error::classify;
use crate::rows::{DeadLetterRow, Keyed as _, TABLES};
use crate::{Error, Warehouse};
use clickhouse::query::Query;
use std::{collections::HashMap, time::Duration};

/// How long sending a part of a block may take.
const SEND_TIMEOUT: Duration = Duration::from_secs(30);
/// How long ClickHouse may take to confirm a block.
const END_TIMEOUT: Duration = Duration::from_secs(60);

/// What keeps a block in one piece, and what makes ClickHouse answer only when the table and every dependent view have taken it.
const SETTINGS: &[(&str, &str)] = &[
    ("async_insert", "0"),
    ("deduplicate_blocks_in_dependent_materialized_views", "1"),
    ("input_format_parallel_parsing", "0"),
    ("materialized_views_ignore_errors", "0"),
    ("max_block_size", "1000000"),
    ("max_insert_block_size", "1000000"),
    ("max_insert_threads", "1"),
    ("max_partitions_per_insert_block", "0"),
    ("max_threads", "1"),
    ("min_insert_block_size_bytes", "1000000000"),
    ("min_insert_block_size_rows", "1000000"),
    ("wait_end_of_query", "1"),
];

/// Inserts rows as one block. With a token, ClickHouse leaves out what it has already taken under it.
pub async fn insert_block(
    warehouse: &Warehouse,
    table: &str,
    rows: &Filled,
    token: Option<&str>,
) -> Result<(), Error> {
    let statement = format!("INSERT INTO {table} ({}) FORMAT Native", rows.columns);
    let mut insert = warehouse.client.insert_formatted_with(statement);
    for (name, value) in SETTINGS {
        insert = insert.with_setting(*name, *value);
    }
    insert = match token {
        Some(token) => {
            insert.with_setting("insert_deduplicate", "1").with_setting("insert_deduplication_token", token)
        }
        None => insert.with_setting("insert_deduplicate", "0"),
    };
    insert = insert.with_timeouts(Some(SEND_TIMEOUT), Some(END_TIMEOUT));
    insert.send(rows.body.clone()).await.map_err(classify)?;
    insert.end().await.map_err(classify)
}

/// The rows of a journal's range in one table.
#[derive(Debug, Clone, Copy)]
pub struct Range {
    /// Raw journal id.
    pub journal: u64,
    /// First sequence number.
    pub first: u64,
    /// Last sequence number (inclusive).
    pub last: u64,
}

/// How many rows of each record are there. `time` (column, first and last millisecond) narrows the search.
pub async fn count_rows(
    warehouse: &Warehouse,
    table: &str,
    range: Range,
    time: Option<(&str, i64, i64)>,
) -> Result<HashMap<u64, u64>, Error> {
    let narrow = time.map_or_else(String::new, |(column, _, _)| {
        format!(
            " AND {column} >= fromUnixTimestamp64Milli({{from:Int64}}, 'UTC') \
             AND {column} <= fromUnixTimestamp64Milli({{to:Int64}}, 'UTC')"
        )
    });
    // What people had tried again stands beside the row of the record.
    let first_only = if table == TABLES[DeadLetterRow::PLACE] { " AND tries = 0" } else { "" };
    let sql = format!(
        "SELECT _seq, count() FROM {table} \
         WHERE _journal = {{journal:UInt64}} AND _seq >= {{first:UInt64}} AND _seq <= {{last:UInt64}}{first_only}{narrow} GROUP BY _seq"
    );
    let mut query: Query = warehouse
        .query(&sql)
        .param("journal", range.journal)
        .param("first", range.first)
        .param("last", range.last);
    if let Some((_, from, to)) = time {
        query = query.param("from", from).param("to", to);
    }
    Ok(warehouse.fetch_all::<(u64, u64)>(query).await?.into_iter().collect())
}

/// The highest sequence number of a journal in `table` that is not below `from`.
pub async fn highest(
    warehouse: &Warehouse,
    table: &str,
    journal: u64,
    from: u64,
) -> Result<Option<u64>, Error> {
    let sql = format!(
        "SELECT count(), max(_seq) FROM {table} WHERE _journal = {{journal:UInt64}} AND _seq >= {{from:UInt64}}"
    );
    let query = warehouse.query(&sql).param("journal", journal).param("from", from);
    let (count, highest): (u64, u64) = warehouse.fetch_one(query).await?;
    Ok((count > 0).then_some(highest))
}

/// Whether materialized views are fed by `table`.
pub async fn has_views(warehouse: &Warehouse, table: &str) -> Result<bool, Error> {
    let sql = "SELECT toUInt64(sum(length(dependencies_table))) FROM system.tables \
               WHERE database = currentDatabase() AND name = {table:String}";
    let count: u64 = warehouse.fetch_one(warehouse.query(sql).param("table", table)).await?;
    Ok(count > 0)
}
