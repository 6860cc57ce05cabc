//! How far the reports are behind the answers: what had been answered when a report was asked for and is not in it, at the rate at which
//! it is answered.

use super::{client::Load, place};
use crate::{Error, api::Api};
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// Longest lag that counts as held.
pub(super) const LAG_MAX: Duration = Duration::from_secs(5);
/// A lag that grows faster than this, milliseconds a second, does not stay: the writer is slower than the rate.
const GROWTH_MAX: f64 = 60.0;
/// It has grown when the trend makes so many milliseconds over all looks; less is the coming and going of batches.
const GROWN_MIN: f64 = 750.0;
/// Pause between two looks.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

/// A look at the reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Look {
    /// Milliseconds after the beginning.
    pub(super) at_ms: u64,
    /// Milliseconds that the reports were behind.
    pub(super) lag_ms: u64,
}

/// Looks again and again.
pub(super) struct Watch<'a> {
    pub(super) api: &'a Api,
    pub(super) load: &'a Load,
    /// Clicks a second.
    pub(super) rate: u64,
    /// Clicks in the reports before the load's first one of this watch, and the load's redirects by then.
    pub(super) before: (u64, u64),
}

impl Watch<'_> {
    /// Adds looks until it is dropped, or the lag is too long; then the load is halted.
    pub(super) async fn look(&self, looks: &mut Vec<Look>) -> Result<(), Error> {
        let begun = Instant::now();
        loop {
            let answered = self.before.0 + self.load.redirected().saturating_sub(self.before.1);
            let found = place::clicks(self.api).await?;
            let lag_ms = answered.saturating_sub(found).saturating_mul(1000) / self.rate.max(1);
            let at_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            looks.push(Look { at_ms, lag_ms });
            if lag_ms > longest_ms() {
                self.load.halt();
                return Ok(());
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }
}

fn longest_ms() -> u64 {
    u64::try_from(LAG_MAX.as_millis()).unwrap_or(u64::MAX)
}

/// Whether the lag stayed within the bound.
pub(super) fn is_short(looks: &[Look]) -> bool {
    !looks.is_empty() && looks.iter().all(|look| look.lag_ms <= longest_ms())
}

/// Whether the lag would stay within the bound if this went on: it does not grow, the first quarter apart.
pub(super) fn is_steady(looks: &[Look]) -> bool {
    let settled = &looks[looks.len() / 4..];
    let points: Vec<_> =
        settled.iter().map(|look| (look.at_ms as f64 / 1000.0, look.lag_ms as f64)).collect();
    let seconds = points.last().map_or(0.0, |last| last.0 - points[0].0);
    slope(&points).is_none_or(|growth| growth <= GROWTH_MAX || growth * seconds < GROWN_MIN)
}

/// The longest lag.
pub(super) fn longest(looks: &[Look]) -> u64 {
    looks.iter().map(|look| look.lag_ms).max().unwrap_or_default()
}

/// The middle one.
pub(super) fn median(looks: &[Look]) -> u64 {
    let mut lags: Vec<_> = looks.iter().map(|look| look.lag_ms).collect();
    lags.sort_unstable();
    lags.get(lags.len() / 2).copied().unwrap_or_default()
}

/// Slope of the straight line nearest to the points; `None` when they do not lie beside each other.
pub(super) fn slope(points: &[(f64, f64)]) -> Option<f64> {
    let count = points.len() as f64;
    let mean = |pick: fn(&(f64, f64)) -> f64| points.iter().map(pick).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let spread: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    let together: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    (spread > 0.0).then(|| together / spread)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(lag_ms: impl Fn(u64) -> u64) -> Vec<Look> {
        (0..40).map(|number| Look { at_ms: number * 500, lag_ms: lag_ms(number) }).collect()
    }

    #[test]
    fn a_short_and_steady_lag_holds() {
        let batches = looks(|number| 800 + number % 3 * 300);
        assert!(is_short(&batches) && is_steady(&batches));
        assert_eq!((longest(&batches), median(&batches)), (1400, 1100));
        // What happens at the beginning is not a trend.
        assert!(is_steady(&looks(|number| if number < 8 { number * 150 } else { 1200 })));
    }

    #[test]
    fn a_lag_that_grows_does_not_hold_although_it_is_short() {
        let grows = looks(|number| 500 + number * 50);
        assert!(is_short(&grows) && !is_steady(&grows));
    }

    #[test]
    fn in_a_short_trial_a_batch_is_no_trend() {
        let few: Vec<_> = looks(|number| 300 + number * 60).into_iter().take(10).collect();
        assert!(is_steady(&few));
    }

    #[test]
    fn one_long_lag_is_too_much_and_no_look_proves_nothing() {
        assert!(!is_short(&looks(|number| if number == 30 { 5001 } else { 100 })));
        assert!(!is_short(&[]));
    }

    #[test]
    fn slopes_are_those_of_the_nearest_line() {
        let line: Vec<_> = (0..10).map(|x| (f64::from(x), 3.0 + 2.0 * f64::from(x))).collect();
        assert!((slope(&line).unwrap() - 2.0).abs() < 1e-9);
        assert!(slope(&[(1.0, 1.0)]).is_none() && slope(&[]).is_none());
    }
}
