//! The loss rule: when a destination loses so much that it goes out of rotation.

use signalbox_domain::{LossRule, Measure, Money, Series, Timestamp};

const HOUR_MS: i64 = 3_600_000;

/// Whether a destination with these statistics is out of rotation. One without cost never loses; one that is out has no new clicks and
/// comes back when its clicks have left the window.
pub fn holds(rule: &LossRule, series: &Series, now: Timestamp) -> bool {
    let since = Some(now.plus_ms(-i64::from(rule.window_hours) * HOUR_MS));
    let sum = |measure| series.since(since, measure);
    let cost = sum(Measure::Cost);
    if cost <= Money::ZERO || sum(Measure::Clicks) < Money::from_whole(i64::from(rule.clicks_min)) {
        return false;
    }
    // (revenue − cost) × 100 ÷ cost < bound, without division: exact.
    let gain = (sum(Measure::Revenue) - cost).nanos();
    let one = Money::from_whole(1).nanos();
    let (Some(left), Some(right)) = (
        gain.checked_mul(100).and_then(|gain| gain.checked_mul(one)),
        rule.roi_below.nanos().checked_mul(cost.nanos()),
    ) else {
        // Beyond any real amount: to the unit is exact enough.
        return gain / one * 100 < (rule.roi_below.nanos() / one).saturating_mul(cost.nanos() / one);
    };
    left < right
}

#[cfg(test)]
mod tests {
    use super::*;
    use signalbox_domain::Tally;

    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    fn money(text: &str) -> Money {
        text.parse().unwrap()
    }

    fn series(hours_ago: i64, clicks: i64, cost: &str, revenue: &str) -> Series {
        let mut series = Series::default();
        let tally = Tally { clicks, conversions: 0, cost: money(cost), revenue: money(revenue) };
        series.add(NOW.plus_ms(-hours_ago * HOUR_MS), &tally);
        series
    }

    #[test]
    fn a_destination_is_out_below_its_bound_and_with_enough_clicks() {
        let rule = LossRule { roi_below: money("-20"), clicks_min: 100, window_hours: 24 };
        for (what, series, expected) in [
            ("a loss of 20 % is not below -20", series(1, 100, "10", "8"), false),
            ("the smallest amount below", series(1, 100, "10", "7.999999999"), true),
            ("one click too few", series(1, 99, "10", "0"), false),
            ("outside the window", series(25, 100, "10", "0"), false),
            ("without cost nothing is lost", series(1, 100, "0", "0"), false),
            ("a gain", series(1, 100, "10", "30"), false),
            ("amounts beyond any real one", series(1, 100, "1000000000000", "7"), true),
        ] {
            assert_eq!(holds(&rule, &series, NOW), expected, "{what}");
        }
        let greedy = LossRule { roi_below: money("50"), ..rule };
        assert!(holds(&greedy, &series(1, 100, "10", "14.99"), NOW));
        assert!(!holds(&greedy, &series(1, 100, "10", "15"), NOW));
    }
}
