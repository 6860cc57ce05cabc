use super::*;
use signalbox_domain::{Money, Percent, Tally};

const NOW: Timestamp = Timestamp(1_800_000_000_000);

fn route(hours_ago: i64, clicks: i64, conversions: i64, cost: i64, revenue: i64) -> Series {
    let mut series = Series::default();
    let (cost, revenue) = (Money::from_whole(cost), Money::from_whole(revenue));
    series.add(NOW.plus_ms(-hours_ago * 3_600_000), &Tally { clicks, conversions, cost, revenue });
    series
}

fn adaptive(goal: Goal) -> Adaptive {
    Adaptive { goal, clicks_min: 100, exploration: Percent::from_whole(10), half_life_hours: 72 }
}

#[test]
fn each_goal_has_its_own_best() {
    // Most revenue a click; best return; most conversions a click.
    let routes = [route(1, 1000, 10, 500, 900), route(1, 1000, 20, 100, 400), route(1, 1000, 90, 300, 450)];
    let weights = [100, 100, 100];
    for (goal, best) in [(Goal::Epc, 0), (Goal::Roi, 1), (Goal::Cr, 2)] {
        let shares = shares(&adaptive(goal), &routes, &weights, NOW);
        let mut expected = [0_u32; 3];
        expected[best] = 1_000_000;
        assert_eq!(*shares.best, expected, "{goal:?}: {:?}", shares.reasons);
        assert_eq!(shares.exploration, 100_000);
        assert!(shares.reasons[best].starts_with("the best: "), "{:?}", shares.reasons);
    }
}

#[test]
fn a_route_gets_its_first_clicks_by_weight() {
    let routes = [route(1, 500, 5, 0, 50), route(1, 99, 90, 0, 900), route(1, 400, 2, 0, 20)];
    let shares = shares(&adaptive(Goal::Epc), &routes, &[200, 100, 100], NOW);
    assert_eq!(*shares.best, [750_000, 250_000, 0]);
    assert_eq!(&*shares.reasons[1], "learning: 99 of 100 clicks, spread by weight until then");
    assert!(
        shares.reasons[2].starts_with("not the best: earns 0.050000 a click (400 clicks; "),
        "{:?}",
        shares.reasons
    );
}

#[test]
fn before_anything_is_known_everything_goes_by_weight() {
    let shares = shares(&adaptive(Goal::Roi), &[], &[30, 10, 0], NOW);
    assert_eq!((&*shares.best, shares.exploration), (&[750_000, 250_000, 0][..], 1_000_000));
    assert_eq!(&*shares.reasons[2], "weight 0: gets nothing");
}

#[test]
fn equals_share_by_weight() {
    let routes = [route(1, 200, 0, 0, 0), route(1, 900, 0, 0, 0), route(1, 300, 0, 0, 0)];
    let shares = shares(&adaptive(Goal::Cr), &routes, &[10, 30, 0], NOW);
    assert_eq!(*shares.best, [250_000, 750_000, 0]);
}

#[test]
fn older_clicks_count_less() {
    let mut fading = route(20 * 24, 1000, 0, 0, 2000);
    fading.merge(&route(1, 1000, 0, 0, 500));
    let steady = route(1, 1000, 0, 0, 1000);
    let result = |half_life_hours| {
        let adaptive = Adaptive { half_life_hours, ..adaptive(Goal::Epc) };
        shares(&adaptive, &[fading.clone(), steady.clone()], &[1, 1], NOW).best
    };
    assert_eq!(*result(24), [0, 1_000_000], "long ago is forgotten");
    assert_eq!(*result(744), [1_000_000, 0], "long ago still counts");
}

#[test]
fn a_return_needs_a_cost() {
    let free =
        shares(&adaptive(Goal::Roi), &[route(1, 200, 1, 0, 10), route(1, 200, 1, 0, 20)], &[1, 1], NOW);
    assert_eq!(*free.best, [0, 1_000_000]);
    assert!(free.reasons[1].starts_with("the best: no cost is known, earns 0.1"), "{:?}", free.reasons);
    let partly =
        shares(&adaptive(Goal::Roi), &[route(1, 200, 1, 5, 10), route(1, 200, 1, 0, 20)], &[1, 1], NOW);
    assert_eq!(*partly.best, [0, 1_000_000]);
}

#[test]
fn shares_never_are_more_than_the_whole() {
    for (routes, weights) in [
        (vec![route(1, 1, 0, 0, 0); 7], vec![3; 7]),
        (vec![route(1, 500, 3, 1, 1); 7], vec![3; 7]),
        (vec![], vec![u32::MAX; 500]),
        (vec![route(1, 500, 3, 1, 1)], vec![]),
    ] {
        let shares = shares(&adaptive(Goal::Roi), &routes, &weights, NOW);
        assert_eq!(shares.best.len(), weights.len());
        let sum: u64 = shares.best.iter().map(|share| u64::from(*share)).sum();
        assert!(sum <= 1_000_000 && (weights.is_empty() || sum >= 999_400), "{sum}");
    }
}

#[test]
fn refunds_beyond_earnings_are_the_worst() {
    let shares =
        shares(&adaptive(Goal::Epc), &[route(1, 200, -3, 0, -30), route(1, 200, 0, 0, 0)], &[1, 1], NOW);
    assert_eq!(*shares.best, [0, 1_000_000]);
}
