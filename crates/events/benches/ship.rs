//! How fast the shipper publishes a journal over the Kafka protocol, as one JSON object a line.
//!
//! `cargo bench -p signalbox-events --bench ship [-- RECORDS]`: records of the size and look of clicks go from a real journal through the
//! real shipper (idempotent, acknowledged by all, LZ4) to the cluster that librdkafka has for tests, in this same process: the brokers'
//! work is part of the figure.

#![allow(clippy::expect_used, reason = "a bench that cannot run has nothing to say")]

use std::time::{Duration, Instant};

use rdkafka::mocking::MockCluster;
use serde_json::json;
use signalbox_events::kafka::{KafkaConfig, Shipper};
use signalbox_events::{Journal, JournalOptions, Stream};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: usize = 3;

fn main() {
    let given = std::env::args().skip(1).find_map(|arg| arg.parse().ok());
    let records = given.unwrap_or(1_000_000);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    for round in 1..=ROUNDS {
        runtime.block_on(ship(records, round));
    }
}

/// About as long and as compressible as the record of a click.
fn payload(number: u64, random: &mut u64) -> Vec<u8> {
    let mut next = || {
        *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *random >> 20
    };
    let (id, visitor) = (format!("{:020x}{:010x}", next(), next()), next());
    format!(
        "\u{6}{id}{visitor:016x}{number:012}US Region US {} City of US-{} Telecom and Cable {} Samsung SM-G99{}B Android 14 Chrome Mobile \
         130 en-us value-{} value-{} Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.4{:03}.1 Mobile \
         Safari/537.36 t.example.com /bench-{}?cost=0.0{:03}&s1=value-{} https://offer-{}.example/path?c=US&aff_sub={id}",
        next() % 12,
        next() % 300,
        next() % 16,
        next() % 9,
        next() % 500,
        next() % 50,
        next() % 50,
        next() % 1000,
        next() % 900,
        next() % 500,
        next() % 30,
    )
    .into_bytes()
}

async fn ship(records: u64, round: usize) {
    let cluster = MockCluster::new(1).expect("brokers");
    let url = format!("kafka://{}/box", cluster.bootstrap_servers());
    let config = KafkaConfig::from_url(&url).expect("an address");
    cluster.create_topic(&config.topic(Stream::Clicks), config.partitions.into(), 1).expect("a topic");
    cluster.create_topic(&config.announcements(), 1, 1).expect("a topic");
    let dir = tempfile::tempdir().expect("a directory");
    let journal = Journal::open(dir.path(), JournalOptions::new(Stream::Clicks)).expect("a journal");
    let (mut random, mut bytes) = (42, 0);
    for first in (0..records).step_by(500) {
        let batch: Vec<_> =
            (first..(first + 500).min(records)).map(|number| payload(number, &mut random)).collect();
        bytes += batch.iter().map(Vec::len).sum::<usize>();
        journal.append_batch(&batch).expect("an append");
    }
    let processor = processor_seconds();
    let began = Instant::now();
    let shipper = Shipper::start(journal.clone(), config).expect("a shipper");
    let mut tick = tokio::time::interval(Duration::from_millis(5));
    while shipper.status().acked < records {
        tick.tick().await;
    }
    let seconds = began.elapsed().as_secs_f64();
    let status = shipper.status();
    shipper.stop(Duration::from_secs(10)).await;
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let line = json!({
        "bench": "journal to Kafka", "round": round, "records": records, "bytes_per_record": bytes as u64 / records,
        "events_per_s": (records as f64 / seconds).round(), "sessions": status.sessions, "queue_full": status.queue_full,
        "processor_us_per_record": ((processor_seconds() - processor) * 1e6 / records as f64 * 100.0).round() / 100.0,
        "load": load.split(' ').next(),
    });
    #[expect(clippy::print_stdout, reason = "the result of the bench")]
    {
        println!("{line}");
    }
}

/// What this process has used.
fn processor_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = text.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or_default();
    (ticks(11) + ticks(12)) / 100.0
}
