//! Journals and a way to read them: in this process, or shipped to a broker inside the test.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use signalbox_events::kafka::{CONSUMER, KafkaConfig, KafkaSource, Shipper};
use signalbox_events::{
    EventSource, Gap, Journal, JournalId, JournalOptions, JournalState, LocalSource, ReadLimit, Stream,
};
use tempfile::TempDir;

const DEADLINE: Duration = Duration::from_secs(60);

pub struct Rig {
    source: Arc<dyn EventSource>,
    kafka: Option<Kafka>,
    journals: BTreeMap<JournalId, Journal>,
    dir: TempDir,
}

struct Kafka {
    config: KafkaConfig,
    shippers: BTreeMap<JournalId, Shipper>,
    _cluster: Option<MockCluster<'static, DefaultProducerContext>>,
}

/// What is there, at once.
pub fn now() -> ReadLimit {
    ReadLimit { wait: Duration::ZERO, ..ReadLimit::default() }
}

pub fn patient() -> ReadLimit {
    ReadLimit { wait: Duration::from_secs(5), ..ReadLimit::default() }
}

fn options(kafka: bool) -> JournalOptions {
    let mut options = JournalOptions::new(Stream::Clicks);
    options.segment_bytes_max = 64 << 10;
    // The broker has it then, but a test ships it again.
    options.trim_delay = if kafka { Duration::from_secs(600) } else { Duration::ZERO };
    options
}

impl Rig {
    pub fn local() -> Self {
        let source = Arc::new(LocalSource::default());
        Self { source, kafka: None, journals: BTreeMap::new(), dir: tempfile::tempdir().unwrap() }
    }

    /// On the brokers that `TEST_KAFKA_URL` names, under a prefix of its own, or else on one inside the test.
    pub fn kafka() -> Self {
        let (mut config, cluster) = match std::env::var("TEST_KAFKA_URL") {
            Ok(url) => (KafkaConfig::from_url(&url).unwrap(), None),
            Err(_) => {
                let cluster = MockCluster::new(1).unwrap();
                let url = format!("kafka://{}", cluster.bootstrap_servers());
                (KafkaConfig::from_url(&url).unwrap(), Some(cluster))
            }
        };
        config.prefix = format!("contract-{}", JournalId::random());
        config.partitions = 2;
        if let Some(cluster) = &cluster {
            // It cannot be asked to make topics.
            cluster.create_topic(&config.topic(Stream::Clicks), 2, 1).unwrap();
            cluster.create_topic(&config.announcements(), 1, 1).unwrap();
        }
        let source = Arc::new(KafkaSource::new(config.clone(), &Stream::ALL).unwrap());
        let kafka = Kafka { config, shippers: BTreeMap::new(), _cluster: cluster };
        Self { source, kafka: Some(kafka), journals: BTreeMap::new(), dir: tempfile::tempdir().unwrap() }
    }

    pub fn source(&self) -> Arc<dyn EventSource> {
        Arc::clone(&self.source)
    }

    /// A new empty journal, readable.
    pub async fn journal(&mut self) -> JournalId {
        let dir = self.dir.path().join(self.journals.len().to_string());
        self.adopt(Journal::open(dir, options(self.kafka.is_some())).unwrap()).await
    }

    /// A journal of which one record was damaged before anybody read it.
    pub async fn damaged_journal(&mut self, payloads: &[Vec<u8>], bad: usize) -> JournalId {
        let dir = self.dir.path().join("damaged");
        let journal = Journal::open(&dir, options(self.kafka.is_some())).unwrap();
        journal.append_batch(payloads).unwrap();
        drop(journal);
        flip(&dir.join("00000000000000000000.seg"), &payloads[bad]);
        self.adopt(Journal::open(&dir, options(self.kafka.is_some())).unwrap()).await
    }

    async fn adopt(&mut self, journal: Journal) -> JournalId {
        let id = journal.id();
        match &mut self.kafka {
            Some(kafka) => {
                kafka.shippers.insert(id, Shipper::start(journal.clone(), kafka.config.clone()).unwrap());
            }
            None => {
                self.source =
                    Arc::new(LocalSource::new(self.journals.values().cloned().chain([journal.clone()])))
            }
        }
        self.journals.insert(id, journal);
        self.wait_for("the journal to be known", |states| states.iter().any(|state| state.id == id)).await;
        id
    }

