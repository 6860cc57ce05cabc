//! What the property tests share.

pub mod arbitrary;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};
use signalbox_domain::{Timestamp, Visitor};
use signalbox_engine::{Dice, MappedParams, Query, Request};

/// All but RFC 3986's unreserved characters.
pub const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Repeatable dice (`SplitMix64`).
pub struct Seeded(pub u64);

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
pub fn chi_square(counts: &[u64], weights: &[u32]) -> f64 {
    let draws: u64 = counts.iter().sum();
    let total: u32 = weights.iter().sum();
    let term = |(count, weight): (&u64, &u32)| {
        let expected = draws as f64 * f64::from(*weight) / f64::from(total);
        (*count as f64 - expected).powi(2) / expected
    };
    counts.iter().zip(weights).map(term).sum()
}

/// A request of `visitor` about whom nothing else is known.
pub fn request_query<'a>(
    visitor: &'a Visitor,
    query: &'a Query<'a>,
    params: &'a MappedParams<'a>,
) -> Request<'a> {
    let now = Timestamp(1_790_000_000_000);
    Request { host: "t.example", ..Request::new(visitor, query, params, now) }
}
