//! Counters of one node and of two, over a real journal.

use super::{checkpoint::Held, *};
use signalbox_domain::{CampaignId, DestinationId, StreamId, WorkspaceId};
use signalbox_events::{JournalOptions, Stream, wire::CountedV1};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const CAMPAIGN: Subject = Subject::Campaign(CampaignId(1));
const NOW: Timestamp = Timestamp(1_790_000_000_000);

fn click(number: u64) -> CountedV1 {
    CountedV1 {
        id: ClickId(u128::from(number) + 1),
        at: NOW,
        workspace: WorkspaceId(1),
        campaign: CampaignId(1),
        stream: StreamId(2),
        landing: DestinationId::NONE,
        destination: DestinationId::NONE,
        passed_to: CampaignId::NONE,
        passed_to_stream: StreamId::NONE,
        cost: Money::ZERO,
        visitor: number + 1,
        going_on: false,
    }
}

const ONE: Tally = Tally { clicks: 1, conversions: 0, cost: Money::ZERO, revenue: Money::ZERO };

/// A node: its counters and its journal.
struct Node {
    _dir: tempfile::TempDir,
    journal: Journal,
    counters: Counters,
}

impl Node {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let options =
            JournalOptions { consumers: vec!["test".to_owned()], ..JournalOptions::new(Stream::Clicks) };
        let journal = Journal::open(dir.path().join("clicks"), options).unwrap();
        let counters = Counters::new(journal.id().get(), Held::default());
        counters.want([CAMPAIGN]);
        Self { _dir: dir, journal, counters }
    }

    /// A visitor comes while the campaign lets `limit` clicks through. Tells whether it was let through.
    fn visit(&self, number: u64, limit: i64) -> bool {
        let table = self.counters.table();
        loop {
            let mut asked = Asked::new();
            let counted = table.counted(CAMPAIGN, Measure::Clicks, Some(NOW), &mut asked);
            if counted >= Money::from_whole(limit) {
                return false;
            }
            let record = click(number);
            let ticket = ((record.id, true), record.at);
            if self.counters.settle(&table, ticket, &[(CAMPAIGN, ONE)], Some(&asked)) {
                self.journal.append(&Record::Counted(record).encode().unwrap()).unwrap();
                return true;
            }
        }
    }

    fn clicks(&self) -> i64 {
        let found = with_series(&self.counters.table(), CAMPAIGN, |series| series.ever().clicks);
        found.unwrap()
    }

    /// Lets the counters learn everything about the journal.
    async fn settle(&self) {
        let stop = CancellationToken::new();
        stop.cancel();
        self.counters.follow_journal(self.journal.clone(), stop).await;
    }

    /// What the node would have after `kill -9`: the journal, and a checkpoint.
    fn restart(&mut self, held: Held) {
        self.counters = Counters::new(self.journal.id().get(), held);
        self.counters.want([CAMPAIGN]);
        let mut reader = self.journal.reader(0);
        loop {
            let batch = reader
                .read(signalbox_events::ReadLimit { wait: Duration::ZERO, ..Default::default() })
                .unwrap();
            if batch.is_empty() {
                break;
            }
            for stored in &batch.records {
                self.counters.replay(stored.seq, &Record::decode(&stored.payload).unwrap());
            }
        }
        self.counters.passed(reader.position());
    }
}

/// The fold of these nodes' journals up to here, as postback-service publishes it.
fn published(nodes: &[&Node]) -> TotalsChunk {
    let mut chunk = TotalsChunk::default();
    let mut series = Series::default();
    for node in nodes {
        let mut reader = node.journal.reader(0);
        loop {
            let batch = reader
                .read(signalbox_events::ReadLimit { wait: Duration::ZERO, ..Default::default() })
                .unwrap();
            if batch.is_empty() {
                break;
            }
            batch.records.iter().for_each(|_| series.add(NOW, &ONE));
        }
        chunk.positions.insert(node.journal.id().get(), reader.position());
    }
    chunk.series.insert(CAMPAIGN, series);
    chunk
}

fn tell(node: &Node, version: u64, chunk: &TotalsChunk) {
    node.counters.publish(chunk_of(CAMPAIGN), version, chunk.clone());
}

