//! Caps: a limit on clicks, conversions or money in a period, and the counters that caps are held against.

use crate::{CampaignId, DestinationId, Money, StreamId, Timestamp, Validator, workspace::validate_timezone};
use serde::{Deserialize, Serialize};

/// Most caps of one campaign, stream or destination.
pub const CAPS_MAX: usize = 20;
/// Longest rolling window, hours (31 days).
pub const ROLLING_HOURS_MAX: u16 = 744;

/// What is counted. Clicks of machines are never counted; refunds and rejections take conversions and revenue back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Clicks that were sent there; for a destination behind a landing page, visitors that went on to it.
    Clicks,
    /// Conversions that count, by the time they were reported.
    Conversions,
    /// Cost in the workspace's currency.
    Cost,
    /// Revenue in the workspace's currency, by the time it was reported.
    Revenue,
}

/// Over which time a cap counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum CapPeriod {
    /// The running hour of the clock in the cap's timezone.
    Hour,
    /// The running day in the cap's timezone, 23 to 25 hours where clocks change.
    Day,
    /// For ever.
    Total,
    /// The last hours up to now, to the quarter of an hour: what fell into the first, partly covered quarter counts as well.
    Rolling {
        /// 1–744.
        hours: u16,
    },
}

/// A limit. Reached when what was counted is at least the limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cap {
    /// What is counted.
    pub measure: Measure,
    /// Over which time.
    pub period: CapPeriod,
    /// A whole number of clicks or conversions, or an amount in the workspace's currency; > 0.
    pub limit: Money,
    /// IANA timezone of hour and day; the workspace's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
}

/// What a counter is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Everything of a campaign.
    Campaign(CampaignId),
    /// What a stream took.
    Stream(StreamId),
    /// What a destination or landing page got, from all campaigns.
    Destination(DestinationId),
    /// What a destination got from one stream.
    Route(StreamId, DestinationId),
}

impl Cap {
    fn validate(&self, v: &mut Validator) {
        v.require(self.limit > Money::ZERO, "limit", "must be more than 0");
        if matches!(self.measure, Measure::Clicks | Measure::Conversions) {
            v.require(self.limit.is_whole(), "limit", "must be a whole number of clicks or conversions");
        }
        if let CapPeriod::Rolling { hours } = self.period {
            v.require(
                (1..=ROLLING_HOURS_MAX).contains(&hours),
                "period.hours",
                format!("must be from 1 to {ROLLING_HOURS_MAX}"),
            );
        }
        if let Some(timezone) = &self.timezone {
            let local = matches!(self.period, CapPeriod::Hour | CapPeriod::Day);
            v.require(local, "timezone", "applies only to periods hour and day");
            validate_timezone(v, "timezone", timezone);
        }
    }
}

/// Checks the caps of one owner.
pub fn validate_caps(v: &mut Validator, caps: &[Cap]) {
    v.require(caps.len() <= CAPS_MAX, "caps", format!("has {} entries; {CAPS_MAX} are allowed", caps.len()));
    v.each("caps", caps, |v, cap| cap.validate(v));
}

/// A quarter of an hour since the epoch: the grain of counters. Every timezone in use since 1972 is off UTC by whole quarters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Quarter(pub u32);

impl Quarter {
    const MS: i64 = 15 * 60 * 1000;

    /// The quarter that holds a time; the first one for times before the epoch.
    pub fn of(at: Timestamp) -> Self {
        Self(u32::try_from(at.0 / Self::MS).unwrap_or(0))
    }
}

/// Sums of all measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Clicks.
    pub clicks: i64,
    /// Conversions that count.
    pub conversions: i64,
    /// Cost.
    pub cost: Money,
    /// Revenue.
    pub revenue: Money,
}

impl Tally {
    /// One measure; counts as whole units.
    pub fn get(&self, measure: Measure) -> Money {
        match measure {
            Measure::Clicks => Money::from_whole(self.clicks),
            Measure::Conversions => Money::from_whole(self.conversions),
            Measure::Cost => self.cost,
            Measure::Revenue => self.revenue,
        }
    }

    /// The same with the opposite sign: what takes this away again.
    #[must_use]
    pub fn negated(&self) -> Self {
        Self {
            clicks: -self.clicks,
            conversions: -self.conversions,
            cost: -self.cost,
            revenue: -self.revenue,
        }
    }

