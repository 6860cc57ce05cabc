//! One counter: total of all nodes, own increments, and the sums of the windows that are asked for.

use super::Ticket;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use signalbox_domain::{Measure, Money, Quarter, Series, Tally};
use std::collections::VecDeque;

/// Own increments kept one by one; beyond it the older half is summed in pairs.
pub(crate) const OWN_MAX: usize = 4_096;
/// Windows whose sums are kept up to date; the one asked for longest ago goes first.
const WINDOWS_MAX: usize = 24;

/// An increment that the own journal holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Own {
    /// Number of its record; of several, the last.
    pub(crate) seq: u64,
    pub(crate) quarter: Quarter,
    pub(crate) tally: Tally,
}

/// What a checkpoint keeps of a counter.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(crate) own: Vec<Own>,
    /// What no journal holds.
    pub(crate) lost: Series,
}

#[derive(Default)]
struct State {
    published: Series,
    /// First record of the own journal that is not in `published`.
    position: u64,
    own: VecDeque<Own>,
    in_flight: Vec<(Ticket, Quarter, Tally)>,
    lost: Series,
    /// The sum of all of these.
    total: Series,
    /// Own clicks taken or given back: what a decision saw is still so when this has not changed.
    taken: u64,
    /// Any change, for statistics.
    changes: u64,
    /// Sums from a quarter on, the latest asked for last.
    windows: Vec<(Quarter, Tally)>,
}

/// One counter. Locked for no longer than a sum of a few numbers.
#[derive(Default)]
pub(crate) struct Counter(Mutex<State>);

impl State {
    fn add(&mut self, quarter: Quarter, tally: &Tally) {
        self.total.add_quarter(quarter, tally);
        for (from, sum) in &mut self.windows {
            if quarter >= *from {
                sum.add(tally);
            }
        }
        self.changes += 1;
    }

    fn rebuild(&mut self) {
        self.total = self.published.clone();
        for own in &self.own {
            self.total.add_quarter(own.quarter, &own.tally);
        }
        for (_, quarter, tally) in &self.in_flight {
            self.total.add_quarter(*quarter, tally);
        }
        self.total.merge(&self.lost);
        self.windows.clear();
        self.changes += 1;
    }

    fn window(&mut self, from: Quarter) -> &Tally {
        if let Some(at) = self.windows.iter().position(|(known, _)| *known == from) {
            let last = self.windows.len() - 1;
            self.windows.swap(at, last);
        } else {
            let mut sum = Tally::default();
            let recent = self.total.quarters().rev().take_while(|(quarter, _)| *quarter >= from);
            recent.for_each(|(_, tally)| sum.add(tally));
            if self.windows.len() >= WINDOWS_MAX {
                self.windows.remove(0);
            }
            self.windows.push((from, sum));
        }
        let last = self.windows.len() - 1;
        &self.windows[last].1
    }

    /// Sums neighbours of the older half, so that their number stays bounded.
    fn bound(&mut self) {
        if self.own.len() <= OWN_MAX {
            return;
        }
        let newer = self.own.split_off(OWN_MAX / 2);
        let mut older: VecDeque<Own> = VecDeque::with_capacity(OWN_MAX);
        let mut paired = false;
        for own in self.own.drain(..) {
            match older.back_mut() {
                Some(last) if !paired && last.quarter == own.quarter => {
                    last.tally.add(&own.tally);
                    last.seq = last.seq.max(own.seq);
                    paired = true;
                }
                _ => {
                    older.push_back(own);
                    paired = false;
                }
            }
        }
        older.extend(newer);
        self.own = older;
    }

    fn remove(&mut self, ticket: Ticket) -> Option<(Quarter, Tally)> {
        let at = self.in_flight.iter().position(|(known, _, _)| *known == ticket)?;
        let (_, quarter, tally) = self.in_flight.swap_remove(at);
        Some((quarter, tally))
    }
}

impl Counter {
    /// One measure since a quarter, or ever, and the state of own clicks at that moment.
    pub(crate) fn counted(&self, measure: Measure, from: Option<Quarter>) -> (Money, u64) {
        let mut state = self.0.lock();
        let taken = state.taken;
        let sum = match from {
            None => state.total.ever().get(measure),
            Some(from) => state.window(from).get(measure),
        };
        (sum, taken)
    }

    /// Counts a click that is about to be journaled; false, and nothing counted, when the own clicks are not as they were `seen`.
    pub(super) fn take(&self, ticket: Ticket, quarter: Quarter, tally: &Tally, seen: Option<u64>) -> bool {
        let mut state = self.0.lock();
        if seen.is_some_and(|seen| seen != state.taken) {
            return false;
        }
        state.taken += 1;
        state.in_flight.push((ticket, quarter, *tally));
        state.add(quarter, tally);
        true
    }

    /// Takes back what was counted for a click that is decided again.
    pub(super) fn give_back(&self, ticket: Ticket) {
        let mut state = self.0.lock();
        if let Some((quarter, tally)) = state.remove(ticket) {
            state.taken += 1;
            state.add(quarter, &tally.negated());
        }
    }

    /// A counted click is in the journal.
    pub(super) fn journaled(&self, ticket: Ticket, seq: u64) {
        let mut state = self.0.lock();
        let Some((quarter, tally)) = state.remove(ticket) else { return };
        if seq < state.position {
            // The total of all nodes was faster.
            state.add(quarter, &tally.negated());
        } else {
            state.own.push_back(Own { seq, quarter, tally });
            state.bound();
        }
    }

    /// A counted click will never be in the journal.
    pub(super) fn never_journaled(&self, ticket: Ticket) {
        let mut state = self.0.lock();
        if let Some((quarter, tally)) = state.remove(ticket) {
            state.lost.add_quarter(quarter, &tally);
        }
    }

    /// Counts a record of the journal, unless the total of all nodes includes it.
    pub(super) fn add(&self, seq: u64, quarter: Quarter, tally: &Tally) {
        let mut state = self.0.lock();
        if seq < state.position {
            return;
        }
        state.own.push_back(Own { seq, quarter, tally: *tally });
        state.add(quarter, tally);
        state.bound();
    }

    /// Takes over the total of all nodes, which includes the own journal up to `position`.
    pub(super) fn adopt(&self, published: &Series, position: u64) {
        let mut state = self.0.lock();
        state.own.retain(|own| own.seq >= position);
        state.position = position;
        state.published.clone_from(published);
        state.rebuild();
    }

    /// Goes on from a checkpoint. Called before anything is counted.
    pub(super) fn restore(&self, kept: Kept) {
        let mut state = self.0.lock();
        let position = state.position;
        state.own = kept.own.into_iter().filter(|own| own.seq >= position).collect();
        state.lost = kept.lost;
        state.rebuild();
    }

    /// What a checkpoint keeps: increments of records before `position`.
    pub(super) fn keep(&self, position: u64) -> Kept {
        let state = self.0.lock();
        let own = state.own.iter().filter(|own| own.seq < position).cloned().collect();
        Kept { own, lost: state.lost.clone() }
    }

    /// Looks at everything counted.
    pub(crate) fn with_series<R>(&self, look: impl FnOnce(&Series) -> R) -> R {
        look(&self.0.lock().total)
    }

    /// Changes with everything that is counted.
    pub(crate) fn changes(&self) -> u64 {
        self.0.lock().changes
    }
}
