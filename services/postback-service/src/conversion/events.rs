//! The events of a click: one document for each click that has any, whose states are the values after each change.
//!
//! The values are what every postback, link and page said, folded in the order of receipt, so judging in another order or judging again
//! ends in the same values.

use super::{Conversion, ConversionStatus, ConversionV1, Effect, RawRef, State, Unchanged};
use signalbox_domain::{Currency, EventChange, EventValues, Money, Timestamp, fold_events};
use signalbox_events::wire::ClickEventsV1;

impl State {
    /// The first state of a click's events.
    pub fn of_events(said: Vec<EventChange>, currency: Currency, at: Timestamp, raw: RawRef) -> Self {
        Self {
            at,
            status: ConversionStatus::Event,
            original_status: String::new(),
            second_status: String::new(),
            transaction: String::new(),
            alone: None,
            by_hand: None,
            payout: Money::ZERO,
            cost: Money::ZERO,
            original_payout: Money::ZERO,
            original_currency: currency,
            raw,
            withdrawn: false,
            quiet: false,
            unpriced: false,
            events: fold_events(EventValues::new(), &said),
            said,
            by: 0,
            told: false,
        }
    }
}

impl Conversion {
    /// Whether this is the document of a click's events.
    pub fn is_events(&self) -> bool {
        self.current().status == ConversionStatus::Event
    }

    /// What was said for the first time. The same said in the same millisecond is one request that was carried over twice.
    pub(super) fn apply_events(&mut self, next: State) -> Effect {
        let twice = |state: &&State| state.at == next.at && state.said == next.said;
        if self.readings().iter().any(twice) {
            return Effect::Nothing(Unchanged::Same);
        }
        let node = next.raw.journal;
        self.judge_again(next, node)
    }

    pub(super) fn events_fact(
        &self,
        revision: u32,
        conversion: ConversionV1<'static>,
    ) -> ClickEventsV1<'static> {
        let values = |revision: u32| {
            let state = (revision as usize).checked_sub(1).and_then(|index| self.history.get(index));
            state.filter(|state| !state.withdrawn).map(|state| state.events.clone()).unwrap_or_default()
        };
        ClickEventsV1 { conversion, before: values(revision - 1), after: values(revision) }
    }
}

/// The state of a click's events that `readings`, in the order of receipt, make together, caused by `cause`.
pub(super) fn folded(readings: &[&State], cause: &State) -> State {
    let said = readings.iter().flat_map(|state| &state.said);
    State { events: fold_events(EventValues::new(), said), ..cause.clone() }
}

#[cfg(test)]
mod tests {
    use super::super::HISTORY_MAX;
    use super::super::tests::conversion;
    use super::*;

    fn said(seq: u64, parameters: &[(&str, &str)]) -> State {
        let said =
            parameters.iter().map(|(name, value)| EventChange::of_parameter(name, value).unwrap().unwrap());
        let at = Timestamp(1_000 + i64::try_from(seq).unwrap());
        State::of_events(said.collect(), Currency::USD, at, RawRef { journal: 9, seq })
    }

    fn values(conversion: &Conversion) -> Vec<(u8, String)> {
        conversion.current().events.iter().map(|(number, value)| (*number, value.to_string())).collect()
    }

    /// The values that the ledger comes to from the differences it is told.
    fn told(conversion: &Conversion) -> EventValues {
        let mut ledger = EventValues::new();
        for revision in 1..=conversion.revision() {
            let Some(signalbox_events::wire::Record::ClickEvents(fact)) = conversion.fact(revision) else {
                panic!("events are told as events")
            };
            assert_eq!(fact.before, ledger, "only what was told is taken away");
            ledger = fact.after;
        }
        ledger
    }

    #[test]
    fn any_order_ends_in_the_same_values_and_the_ledger_has_them() {
        let all = [
            said(1, &[("event1", "5")]),
            said(2, &[("add_event1", "1"), ("event2", "-3")]),
            said(3, &[("event1", "2")]),
            said(4, &[("add_event1", "0.5")]),
        ];
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2]] {
            let mut events = conversion(all[order[0]].clone());
            for next in &order[1..] {
                events.apply(all[*next].clone());
            }
            assert_eq!(values(&events), [(1, "2.5".to_owned()), (2, "-3".to_owned())], "{order:?}");
            assert_eq!(told(&events), events.current().events);
            // Again, in any way: nothing changes.
            let before = events.clone();
            for state in &all {
                assert!(matches!(events.apply(state.clone()), Effect::Nothing(_)));
                assert!(matches!(events.judge_again(state.clone(), 9), Effect::Nothing(_)));
            }
            assert_eq!(events, before);
        }
    }

    #[test]
    fn what_says_nothing_new_is_a_duplicate() {
        let mut events = conversion(said(1, &[("event1", "5")]));
        assert_eq!(events.apply(said(2, &[("event1", "5")])), Effect::Nothing(Unchanged::Same));
        assert_eq!(events.apply(said(3, &[("add_event1", "5")])), Effect::Changed);
        assert_eq!(values(&events), [(1, "10".to_owned())]);
        let twice = State { raw: RawRef { journal: 9, seq: 4 }, ..said(3, &[("add_event1", "5")]) };
        assert_eq!(events.apply(twice), Effect::Nothing(Unchanged::Same));
    }

    #[test]
    fn a_postback_that_was_about_another_click_takes_what_it_said_along() {
        let mut events = conversion(said(1, &[("event1", "5")]));
        events.apply(said(2, &[("add_event1", "2")]));
        events.take_out(RawRef { journal: 9, seq: 1 }, 9);
        assert_eq!(values(&events), [(1, "2".to_owned())]);
        events.take_out(RawRef { journal: 9, seq: 2 }, 9);
        assert!(told(&events).is_empty() && events.standing().is_none());
    }

    #[test]
    fn the_number_of_changes_is_bounded() {
        let mut events = conversion(said(0, &[("event1", "1")]));
        for seq in 1..HISTORY_MAX as u64 {
            assert_eq!(events.apply(said(seq, &[("add_event1", "1")])), Effect::Changed);
        }
        let beyond = events.apply(said(9_999, &[("add_event1", "1")]));
        assert_eq!(beyond, Effect::Nothing(Unchanged::TooManyChanges));
        assert_eq!(values(&events), [(1, HISTORY_MAX.to_string())]);
    }
}
