//! Shipping when things go wrong: brokers away, brokers that refuse, topics that are too small, places far inside.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may panic")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use signalbox_events::kafka::{KafkaConfig, KafkaSource, ShipState, Shipper};
use signalbox_events::{Error, EventSource, Journal, JournalOptions, ReadLimit, Stream};
use tempfile::TempDir;

const DEADLINE: Duration = Duration::from_secs(60);

struct Setup {
    cluster: MockCluster<'static, DefaultProducerContext>,
    config: KafkaConfig,
    journal: Journal,
    _dir: TempDir,
}

fn setup(partitions: i32) -> Setup {
    let cluster = MockCluster::new(1).unwrap();
    let mut config = KafkaConfig::from_url(&format!("kafka://{}/box", cluster.bootstrap_servers())).unwrap();
    config.partitions = 3;
    cluster.create_topic(&config.topic(Stream::Facts), partitions, 1).unwrap();
    cluster.create_topic(&config.announcements(), 1, 1).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut options = JournalOptions::new(Stream::Facts);
    options.segment_bytes_max = 64 << 10;
    options.trim_delay = Duration::ZERO;
    let journal = Journal::open(dir.path(), options).unwrap();
    Setup { cluster, config, journal, _dir: dir }
}

fn payload(n: u64) -> Vec<u8> {
    format!("record {n} ").into_bytes().repeat(10)
}

fn append(journal: &Journal, records: std::ops::Range<u64>) {
    for n in records {
        assert_eq!(journal.append(&payload(n)).unwrap(), n);
    }
}