    /// Adds another tally; sums beyond any real traffic stay at the bound.
    pub fn add(&mut self, other: &Self) {
        self.clicks = self.clicks.saturating_add(other.clicks);
        self.conversions = self.conversions.saturating_add(other.conversions);
        self.cost = self.cost.saturating_add(other.cost);
        self.revenue = self.revenue.saturating_add(other.revenue);
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What was counted for one subject: by quarters for the longest rolling window, and for ever.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Series {
    /// Ascending; quarters without a count are left out.
    quarters: std::collections::VecDeque<(Quarter, Tally)>,
    ever: Tally,
}

/// Quarters kept behind the newest: the longest rolling window and a day.
const QUARTERS_KEPT: u32 = (ROLLING_HOURS_MAX as u32 + 24) * 4;

impl Series {
    /// A series from its parts, as [`Series::quarters`] and [`Series::ever`] gave them. Quarters that do not ascend are left out.
    pub fn from_parts(quarters: impl IntoIterator<Item = (Quarter, Tally)>, ever: Tally) -> Self {
        let mut kept = std::collections::VecDeque::new();
        for (quarter, tally) in quarters {
            if kept.back().is_none_or(|(last, _)| *last < quarter) {
                kept.push_back((quarter, tally));
            }
        }
        Self { quarters: kept, ever }
    }

    /// Forgets quarters that ended more than `hours` before `now`; the sum of everything stays.
    pub fn keep_hours(&mut self, hours: u16, now: Timestamp) {
        let oldest = Quarter::of(now).0.saturating_sub(u32::from(hours) * 4);
        while self.quarters.front().is_some_and(|(first, _)| first.0 < oldest) {
            self.quarters.pop_front();
        }
    }

    /// Counts at a time. What is older than the longest window counts in the total only.
    pub fn add(&mut self, at: Timestamp, tally: &Tally) {
        self.add_quarter(Quarter::of(at), tally);
    }

    /// Counts in a quarter.
    pub fn add_quarter(&mut self, quarter: Quarter, tally: &Tally) {
        self.ever.add(tally);
        let newest = self.quarters.back().map_or(quarter, |(newest, _)| (*newest).max(quarter));
        let oldest = Quarter(newest.0.saturating_sub(QUARTERS_KEPT));
        while self.quarters.front().is_some_and(|(first, _)| *first < oldest) {
            self.quarters.pop_front();
        }
        if quarter < oldest {
            return;
        }
        // Nearly always the newest one.
        let position = self.quarters.iter().rposition(|(held, _)| *held <= quarter);
        match position {
            Some(index) if self.quarters[index].0 == quarter => self.quarters[index].1.add(tally),
            Some(index) => self.quarters.insert(index + 1, (quarter, *tally)),
            None => self.quarters.push_front((quarter, *tally)),
        }
    }

    /// Adds everything of another series.
    pub fn merge(&mut self, other: &Self) {
        let mut within = Tally::default();
        for (quarter, tally) in &other.quarters {
            self.add_quarter(*quarter, tally);
            within.add(tally);
        }
        let older = Tally {
            clicks: other.ever.clicks - within.clicks,
            conversions: other.ever.conversions - within.conversions,
            cost: other.ever.cost - within.cost,
            revenue: other.ever.revenue - within.revenue,
        };
        self.ever.add(&older);
    }

    /// One measure since the quarter that holds `since`; ever, without it.
    pub fn since(&self, since: Option<Timestamp>, measure: Measure) -> Money {
        let Some(since) = since else { return self.ever.get(measure) };
        let from = Quarter::of(since);
        let recent = self.quarters.iter().rev().take_while(|(quarter, _)| *quarter >= from);
        recent.fold(Money::ZERO, |sum, (_, tally)| sum.saturating_add(tally.get(measure)))
    }

    /// Quarters in which something was counted, ascending.
    pub fn quarters(&self) -> impl DoubleEndedIterator<Item = (Quarter, &Tally)> {
        self.quarters.iter().map(|(quarter, tally)| (*quarter, tally))
    }

    /// Everything ever counted.
    pub const fn ever(&self) -> &Tally {
        &self.ever
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: i64 = 3_600_000;

    fn clicks(clicks: i64) -> Tally {
        Tally { clicks, ..Tally::default() }
    }

    #[test]
    fn a_series_agrees_with_a_list_of_everything() {
        let mut series = Series::default();
        let mut all = Vec::new();
        let mut state = 1_u64;
        for step in 0..5_000_i64 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let back = (state >> 33) as i64 % (30 * 24 * HOUR_MS);
            let at = Timestamp(1_800_000_000_000 + step * 60_000 - back);
            series.add(at, &clicks(1));
            all.push(at);
        }
        let now = Timestamp(1_800_000_000_000 + 5_000 * 60_000);
        for hours in [1, 24, 100, 700] {
            let since = now.plus_ms(-hours * HOUR_MS);
            let counted = all.iter().filter(|at| Quarter::of(**at) >= Quarter::of(since)).count();
            assert_eq!(
                series.since(Some(since), Measure::Clicks),
                Money::from_whole(counted as i64),
                "{hours} h"
            );
        }
        assert_eq!(series.since(None, Measure::Clicks), Money::from_whole(5_000));
    }

    #[test]
    fn what_left_the_window_stays_in_the_total() {
        let mut series = Series::default();
        series.add(Timestamp(0), &clicks(5));
        series.add(Timestamp(40 * 24 * HOUR_MS), &clicks(1));
        series.add(Timestamp(HOUR_MS), &clicks(2));
        assert_eq!(series.quarters().count(), 1);
        assert_eq!(series.ever().clicks, 8);
        let mut sum = Series::default();
        sum.merge(&series);
        assert_eq!(sum, series);
    }

    #[test]
    fn what_no_window_needs_is_forgotten_but_stays_in_the_total() {
        let mut series = Series::default();
        let now = Timestamp(1_800_000_000_000);
        for hours in [50, 26, 25, 1, 0] {
            series.add(now.plus_ms(-hours * HOUR_MS), &clicks(1));
        }
        series.add(now, &clicks(2).negated());
        series.keep_hours(26, now);
        assert_eq!(series.quarters().count(), 4);
        assert_eq!(series.ever().clicks, 3);
        let parts: Vec<_> = series.quarters().map(|(quarter, tally)| (quarter, *tally)).collect();
        assert_eq!(Series::from_parts(parts, *series.ever()), series);
    }

    #[test]
    fn caps_name_what_is_wrong() {
        let cap = Cap {
            measure: Measure::Clicks,
            period: CapPeriod::Rolling { hours: 0 },
            limit: "1.5".parse().unwrap(),
            timezone: Some("Mars/Olympus".to_owned()),
        };
        let mut v = Validator::new();
        validate_caps(&mut v, &[cap]);
        let fields: Vec<_> = v.finish().unwrap_err().0.into_iter().map(|error| error.field).collect();
        assert_eq!(fields, ["caps[0].limit", "caps[0].period.hours", "caps[0].timezone", "caps[0].timezone"]);
    }
}
