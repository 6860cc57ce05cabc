use super::*;

/// Repeatable dice (`SplitMix64`).
struct Seeded(u64);

impl Dice for Seeded {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((u128::from(z ^ (z >> 31)) * u128::from(below)) >> 64) as u64
    }
}

/// Pearson's statistic of `counts` against the ratio of `weights`.
fn chi_square(counts: &[u64], weights: &[u32]) -> f64 {
    let draws: u64 = counts.iter().sum();
    let total: u32 = weights.iter().sum();
    let term = |(count, weight): (&u64, &u32)| {
        let expected = draws as f64 * f64::from(*weight) / f64::from(total);
        (*count as f64 - expected).powi(2) / expected
    };
    counts.iter().zip(weights).filter(|(_, weight)| **weight > 0).map(term).sum()
}

#[test]
fn draws_follow_the_ratio_of_weights() {
    let mut dice = Seeded(7);
    for weights in [&[100, 100][..], &[200, 100, 1], &[1, 0, 3, 0, 6], &[1_000_000, 1, 500_000]] {
        let drawn = Weights::new(weights.iter().copied());
        let mut counts = vec![0; weights.len()];
        for _ in 0..200_000 {
            counts[drawn.draw(&mut dice).unwrap()] += 1;
        }
        // 99.99 % quantile of chi-square with two degrees of freedom is 18.4; with three 21.1.
        assert!(chi_square(&counts, weights) < 18.4, "{weights:?}: {counts:?}");
        assert!(counts.iter().zip(weights).all(|(count, weight)| *weight > 0 || *count == 0));
    }
}

#[test]
fn redraws_keep_the_ratio_among_the_rest() {
    let weights = [50_u32, 30, 20, 100];
    let drawn = Weights::new(weights);
    let mut excluded = Excluded::default();
    excluded.insert(3);
    let mut dice = Seeded(11);
    let mut counts = vec![0; 4];
    for _ in 0..200_000 {
        counts[drawn.draw_among_rest(&excluded, &mut dice).unwrap()] += 1;
    }
    assert!(chi_square(&counts, &[50, 30, 20, 0]) < 18.4, "{counts:?}");
    assert_eq!(counts[3], 0);
}

#[test]
fn nothing_is_drawn_from_nothing() {
    let mut dice = Seeded(1);
    assert_eq!(Weights::new([]).draw(&mut dice), None);
    assert_eq!(Weights::new([0, 0]).draw(&mut dice), None);
    let mut excluded = Excluded::default();
    excluded.insert(0);
    assert_eq!(Weights::new([5, 0]).draw_among_rest(&excluded, &mut dice), None);
}

/// Dice that answer beyond their bound.
struct Loaded;

impl Dice for Loaded {
    fn roll(&mut self, _below: u64) -> u64 {
        u64::MAX
    }
}

#[test]
fn dice_out_of_range_take_the_last() {
    assert_eq!(Weights::new([5, 5, 0]).draw(&mut Loaded), Some(1));
    assert_eq!(Weights::new([5, 5]).draw_among_rest(&Excluded::default(), &mut Loaded), Some(1));
}
