//! Which states have not been told on, and by whom they are.
//!
//! A state is told by the node that made it, whose journal knows whether it did so before a crash: no other node tells it meanwhile. States
//! are mostly told in their order; one that is told before an earlier one of another node is marked.

use super::{Conversion, State};

/// For serde: nothing is written of a journal that is the usual one.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub(super) const fn is_zero(value: &u64) -> bool {
    *value == 0
}

/// What has not been told of one state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Untold {
    /// The state, from 1.
    pub revision: u32,
    /// The ledger is to be told.
    pub ledger: bool,
    /// Outputs are to be queued.
    pub outputs: bool,
}

impl State {
    /// The postback journal of the node that tells it on.
    pub const fn teller(&self) -> u64 {
        if self.by == 0 { self.raw.journal } else { self.by }
    }
}

impl Conversion {
    /// States that have not been told on, with whoever is to do it.
    fn all_untold(&self) -> impl Iterator<Item = (u64, Untold)> {
        (1..).zip(&self.history).filter_map(|(revision, state)| {
            let (ledger, outputs) = (revision > self.journaled, revision > self.queued);
            let untold = Untold { revision, ledger, outputs };
            ((ledger || outputs) && !state.told).then(|| (state.teller(), untold))
        })
    }

    /// Whether anything has not been told on, by anybody.
    pub fn has_untold(&self) -> bool {
        self.all_untold().next().is_some()
    }

    /// Whether another node than this has something to tell on.
    pub fn is_untold_elsewhere(&self, node: u64) -> bool {
        self.all_untold().any(|(teller, _)| teller != node)
    }

    /// What the node with this postback journal has to tell on.
    pub fn untold_of(&self, node: u64) -> Vec<Untold> {
        self.all_untold().filter(|(teller, _)| *teller == node).map(|(_, untold)| untold).collect()
    }

    /// Makes `node` the one that tells what those were to tell who `are_lost`. Whether there was any.
    pub fn take_over_untold(&mut self, node: u64, are_lost: impl Fn(&State) -> bool) -> bool {
        let lost: Vec<u32> = self
            .all_untold()
            .map(|(_, untold)| untold.revision)
            .filter(|revision| self.history.get(*revision as usize - 1).is_some_and(&are_lost))
            .collect();
        for revision in &lost {
            self.history[*revision as usize - 1].by = node;
        }
        !lost.is_empty()
    }

    /// Notes that a state is told on, to the ledger and to the outputs.
    pub fn note_told(&mut self, revision: u32) {
        if let Some(state) = self.history.get_mut(revision as usize - 1) {
            state.told = true;
        }
        let from = self.journaled.min(self.queued);
        let told = self.history.iter().skip(from as usize).take_while(|state| state.told).count();
        let told = from + u32::try_from(told).unwrap_or(u32::MAX);
        (self.journaled, self.queued) = (self.journaled.max(told), self.queued.max(told));
        for state in self.history.iter_mut().take(told as usize) {
            state.told = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{conversion, state};
    use super::*;
    use signalbox_domain::ConversionStatus::{Lead, Rejected, Sale};

    /// Three states, the second made by another node.
    fn of_two_nodes() -> Conversion {
        let mut conversion = conversion(state(1, Lead, "1"));
        let other = State { by: 77, ..state(2, Sale, "2") };
        conversion.apply(other);
        conversion.apply(state(3, Rejected, "2"));
        conversion
    }

    fn revisions(untold: &[Untold]) -> Vec<u32> {
        untold.iter().map(|untold| untold.revision).collect()
    }

    #[test]
    fn each_node_tells_its_own_states_once() {
        let mut conversion = of_two_nodes();
        assert_eq!(revisions(&conversion.untold_of(9)), [1, 3]);
        conversion.note_told(1);
        conversion.note_told(3);
        assert_eq!((conversion.journaled, conversion.queued), (1, 1));
        assert!(conversion.untold_of(9).is_empty());
        let again: Conversion = serde_json::from_value(serde_json::to_value(&conversion).unwrap()).unwrap();
        assert_eq!(again, conversion);
        assert_eq!(revisions(&conversion.untold_of(77)), [2]);
        conversion.note_told(2);
        assert_eq!((conversion.journaled, conversion.queued), (3, 3));
        assert!(!conversion.has_untold() && conversion.history.iter().all(|state| !state.told));
    }

    #[test]
    fn what_a_lost_node_did_not_tell_is_taken_over() {
        let mut conversion = of_two_nodes();
        assert!(conversion.take_over_untold(9, |state| state.teller() == 77));
        assert_eq!(revisions(&conversion.untold_of(9)), [1, 2, 3]);
        assert!(conversion.untold_of(77).is_empty());
        assert!(!conversion.take_over_untold(9, |state| state.teller() == 77));
    }

    #[test]
    fn what_the_ledger_knows_of_an_earlier_version_is_only_queued() {
        let mut conversion = of_two_nodes();
        conversion.journaled = 3;
        conversion.queued = 2;
        assert_eq!(conversion.untold_of(9), [Untold { revision: 3, ledger: false, outputs: true }]);
        conversion.note_told(3);
        assert!(!conversion.has_untold());
    }
}
