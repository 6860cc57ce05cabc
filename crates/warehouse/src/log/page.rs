//! One page of a log: the statement and its cursor.

use super::postbacks::{SENDER, WITH_SENDER};
use super::{Log, LogPage, LogQuery, Reach, cursor, fields};
use crate::filter::Compiler;
use crate::sql::{Bound, Params};
use crate::{Error, Warehouse};
use clickhouse::RowRead;
use clickhouse::query::Query;
use signalbox_domain::Scope;

/// Most rows of a page.
const LIMIT_MAX: u32 = 1_000;

/// How a log is read.
pub(crate) struct Spec {
    pub log: Log,
    /// First letter of its cursors.
    pub tag: char,
    pub table: &'static str,
    /// Condition every row meets, with `AND` before it, or empty.
    pub only: &'static str,
    /// The columns of the order, newest first: the time, then what makes a row unique.
    pub order: &'static [(&'static str, &'static str)],
    /// For logs that show the latest of several rows: `ORDER BY` within the group, and the group.
    pub latest: Option<(&'static str, &'static str)>,
}

/// Rows that are read at a time for a page: a granule of `clicks`. With ClickHouse's 65,409 most of what is read lies behind the end of the page:
/// over 10 million clicks a page with a filter that one click in sixty meets takes 40–60 ms instead of 150; with one that none meets, 540
/// instead of 330.
const BLOCK_ROWS: u32 = 1_024;

impl Spec {
    fn time(&self) -> &'static str {
        self.order[0].0
    }

    fn order_by(&self) -> String {
        let columns: Vec<String> = self.order.iter().map(|(column, _)| format!("{column} DESC")).collect();
        columns.join(", ")
    }

    /// The statement of a page, one row longer than the page.
    pub fn compile(&self, reach: Reach<'_>, query: &LogQuery) -> Result<(String, Params), Error> {
        if query.limit == 0 || query.limit > LIMIT_MAX {
            return Err(Error::invalid("limit", format!("must be 1 to {LIMIT_MAX}")));
        }
        let mut params = Params::default();
        let inner = self.bounds(reach, query, &mut params)?;
        let filters = self.filters(query, &mut params)?;
        let (table, order_by, limit) = (self.table, self.order_by(), query.limit + 1);
        let sql = match self.latest {
            None => format!(
                "SELECT ?fields FROM {table} WHERE {inner}{filters} ORDER BY {order_by} LIMIT {limit} \
                 SETTINGS max_block_size = {BLOCK_ROWS}"
            ),
            // The filters look at the latest row of a group only.
            Some((newest_first, group)) => format!(
                "SELECT ?fields FROM (SELECT {} FROM {table} WHERE {inner} ORDER BY {order_by}, {newest_first} \
                 LIMIT 1 BY {group}) WHERE true{filters} ORDER BY {order_by} LIMIT {limit}",
                columns_for(&filters)
            ),
        };
        Ok((sql, params))
    }

    /// The statement of every row, with these columns.
    pub fn export(
        &self,
        reach: Reach<'_>,
        query: &LogQuery,
        select: &str,
    ) -> Result<(String, Params), Error> {
        let query = LogQuery { cursor: None, ..query.clone() };
        let mut params = Params::default();
        let inner = self.bounds(reach, &query, &mut params)?;
        let filters = self.filters(&query, &mut params)?;
        let (table, order_by) = (self.table, self.order_by());
        let sql = match self.latest {
            None => format!("SELECT {select} FROM {table} WHERE {inner}{filters} ORDER BY {order_by}"),
            Some((newest_first, group)) => format!(
                "SELECT {select} FROM (SELECT {} FROM {table} WHERE {inner} ORDER BY {order_by}, {newest_first} \
                 LIMIT 1 BY {group}) WHERE true{filters} ORDER BY {order_by}",
                columns_for(&format!("{filters}{select}"))
            ),
        };
        Ok((sql, params))
    }

    /// Workspace, time range and cursor.
    fn bounds(&self, reach: Reach<'_>, query: &LogQuery, params: &mut Params) -> Result<String, Error> {
        let time = self.time();
        let whose = match (reach, self.log) {
            (Reach::Workspace(_), Log::DeadLetters) => "false".to_owned(),
            (Reach::Workspace(scope), _) => {
                let workspace = params.bind("UInt64", Bound::Unsigned(scope.workspace.0.into()));
                format!("workspace = {workspace}")
            }
            (Reach::Instance, _) => "true".to_owned(),
        };
        let mut sql = format!("{whose}{}", self.only);
        if let Some(from) = query.from {
            sql.push_str(&format!(" AND {time} >= {}", params.moment(from.0)));
        }
        if let Some(to) = query.to {
            sql.push_str(&format!(" AND {time} < {}", params.moment(to.0)));
        }
        if let Some(text) = &query.cursor {
            let key = cursor::decode(self.tag, self.order.len(), text)?;
            let ms =
                i64::try_from(key[0]).map_err(|_| Error::invalid("cursor", "is not a cursor of this log"))?;
            let time_value = params.moment(ms);
            let mut values = vec![time_value.clone()];
            for (value, (_, sql_type)) in key[1..].iter().zip(&self.order[1..]) {
                values.push(params.bind(sql_type, Bound::Unsigned(*value)));
            }
            let columns: Vec<&str> = self.order.iter().map(|(column, _)| *column).collect();
            // The first condition is implied by the second; it is the one the order key can use.
            sql.push_str(&format!(
                " AND {time} <= {time_value} AND ({}) < ({})",
                columns.join(", "),
                values.join(", ")
            ));
        }
        Ok(sql)
    }

    fn filters(&self, query: &LogQuery, params: &mut Params) -> Result<String, Error> {
        let field = |key: &str| match fields::find(self.log, key) {
            Some(field) => Ok((field.kind, format!("({})", field.expression))),
            None => Err(format!("{key:?} is not a field of this log")),
        };
        Compiler::new(field, params).all(&query.filters, "filters")
    }
}

