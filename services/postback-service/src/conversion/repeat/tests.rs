//! Every policy against a model of its own, in every order of judging.

use super::super::tests::{conversion, state};
use super::*;
use crate::conversion::{Effect, Unchanged};
use signalbox_domain::ConversionStatus::{Custom1, Deposit, Lead, Rebill, Rejected, Sale, Trash};

const POLICIES: [RepeatPolicy; 4] =
    [RepeatPolicy::Transaction, RepeatPolicy::Keep, RepeatPolicy::Replace, RepeatPolicy::Add];

/// A number below `below`, the same at each run.
fn dice(seed: &mut u64, below: u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed % below
}

fn some_postbacks(seed: &mut u64) -> Vec<State> {
    const OF_ONE: [&[ConversionStatus]; 4] =
        [&[Lead, Sale, Rejected, Trash], &[Deposit], &[Rebill], &[Custom1]];
    let statuses = OF_ONE[dice(seed, 4) as usize];
    let one = |seed: &mut u64, seq: u64| {
        let status = statuses[dice(seed, statuses.len() as u64) as usize];
        State {
            transaction: ["", "a", "b"][dice(seed, 3) as usize].to_owned(),
            second_status: ["", "x"][dice(seed, 2) as usize].to_owned(),
            ..state(seq, status, ["0", "1", "2.5", "-1"][dice(seed, 4) as usize])
        }
    };
    (0..1 + dice(seed, 5)).map(|seq| one(seed, seq)).collect()
}

/// What the postbacks come to, as the guide says it.
fn model(policy: RepeatPolicy, postbacks: &[State]) -> (ConversionStatus, Money) {
    let follows = |word: ConversionStatus, next: ConversionStatus| next != Lead || word == Lead;
    if policy != RepeatPolicy::Add {
        let mut word = (postbacks[0].status, postbacks[0].payout);
        for next in &postbacks[1..] {
            let again = policy == RepeatPolicy::Keep && next.status == word.0;
            if follows(word.0, next.status) && !again {
                word = (next.status, next.payout);
            }
        }
        return word;
    }
    let mut known: Vec<(String, ConversionStatus, i128)> = Vec::new();
    for (number, it) in postbacks.iter().enumerate() {
        let name = if it.transaction.is_empty() { format!("#{number}") } else { it.transaction.clone() };
        match known.iter().position(|(other, ..)| *other == name) {
            None => known.push((name, it.status, it.payout.nanos())),
            Some(at) if follows(known[at].1, it.status) => known[at] = (name, it.status, it.payout.nanos()),
            Some(_) => {}
        }
    }
    let pays = |status: ConversionStatus| !matches!(status, Rejected | Trash);
    if known.iter().any(|(_, status, _)| pays(*status)) {
        known.retain(|(_, status, _)| pays(*status));
    }
    let mut status = known[0].1;
    for (_, next, _) in &known {
        status = if follows(status, *next) { *next } else { status };
    }
    (status, Money::from_nanos(known.iter().map(|(.., amount)| amount).sum()))
}

/// What the ledger holds after every revision.
fn ledger(conversion: &Conversion) -> Vec<(ConversionStatus, Money)> {
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
    holds.iter().map(|it| (it.status, it.payout)).collect()
}

fn orders(count: usize) -> Vec<Vec<usize>> {
    let Some(last) = count.checked_sub(1) else { return vec![Vec::new()] };
    let all = orders(last).into_iter();
    let places =
        |order: Vec<usize>| (0..=order.len()).map(move |at| [&order[..at], &[last], &order[at..]].concat());
    all.flat_map(places).collect()
}

fn begun(policy: RepeatPolicy, first: &State) -> Conversion {
    let mut it = conversion(first.clone());
    it.transaction.clear();
    it.repeat = policy;
    it
}

