//! What several postbacks make together, by the policy of their type.
//!
//! Each way looks at the latest reading of every postback in the order of receipt, so the order of judging changes nothing.

use super::{Conversion, State};
use serde::{Deserialize, Serialize};
use signalbox_domain::{ConversionStatus, Currency, Money, RepeatPolicy};

/// What one postback said, where a state adds up several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alone {
    /// Status.
    pub status: ConversionStatus,
    /// The network's word, or empty.
    #[serde(default)]
    pub original_status: String,
    /// Money in the workspace's currency.
    pub payout: Money,
    /// Amount as reported.
    pub original_payout: Money,
    /// Currency as reported.
    pub original_currency: Currency,
    /// The network's word in its second status, or empty.
    #[serde(default)]
    pub second_status: String,
}

impl Alone {
    /// It named no amount: it is worth what the one before it is.
    const fn worth_as(&mut self, before: &Self) {
        self.payout = before.payout;
        self.original_payout = before.original_payout;
        self.original_currency = before.original_currency;
    }
}

impl State {
    /// What its postback said.
    pub(super) fn alone(&self) -> Alone {
        self.alone.as_deref().cloned().unwrap_or_else(|| Alone {
            status: self.status,
            original_status: self.original_status.clone(),
            payout: self.payout,
            original_payout: self.original_payout,
            original_currency: self.original_currency,
            second_status: self.second_status.clone(),
        })
    }
}

impl Conversion {
    /// The network's transaction of a state, or empty.
    pub fn transaction_of<'a>(&'a self, state: &'a State) -> &'a str {
        if self.transaction.is_empty() { &state.transaction } else { &self.transaction }
    }

    /// Amount and currency that a postback of this transaction keeps when it names none.
    pub fn amount_before(&self, transaction: &str) -> Option<(Money, Currency)> {
        if self.repeat != RepeatPolicy::Add {
            return self.standing().map(|state| (state.original_payout, state.original_currency));
        }
        let same = |state: &&State| !transaction.is_empty() && state.transaction == transaction;
        let last = self.readings().into_iter().rev().find(same)?.alone();
        Some((last.original_payout, last.original_currency))
    }

    /// What postbacks in the order of receipt make together; `cause` is why it is asked.
    pub(super) fn stand(&self, readings: &[&State], cause: &State) -> State {
        let stands = match self.repeat {
            _ if cause.status == ConversionStatus::Event => super::events::folded(readings, cause),
            RepeatPolicy::Add => self.sum(readings, cause),
            RepeatPolicy::Keep => self
                .word(readings, |first, next| first.status == next.status)
                .unwrap_or_else(|| cause.clone()),
            RepeatPolicy::Transaction | RepeatPolicy::Replace => {
                self.word(readings, |_, _| false).unwrap_or_else(|| cause.clone())
            }
        };
        State { by_hand: None, ..stands }
    }

    /// The last of the postbacks, but for leads that come after a word that is final and for those that `keeps` leaves to the word before.
    fn word(&self, readings: &[&State], keeps: impl Fn(&State, &State) -> bool) -> Option<State> {
        readings.iter().copied().fold(None, |word: Option<State>, next| match word {
            Some(word) if steps_back(word.status, next.status) || keeps(&word, next) => Some(word),
            word => Some(self.worth_after(word.as_ref(), next)),
        })
    }

    /// A state whose postback named no amount is worth what the word before it is, or nothing.
    pub(super) fn worth_after(&self, before: Option<&State>, state: &State) -> State {
        if !state.unpriced {
            return state.clone();
        }
        let nothing = (Money::ZERO, Money::ZERO, state.original_currency);
        let (payout, original_payout, original_currency) = before
            .map_or(nothing, |before| (before.payout, before.original_payout, before.original_currency));
        let cost = self.click.cost_on_conversion.of(state.status, payout);
        State { payout, cost, original_payout, original_currency, ..state.clone() }
    }

    /// The sum of the last words of all transactions; a postback without one is one of its own. What brings no revenue is left out as
    /// long as anything does.
    fn sum(&self, readings: &[&State], cause: &State) -> State {
        let mut transactions: Vec<(&State, Alone)> = Vec::new();
        for reading in readings {
            let mut said = reading.alone();
            let same = |(known, _): &&mut (&State, Alone)| {
                !known.transaction.is_empty() && known.transaction == reading.transaction
            };
            match transactions.iter_mut().find(same) {
                Some((_, word)) if steps_back(word.status, said.status) => {}
                Some(known) => {
                    if reading.unpriced {
                        said.worth_as(&known.1);
                    }
                    *known = (reading, said);
                }
                None => {
                    if reading.unpriced {
                        (said.payout, said.original_payout) = (Money::ZERO, Money::ZERO);
                    }
                    transactions.push((reading, said));
                }
            }
        }
        let mut said: Vec<Alone> = transactions.into_iter().map(|(_, said)| said).collect();
        if said.iter().any(|it| it.status.class().earns) {
            said.retain(|it| it.status.class().earns);
        }
        let last = said.iter().fold(None, |word: Option<&Alone>, next| match word {
            Some(word) if steps_back(word.status, next.status) => Some(word),
            _ => Some(next),
        });
        let Some(last) = last else { return cause.clone() };
        let total =
            |amount: fn(&Alone) -> Money| said.iter().map(amount).fold(Money::ZERO, Money::saturating_add);
        let (payout, original) = (total(|it| it.payout), total(|it| it.original_payout));
        let one_currency = said.iter().all(|it| it.original_currency == last.original_currency);
        let (original_payout, original_currency) =
            if one_currency { (original, last.original_currency) } else { (payout, self.currency) };
        State {
            status: last.status,
            original_status: last.original_status.clone(),
            payout,
            cost: self.click.cost_on_conversion.of(last.status, payout),
            original_payout,
            original_currency,
            second_status: readings.last().map(|last| last.alone().second_status).unwrap_or_default(),
            alone: Some(Box::new(cause.alone())),
            ..cause.clone()
        }
    }
}

/// Whether a status does not change one that is final: a lead does not follow anything else.
fn steps_back(from: ConversionStatus, to: ConversionStatus) -> bool {
    to == ConversionStatus::Lead && from != ConversionStatus::Lead
}

#[cfg(test)]
mod tests;