/// The columns that an outer query with this text needs of the inner one.
fn columns_for(outer: &str) -> &'static str {
    // Values are parameters, so only a field of this crate can say so.
    if outer.contains(SENDER) { WITH_SENDER } else { "*" }
}

/// The condition of the clicks of a query, without its filters and its cursor.
pub(super) fn bounded_clicks(scope: &Scope, query: &LogQuery, params: &mut Params) -> String {
    let workspace = params.bind("UInt64", Bound::Unsigned(scope.workspace.0.into()));
    let mut sql = format!("workspace = {workspace} AND kind = 'click'");
    for (sign, at) in [(">=", query.from), ("<", query.to)] {
        if let Some(at) = at {
            sql.push_str(&format!(" AND click_at {sign} {}", params.moment(at.0)));
        }
    }
    sql
}

impl Warehouse {
    /// Runs the statement of a page and cuts the page off; `key` gives a row's values of the order columns.
    pub(super) async fn page<T: RowRead, R>(
        &self,
        spec: &Spec,
        reach: impl Into<Reach<'_>>,
        query: &LogQuery,
        map: impl Fn(T::Value<'_>) -> (Vec<u128>, R),
    ) -> Result<LogPage<R>, Error> {
        let (sql, params) = spec.compile(reach.into(), query)?;
        let statement: Query = params.apply(self.client.query(&sql));
        let mut rows = self.fetch_map::<T, _>(statement, map).await.map_err(regular_expression)?;
        let more = rows.len() > query.limit as usize;
        rows.truncate(query.limit as usize);
        let last = rows.last().filter(|_| more);
        let next_cursor = last.map(|(key, _)| cursor::encode(spec.tag, key));
        Ok(LogPage { rows: rows.into_iter().map(|(_, row)| row).collect(), next_cursor })
    }
}

/// ClickHouse's `CANNOT_COMPILE_REGEXP` is the caller's mistake.
pub(crate) fn regular_expression(error: Error) -> Error {
    match error {
        Error::Statement { code: 427, .. } => {
            Error::invalid("filters", "has a regular expression that cannot be compiled (RE2 syntax)")
        }
        other => other,
    }
}
