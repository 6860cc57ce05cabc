//! Filters on figures: which rows of a report are shown, after everything was added up.
//!
//! A figure is compared as it is shown: rounded to six decimals, money to nine. A row in which there is no such figure (divided by zero)
//! meets no comparison, also not `not_equals`; only `is_not_set` keeps it. Values travel as parameters.

use super::ReportQuery;
use super::custom::AnyMetric;
use super::metrics::Sum;
use crate::sql::{Bound, Params};
use crate::{Error, Operator};
use serde::{Deserialize, Serialize};
use signalbox_domain::Money;

/// Most filters on figures of a report.
const FILTERS_MAX: usize = 20;
/// Most values of one that compares for equality.
const VALUES_MAX: usize = 100;

/// Keeps rows whose figure compares in this way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricFilter {
    /// Key of a metric; it need not be a column.
    pub metric: String,
    /// How to compare: one of [`MetricFilter::OPERATORS`].
    pub op: Operator,
    /// Decimal numbers to compare with, as many as the operator takes.
    #[serde(default)]
    pub values: Vec<String>,
}

impl MetricFilter {
    /// The operators there are.
    pub const OPERATORS: [Operator; 9] = [
        Operator::GreaterThan,
        Operator::AtLeast,
        Operator::LessThan,
        Operator::AtMost,
        Operator::Between,
        Operator::Equals,
        Operator::NotEquals,
        Operator::IsSet,
        Operator::IsNotSet,
    ];
}

/// The metrics that filters are about, in their order.
pub(super) fn metrics_of_filters(query: &ReportQuery) -> Result<Vec<AnyMetric>, Error> {
    if query.having.len() > FILTERS_MAX {
        return Err(Error::invalid(
            "having",
            format!("must be at most {FILTERS_MAX}, found {}", query.having.len()),
        ));
    }
    if !query.having.is_empty() && query.dimensions.is_empty() {
        let reason = "needs at least one dimension: it says which rows are shown";
        return Err(Error::invalid("having", reason));
    }
    let find = |(index, filter): (usize, &MetricFilter)| {
        AnyMetric::find(&filter.metric, &query.custom).ok_or_else(|| {
            Error::invalid(format!("having[{index}].metric"), format!("{:?} is not a metric", filter.metric))
        })
    };
    query.having.iter().enumerate().map(find).collect()
}

/// ` WHERE …` over the grouped rows, or nothing; `alias` names a sum.
pub(super) fn where_sql(
    query: &ReportQuery,
    metrics: &[AnyMetric],
    alias: impl Fn(Sum) -> String + Copy,
    params: &mut Params,
) -> Result<String, Error> {
    let mut parts = Vec::with_capacity(metrics.len());
    for (index, (filter, metric)) in query.having.iter().zip(metrics).enumerate() {
        let shown = metric.shown_sql(alias, &format!("h{index}_"));
        parts.push(condition(filter, &shown, &format!("having[{index}]"), params)?);
    }
    Ok(if parts.is_empty() { String::new() } else { format!(" WHERE {}", parts.join(" AND ")) })
}

fn condition(filter: &MetricFilter, shown: &str, at: &str, params: &mut Params) -> Result<String, Error> {
    let (least, most) = match filter.op {
        Operator::IsSet | Operator::IsNotSet => (0, 0),
        Operator::Between => (2, 2),
        Operator::Equals | Operator::NotEquals => (1, VALUES_MAX),
        Operator::GreaterThan | Operator::AtLeast | Operator::LessThan | Operator::AtMost => (1, 1),
        other => {
            let known: Vec<&str> = MetricFilter::OPERATORS.iter().map(|op| op.as_str()).collect();
            let reason =
                format!("{} cannot be used on figures; use one of {}", other.as_str(), known.join(", "));
            return Err(Error::invalid(format!("{at}.op"), reason));
        }
    };
    let count = filter.values.len();
    if !(least..=most).contains(&count) {
        let wanted = if least == most { format!("{least}") } else { format!("{least} to {most}") };
        let reason = format!("{} takes {wanted} values, found {count}", filter.op.as_str());
        return Err(Error::invalid(format!("{at}.values"), reason));
    }
    let mut values = Vec::with_capacity(count);
    for (index, value) in filter.values.iter().enumerate() {
        values.push(number(value, &format!("{at}.values[{index}]"), params)?);
    }
    let sign = match filter.op {
        Operator::IsSet => return Ok(format!("({shown}) IS NOT NULL")),
        Operator::IsNotSet => return Ok(format!("({shown}) IS NULL")),
        Operator::Between => return Ok(format!("({shown} BETWEEN {} AND {})", values[0], values[1])),
        Operator::Equals | Operator::NotEquals => {
            let no = if filter.op == Operator::Equals { "" } else { "NOT " };
            let any: Vec<String> = values.iter().map(|value| format!("{shown} = {value}")).collect();
            return Ok(format!("{no}({})", any.join(" OR ")));
        }
        Operator::GreaterThan => ">",
        Operator::AtLeast => ">=",
        Operator::LessThan => "<",
        _ => "<=",
    };
    Ok(format!("{shown} {sign} {}", values[0]))
}

/// The placeholder of a number.
fn number(value: &str, at: &str, params: &mut Params) -> Result<String, Error> {
    let reason = || format!("{value:?} is not a number such as 12.5, with at most nine decimals");
    let number: Money = value.trim().parse().map_err(|_| Error::invalid(at, reason()))?;
    Ok(params.bind("Decimal(38, 9)", Bound::Text(number.to_string())))
}
