//! A fixed split of visitors, made of nothing but who they are and which stream asks.

use signalbox_domain::{Money, StreamId};

/// Steps of the split: 100 % with four decimals.
const STEPS: u128 = 1_000_000;
/// A step in units of 10⁻⁹.
const STEP_NANOS: i128 = 100_000;

/// Where a visitor falls in the split of a stream: 0 to 99.9999, the same on every node and after every restart. Splits of two streams
/// have nothing to do with each other.
pub(super) fn of(visitor_key: u64, stream: StreamId) -> Money {
    let point = mix(visitor_key ^ mix(stream.0));
    Money::from_nanos(((u128::from(point) * STEPS) >> 64) as i128 * STEP_NANOS)
}

/// `SplitMix64`'s finaliser: every bit of the result depends on every bit of the number.
const fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::of;
    use signalbox_domain::{Money, StreamId};

    /// Changing these numbers would send every visitor of every running split elsewhere.
    #[test]
    fn visitors_stay_where_they_are_from_release_to_release() {
        let golden = [(0, 0), (1, 1), (1, 2), (u64::MAX, u64::MAX)];
        let places = golden.map(|(visitor, stream)| of(visitor, StreamId(stream)).to_string());
        assert_eq!(places, ["65.2448", "91.4022", "87.6675", "38.6857"]);
    }

    #[test]
    fn thirty_percent_of_visitors_are_thirty_percent() {
        let thirty = Money::from_whole(30);
        let inside = (0..100_000_u64).filter(|visitor| of(*visitor, StreamId(7)) < thirty).count();
        // Five standard deviations of a fair coin.
        assert!((29_275..=30_725).contains(&inside), "{inside}");
        let both = (0..100_000_u64)
            .filter(|visitor| of(*visitor, StreamId(7)) < thirty && of(*visitor, StreamId(8)) < thirty);
        let both = both.count();
        assert!((8_550..=9_450).contains(&both), "{both}: two splits hang together");
    }

    #[test]
    fn nobody_is_at_a_hundred() {
        assert!((0..10_000_u64).all(|visitor| {
            let place = of(visitor, StreamId(1));
            place >= Money::ZERO && place < Money::from_whole(100)
        }));
    }
}
