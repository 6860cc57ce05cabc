//! The highest rate that holds: doubling until one does not, then halving the distance.
//!
//! Promises: ends; every rate asked for lies between the bounds; what it finds has held.

/// Rates a second.
const RATE_MIN: u64 = 100;
const RATE_MAX: u64 = 400_000;
/// It is near enough when the rate that failed is at most so many hundredths above the one that held.
const NEAR_PERCENT: u64 = 5;

/// A search under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Search {
    held: Option<u64>,
    failed: Option<u64>,
    next: u64,
}

impl Search {
    /// Begins with this rate.
    pub(super) fn from(rate: u64) -> Self {
        Self { held: None, failed: None, next: rate.clamp(RATE_MIN, RATE_MAX) }
    }

    /// The rate to try now; `None` when the search is over.
    pub(super) fn next(&self) -> Option<u64> {
        let near = |held: u64, failed: u64| failed <= held + held * NEAR_PERCENT / 100;
        match (self.held, self.failed) {
            (Some(held), Some(failed)) if near(held, failed) => None,
            (Some(RATE_MAX), _) | (None, Some(RATE_MIN)) => None,
            _ => Some(self.next),
        }
    }

    /// Whether the rate that was tried has held.
    pub(super) fn tell(&mut self, held: bool) {
        if held {
            self.held = self.held.max(Some(self.next));
        } else {
            self.failed = Some(self.failed.map_or(self.next, |failed| failed.min(self.next)));
        }
        self.next = match (self.held, self.failed) {
            (Some(held), Some(failed)) => held.midpoint(failed),
            (Some(held), None) => held.saturating_mul(2),
            (None, Some(failed)) => failed / 2,
            (None, None) => self.next,
        }
        .clamp(RATE_MIN, RATE_MAX);
    }

    /// The highest rate that has held.
    pub(super) const fn found(&self) -> Option<u64> {
        self.held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Searches a server that holds rates up to `limit`; what was found and how many tries it took.
    fn search(first: u64, limit: u64) -> (Option<u64>, u32) {
        let mut search = Search::from(first);
        let mut tries = 0;
        while let Some(rate) = search.next() {
            assert!((RATE_MIN..=RATE_MAX).contains(&rate));
            search.tell(rate <= limit);
            tries += 1;
            assert!(tries < 40, "it does not end");
        }
        (search.found(), tries)
    }

    #[test]
    fn it_finds_the_limit_from_above_and_below() {
        for first in [RATE_MIN, 1_000, 20_000, 100_000, RATE_MAX] {
            for limit in [137, 999, 14_411, 33_333, 150_000, 399_999] {
                let (found, tries) = search(first, limit);
                let found = found.unwrap();
                assert!(found <= limit && found * 106 / 100 + 1 >= limit, "{first} {limit} {found}");
                assert!(tries <= 18, "{first} {limit}: {tries} tries");
            }
        }
    }

    #[test]
    fn the_usual_case_takes_a_few_tries() {
        assert!(search(20_000, 27_000).1 <= 6);
    }

    #[test]
    fn there_may_be_no_rate_that_holds_and_none_that_fails() {
        assert_eq!(search(20_000, 0).0, None);
        assert_eq!(search(20_000, u64::MAX).0, Some(RATE_MAX));
    }

    #[test]
    fn a_rate_that_fails_by_chance_ends_the_search_all_the_same() {
        let mut search = Search::from(1_000);
        for held in [true, false, false, true, false, true, false, false, true, false, false] {
            if search.next().is_none() {
                break;
            }
            search.tell(held);
        }
        assert_eq!(search.next(), None);
    }
}
