//! Which clicks a correction is about, as of one moment, and what each is to cost.

use super::{CostAmount, CostCorrection, CostLedger, CostMode};
use crate::log::regular_expression;
use crate::report::{Basis, Clicks, ReportQuery};
use crate::sql::{Bound, DAY_MS, Params, in_days};
use crate::{Error, Range};
use clickhouse::Row;
use serde::{Deserialize, Serialize};
use signalbox_domain::{Money, Scope, Timestamp};
use std::collections::BTreeMap;

/// Longest range of a correction, days.
const DAYS_MAX: i64 = 400;
const HOUR_MS: i64 = 3_600_000;

/// The clicks of a correction. Each journal's facts come in order, so its highest sequence number so far says which are meant.
#[derive(Debug)]
pub(super) struct Frozen {
    pub clicks: u64,
    pub before: Money,
    pub after: Money,
    /// Whether the cost of some of them was corrected before.
    pub corrected: bool,
    /// Which clicks match.
    pub matching: Clicks,
    /// Journals and the highest sequence number of each.
    journals: Vec<u128>,
    highest: Vec<u128>,
    /// For each click.
    pub share: Money,
    /// The last click that costs one nano unit more: time, journal, sequence number.
    pub favoured: Option<(i64, u64, u64)>,
}

/// Clicks of one journal and one hour of UTC, and what they cost with all corrections.
#[derive(Row, Deserialize, Serialize)]
struct Part {
    journal: u64,
    hour: i64,
    highest: u64,
    clicks: u64,
    corrections: u64,
    cost: i128,
}

impl Frozen {
    /// The condition of the frozen clicks on `facts`.
    pub fn condition(&self, scope: &Scope, params: &mut Params) -> Result<String, Error> {
        let matching = self.matching.clicks_sql(scope, params)?;
        let journals = params.bind("Array(UInt64)", Bound::Unsigneds(self.journals.clone()));
        let highest = params.bind("Array(UInt64)", Bound::Unsigneds(self.highest.clone()));
        // A click of a journal that was not there yet is not meant either.
        Ok(format!(
            "{matching} AND has({journals}, facts._journal) \
             AND facts._seq <= transform(facts._journal, {journals}, {highest}, toUInt64(0))"
        ))
    }
}

impl CostLedger {
    /// Looks which clicks match.
    pub(super) async fn freeze(
        &self,
        scope: &Scope,
        correction: &CostCorrection,
        now: Timestamp,
    ) -> Result<Frozen, Error> {
        let matching = clicks_of(correction, now)?;
        let mut params = Params::default();
        let condition = matching.all_sql(scope, &mut params)?;
        let sql = format!(
            "SELECT if(kind = 'cost', click_journal, _journal) AS journal, \
             intDiv(toUnixTimestamp64Milli(click_at), {HOUR_MS}) AS hour, maxIf(_seq, kind = 'click') AS highest, \
             countIf(kind = 'click') AS clicks, countIf(kind = 'cost') AS corrections, sum(cost) AS cost \
             FROM facts WHERE {condition} GROUP BY journal, hour ORDER BY hour, journal"
        );
        let found = self.warehouse.fetch_all(params.apply(self.warehouse.query(&sql))).await;
        let parts: Vec<Part> = found.map_err(regular_expression)?;
        let mut journals: BTreeMap<u64, u64> = BTreeMap::new();
        for part in &parts {
            let highest = journals.entry(part.journal).or_default();
            *highest = part.highest.max(*highest);
        }
        let mut frozen = Frozen {
            clicks: parts.iter().map(|part| part.clicks).sum(),
            before: Money::from_nanos(parts.iter().map(|part| part.cost).sum()),
            after: Money::ZERO,
            corrected: parts.iter().any(|part| part.corrections > 0),
            matching,
            journals: journals.keys().copied().map(u128::from).collect(),
            highest: journals.values().copied().map(u128::from).collect(),
            share: Money::ZERO,
            favoured: None,
        };
        if frozen.clicks > 0 {
            self.spread(scope, correction, (&mut frozen, &parts)).await?;
        }
        Ok(frozen)
    }

