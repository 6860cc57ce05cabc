//! How an adaptive stream spreads its clicks: by what each route has brought so far.
//!
//! A share of clicks (exploration) always goes on by weight, so that every route keeps being measured. Of the rest, a route that has
//! not yet had its first clicks gets what its weight says, and the best of the others gets all that is left; equals share by weight.
//! Worked out beside the snapshot, never on a request. Statistics are no money: they are floats.

use crate::Shares;
use signalbox_domain::{Adaptive, Quarter, Series, Timestamp, stream::Goal};

/// All of it, in parts per million.
const WHOLE: u64 = 1_000_000;
const QUARTER_MS: f64 = 900_000.0;
const HOUR_MS: f64 = 3_600_000.0;

/// What a route has brought, older clicks counting less.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    clicks: f64,
    conversions: f64,
    cost: f64,
    revenue: f64,
    /// Clicks without regard to age, within what a series keeps.
    clicks_whole: i64,
}

impl Seen {
    fn of(series: &Series, half_life_hours: u16, now: Timestamp) -> Self {
        let half_life = f64::from(half_life_hours.max(1)) * HOUR_MS;
        let mut seen = Self::default();
        for (Quarter(quarter), tally) in series.quarters() {
            let age = (now.0 as f64 - (f64::from(quarter) + 0.5) * QUARTER_MS).max(0.0);
            let part = (-age / half_life).exp2();
            seen.clicks += tally.clicks as f64 * part;
            seen.conversions += tally.conversions as f64 * part;
            seen.cost += tally.cost.nanos() as f64 * part / 1e9;
            seen.revenue += tally.revenue.nanos() as f64 * part / 1e9;
            seen.clicks_whole = seen.clicks_whole.saturating_add(tally.clicks);
        }
        seen
    }

    fn per_click(&self, sum: f64) -> f64 {
        if self.clicks > 0.0 { sum / self.clicks } else { 0.0 }
    }

    /// What is to be raised. Where nothing was paid a return is endless if anything came back, else nothing.
    fn value(&self, goal: Goal) -> f64 {
        match goal {
            Goal::Epc => self.per_click(self.revenue),
            Goal::Cr => self.per_click(self.conversions),
            Goal::Roi if self.cost > 0.0 => (self.revenue - self.cost) / self.cost,
            Goal::Roi if self.revenue > 0.0 => f64::INFINITY,
            Goal::Roi => 0.0,
        }
    }
}

/// Shares of the routes of an adaptive stream. `routes` is what was counted for each route (`Subject::Route`), `weights` their weights in
/// the same order; a route of weight 0 gets nothing. One without a series counts as never clicked.
pub fn shares(adaptive: &Adaptive, routes: &[Series], weights: &[u32], now: Timestamp) -> Shares {
    let nothing = Series::default();
    let series = (0..weights.len()).map(|index| routes.get(index).unwrap_or(&nothing));
    let seen: Vec<Seen> = series.map(|series| Seen::of(series, adaptive.half_life_hours, now)).collect();
    let goal = goal_of(adaptive.goal, &seen);
    let learning = |index: usize| seen[index].clicks_whole < i64::from(adaptive.clicks_min);
    let takes_part = |index: &usize| weights[*index] > 0;
    let compared = || (0..weights.len()).filter(takes_part).filter(|index| !learning(*index));
    let best = compared().map(|index| seen[index].value(goal)).max_by(f64::total_cmp);
    let wins = |index: usize| {
        let value = best.filter(|_| weights[index] > 0 && !learning(index));
        value.is_some_and(|best| seen[index].value(goal).total_cmp(&best).is_eq())
    };
    let total: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
    let part = |weight: u32, of: u64, whole: u64| (u64::from(weight) * whole).checked_div(of).unwrap_or(0);
    let mut spread: Vec<u64> = vec![0; weights.len()];
    for index in (0..weights.len()).filter(|index| best.is_none() || learning(*index)) {
        spread[index] = part(weights[index], total, WHOLE);
    }
    let left = WHOLE - spread.iter().sum::<u64>();
    let winners: u64 =
        (0..weights.len()).filter(|index| wins(*index)).map(|index| u64::from(weights[index])).sum();
    for index in (0..weights.len()).filter(|index| wins(*index)) {
        spread[index] += part(weights[index], winners, left);
    }
    let reason = |index: usize| -> Box<str> {
        if weights[index] == 0 {
            return "weight 0: gets nothing".into();
        }
        let seen = &seen[index];
        if learning(index) {
            let wanted = adaptive.clicks_min;
            return format!(
                "learning: {} of {wanted} clicks, spread by weight until then",
                seen.clicks_whole
            )
            .into();
        }
        let place = if wins(index) { "the best" } else { "not the best" };
        format!("{place}: {}", describe(goal, adaptive, seen)).into()
    };
    Shares {
        best: spread.into_iter().map(|share| share as u32).collect(),
        exploration: if best.is_none() { WHOLE as u32 } else { adaptive.exploration.0.min(WHOLE as u32) },
        reasons: (0..weights.len()).map(reason).collect(),
    }
}

/// A return on nothing compares nobody: without any cost the earnings per click do.
fn goal_of(goal: Goal, seen: &[Seen]) -> Goal {
    let free = seen.iter().all(|seen| seen.cost <= 0.0);
    if goal == Goal::Roi && free { Goal::Epc } else { goal }
}

fn describe(goal: Goal, adaptive: &Adaptive, seen: &Seen) -> String {
    let value = seen.value(goal);
    let shown = match goal {
        Goal::Epc if adaptive.goal == Goal::Roi => format!("no cost is known, earns {value:.6} a click"),
        Goal::Epc => format!("earns {value:.6} a click"),
        Goal::Cr => format!("converts {:.4} % of clicks", value * 100.0),
        Goal::Roi if value.is_infinite() => "returns without any cost".to_owned(),
        Goal::Roi => format!("returns {:.2} %", value * 100.0),
    };
    let (clicks, conversions) = (seen.clicks_whole, seen.conversions);
    let half_life = adaptive.half_life_hours;
    format!("{shown} ({clicks} clicks; {conversions:.1} conversions, counting half after {half_life} h)")
}

#[cfg(test)]
mod tests;