async fn eventually(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Reads `from..to` and compares.
async fn assert_shipped(source: &KafkaSource, setup: &Setup, from: u64, to: u64) {
    let deadline = Instant::now() + DEADLINE;
    let limit = ReadLimit { wait: Duration::from_secs(5), ..ReadLimit::default() };
    let mut next = from;
    while next < to {
        assert!(Instant::now() < deadline, "at {next} of {to}");
        let batch = match source.read(setup.journal.id(), next, limit).await {
            Ok(batch) => batch,
            Err(error) if error.is_retryable() => continue,
            Err(Error::NotFound { .. }) => {
                tokio::time::sleep(Duration::from_millis(10)).await;
                continue;
            }
            Err(error) => panic!("{error}"),
        };
        assert!(batch.gaps.is_empty(), "{:?}", batch.gaps);
        for record in batch.records {
            assert_eq!(record.seq, next);
            assert!(record.payload == payload(next));
            next += 1;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_acknowledged_is_trimmed_and_nothing_else() {
    let setup = setup(3);
    append(&setup.journal, 0..3_000);
    let shipper = Shipper::start(setup.journal.clone(), setup.config.clone()).unwrap();
    eventually("all is acknowledged", || shipper.status().acked == 3_000).await;
    eventually("the journal is trimmed", || setup.journal.stats().segments == 1).await;
    let status = shipper.status();
    assert_eq!((status.state, status.lag_records, status.published), (ShipState::Shipping, 0, 3_000));
    shipper.stop(DEADLINE).await;
    let source = KafkaSource::new(setup.config.clone(), &[Stream::Facts]).unwrap();
    assert_shipped(&source, &setup, 0, 3_000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn brokers_that_go_away_delay_but_lose_nothing() {
    let setup = setup(3);
    let shipper = Shipper::start(setup.journal.clone(), setup.config.clone()).unwrap();
    append(&setup.journal, 0..500);
    eventually("the first are acknowledged", || shipper.status().acked == 500).await;
    setup.cluster.broker_down(1).unwrap();
    append(&setup.journal, 500..2_000);
    eventually("it is told", || matches!(shipper.status().state, ShipState::Blocked { .. })).await;
    let status = shipper.status();
    assert!(status.acked < 2_000 && status.lag_records > 0, "{status:?}");
    assert_eq!(setup.journal.lag()[0].consumer, "kafka");
    setup.cluster.broker_up(1).unwrap();
    eventually("all is acknowledged", || shipper.status().acked == 2_000).await;
    assert_eq!(shipper.status().state, ShipState::Shipping);
    let source = KafkaSource::new(setup.config.clone(), &[Stream::Facts]).unwrap();
    assert_shipped(&source, &setup, 0, 2_000).await;
    shipper.stop(DEADLINE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_outlive_brokers_that_go_away() {
    let setup = setup(3);
    let shipper = Shipper::start(setup.journal.clone(), setup.config.clone()).unwrap();
    let source = KafkaSource::new(setup.config.clone(), &[Stream::Facts]).unwrap();
    append(&setup.journal, 0..100);
    assert_shipped(&source, &setup, 0, 100).await;
    setup.cluster.broker_down(1).unwrap();
    append(&setup.journal, 100..200);
    let limit = ReadLimit { wait: Duration::from_millis(300), ..ReadLimit::default() };
    match source.read(setup.journal.id(), 100, limit).await {
        Ok(batch) => assert!(batch.is_empty()),
        Err(error) => assert!(error.is_retryable(), "{error}"),
    }
    setup.cluster.broker_up(1).unwrap();
    assert_shipped(&source, &setup, 100, 200).await;
    shipper.stop(DEADLINE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_batches_are_published_again_in_order() {
    use RDKafkaRespErr::{
        RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE as TOO_LARGE,
        RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION as NOT_LEADER,
        RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT as TIMED_OUT,
        RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED as NOT_ALLOWED,
    };
    let setup = setup(3);
    let shipper = Shipper::start(setup.journal.clone(), setup.config.clone()).unwrap();
    let deadline = Instant::now() + DEADLINE;
    let mut head = 0;
    // Errors that the client library repeats by itself, and errors after which it gives up. An announcement may catch
    // one in place of the records, so they are injected until the shipper had to begin anew a few times.
    while shipper.status().sessions < 4 {
        assert!(Instant::now() < deadline, "{:?}", shipper.status());
        setup
            .cluster
            .request_errors(RDKafkaApiKey::Produce, &[NOT_LEADER, TIMED_OUT, NOT_ALLOWED, TOO_LARGE]);
        append(&setup.journal, head..head + 1_000);
        head += 1_000;
        eventually("all is acknowledged", || shipper.status().acked == head).await;
    }
    let source = KafkaSource::new(setup.config.clone(), &[Stream::Facts]).unwrap();
    assert_shipped(&source, &setup, 0, head).await;
    shipper.stop(DEADLINE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_client_queue_is_waited_out() {
    let mut setup = setup(3);
    setup.config.properties.insert("queue.buffering.max.messages".to_owned(), "50".to_owned());
    append(&setup.journal, 0..2_000);
    let shipper = Shipper::start(setup.journal.clone(), setup.config.clone()).unwrap();
    eventually("all is acknowledged", || shipper.status().acked == 2_000).await;
    let status = shipper.status();
    assert!(status.queue_full > 0 && status.sessions == 1, "{status:?}");
    setup.config.properties.clear();
    let source = KafkaSource::new(setup.config.clone(), &[Stream::Facts]).unwrap();
    assert_shipped(&source, &setup, 0, 2_000).await;
    shipper.stop(DEADLINE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_with_too_few_partitions_is_named() {
    let setup = setup(2);
    append(&setup.journal, 0..10);
    let shipper = Shipper::start(setup.journal.clone(), setup.config.clone()).unwrap();
    let told = || match shipper.status().state {
        ShipState::Blocked { reason } => reason.contains("box.facts has 2 partitions, 3 are configured"),
        _ => false,
    };
    eventually("it is told", told).await;
    assert_eq!(shipper.status().acked, 0);
    shipper.stop(DEADLINE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopping_ships_what_is_there_or_gives_up_in_time() {
    let setup = setup(3);
    append(&setup.journal, 0..1_000);
    let shipper = Shipper::start(setup.journal.clone(), setup.config.clone()).unwrap();
    eventually("it has begun", || shipper.status().acked > 0).await;
    shipper.stop(DEADLINE).await;
    assert_eq!(
        setup.journal.register_consumer("kafka").unwrap(),
        1_000,
        "all was shipped and its place stored"
    );
    setup.cluster.broker_down(1).unwrap();
    append(&setup.journal, 1_000..1_100);
    let start = Instant::now();
    let shipper = Shipper::start(setup.journal.clone(), setup.config.clone()).unwrap();
    shipper.stop(Duration::from_millis(300)).await;
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    assert_eq!(setup.journal.register_consumer("kafka").unwrap(), 1_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_far_inside_is_found_without_reading_everything() {
    let setup = setup(3);
    let shipper = Shipper::start(setup.journal.clone(), setup.config.clone()).unwrap();
    let batch: Vec<_> = (0..500).map(|_| payload(0)).collect();
    for first in (0..150_000_u64).step_by(500) {
        let batch: Vec<_> = (first..).zip(&batch).map(|(n, _)| payload(n)).collect();
        setup.journal.append_batch(&batch).unwrap();
    }
    eventually("all is acknowledged", || shipper.status().acked == 150_000).await;
    let source = Arc::new(KafkaSource::new(setup.config.clone(), &[Stream::Facts]).unwrap());
    for from in [149_990_u64, 75_000, 1, 120_001] {
        assert_shipped(&source, &setup, from, (from + 100).min(150_000)).await;
    }
    shipper.stop(DEADLINE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sources_show_their_own_streams_only() {
    let setup = setup(3);
    append(&setup.journal, 0..10);
    let shipper = Shipper::start(setup.journal.clone(), setup.config.clone()).unwrap();
    eventually("all is acknowledged", || shipper.status().acked == 10).await;
    shipper.stop(DEADLINE).await;
    let id = setup.journal.id();
    let clicks = KafkaSource::new(setup.config.clone(), &[Stream::Clicks]).unwrap();
    assert!(clicks.journals().await.unwrap().is_empty());
    assert!(matches!(clicks.read(id, 0, ReadLimit::default()).await, Err(Error::NotFound { .. })));
    let facts = KafkaSource::new(setup.config.clone(), &[Stream::Facts, Stream::Clicks]).unwrap();
    let states = facts.journals().await.unwrap();
    assert_eq!(
        states.iter().map(|state| (state.id, state.stream, state.head)).collect::<Vec<_>>(),
        [(id, Stream::Facts, 10)]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_without_brokers_says_so() {
    // A port that nobody listens on.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let config = KafkaConfig::from_url(&format!("kafka://{free}")).unwrap();
    let source = KafkaSource::new(config, &Stream::ALL).unwrap();
    let error = source.journals().await.unwrap_err();
    assert!(matches!(error, Error::Unavailable { .. }) && error.is_retryable(), "{error}");
}

#[test]
fn partitions_are_used_evenly() {
    let config = KafkaConfig::from_url("kafka://a:1").unwrap();
    let ids = (0..200).map(|_| signalbox_events::JournalId::random());
    let used: BTreeSet<_> = ids.map(|id| config.partition_of(id)).collect();
    assert_eq!(used.len(), 12, "200 random journals leave no partition of 12 empty");
}