    async fn spread(
        &self,
        scope: &Scope,
        correction: &CostCorrection,
        (frozen, parts): (&mut Frozen, &[Part]),
    ) -> Result<(), Error> {
        let clicks = i128::from(frozen.clicks);
        let (share, rest) = match correction.amount {
            CostAmount::PerClick(amount) => (amount.nanos(), 0),
            CostAmount::Total(total) => (total.nanos() / clicks, total.nanos() % clicks),
        };
        frozen.share = Money::from_nanos(share);
        let amount = Money::from_nanos(share.saturating_mul(clicks).saturating_add(rest));
        frozen.after = match correction.mode {
            CostMode::Replace => amount,
            CostMode::Add => frozen.before + amount,
        };
        if rest > 0 {
            frozen.favoured = Some(self.nth(scope, frozen, parts, rest.unsigned_abs()).await?);
        }
        Ok(())
    }

    /// The n-th click by time, counted from 1: looked for only in its hour.
    async fn nth(
        &self,
        scope: &Scope,
        frozen: &Frozen,
        parts: &[Part],
        number: u128,
    ) -> Result<(i64, u64, u64), Error> {
        let mut hours: BTreeMap<i64, u128> = BTreeMap::new();
        for part in parts {
            *hours.entry(part.hour).or_default() += u128::from(part.clicks);
        }
        let mut left = number;
        let hour = hours.into_iter().find_map(|(hour, clicks)| {
            if left <= clicks {
                return Some(hour);
            }
            left -= clicks;
            None
        });
        let mut params = Params::default();
        let condition = frozen.condition(scope, &mut params)?;
        let begin = hour.unwrap_or_default() * HOUR_MS;
        let days = in_days(Some(Timestamp(begin)), Some(Timestamp(begin + HOUR_MS)));
        let (from, to) = (params.moment(begin), params.moment(begin + HOUR_MS));
        let offset = params.bind("UInt64", Bound::Unsigned(left.saturating_sub(1)));
        let sql = format!(
            "SELECT toUnixTimestamp64Milli(click_at) AS at, _journal, _seq FROM facts \
             WHERE click_at >= {from} AND click_at < {to}{days} AND {condition} \
             ORDER BY click_at, _journal, _seq LIMIT 1 OFFSET {offset}"
        );
        let found: Vec<(i64, u64, u64)> =
            self.warehouse.fetch_all(params.apply(self.warehouse.query(&sql))).await?;
        let moved = || Error::Unavailable { reason: "clicks arrive while they are counted".to_owned() };
        found.first().copied().ok_or_else(moved)
    }
}

impl CostCorrection {
    /// Whether it can be made, as far as that is known without looking at clicks.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the field.
    pub fn check(&self, scope: &Scope, now: Timestamp) -> Result<(), Error> {
        clicks_of(self, now)?.all_sql(scope, &mut Params::default()).map(drop)
    }
}

/// The clicks that a correction names.
fn clicks_of(correction: &CostCorrection, now: Timestamp) -> Result<Clicks, Error> {
    let (Some(from), Some(to)) = (correction.range.from, correction.range.to) else {
        return Err(Error::invalid("range", "must have a beginning and an end"));
    };
    if to.since_ms(from) > DAYS_MAX * DAY_MS {
        return Err(Error::invalid("range", format!("must be at most {DAYS_MAX} days long")));
    }
    let amount = match correction.amount {
        CostAmount::Total(amount) | CostAmount::PerClick(amount) => amount,
    };
    if amount.is_negative() {
        return Err(Error::invalid("amount", "must not be below 0"));
    }
    let query = ReportQuery {
        filters: correction.filters.clone(),
        range: Range::Custom { from, to },
        timezone: correction.timezone.clone(),
        basis: Basis::Click,
        bots: correction.bots,
        ..ReportQuery::default()
    };
    Clicks::new(query, correction.only_unique, now)
}
