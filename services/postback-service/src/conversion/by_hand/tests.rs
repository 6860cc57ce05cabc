use super::super::tests::{conversion, state};
use super::*;
use signalbox_domain::{ConversionStatus::*, Money};

fn hand(seq: u64, action: HandAction) -> ByHand {
    let raw = RawRef { journal: 9, seq };
    ByHand { action, at: Timestamp(50_000), who: "u".to_owned(), note: "test".to_owned(), raw }
}

/// Money in the ledger after every revision.
fn ledger(conversion: &Conversion) -> Money {
    let facts = (1..=conversion.revision()).map(|revision| conversion.fact(revision).unwrap());
    facts.fold(Money::ZERO, |sum, fact| {
        let fact = fact.conversion().unwrap();
        let of = |measures: Option<signalbox_events::wire::ConversionMeasures>| {
            measures.map_or(Money::ZERO, |it| if it.status.class().earns { it.payout } else { Money::ZERO })
        };
        sum + of(fact.after) - of(fact.before)
    })
}

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

#[test]
fn deleted_counts_nothing_and_restored_counts_what_was_said_meanwhile() {
    let mut it = conversion(state(1, Lead, "2"));
    it.apply(state(2, Sale, "3"));
    assert_eq!(it.change_by_hand(hand(3, HandAction::Delete), 9), Effect::Changed);
    assert_eq!((ledger(&it), it.standing()), (Money::ZERO, None));
    assert_eq!(it.apply(state(4, Sale, "7")), Effect::Nothing(Unchanged::Deleted));
    assert_eq!(it.judge_again(state(2, Sale, "3"), 9), Effect::Nothing(Unchanged::ReplayedChange));
    assert_eq!(ledger(&it), Money::ZERO, "whatever comes");
    assert_eq!(it.change_by_hand(hand(5, HandAction::Delete), 9), Effect::Nothing(Unchanged::Same));
    assert_eq!(it.change_by_hand(hand(6, HandAction::Restore), 9), Effect::Changed);
    assert_eq!(ledger(&it), money("7"));
    assert_eq!(
        it.fact(it.revision()).unwrap().conversion().unwrap().at,
        Timestamp(50_000),
        "when it was restored"
    );
    // Judged again, nothing of it is done again.
    let before = it.clone();
    for (seq, action) in [(3, HandAction::Delete), (5, HandAction::Delete), (6, HandAction::Restore)] {
        assert!(it.change_by_hand(hand(seq, action), 9).is_replay());
    }
    for reading in [state(1, Lead, "2"), state(2, Sale, "3"), state(4, Sale, "7")] {
        assert!(matches!(it.judge_again(reading, 9), Effect::Nothing(_)));
    }
    assert_eq!(it, before);
    assert_eq!(it.apply(state(7, Rejected, "7")), Effect::Changed, "it goes on as before");
    assert_eq!((ledger(&it), it.current().by_hand.is_none()), (Money::ZERO, true));
    let stored = serde_json::to_string(&it).unwrap();
    assert_eq!(serde_json::from_str::<Conversion>(&stored).unwrap(), it);
}

#[test]
fn a_sum_is_restored_as_a_sum() {
    let said =
        |seq, transaction: &str| State { transaction: transaction.to_owned(), ..state(seq, Sale, "2") };
    let mut it = conversion(said(1, "a"));
    it.transaction.clear();
    it.repeat = signalbox_domain::RepeatPolicy::Add;
    it.apply(said(2, "b"));
    it.change_by_hand(hand(3, HandAction::Delete), 9);
    it.apply(said(4, "c"));
    it.change_by_hand(hand(5, HandAction::Restore), 9);
    assert_eq!(ledger(&it), money("6"));
    it.apply(said(6, "d"));
    assert_eq!(ledger(&it), money("8"));
}

#[test]
fn events_are_deleted_and_restored_as_well() {
    let said = |seq, value: &str| {
        let event = signalbox_domain::EventChange::of_parameter("add_event1", value).unwrap().unwrap();
        let raw = RawRef { journal: 9, seq };
        State::of_events(vec![event], signalbox_domain::Currency::USD, Timestamp(1_000 + seq as i64), raw)
    };
    let mut it = conversion(said(1, "2"));
    it.change_by_hand(hand(2, HandAction::Delete), 9);
    it.apply(said(3, "3"));
    it.change_by_hand(hand(4, HandAction::Restore), 9);
    assert_eq!(it.current().events, [(1, "5".parse().unwrap())]);
}

#[test]
fn what_has_nothing_left_stays_so_and_minds_are_not_changed_for_ever() {
    let mut it = conversion(state(1, Sale, "2"));
    it.take_out(state(1, Sale, "2").raw, 9);
    assert_eq!(it.change_by_hand(hand(3, HandAction::Delete), 9), Effect::Nothing(Unchanged::Same));
    assert_eq!(it.change_by_hand(hand(4, HandAction::Restore), 9), Effect::Nothing(Unchanged::Same));
    let mut it = conversion(state(1, Sale, "2"));
    for seq in 0..HANDS_MAX as u64 {
        let action = if seq % 2 == 0 { HandAction::Delete } else { HandAction::Restore };
        assert_eq!(it.change_by_hand(hand(100 + seq, action), 9), Effect::Changed);
    }
    assert_eq!(
        it.change_by_hand(hand(999, HandAction::Delete), 9),
        Effect::Nothing(Unchanged::TooManyChanges)
    );
    assert_eq!(ledger(&it), money("2"));
}
