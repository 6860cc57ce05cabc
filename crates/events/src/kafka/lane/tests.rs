//! Finding a place in a partition that several journals share and in which stretches were published again.

use rdkafka::mocking::MockCluster;
use rdkafka::producer::{DefaultProducerContext, FutureProducer, FutureRecord};

use super::*;
use crate::ids::Position;
use crate::kafka::position_header;

const PARTITION: i32 = 1;
const PATIENT: ReadLimit = ReadLimit { records: 100, bytes: 1 << 20, wait: Duration::from_secs(10) };

struct Partition {
    config: KafkaConfig,
    producer: FutureProducer,
    _cluster: MockCluster<'static, DefaultProducerContext>,
}

impl Partition {
    fn new() -> Self {
        let cluster = MockCluster::new(1).unwrap();
        let mut config = KafkaConfig::from_url(&format!("kafka://{}", cluster.bootstrap_servers())).unwrap();
        config.partitions = 2;
        cluster.create_topic(&config.topic(Stream::Clicks), 2, 1).unwrap();
        let producer = config.client(&[("linger.ms", "1")]).create().unwrap();
        Self { config, producer, _cluster: cluster }
    }

    /// Publishes records; each says its number.
    async fn publish(&self, records: impl IntoIterator<Item = (JournalId, u64)>) {
        let topic = self.config.topic(Stream::Clicks);
        let mut last = None;
        for (journal, seq) in records {
            let payload = seq.to_string();
            let message: FutureRecord<'_, (), _> =
                FutureRecord::to(&topic).partition(PARTITION).payload(&payload);
            let message = message.headers(position_header(Position { journal, seq }));
            last = Some(self.producer.send_result(message).unwrap());
        }
        last.unwrap().await.unwrap().unwrap();
    }

    fn lane(&self, journal: JournalId) -> Lane {
        let mut lane = Lane::new(&self.config, Stream::Clicks, journal, Arc::default()).unwrap();
        lane.search_offsets_min = 64;
        lane
    }
}

fn ids() -> (JournalId, JournalId) {
    // Both odd: partition 1 of 2.
    (JournalId::new(1), JournalId::new(3))
}

async fn assert_reads(lane: &mut Lane, from: u64, to: u64) -> Vec<Gap> {
    let mut next = from;
    let mut gaps = Vec::new();
    while next < to {
        let batch = lane.read(next, PATIENT).await.unwrap();
        assert!(!batch.is_empty(), "nothing at {next}");
        for record in &batch.records {
            assert_eq!(record.payload, record.seq.to_string().as_bytes());
            assert!(batch.gaps.iter().all(|gap| !(gap.from_seq..gap.to_seq).contains(&record.seq)));
        }
        let told: u64 = batch.gaps.iter().map(Gap::len).sum();
        assert_eq!(batch.records.len() as u64 + told, batch.next - next);
        next = batch.next;
        gaps.extend(batch.gaps);
    }
    gaps
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_place_is_found_among_others() {
    let partition = Partition::new();
    let (ours, theirs) = ids();
    // Ours: 0..300, then 200..300 again, then on to 600; a long stretch of theirs in between.
    let first = (0..300).flat_map(|seq| [(ours, seq), (theirs, seq)]);
    let again = (200..450).map(|seq| (ours, seq));
    let foreign = (300..700).map(|seq| (theirs, seq));
    let rest = (450..600).map(|seq| (ours, seq));
    partition.publish(first.chain(again).chain(foreign).chain(rest)).await;
    for from in [599, 1, 199, 200, 299, 300, 450] {
        let mut fresh = partition.lane(ours);
        let gaps = assert_reads(&mut fresh, from, 600).await;
        assert!(gaps.is_empty(), "from {from}: {gaps:?}");
    }
    let mut lane = partition.lane(theirs);
    for from in [650, 10, 650, 0, 299] {
        assert!(assert_reads(&mut lane, from, 700).await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn absent_numbers_are_told_once_everything_was_looked_at() {
    let partition = Partition::new();
    let (ours, _) = ids();
    partition.publish((100..200).chain(250..300).map(|seq| (ours, seq))).await;
    let mut lane = partition.lane(ours);
    let told: Vec<_> = assert_reads(&mut lane, 0, 300)
        .await
        .iter()
        .map(|gap| (gap.from_seq, gap.to_seq, gap.reason))
        .collect();
    assert_eq!(told, [(0, 100, GapReason::Trimmed), (200, 250, GapReason::Missing)]);
    let told: Vec<_> =
        assert_reads(&mut lane, 220, 300).await.iter().map(|gap| (gap.from_seq, gap.to_seq)).collect();
    assert_eq!(told, [(220, 250)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_made_anew_is_not_taken_for_a_loss() {
    let partition = Partition::new();
    let (ours, _) = ids();
    partition.publish((0..200).map(|seq| (ours, seq))).await;
    let mut lane = partition.lane(ours);
    // Learned from a topic that is no more.
    lane.learned.index.lock().learn(5, 150);
    let gaps = assert_reads(&mut lane, 10, 200).await;
    assert!(gaps.is_empty(), "{gaps:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn foreign_messages_are_passed_over_and_counted() {
    let partition = Partition::new();
    let (ours, _) = ids();
    let topic = partition.config.topic(Stream::Clicks);
    let foreign: FutureRecord<'_, (), _> = FutureRecord::to(&topic).partition(PARTITION).payload("hello");
    partition.producer.send_result(foreign).unwrap().await.unwrap().unwrap();
    partition.publish((0..10).map(|seq| (ours, seq))).await;
    let mut lane = partition.lane(ours);
    assert!(assert_reads(&mut lane, 0, 10).await.is_empty());
    assert_eq!(lane.learned.unidentified.load(Ordering::Relaxed), 1);
}
