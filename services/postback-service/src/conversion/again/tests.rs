use super::super::tests::{conversion, state};
use super::*;
use signalbox_domain::{
    ConversionStatus::{self, *},
    Money,
};

/// What the ledger holds after every revision: status and money of what was added and not taken away.
fn ledger(conversion: &Conversion) -> Option<(ConversionStatus, Money)> {
    let mut holds = Vec::new();
    for revision in 1..=conversion.revision() {
        let fact = conversion.fact(revision).unwrap();
        let fact = fact.conversion().unwrap();
        if let Some(before) = fact.before {
            let told = holds.iter().position(|it| *it == before).expect("only what was told is taken away");
            holds.remove(told);
        }
        holds.extend(fact.after);
    }
    assert!(holds.len() <= 1, "{holds:?}");
    holds.first().map(|it| (it.status, it.payout))
}

fn orders(items: &[usize]) -> Vec<Vec<usize>> {
    if items.len() <= 1 {
        return vec![items.to_vec()];
    }
    let mut all = Vec::new();
    for (index, first) in items.iter().enumerate() {
        let rest: Vec<usize> =
            items.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, item)| *item).collect();
        all.extend(orders(&rest).into_iter().map(|order| [&[*first], order.as_slice()].concat()));
    }
    all
}

#[test]
fn the_same_postbacks_in_any_order_end_in_the_same_state() {
    for (postbacks, expected) in [
        (vec![(Lead, "2"), (Sale, "3"), (Rejected, "3"), (Lead, "9")], (Rejected, "3")),
        (vec![(Sale, "3"), (Sale, "3"), (Sale, "4"), (Lead, "1")], (Sale, "4")),
        (vec![(Lead, "1"), (Lead, "2"), (Lead, "1")], (Lead, "1")),
        (vec![(Rejected, "0"), (Trash, "0"), (Sale, "5"), (Sale, "-5")], (Sale, "-5")),
    ] {
        let states: Vec<State> = postbacks
            .iter()
            .enumerate()
            .map(|(seq, (status, payout))| state(seq as u64, *status, payout))
            .collect();
        for order in orders(&(0..states.len()).collect::<Vec<usize>>()) {
            let mut it = conversion(states[order[0]].clone());
            for index in &order[1..] {
                it.judge_again(states[*index].clone(), 9);
            }
            let stands = (it.current().status, it.current().payout);
            assert_eq!(stands, (expected.0, expected.1.parse().unwrap()), "{order:?}");
            assert_eq!(ledger(&it), Some(stands), "{order:?}");
            let before = it.clone();
            for index in order {
                assert!(matches!(it.judge_again(states[index].clone(), 9), Effect::Nothing(_)));
            }
            assert_eq!(it, before, "judging all of them again changes nothing");
        }
    }
}

#[test]
fn a_word_that_is_mapped_elsewhere_now_corrects_what_counted() {
    // The network's word meant a sale; it means that the lead was refused.
    let mut it = conversion(state(1, Lead, "2"));
    it.apply(state(2, Sale, "2"));
    assert_eq!(it.judge_again(state(2, Rejected, "2"), 9), Effect::Changed);
    assert_eq!(ledger(&it), Some((Rejected, "2".parse().unwrap())));
    // And back, as if nothing had been.
    assert_eq!(it.judge_again(state(2, Sale, "2"), 9), Effect::Changed);
    assert_eq!(ledger(&it), Some((Sale, "2".parse().unwrap())));
    // A reading that is not the last word any more leaves the word to the one before it.
    assert_eq!(it.judge_again(state(1, Sale, "7"), 9), Effect::Nothing(Unchanged::Superseded));
    assert_eq!(it.judge_again(state(2, Lead, "2"), 9), Effect::Changed);
    assert_eq!(ledger(&it), Some((Sale, "7".parse().unwrap())));
    assert_eq!(it.judge_again(state(2, Lead, "2"), 9), Effect::Nothing(Unchanged::ReplayedChange));
}