#[test]
fn any_order_of_the_same_postbacks_ends_as_the_model_says() {
    let mut seed = 0x2545_f491_4f6c_dd1d;
    for _ in 0..100 {
        let postbacks = some_postbacks(&mut seed);
        for policy in POLICIES {
            let expected = model(policy, &postbacks);
            let mut ends = Vec::new();
            for order in orders(postbacks.len()) {
                let mut it = begun(policy, &postbacks[order[0]]);
                for index in &order[1..] {
                    it.judge_again(postbacks[*index].clone(), 9);
                }
                let stands = (it.current().status, it.current().payout);
                assert_eq!(stands, expected, "{policy:?} {order:?} {postbacks:#?}");
                assert_eq!(ledger(&it), [expected], "{policy:?} {order:?}");
                ends.push((it.current().second_status.clone(), it.current().original_payout));
                let before = it.clone();
                for postback in &postbacks {
                    assert!(matches!(it.judge_again(postback.clone(), 9), Effect::Nothing(_)));
                }
                assert_eq!(it, before, "judging all of them again changes nothing");
            }
            ends.dedup();
            assert_eq!(ends.len(), 1, "{policy:?} {ends:?}");
        }
    }
}

#[test]
fn fresh_postbacks_in_their_order_end_as_the_model_says() {
    let mut seed = 0x9e37_79b9_7f4a_7c15;
    for _ in 0..400 {
        let postbacks = some_postbacks(&mut seed);
        for policy in POLICIES {
            let mut it = begun(policy, &postbacks[0]);
            for postback in &postbacks[1..] {
                it.apply(postback.clone());
            }
            let expected = model(policy, &postbacks);
            assert_eq!((it.current().status, it.current().payout), expected, "{policy:?} {postbacks:#?}");
            assert_eq!(ledger(&it), [expected]);
            for postback in &postbacks {
                assert!(it.apply(postback.clone()).is_replay());
            }
            let stored = serde_json::to_string(&it).unwrap();
            assert_eq!(serde_json::from_str::<Conversion>(&stored).unwrap(), it);
        }
    }
}

#[test]
fn added_amounts_leave_with_the_postback_that_said_them() {
    let said = |seq, transaction: &str, payout| State {
        transaction: transaction.to_owned(),
        ..state(seq, Sale, payout)
    };
    let mut it = begun(RepeatPolicy::Add, &said(1, "a", "5"));
    assert_eq!(it.apply(said(2, "b", "3")), Effect::Changed);
    let same = it.apply(said(3, "b", "3"));
    assert_eq!(same, Effect::Nothing(Unchanged::Same), "the same transaction counts once");
    assert_eq!(it.apply(said(4, "b", "4")), Effect::Changed);
    assert_eq!(ledger(&it), [(Sale, "9".parse().unwrap())]);
    let refused = State { transaction: "a".to_owned(), ..state(5, Rejected, "5") };
    assert_eq!(it.apply(refused), Effect::Changed);
    assert_eq!(ledger(&it), [(Sale, "4".parse().unwrap())]);
    assert_eq!(it.transaction_of(it.current()), "a");
    it.take_out(state(4, Sale, "4").raw, 9);
    assert_eq!(ledger(&it), [(Sale, "3".parse().unwrap())], "what the transaction said before");
    assert_eq!(it.amount_before("b"), Some(("3".parse().unwrap(), Currency::USD)));
    assert_eq!(it.amount_before(""), None);
}

#[test]
fn the_first_amount_stands_until_the_status_changes() {
    let mut it = begun(RepeatPolicy::Keep, &state(1, Lead, "1"));
    assert_eq!(it.apply(state(2, Lead, "9")), Effect::Nothing(Unchanged::Kept));
    assert_eq!(it.apply(state(3, Sale, "2")), Effect::Changed);
    assert_eq!(it.apply(state(4, Sale, "9")), Effect::Nothing(Unchanged::Kept));
    assert_eq!(ledger(&it), [(Sale, "2".parse().unwrap())]);
}

#[test]
fn amounts_of_several_currencies_are_added_in_that_of_the_workspace() {
    let (payout, original_currency) = ("1.1".parse().unwrap(), "EUR".parse().unwrap());
    let euro = State { original_currency, payout, ..state(2, Sale, "1") };
    let mut it = begun(RepeatPolicy::Add, &state(1, Sale, "5"));
    it.apply(euro);
    let now = it.current();
    assert_eq!((now.original_payout.to_string().as_str(), now.original_currency), ("6.1", Currency::USD));
}
