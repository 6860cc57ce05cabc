//! From a request to SQL: names come from static tables, values become parameters, the workspace is bound here.

use super::custom::AnyMetric;
use super::dimensions::{self, ReportDimension};
use super::having;
use super::hourly;
use super::localtime::LocalTime;
use super::metrics::Sum;
use super::{Basis, Bots, Direction, ReportQuery};
use crate::filter::Compiler;
use crate::range::zone;
use crate::sql::{Bound, Params, in_days};
use crate::{Condition, Error, Group, ResolvedRange};
use signalbox_domain::{Scope, Timestamp};

const DIMENSIONS_MAX: usize = 10;
const METRICS_MAX: usize = 150;
const SORT_MAX: usize = 10;
const LIMIT_MAX: u32 = 10_000;
const OFFSET_MAX: u64 = 10_000_000;

/// A report ready to run.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub sql: String,
    pub params: Params,
    pub dimensions: Vec<ReportDimension>,
    pub metrics: Vec<AnyMetric>,
    /// The sums in the order of the columns after the dimensions.
    pub sums: Vec<Sum>,
    pub range: ResolvedRange,
}

/// What a page and an export of a report have in common.
struct Prepared {
    groups: String,
    /// Which of them are rows.
    kept: String,
    order_by: String,
    compiled: Compiled,
}

fn prepare(scope: &Scope, query: &ReportQuery, now: Timestamp) -> Result<Prepared, Error> {
    check_bounds(query)?;
    let dimensions = find_dimensions(&query.dimensions)?;
    let metrics = find_metrics(query)?;
    let range = query.range.resolve(&query.timezone, now)?;
    let filtered = having::metrics_of_filters(query)?;
    let sums = needed_sums(metrics.iter().chain(&filtered));
    let (time, local) = time_of(query, (&dimensions, &sums), range, now)?;
    let order_by = order_by(query, &dimensions, &metrics, &sums)?;

    let mut params = Params::default();
    let kept = having::where_sql(query, &filtered, |sum| alias(&sums, sum), &mut params)?;
    let mut select: Vec<String> = dimensions
        .iter()
        .enumerate()
        .map(|(index, dimension)| format!("{} AS d{index}", dimension.sql(&local)))
        .collect();
    select.extend(sums.iter().enumerate().map(|(index, sum)| format!("{} AS s{index}", sum.sql())));
    let conditions = conditions(scope, query, (time, range, &local), &mut params)?;
    let mut groups = format!("SELECT {} FROM facts WHERE {conditions}", select.join(", "));
    if !dimensions.is_empty() {
        groups.push_str(&format!(
            " GROUP BY {}{}",
            columns("d", dimensions.len()),
            remains(query, &dimensions)
        ));
    }
    let compiled = Compiled { sql: String::new(), params, dimensions, metrics, sums, range };
    Ok(Prepared { groups, kept, order_by, compiled })
}

/// The time that decides, as SQL, and the local time of it.
fn time_of(
    query: &ReportQuery,
    asked: (&[ReportDimension], &[Sum]),
    range: ResolvedRange,
    now: Timestamp,
) -> Result<(&'static str, LocalTime), Error> {
    let time = match query.basis {
        Basis::Click => "click_at",
        Basis::Conversion => "at",
    };
    let zone = zone(&query.timezone)?;
    let local = LocalTime::of(time, &zone, range, now)?;
    if hourly::is_enough(query, asked, (range, &local)) {
        return Ok((hourly::HOUR, LocalTime::of_time(hourly::HOUR, &zone, range, now)?));
    }
    Ok((time, local))
}

/// Compiles a page of `query` for the scope's workspace.
pub(crate) fn compile(scope: &Scope, query: &ReportQuery, now: Timestamp) -> Result<Compiled, Error> {
    let Prepared { groups, kept, order_by, compiled } = prepare(scope, query, now)?;
    let Compiled { dimensions, sums, .. } = &compiled;
    let sql = if dimensions.is_empty() {
        // The one row is also the total: it is cut off, if at all, after it was read.
        groups
    } else {
        let columns = columns("d", dimensions.len());
        // Totals and the number of rows stand in every row, over all groups: `WITH TOTALS` does not survive every output format.
        let totals: String =
            (0..sums.len()).map(|index| format!(", sum(s{index}) OVER () AS t{index}")).collect();
        format!(
            "SELECT {columns}, {}, count() OVER () AS n{totals} FROM ({groups}){kept}{order_by} LIMIT {} OFFSET {}",
            self::columns("s", sums.len()),
            query.limit,
            query.offset
        )
    };
    Ok(Compiled { sql, ..compiled })
}