#[test]
fn a_limit_lets_exactly_as_many_through_however_many_come_at_once() {
    let node = Node::new();
    let through: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8_u64)
            .map(|thread| {
                let node = &node;
                scope
                    .spawn(move || (0..500).filter(|number| node.visit(thread * 500 + number, 1_000)).count())
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(through, 1_000);
    assert_eq!(node.clicks(), 1_000);
    assert_eq!(node.journal.head(), 1_000);
}

#[tokio::test]
async fn nothing_is_forgotten_or_doubled_by_restarts_with_every_store_down() {
    let mut node = Node::new();
    let mut through = 0;
    let mut next = 0;
    let come = |node: &Node, count: u64, next: &mut u64, through: &mut i64| {
        for _ in 0..count {
            *through += i64::from(node.visit(*next, 1_000));
            *next += 1;
        }
    };
    come(&node, 300, &mut next, &mut through);
    // Killed before any checkpoint.
    node.restart(Held::default());
    assert_eq!(node.clicks(), 300);
    come(&node, 200, &mut next, &mut through);
    node.settle().await;
    // A total that includes everything so far, then a checkpoint that knows only a part of what follows.
    tell(&node, 1, &published(&[&node]));
    assert_eq!(node.clicks(), 500);
    come(&node, 50, &mut next, &mut through);
    node.settle().await;
    let held = node.counters.hold();
    come(&node, 70, &mut next, &mut through);
    node.restart(held.clone());
    assert_eq!(node.clicks(), 620);
    assert_eq!(held.published.len(), 1);
    // A later total is there already when the checkpoint is read, of records that the checkpoint does not cover.
    let newer = Held { published: [(chunk_of(CAMPAIGN), (2, published(&[&node])))].into(), ..held };
    node.restart(newer);
    assert_eq!(node.clicks(), 620);
    come(&node, 1_000, &mut next, &mut through);
    assert_eq!((through, node.clicks()), (1_000, 1_000));
}

#[tokio::test]
async fn clicks_under_way_are_counted_once_when_the_total_overtakes_them() {
    let node = Node::new();
    (0..10).for_each(|number| assert!(node.visit(number, 100)));
    // The total of all nodes knows them before this node has seen its own journal.
    tell(&node, 1, &published(&[&node]));
    node.settle().await;
    assert_eq!(node.clicks(), 10);
    (10..15).for_each(|number| assert!(node.visit(number, 100)));
    node.settle().await;
    assert_eq!(node.clicks(), 15);
    tell(&node, 2, &published(&[&node]));
    assert_eq!(node.clicks(), 15);
}

#[tokio::test]
async fn a_click_that_its_journal_refused_counts_here() {
    let node = Node::new();
    let table = node.counters.table();
    assert!(node.counters.settle(&table, ((ClickId(5), true), NOW), &[(CAMPAIGN, ONE)], None));
    node.counters.sweep(Instant::now());
    tell(&node, 1, &published(&[&node]));
    assert_eq!(node.clicks(), 1);
    assert!(node.counters.in_flight.lock().is_empty());
}

#[tokio::test]
async fn increments_are_bounded_and_never_counted_too_low() {
    let node = Node::new();
    let count = 3 * counter::OWN_MAX as u64;
    (0..count).for_each(|number| assert!(node.visit(number, i64::MAX / 2_000_000_000)));
    node.settle().await;
    let held = node.counters.hold();
    let kept = &held.own[&CAMPAIGN];
    assert!(kept.own.len() <= counter::OWN_MAX, "{}", kept.own.len());
    assert_eq!(kept.own.iter().map(|own| own.tally.clicks).sum::<i64>(), i64::try_from(count).unwrap());
    // A total that ends in the middle of a pair counts it twice, until the next one.
    let mut half = published(&[&node]);
    let mut series = Series::default();
    (0..1_001).for_each(|_| series.add(NOW, &ONE));
    half.positions.insert(node.journal.id().get(), 1_001);
    half.series.insert(CAMPAIGN, series);
    tell(&node, 1, &half);
    let counted = node.clicks() - i64::try_from(count).unwrap();
    assert!((0..512).contains(&counted), "{counted} too many");
    tell(&node, 2, &published(&[&node]));
    assert_eq!(node.clicks(), i64::try_from(count).unwrap());
}

/// The written bound: overshoot ≤ (nodes − 1) × rate × delay.
#[tokio::test]
async fn two_nodes_overshoot_by_no_more_than_what_comes_to_one_of_them_while_the_other_is_told() {
    const LIMIT: i64 = 1_000;
    for (rate, delay) in [(1_u64, 1_u64), (3, 5), (10, 20), (25, 7)] {
        let (first, second) = (Node::new(), Node::new());
        let (mut through, mut next, mut version) = (0, 0_u64, 0);
        // Totals as they were folded at each step; nodes learn of one `delay` steps later.
        let mut folded: Vec<TotalsChunk> = Vec::new();
        for step in 0..2_000_u64 {
            for node in [&first, &second] {
                for _ in 0..rate {
                    through += i64::from(node.visit(next, LIMIT));
                    next += 1;
                }
                node.settle().await;
            }
            if step % 4 == 0 || rate * delay > 20 {
                folded.push(published(&[&first, &second]));
                let told = folded.len().checked_sub(1 + usize::try_from(delay).unwrap());
                if let Some(told) = told.and_then(|at| folded.get(at)) {
                    version += 1;
                    tell(&first, version, told);
                    tell(&second, version, told);
                }
            }
            if first.clicks() >= LIMIT && second.clicks() >= LIMIT {
                break;
            }
        }
        // Steps between two totals count as delay as well.
        let spacing = if rate * delay > 20 { 1 } else { 4 };
        let bound = i64::try_from(rate * (delay + 1) * spacing).unwrap();
        assert!(
            (LIMIT..=LIMIT + bound).contains(&through),
            "rate {rate}, delay {delay}: {through} > {LIMIT} + {bound}"
        );
    }
}

#[test]
fn windows_follow_what_is_added_and_taken_over() {
    let counter = Counter::default();
    let quarter = |number: u32| Quarter(2_000_000 + number);
    let count = |from: u32| counter.counted(Measure::Clicks, Some(quarter(from))).0;
    counter.add(0, quarter(1), &ONE);
    assert_eq!((count(0), count(1), count(2)), (Money::from_whole(1), Money::from_whole(1), Money::ZERO));
    counter.add(1, quarter(5), &ONE);
    assert_eq!(
        (count(0), count(1), count(2), count(6)),
        (Money::from_whole(2), Money::from_whole(2), Money::from_whole(1), Money::ZERO)
    );
    for from in 0..100 {
        count(from);
    }
    let mut series = Series::default();
    series.add_quarter(quarter(4), &Tally { clicks: 40, ..Tally::default() });
    counter.adopt(&series, 1);
    assert_eq!(
        (count(0), count(5), counter.counted(Measure::Clicks, None).0),
        (Money::from_whole(41), Money::from_whole(1), Money::from_whole(41))
    );
}