    pub fn append(&self, journal: JournalId, payloads: &[Vec<u8>]) {
        for chunk in payloads.chunks(10) {
            self.journals[&journal].append_batch(chunk).unwrap();
        }
    }

    pub async fn state(&self, journal: JournalId) -> JournalState {
        let head = self.journals[&journal].head();
        let known =
            |states: &[JournalState]| states.iter().any(|state| state.id == journal && state.head == head);
        let states = self.wait_for("the head to be known", known).await;
        states.into_iter().find(|state| state.id == journal).unwrap()
    }

    async fn wait_for(&self, what: &str, condition: impl Fn(&[JournalState]) -> bool) -> Vec<JournalState> {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let states = self.source.journals().await.unwrap();
            if condition(&states) {
                return states;
            }
            assert!(Instant::now() < deadline, "waited in vain for {what}: {states:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Reads from `from` to the journal's head and compares; no gap may be told.
    pub async fn assert_reads(&self, journal: JournalId, from: u64, expected: &[Vec<u8>]) {
        let head = self.journals[&journal].head();
        assert_eq!(from + expected.len() as u64, head, "the test expects what is there");
        let before = std::iter::repeat_n(Vec::new(), usize::try_from(from).unwrap());
        let all: Vec<_> = before.chain(expected.iter().cloned()).collect();
        let gaps = read_to(&*self.source, journal, from, head, patient(), &all).await;
        assert!(gaps.is_empty(), "{gaps:?}");
    }

    /// A new source, as after a restart of the reading process.
    pub async fn restart(&mut self) {
        self.source = match &self.kafka {
            Some(kafka) => Arc::new(KafkaSource::new(kafka.config.clone(), &Stream::ALL).unwrap()),
            None => Arc::new(LocalSource::new(self.journals.values().cloned())),
        };
    }

    /// Ships a journal from its beginning again, as after the loss of the shipper's place.
    pub async fn republish(&mut self, journal: JournalId) {
        let Some(kafka) = &mut self.kafka else { return };
        let shipper = kafka.shippers.remove(&journal).unwrap();
        shipper.stop(DEADLINE).await;
        let journal = &self.journals[&journal];
        assert!(journal.remove_consumer(CONSUMER).unwrap());
        assert_eq!(journal.tail(), 0, "nothing was trimmed yet");
        kafka.shippers.insert(journal.id(), Shipper::start(journal.clone(), kafka.config.clone()).unwrap());
    }
}

/// Reads everything from `from` to `head`; each record must be the one in `all` under its number, and each number must
/// come exactly once, in a record or in a gap. Returns the gaps.
pub async fn read_to(
    source: &dyn EventSource,
    journal: JournalId,
    from: u64,
    head: u64,
    limit: ReadLimit,
    all: &[Vec<u8>],
) -> Vec<Gap> {
    let deadline = Instant::now() + DEADLINE;
    let mut gaps = Vec::new();
    let mut next = from;
    while next < head {
        assert!(Instant::now() < deadline, "at {next} of {head}");
        let batch = source.read(journal, next, limit).await.unwrap();
        let mut missing = batch.gaps.iter().flat_map(|gap| gap.from_seq..gap.to_seq).peekable();
        let mut records = batch.records.iter().peekable();
        while next < batch.next {
            if missing.next_if_eq(&next).is_none() {
                let record = records.next_if(|record| record.seq == next);
                let record = record.unwrap_or_else(|| panic!("{next} is neither in a record nor in a gap"));
                assert!(
                    record.payload == all[usize::try_from(next).unwrap()],
                    "record {next} is not what was appended"
                );
            }
            next += 1;
        }
        assert!(records.next().is_none() && missing.next().is_none(), "more than up to {next}");
        gaps.extend(batch.gaps);
    }
    gaps
}

/// Damages the first place where `payload` stands in a file.
fn flip(path: &Path, payload: &[u8]) {
    let mut bytes = std::fs::read(path).unwrap();
    let at = bytes.windows(payload.len()).position(|window| window == payload).unwrap();
    bytes[at] ^= 0x20;
    std::fs::write(path, bytes).unwrap();
}