#[test]
fn amounts_stay_as_they_were_priced() {
    let mut it = conversion(state(1, Sale, "2"));
    assert_eq!(it.judge_again(state(1, Sale, "99"), 9), Effect::Nothing(Unchanged::ReplayedFirst));
    let euro = State { original_currency: "EUR".parse().unwrap(), ..state(1, Sale, "2.2") };
    assert_eq!(it.judge_again(euro, 9), Effect::Changed, "the currency of the network was corrected");
    assert_eq!(ledger(&it), Some((Sale, "2.2".parse().unwrap())));
}

#[test]
fn a_postback_that_is_about_another_conversion_leaves_nothing_behind() {
    let raw = |seq| RawRef { journal: 9, seq };
    let mut it = conversion(state(1, Sale, "2"));
    it.apply(state(2, Rejected, "2"));
    it.take_out(raw(2), 9);
    assert_eq!(ledger(&it), Some((Sale, "2".parse().unwrap())));
    let before = it.clone();
    it.take_out(raw(2), 9);
    it.take_out(raw(77), 9);
    assert_eq!(it, before, "taken out once, and only what was part of it");
    it.take_out(raw(1), 9);
    assert_eq!((ledger(&it), it.standing()), (None, None));
    // Mapped back: it counts again. So does a fresh one.
    let mut back = it.clone();
    assert_eq!(back.judge_again(state(2, Rejected, "2"), 9), Effect::Changed);
    assert_eq!(ledger(&back), Some((Rejected, "2".parse().unwrap())));
    assert_eq!(it.apply(state(3, Lead, "1")), Effect::Changed);
    assert_eq!(ledger(&it), Some((Lead, "1".parse().unwrap())));
    let text = serde_json::to_string(&it).unwrap();
    assert_eq!(serde_json::from_str::<Conversion>(&text).unwrap(), it);
}

#[test]
fn one_that_was_judged_again_first_is_a_duplicate_when_its_turn_comes() {
    let mut it = conversion(state(5, Sale, "2"));
    assert_eq!(it.judge_again(state(3, Rejected, "2"), 9), Effect::Nothing(Unchanged::Superseded));
    assert_eq!(it.apply(state(3, Rejected, "2")), Effect::Nothing(Unchanged::ReplayedDuplicate));
}

#[test]
fn a_postback_without_an_amount_is_worth_what_the_one_before_it_was_whatever_the_order_of_judging() {
    let unpriced = |seq, status| State { unpriced: true, ..state(seq, status, "0") };
    let all = [state(1, Lead, "7"), unpriced(2, Sale), state(3, Sale, "9"), unpriced(4, Rejected)];
    for order in orders(&[0, 1, 2, 3]) {
        let mut fresh = conversion(all[order[0]].clone());
        let mut again = fresh.clone();
        for index in &order[1..] {
            fresh.apply(all[*index].clone());
            again.judge_again(all[*index].clone(), 9);
        }
        let expected = Some((Rejected, "9".parse().unwrap()));
        assert_eq!((ledger(&fresh), ledger(&again)), (expected, expected), "{order:?}");
    }
    // What it was worth goes with the postback that said it.
    let mut it = conversion(state(1, Lead, "7"));
    it.apply(State { payout: "7".parse().unwrap(), ..unpriced(2, Sale) });
    assert_eq!(ledger(&it), Some((Sale, "7".parse().unwrap())));
    it.take_out(RawRef { journal: 9, seq: 1 }, 9);
    assert_eq!(ledger(&it), Some((Sale, Money::ZERO)));
}

#[test]
fn a_fresh_postback_that_was_received_before_others_does_not_undo_them() {
    let mut it = conversion(state(5, Rejected, "2"));
    assert_eq!(it.apply(state(3, Sale, "2")), Effect::Nothing(Unchanged::Superseded));
    assert_eq!(it.apply(state(6, Sale, "3")), Effect::Changed);
    assert_eq!(ledger(&it), Some((Sale, "3".parse().unwrap())));
    let before = it.clone();
    assert!(matches!(it.apply(state(3, Sale, "2")), Effect::Nothing(_)), "again, as after a crash");
    assert_eq!(it, before);
}
