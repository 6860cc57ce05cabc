//! What people do to a conversion: delete it, so that it counts nothing, and restore it.
//!
//! Nothing is lost: both are further states, the ledger is told the difference, and what postbacks say meanwhile is kept for the
//! restoration. Outputs are not told.

use super::{Conversion, Effect, RawRef, State, Unchanged};
use serde::{Deserialize, Serialize};
use signalbox_domain::Timestamp;

/// How often people may change their minds about one conversion.
const HANDS_MAX: usize = 50;

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandAction {
    /// It counts nothing from now on.
    Delete,
    /// It counts again as its postbacks say.
    Restore,
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByHand {
    /// What was done.
    pub action: HandAction,
    /// When.
    pub at: Timestamp,
    /// Who: the id of a user or key.
    pub who: String,
    /// Why, in their words; or empty.
    #[serde(default)]
    pub note: String,
    /// The request.
    pub raw: RawRef,
}

impl Conversion {
    /// Does what somebody wants; once, whatever is judged again. `node` is the postback journal of the node that judges.
    pub fn change_by_hand(&mut self, hand: ByHand, node: u64) -> Effect {
        if self.hands.contains(&hand.raw) {
            return Effect::Nothing(Unchanged::ReplayedChange);
        }
        if self.hands.len() >= HANDS_MAX {
            return Effect::Nothing(Unchanged::TooManyChanges);
        }
        self.hands.push(hand.raw);
        let deletes = hand.action == HandAction::Delete;
        if self.deleted == deletes {
            return Effect::Nothing(Unchanged::Same);
        }
        self.deleted = deletes;
        let before = self.standing().cloned();
        let next = if deletes {
            before.map(|state| State { withdrawn: true, raw: hand.raw, ..state })
        } else {
            self.readings().last().map(|last| self.stand(&self.readings(), last))
        };
        // Of one whose postbacks turned out to be about others nothing is left to take away, or to bring back.
        let Some(next) = next else { return Effect::Nothing(Unchanged::Same) };
        self.history.push(State { by_hand: Some(Box::new(hand)), ..next }.made_by(node));
        Effect::Changed
    }
}

#[cfg(test)]
mod tests;
