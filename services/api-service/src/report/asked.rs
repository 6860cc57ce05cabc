//! A report as it was asked for, in the warehouse's words.

use super::{metadata, range};
use crate::{
    error::ApiError,
    types::{
        Basis, Bots, Compare, Condition, ConditionGroup, Granularity, MetricFilter, ReportQuery, SortDir,
    },
};
use jiff::tz::TimeZone;
use signalbox_chassis::problem::Problem;
use signalbox_domain::{Currency, CustomMetric, MetricFormat, Timestamp, Workspace};
use signalbox_warehouse::{self as warehouse, report::Direction};

/// Most rows of an answer.
pub const ROWS_MAX: u32 = 10_000;

/// A report to be made.
#[derive(Debug, Clone)]
pub struct Asked {
    /// For the warehouse.
    pub query: warehouse::ReportQuery,
    /// What it is compared with.
    pub compare: Option<Compare>,
    /// Timezone of days and hours.
    pub timezone: TimeZone,
    /// Its name.
    pub timezone_name: String,
    /// Currency of amounts.
    pub currency: Currency,
    /// Which time counts.
    pub basis: Basis,
    /// What is done with machines.
    pub bots: Bots,
    /// Metrics of the workspace's own.
    pub custom: Vec<CustomMetric>,
    /// When it was asked.
    pub now: Timestamp,
}

impl Asked {
    /// Reads a query; names are checked by the warehouse.
    ///
    /// # Errors
    /// 422 naming the field.
    pub fn new(
        query: ReportQuery,
        (workspace, custom): (&Workspace, Vec<CustomMetric>),
        now: Timestamp,
    ) -> Result<Self, ApiError> {
        let timezone_name = query.timezone.unwrap_or_else(|| workspace.timezone.clone());
        let timezone = TimeZone::get(&timezone_name).map_err(|_| {
            let reason = format!("{timezone_name:?} is not an IANA timezone such as Europe/Berlin or UTC");
            Problem::invalid_field("timezone", reason)
        })?;
        let limit = query.limit.unwrap_or(100);
        if !(1..=ROWS_MAX).contains(&limit) {
            return Err(Problem::invalid_field("limit", format!("must be from 1 to {ROWS_MAX}")).into());
        }
        let metrics = if query.metrics.is_empty() { metadata::default_metrics() } else { query.metrics };
        let mut dimensions = query.dimensions;
        if let Some(step) = query.granularity.map(Granularity::dimension) {
            dimensions.retain(|key| key != step);
            dimensions.insert(0, step.to_owned());
        }
        let sort = query.sort.into_iter().map(|sort| warehouse::report::Sort {
            key: sort.key,
            dir: match sort.dir {
                SortDir::Asc => Direction::Asc,
                SortDir::Desc => Direction::Desc,
            },
        });
        let mut sort: Vec<_> = sort.collect();
        if sort.is_empty() && !dimensions.is_empty() {
            sort.push(default_sort(&dimensions, &metrics));
        }
        let compiled = warehouse::ReportQuery {
            dimensions,
            metrics,
            custom: definitions(&custom),
            filters: filters(query.filters),
            having: query.having.into_iter().map(figures).collect(),
            range: range::resolve(&query.range, &timezone)?,
            timezone: timezone_name.clone(),
            basis: match query.basis {
                Basis::Click => warehouse::Basis::Click,
                Basis::Conversion => warehouse::Basis::Conversion,
            },
            bots: match query.bots {
                Bots::Include => warehouse::Bots::Include,
                Bots::Exclude => warehouse::Bots::Exclude,
                Bots::Only => warehouse::Bots::Only,
            },
            sort,
            limit,
            offset: u64::from(query.offset),
            asked_as: None,
        };
        let (currency, basis, bots) = (workspace.currency, query.basis, query.bots);
        Ok(Self {
            query: compiled,
            compare: query.compare,
            timezone,
            timezone_name,
            currency,
            basis,
            bots,
            custom,
            now,
        })
    }
}

/// The workspace's own metrics as the warehouse takes them. A formula that this version no longer understands is left out, so that
/// whoever asks for it is told that there is no such metric.
fn definitions(custom: &[CustomMetric]) -> Vec<warehouse::CustomMetric> {
    let definition = |metric: &CustomMetric| {
        let formula = warehouse::Formula::parse(&metric.formula).ok()?;
        let format = match metric.format {
            MetricFormat::Number => warehouse::CustomFormat::Number,
            MetricFormat::Money => warehouse::CustomFormat::Money,
            MetricFormat::Percent => warehouse::CustomFormat::Percent,
            MetricFormat::Seconds => warehouse::CustomFormat::Seconds,
        };
        Some(warehouse::CustomMetric { key: metric.key.clone(), formula, format })
    };
    custom.iter().filter_map(definition).collect()
}

fn figures(filter: MetricFilter) -> warehouse::report::MetricFilter {
    warehouse::report::MetricFilter { metric: filter.metric, op: filter.op.into(), values: filter.values }
}

/// Time runs forward, all else by the first metric, largest first.
fn default_sort(dimensions: &[String], metrics: &[String]) -> warehouse::report::Sort {
    let first = &dimensions[0];
    let is_time = metadata::dimension(first).is_some_and(|dimension| dimension.group == "time");
    match metrics.first() {
        Some(metric) if !is_time => warehouse::report::Sort { key: metric.clone(), dir: Direction::Desc },
        _ => warehouse::report::Sort { key: first.clone(), dir: Direction::Asc },
    }
}

/// Filters in the warehouse's words.
pub(crate) fn filters(conditions: Vec<Condition>) -> Vec<warehouse::Condition> {
    let one = |condition: Condition| match condition {
        Condition::Filter(filter) => {
            let (field, op, values) = (filter.field, filter.op.into(), filter.values);
            warehouse::Condition::Filter(warehouse::Filter { field, op, values })
        }
        Condition::Group(ConditionGroup::All(members)) => warehouse::Group::All(filters(members)).into(),
        Condition::Group(ConditionGroup::Any(members)) => warehouse::Group::Any(filters(members)).into(),
        Condition::Group(ConditionGroup::None(members)) => warehouse::Group::None(filters(members)).into(),
    };
    conditions.into_iter().map(one).collect()
}
