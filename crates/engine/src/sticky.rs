//! Choosing the same for the same visitor without remembering anything: weighted rendezvous hashing.
//!
//! Every entry draws a number from the visitor and itself alone; the lowest waiting time −ln(u) ÷ weight wins. So each node and each
//! restart choose the same, shares follow the weights, and another weight moves only visitors to or from the entry it belongs to.

use signalbox_domain::Timestamp;

const HOUR_MS: i64 = 3_600_000;
/// Tells the uses of one visitor's key apart.
const OFFSET: u64 = 0x6f66_6673_6574;

/// A number from 0 to 2⁶⁴ that looks like chance but always is the same for the same input (the finaliser of `SplitMix64`).
pub(crate) const fn mix(a: u64, b: u64) -> u64 {
    let mut z = a.wrapping_add(0x9e37_79b9_7f4a_7c15) ^ b.wrapping_mul(0xd6e8_feb8_6659_fd93);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// What a visitor's choices among one list are made of, for the time they hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stick {
    seed: u64,
    /// Until when the visitor keeps its choice.
    pub(crate) until: Timestamp,
}

impl Stick {
    /// `list` tells lists apart. Every visitor has its own moment at which its time of `ttl_hours` is over, so that they do not all
    /// move at once.
    pub(crate) fn new(visitor_key: u64, list: u64, ttl_hours: u16, now: Timestamp) -> Self {
        let ttl = i64::from(ttl_hours.max(1)) * HOUR_MS;
        let offset = (mix(visitor_key, OFFSET) % ttl.unsigned_abs()) as i64;
        let shifted = now.0.saturating_add(offset);
        let epoch = shifted.div_euclid(ttl);
        let until = epoch.saturating_add(1).saturating_mul(ttl).saturating_sub(offset);
        Self { seed: mix(mix(visitor_key, list), epoch as u64), until: Timestamp(until) }
    }

    /// How long the visitor would wait for an entry: the lowest wins. An entry of weight 0 never comes.
    pub(crate) fn wait(self, entry: u64, weight: u32) -> f64 {
        // 53 bits fill a float; half a step keeps the logarithm finite.
        let u = ((mix(self.seed, entry) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
        -u.ln() / f64::from(weight)
    }

    /// The number that choices are made of, for a trace.
    pub(crate) const fn hash(self) -> u64 {
        self.seed
    }
}

#[cfg(test)]
mod tests;