/// Compiles all rows of `query`, without totals, so that ClickHouse can give rows away as it makes them.
pub(crate) fn compile_export(scope: &Scope, query: &ReportQuery, now: Timestamp) -> Result<Compiled, Error> {
    let query = ReportQuery { limit: 1, offset: 0, ..query.clone() };
    let Prepared { groups, kept, order_by, compiled } = prepare(scope, &query, now)?;
    // As text: exact, and read without a parser.
    let names = (0..compiled.dimensions.len()).map(|index| format!("d{index}"));
    let names = names.chain((0..compiled.sums.len()).map(|index| format!("s{index}")));
    let texts: Vec<String> = names.map(|name| format!("toString({name})")).collect();
    let sql = format!("SELECT {} FROM ({groups}){kept}{order_by}", texts.join(", "));
    Ok(Compiled { sql, ..compiled })
}

/// What is left of groups of which everything was taken back: where a conversion or a correction may stand apart from its click, a
/// conversion that is no lead any more, or a correction that was undone, must not leave a row of zeros behind. Types of conversions that
/// do not count (their numbers are above 24) have nothing to tell that by, and stay.
fn remains(query: &ReportQuery, dimensions: &[ReportDimension]) -> &'static str {
    let apart = query.basis == Basis::Conversion
        || dimensions.iter().any(|dimension| !dimension.is_of_all())
        || any_field(&query.filters, &|key| dimensions::find(key).is_some_and(|known| !known.is_of_all()));
    if apart {
        " HAVING countIf(facts.kind NOT IN ('conversion', 'cost') OR toInt8(facts.status) > 24) > 0 OR sum(facts.conversions) != 0 OR sum(facts.rebills) != 0 \
         OR sum(facts.cost) != 0"
    } else {
        ""
    }
}

/// Whether `holds` for the field of any filter.
pub(super) fn any_field(conditions: &[Condition], holds: &impl Fn(&str) -> bool) -> bool {
    conditions.iter().any(|condition| match condition {
        Condition::Filter(filter) => holds(&filter.field),
        Condition::Group(Group::All(members) | Group::Any(members) | Group::None(members)) => {
            any_field(members, holds)
        }
    })
}

/// `d0, d1, d2`.
fn columns(letter: &str, count: usize) -> String {
    let names: Vec<String> = (0..count).map(|index| format!("{letter}{index}")).collect();
    names.join(", ")
}

fn check_bounds(query: &ReportQuery) -> Result<(), Error> {
    let at_most = |field: &str, count: usize, max: usize| {
        if count > max {
            Err(Error::invalid(field, format!("must be at most {max}, found {count}")))
        } else {
            Ok(())
        }
    };
    at_most("dimensions", query.dimensions.len(), DIMENSIONS_MAX)?;
    at_most("metrics", query.metrics.len(), METRICS_MAX)?;
    at_most("sort", query.sort.len(), SORT_MAX)?;
    if query.metrics.is_empty() {
        return Err(Error::invalid("metrics", "must name at least one metric"));
    }
    if query.limit == 0 || query.limit > LIMIT_MAX {
        return Err(Error::invalid("limit", format!("must be 1 to {LIMIT_MAX}")));
    }
    if query.offset > OFFSET_MAX {
        return Err(Error::invalid("offset", format!("must be at most {OFFSET_MAX}")));
    }
    Ok(())
}

fn find_dimensions(keys: &[String]) -> Result<Vec<ReportDimension>, Error> {
    let mut found: Vec<ReportDimension> = Vec::with_capacity(keys.len());
    for (index, key) in keys.iter().enumerate() {
        let field = format!("dimensions[{index}]");
        let Some(dimension) = dimensions::find(key) else {
            return Err(Error::invalid(field, format!("{key:?} is not a dimension")));
        };
        if found.iter().any(|known| known.key == dimension.key) {
            return Err(Error::invalid(field, format!("{key} is listed twice")));
        }
        found.push(dimension);
    }
    Ok(found)
}

