//! Chance for one decision, and the same chance again: a decision that needs its reasons is repeated with them.

use signalbox_domain::{DestinationId, Measure, Money, StreamId, Subject, Timestamp};
use signalbox_engine::{Dice, Live, OutReason, Population, Shares};
use std::cell::Cell;

/// Dice thrown from a seed (SplitMix64): the same seed, the same throws.
pub(crate) struct Seeded(pub(crate) u64);

impl Dice for Seeded {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        // Multiplying instead of dividing: even but for one part in 2^64 / below.
        ((u128::from(mixed) * u128::from(below)) >> 64) as u64
    }
}

/// What is live, with the turns of round-robin streams taken once however often they are asked for.
pub(crate) struct OnceOver<'a, L> {
    live: &'a L,
    turns: [Cell<Option<(StreamId, u64)>>; TURNS_MAX],
}

/// Streams whose turn one decision may ask for: its own and those it was passed on to.
const TURNS_MAX: usize = 6;

impl<'a, L: Live> OnceOver<'a, L> {
    pub(crate) fn new(live: &'a L) -> Self {
        Self { live, turns: Default::default() }
    }
}

impl<L: Live> Live for OnceOver<'_, L> {
    fn seen(&self, population: Population) -> bool {
        self.live.seen(population)
    }

    fn converted(&self, population: Population) -> bool {
        self.live.converted(population)
    }

    fn visited(&self, stream: StreamId, destination: DestinationId) -> bool {
        self.live.visited(stream, destination)
    }

    fn counted(&self, subject: Subject, measure: Measure, since: Option<Timestamp>) -> Money {
        self.live.counted(subject, measure, since)
    }

    fn out(&self, destination: DestinationId) -> Option<OutReason> {
        self.live.out(destination)
    }

    fn shares(&self, stream: StreamId) -> Option<&Shares> {
        self.live.shares(stream)
    }

    fn turn(&self, stream: StreamId) -> u64 {
        for slot in &self.turns {
            match slot.get() {
                Some((taken, turn)) if taken == stream => return turn,
                Some(_) => {}
                None => {
                    let turn = self.live.turn(stream);
                    slot.set(Some((stream, turn)));
                    return turn;
                }
            }
        }
        self.live.turn(stream)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_throws_the_same_and_evenly() {
        let throw = |seed| {
            let mut dice = Seeded(seed);
            (0..60_000).map(|_| dice.roll(6)).collect::<Vec<_>>()
        };
        assert_eq!(throw(5), throw(5));
        let throws = throw(5);
        for side in 0..6 {
            let count = throws.iter().filter(|throw| **throw == side).count();
            assert!((9_600..=10_400).contains(&count), "{side}: {count}");
        }
        assert_eq!(Seeded(1).roll(0), 0);
        assert_eq!(Seeded(1).roll(1), 0);
    }

    #[test]
    fn a_turn_is_taken_once() {
        struct Counting(Cell<u64>);
        impl Live for Counting {
            fn turn(&self, _stream: StreamId) -> u64 {
                self.0.set(self.0.get() + 1);
                self.0.get()
            }
        }
        let counting = Counting(Cell::new(0));
        let once = OnceOver::new(&counting);
        let turns = [1, 2, 1, 2, 1].map(|stream| once.turn(StreamId(stream)));
        assert_eq!(turns, [1, 2, 1, 2, 1]);
    }
}
