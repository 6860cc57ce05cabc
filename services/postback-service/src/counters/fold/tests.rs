use super::*;
use crate::counters::tests::{counted_click, landing_free_subjects};
use signalbox_domain::{CampaignId, Tally, WorkspaceId};

fn wanted() -> BTreeMap<Subject, Counted> {
    let counted = Counted { workspace: WorkspaceId(1), hours: 26 };
    (1..=40).flat_map(landing_free_subjects).map(|subject| (subject, counted)).collect()
}

fn fresh(next: Positions) -> Fold {
    let mut fold = Fold::new(BTreeMap::new());
    for (journal, head) in next {
        fold.follow(journal, 0, head);
    }
    fold.want(&wanted(), &Positions::new());
    let joining: Vec<Subject> = fold.joining.keys().copied().collect();
    joining.into_iter().for_each(|subject| fold.join(subject, Series::default()));
    fold
}

fn feed(fold: &mut Fold, journal: u64, range: std::ops::Range<u64>) {
    let end = range.end;
    for seq in range {
        let record = counted_click(1 + (seq * 7 + journal) % 40, seq);
        fold.add(journal, seq, &record);
    }
    fold.passed(journal, end);
}

fn sums(fold: &Fold) -> BTreeMap<Subject, Tally> {
    let series = fold.chunks.iter().flat_map(|chunk| &chunk.totals.series);
    series.map(|(subject, series)| (*subject, *series.ever())).collect()
}

#[test]
fn whatever_was_stored_before_a_crash_every_record_counts_once() {
    let journals = [(1_u64, 900_u64), (2, 700)];
    let mut whole = fresh([(1, 0), (2, 0)].into());
    for (journal, head) in journals {
        feed(&mut whole, journal, 0..head);
    }
    let expected = sums(&whole);
    assert!(expected.len() > 60 && expected.values().map(|tally| tally.clicks).sum::<i64>() > 1_600);

    let mut state = 7_u64;
    let mut random = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) % below
    };
    let mut store: BTreeMap<u8, Chunk> = BTreeMap::new();
    let mut fold = fresh([(1, 0), (2, 0)].into());
    for (number, chunk) in (0..).zip(&fold.chunks) {
        store.insert(number, chunk.clone());
    }
    let mut lives = 0;
    loop {
        let behind: Vec<(u64, u64)> = journals
            .into_iter()
            .filter(|(journal, head)| fold.next.get(journal).copied().unwrap_or(0) < *head)
            .collect();
        if behind.is_empty() && lives > 40 {
            break;
        }
        if let Some((journal, head)) = behind.get(random(2) as usize % behind.len().max(1)) {
            let from = fold.next.get(journal).copied().unwrap_or(0);
            feed(&mut fold, *journal, from..(from + 1 + random(60)).min(*head));
        }
        // Some chunks are stored, then the process dies.
        for (number, chunk) in (0..).zip(&fold.chunks) {
            if random(3) == 0 {
                store.insert(number, chunk.clone());
            }
        }
        if random(2) == 0 {
            lives += 1;
            fold = Fold::new(store.clone());
            fold.want(&wanted(), &Positions::new());
            assert!(fold.joining.is_empty());
        }
    }
    assert_eq!(sums(&fold), expected);
}

#[test]
fn a_new_counter_takes_up_its_past_and_nothing_twice() {
    let mut fold = fresh([(1, 0)].into());
    feed(&mut fold, 1, 0..100);
    let new = Subject::Campaign(CampaignId(41));
    let mut wanted = wanted();
    wanted.insert(new, Counted { workspace: WorkspaceId(1), hours: 26 });
    assert_eq!(fold.want(&wanted, &[(9, 5)].into()), 1);
    assert_eq!(fold.want(&wanted, &Positions::new()), 0, "it is known that it is new");
    assert_eq!(fold.joining[&new].from[&1], 100);
    fold.add(1, 100, &counted_click(41, 100));
    fold.passed(1, 101);
    assert!(!sums(&fold).contains_key(&new), "not published before its past is known");
    assert_eq!(fold.settled(1), 0, "the stored chunks are behind");
    let mut past = Series::default();
    past.add(Timestamp(1_790_000_000_000), &Tally { clicks: 12, ..Tally::default() });
    fold.join(new, past);
    assert_eq!(sums(&fold)[&new].clicks, 13);
    wanted.remove(&new);
    fold.want(&wanted, &Positions::new());
    assert!(!sums(&fold).contains_key(&new));
}

#[test]
fn a_first_counter_begins_at_the_head_and_a_later_journal_at_its_tail() {
    let mut fold = Fold::new(BTreeMap::new());
    assert_eq!(fold.follow(1, 10, 50), 50, "the past comes from the warehouse");
    fold.want(&wanted(), &[(8, 77)].into());
    let (_, joining) = fold.joining.first_key_value().unwrap();
    assert_eq!(joining.from, [(1, 50), (8, 77)].into(), "also that of journals read elsewhere");
    assert_eq!(fold.follow(2, 3, 9), 3);
    assert_eq!(fold.settled(1), 50);
}
