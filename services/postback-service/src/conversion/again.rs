//! A conversion whose postbacks are judged again: it becomes what the postbacks say together, in the order in which they were received.
//!
//! The history only grows: a correction is a further state, so the ledger is told the difference. Of each postback the latest reading
//! counts. Judging one again that reads as before changes nothing, however often and in whatever order.

use super::{Conversion, Effect, HISTORY_MAX, RawRef, RepeatPolicy, State, Unchanged};
use std::collections::BTreeMap;

/// Most readings that are kept beside the history; beyond it the oldest is forgotten.
const ASIDE_MAX: usize = 100;

impl Conversion {
    /// The current state; `None` when every postback of it was taken out.
    pub fn standing(&self) -> Option<&State> {
        Some(self.current()).filter(|state| !state.withdrawn)
    }

    /// The latest reading of each postback that is part of this, in the order of receipt.
    pub(super) fn readings(&self) -> Vec<&State> {
        let mut latest: BTreeMap<RawRef, &State> = BTreeMap::new();
        let told = self.history.iter().filter(|state| !state.withdrawn);
        for state in told.chain(&self.aside).filter(|state| !self.taken_out.contains(&state.raw)) {
            latest.insert(state.raw, state);
        }
        let mut readings: Vec<&State> = latest.into_values().collect();
        readings.sort_by_key(|state| (state.at, state.raw));
        readings
    }

    /// A postback as it reads now, whether or not it was judged before; `node` is the postback journal of the node that judges.
    pub fn judge_again(&mut self, next: State, node: u64) -> Effect {
        let raw = next.raw;
        let mut readings = self.readings();
        if let Some(position) = readings.iter().position(|state| state.raw == raw) {
            if readings[position].reads_like(&next) {
                let first = self.history[0].raw == raw;
                return Effect::Nothing(if first {
                    Unchanged::ReplayedFirst
                } else {
                    Unchanged::ReplayedChange
                });
            }
            readings.remove(position);
        }
        if self.deleted {
            self.taken_out.retain(|taken| *taken != raw);
            self.aside.retain(|state| state.raw != raw);
            self.keep_aside(next);
            return Effect::Nothing(Unchanged::Deleted);
        }
        readings.push(&next);
        readings.sort_by_key(|state| (state.at, state.raw));
        let stands = self.stand(&readings, &next);
        let (mine, told) = (stands.raw == raw, self.standing().is_some_and(|state| state.says(&stands)));
        if !told && self.history.len() >= HISTORY_MAX {
            return Effect::Nothing(Unchanged::TooManyChanges);
        }
        self.taken_out.retain(|taken| *taken != raw);
        self.aside.retain(|state| state.raw != raw);
        if told || !mine {
            self.keep_aside(next);
        }
        if told {
            let first_stands = self.repeat == RepeatPolicy::Keep;
            return Effect::Nothing(match (mine, first_stands) {
                (true, _) => Unchanged::Same,
                (false, true) => Unchanged::Kept,
                (false, false) => Unchanged::Superseded,
            });
        }
        self.history.push(stands.made_by(node));
        Effect::Changed
    }

    /// Takes a postback out that turned out to be about another conversion; nothing when it is no part of this one. `node` is the
    /// postback journal of the node that judges.
    pub fn take_out(&mut self, raw: RawRef, node: u64) {
        if !self.readings().iter().any(|state| state.raw == raw) {
            return;
        }
        self.aside.retain(|state| state.raw != raw);
        self.taken_out.push(raw);
        if self.deleted {
            return;
        }
        let readings = self.readings();
        let cause = State { raw, ..self.current().clone() };
        let stands = (!readings.is_empty()).then(|| self.stand(&readings, &cause));
        let next = match (self.standing(), stands) {
            (None, None) => return,
            (Some(current), Some(stands)) if current.says(&stands) => return,
            (_, Some(stands)) => stands,
            (Some(current), None) => State { withdrawn: true, raw, ..current.clone() },
        };
        self.history.push(next.made_by(node));
    }

    /// A reading that is not told to the ledger, but counts when what stands now is read differently one day.
    fn keep_aside(&mut self, reading: State) {
        self.aside.push(reading);
        if self.aside.len() > ASIDE_MAX {
            self.aside.remove(0);
        }
    }
}

impl State {
    /// The same as a new state that this node makes.
    pub fn made_by(self, node: u64) -> Self {
        let by = if self.raw.journal == node { 0 } else { node };
        Self { by, told: false, ..self }
    }

    /// Whether a postback that read like this still reads the same. Amounts stay as they were priced: rates and payouts of that time
    /// stand.
    fn reads_like(&self, other: &Self) -> bool {
        let (was, is) = (self.alone(), other.alone());
        // The currency of one that names no amount is that of the one before it.
        let same_currency = self.unpriced || was.original_currency == is.original_currency;
        same_currency
            && (was.status, self.unpriced, &was.second_status, &self.transaction)
                == (is.status, other.unpriced, &is.second_status, &other.transaction)
    }

    /// Whether the ledger would be told the same.
    fn says(&self, other: &Self) -> bool {
        let (mine, theirs) = (&self.second_status, &other.second_status);
        (self.status, self.payout, self.original_payout, self.original_currency, &self.events, mine)
            == (
                other.status,
                other.payout,
                other.original_payout,
                other.original_currency,
                &other.events,
                theirs,
            )
    }
}

#[cfg(test)]
mod tests;
