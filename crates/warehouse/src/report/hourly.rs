//! Reports that need the ledger only by hour and campaign.
//!
//! ClickHouse keeps sums by hour beside the ledger (the projection `by_hour`, migration 7) and takes them by itself whenever a statement asks
//! for nothing that they do not have. So all that happens here is to ask by the hour of a click where that is the same as asking by its
//! moment: the answer hangs neither on the sums nor on whether ClickHouse takes them.

use super::compile::any_field;
use super::localtime::LocalTime;
use super::metrics::Sum;
use super::{Basis, ReportQuery, dimensions::ReportDimension};
use crate::ResolvedRange;

/// The time of a fact as the sums have it.
pub(super) const HOUR: &str = "toStartOfHour(facts.click_at)";
const HOUR_MS: i64 = 3_600_000;

/// What the sums know beside the hour.
const COLUMNS: [&str; 3] = ["campaign", "bot_reason", "is_bot"];

/// Whether hours are all that a report needs to know of times, and the sums have everything else.
pub(super) fn is_enough(
    query: &ReportQuery,
    (dimensions, sums): (&[ReportDimension], &[Sum]),
    (range, local): (ResolvedRange, &LocalTime),
) -> bool {
    let on_the_hour = |moment: Option<signalbox_domain::Timestamp>| {
        moment.is_none_or(|moment| moment.0.rem_euclid(HOUR_MS) == 0)
    };
    query.basis == Basis::Click
        && local.whole_hours
        && on_the_hour(range.from)
        && on_the_hour(range.to)
        && dimensions.iter().all(|dimension| is_known(dimension.key))
        && !any_field(&query.filters, &|key| !is_known(key))
        && !sums.iter().any(|sum| matches!(sum, Sum::Event(_)))
}

fn is_known(key: &str) -> bool {
    COLUMNS.contains(&key) || super::dimensions::find(key).is_some_and(|dimension| dimension.is_time())
}

#[cfg(test)]
mod tests {
    use crate::report::metrics::ALL_SUMS;

    #[test]
    fn the_projection_has_every_sum_but_those_of_events() {
        let sql = include_str!("../../../../migrations/clickhouse/0007_by_hour.sql");
        for sum in ALL_SUMS {
            let kept = sum.sql().replace("facts.", "");
            assert!(
                sql.contains(&kept),
                "{kept} is not kept by hour: a report that asks for it reads every click"
            );
        }
    }
}