fn find_metrics(query: &ReportQuery) -> Result<Vec<AnyMetric>, Error> {
    let mut found: Vec<AnyMetric> = Vec::with_capacity(query.metrics.len());
    for (index, key) in query.metrics.iter().enumerate() {
        let field = format!("metrics[{index}]");
        let Some(metric) = AnyMetric::find(key, &query.custom) else {
            return Err(Error::invalid(field, format!("{key:?} is not a metric")));
        };
        if found.iter().any(|known| known.key() == metric.key()) {
            return Err(Error::invalid(field, format!("{key} is listed twice")));
        }
        found.push(metric);
    }
    Ok(found)
}

/// The column of a sum.
fn alias(sums: &[Sum], sum: Sum) -> String {
    format!("s{}", sums.iter().position(|known| *known == sum).unwrap_or_default())
}

fn needed_sums<'m>(metrics: impl Iterator<Item = &'m AnyMetric>) -> Vec<Sum> {
    let mut sums = Vec::new();
    for sum in metrics.flat_map(AnyMetric::sums) {
        if !sums.contains(&sum) {
            sums.push(sum);
        }
    }
    if sums.is_empty() {
        // A formula of numbers alone: without any sum there would be no column.
        sums.push(Sum::Clicks);
    }
    sums
}

/// Workspace, time range, bots and filters.
pub(crate) fn conditions(
    scope: &Scope,
    query: &ReportQuery,
    (time, range, local): (&str, ResolvedRange, &LocalTime),
    params: &mut Params,
) -> Result<String, Error> {
    let workspace = params.bind("UInt64", Bound::Unsigned(scope.workspace.0.into()));
    let mut sql = format!("facts.workspace = {workspace}");
    if let Some(from) = range.from {
        sql.push_str(&format!(" AND {time} >= {}", params.moment(from.0)));
    }
    if let Some(to) = range.to {
        sql.push_str(&format!(" AND {time} < {}", params.moment(to.0)));
    }
    if time == "click_at" {
        sql.push_str(&in_days(range.from, range.to));
    }
    match query.bots {
        Bots::Include => {}
        Bots::Exclude => sql.push_str(" AND bot_reason = ''"),
        Bots::Only => sql.push_str(" AND bot_reason != ''"),
    }
    let field = |key: &str| match dimensions::find(key) {
        Some(dimension) => Ok((dimension.kind, dimension.sql(local))),
        None => Err(format!("{key:?} is not a dimension")),
    };
    sql.push_str(&Compiler::new(field, params).all(&query.filters, "filters")?);
    Ok(sql)
}

/// The order asked for, and then every dimension, so that pages never overlap.
fn order_by(
    query: &ReportQuery,
    dimensions: &[ReportDimension],
    metrics: &[AnyMetric],
    sums: &[Sum],
) -> Result<String, Error> {
    let mut terms = Vec::new();
    for (index, sort) in query.sort.iter().enumerate() {
        let direction = match sort.dir {
            Direction::Asc => "ASC",
            Direction::Desc => "DESC",
        };
        let dimension = dimensions.iter().position(|dimension| dimension.key == sort.key);
        let metric = metrics.iter().find(|metric| metric.key() == sort.key);
        let expression = match (dimension, metric) {
            (Some(position), _) => format!("d{position}"),
            (None, Some(metric)) => metric.order_sql(|sum| alias(sums, sum), &format!("o{index}_")),
            (None, None) => {
                let reason = format!("{:?} is not a dimension or metric of this report", sort.key);
                return Err(Error::invalid(format!("sort[{index}].key"), reason));
            }
        };
        terms.push(format!("{expression} {direction} NULLS LAST"));
    }
    terms.extend((0..dimensions.len()).map(|index| format!("d{index} ASC")));
    if terms.is_empty() {
        return Ok(String::new());
    }
    Ok(format!(" ORDER BY {}", terms.join(", ")))
}
