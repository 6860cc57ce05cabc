//! How fast the writer brings a journal into ClickHouse, and how many bytes a click takes there, as one JSON object a line.
//!
//! `cargo bench -p signalbox-warehouse --bench ingest [-- --records 2000000 --rate 1000 --external --keep DIR --batch 50000]`
//!
//! A real journal is filled with realistic clicks (the cardinalities of the traffic generator's `mix.json`), the real writer brings them
//! into a fresh embedded engine in a process of its own, tables are merged, and bytes are counted over every table and column.
//! `--rate` is the clicks a second of the recorded traffic, on which the size of times depends; writing goes as fast as it can.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench that cannot run has nothing to say"
)]

#[path = "../shared/clicks.rs"]
#[allow(dead_code, reason = "each bench uses its part")]
mod clicks;
#[path = "../shared/engine.rs"]
#[allow(dead_code, reason = "each bench uses its part")]
mod engine;
#[path = "../shared/usage.rs"]
mod usage;

use clap::Parser;
use engine::{Cursors, Engine};
use serde_json::{Value, json};
use signalbox_events::wire::Record;
use signalbox_events::{Journal, JournalOptions, LocalSource, ReadLimit, Stream};
use signalbox_warehouse::{Step, Warehouse, Writer, WriterOptions};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};
use usage::Usage;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Tables that a click lands in.
const TABLES: [&str; 2] = ["clicks", "facts"];

#[derive(Parser)]
enum Command {
    /// The engine, when this executable is started as its own child.
    EmbeddedClickhouse(signalbox_embedded_clickhouse::child::ChildArgs),
}

#[derive(Parser)]
struct Options {
    /// Clicks.
    #[arg(long, default_value_t = 2_000_000)]
    records: u64,
    /// Clicks a second of the recorded traffic.
    #[arg(long, default_value_t = 1_000)]
    rate: u64,
    /// Every click has an external click id of 22 random characters.
    #[arg(long)]
    external: bool,
    /// Records of a batch.
    #[arg(long, default_value_t = 50_000)]
    batch: usize,
    /// Bytes of a batch.
    #[arg(long, default_value_t = 32 << 20)]
    batch_bytes: usize,
    /// Keeps the data here, and leaves the engine's files when done.
    #[arg(long)]
    keep: Option<PathBuf>,
    /// Does not merge and does not count bytes.
    #[arg(long)]
    no_merge: bool,
    /// Statements to be run before the writer starts, for trials.
    #[arg(long)]
    sql: Vec<String>,
    /// Given by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("embedded-clickhouse") {
        let Command::EmbeddedClickhouse(args) = Command::parse();
        return signalbox_embedded_clickhouse::child::run(args);
    }
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(run(&options));
    ExitCode::SUCCESS
}

fn say(value: &Value) {
    println!("{value}");
}

async fn run(options: &Options) {
    let temporary = tempfile::tempdir().unwrap();
    let dir = options.keep.clone().unwrap_or_else(|| temporary.path().to_path_buf());
    let journal = fill(&dir.join("journal"), options);
    decode(&journal);
    let engine = Engine::start(&dir.join("clickhouse"), false).await;
    let warehouse = Warehouse::connect(&engine.url, "bench", "default", &engine.password).await.unwrap();
    warehouse.migrate().await.unwrap();
    let client = engine.client();
    for sql in &options.sql {
        client.query(sql).execute().await.unwrap();
    }
    write(&warehouse, &journal, &engine, options).await;
    if !options.no_merge {
        for table in TABLES {
            let began = Instant::now();
            client.query(&format!("OPTIMIZE TABLE {table} FINAL")).execute().await.unwrap();
            say(&json!({"merged": table, "seconds": began.elapsed().as_secs_f64()}));
        }
        sizes(&client, options).await;
    }
    engine.stop().await;
}

/// A journal of realistic clicks.
fn fill(dir: &Path, options: &Options) -> Journal {
    let _none_yet = std::fs::remove_dir_all(dir);
    let mut settings = JournalOptions::new(Stream::Clicks);
    settings.bytes_max = settings.bytes_max.max(64 << 30);
    let journal = Journal::open(dir, settings).unwrap();
    let mut clicks = clicks::Clicks::new(options.rate as f64, options.external);
    let (began, mut bytes, mut left) = (Instant::now(), 0, options.records);
    while left > 0 {
        let batch: Vec<Vec<u8>> = (0..left.min(500)).map(|_| clicks.next()).collect();
        left -= batch.len() as u64;
        bytes += batch.iter().map(Vec::len).sum::<usize>();
        journal.append_batch(&batch).unwrap();
    }
    say(&json!({
        "journal": options.records, "external_id": options.external, "rate_of_traffic": options.rate,
        "bytes_per_record": round(bytes as f64 / options.records as f64), "seconds": round(began.elapsed().as_secs_f64()),
    }));
    journal
}

/// What reading and decoding alone take.
fn decode(journal: &Journal) {
    let began = Instant::now();
    let mut reader = journal.reader(0);
    let (mut reading, mut count) = (Duration::ZERO, 0_u64);
    while reader.position() < journal.head().min(300_000) {
        let read = Instant::now();
        let batch = reader.read(ReadLimit::default()).unwrap();
        reading += read.elapsed();
        for record in &batch.records {
            count += 1;
            std::hint::black_box(Record::decode(&record.payload).unwrap());
        }
    }
    let per = |time: Duration| (time.as_nanos() / u128::from(count)) as u64;
    say(&json!({"read_ns": per(reading), "decode_ns": per(began.elapsed() - reading)}));
}

async fn write(warehouse: &Warehouse, journal: &Journal, engine: &Engine, options: &Options) {
    let source = Arc::new(LocalSource::new([journal.clone()]));
    let cursors = Arc::new(Cursors::default());
    let writer_options = WriterOptions {
        batch_records_max: options.batch,
        batch_bytes_max: options.batch_bytes,
        ..WriterOptions::default()
    };
    let mut writer = Writer::new(warehouse.clone(), source, journal.id(), cursors, writer_options);
    let (mine, theirs) = (Usage::of(std::process::id()), Usage::of(engine.pid));
    let began = Instant::now();
    let mut steps = Vec::new();
    loop {
        let step = Instant::now();
        match writer.step().await.unwrap() {
            Step::Advanced { .. } => steps.push(step.elapsed()),
            Step::Idle | Step::Cut => break,
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    let count = options.records as f64;
    let (mine, theirs) = (mine.since(std::process::id()), theirs.since(engine.pid));
    steps.sort_unstable();
    let micros = |seconds: f64| round(seconds * 1e6 / count);
    say(&json!({
        "write": options.records, "events_per_s": (count / seconds).round(), "batches": steps.len(),
        "batch_ms_p50": steps[steps.len() / 2].as_millis() as u64,
        "batch_ms_max": steps[steps.len() - 1].as_millis() as u64,
        "writer_us": {"user": micros(mine.user), "system": micros(mine.system)},
        "engine_us": {"user": micros(theirs.user), "system": micros(theirs.system)},
        "events_per_cpu_s": (count / (mine.user + mine.system + theirs.user + theirs.system)).round(),
        "load": usage::load(),
    }));
    say(
        &json!({"engine_threads_s": usage::threads(engine.pid), "writer_threads_s": usage::threads(std::process::id())}),
    );
}

async fn sizes(client: &clickhouse::Client, options: &Options) {
    let count = options.records as f64;
    let per = |bytes: u64| round(bytes as f64 / count);
    let sql = "SELECT table, sum(bytes_on_disk), count() FROM system.parts WHERE active AND database = 'bench' \
               GROUP BY table ORDER BY table";
    let tables = client.query(sql).fetch_all::<(String, u64, u64)>().await.unwrap();
    let mut total = 0;
    for (table, bytes, parts) in tables.iter().filter(|(table, ..)| TABLES.contains(&table.as_str())) {
        total += bytes;
        say(&json!({"table": table, "bytes_per_click": per(*bytes), "parts": parts}));
    }
    let sql = "SELECT table, column, sum(column_data_compressed_bytes) AS data, sum(column_marks_bytes) AS marks, \
               sum(column_data_uncompressed_bytes) AS raw FROM system.parts_columns WHERE active AND database = 'bench' \
               GROUP BY table, column ORDER BY data + marks DESC";
    let columns = client.query(sql).fetch_all::<(String, String, u64, u64, u64)>().await.unwrap();
    for (table, column, data, marks, raw) in columns {
        if TABLES.contains(&table.as_str()) && per(data + marks) >= 0.01 {
            say(
                &json!({"table": table, "column": column, "data": per(data), "marks": per(marks), "raw": per(raw)}),
            );
        }
    }
    let sql = "SELECT table, name, sum(data_compressed_bytes + marks_bytes) FROM system.data_skipping_indices \
               WHERE database = 'bench' GROUP BY table, name";
    for (table, index, bytes) in client.query(sql).fetch_all::<(String, String, u64)>().await.unwrap() {
        if per(bytes) >= 0.01 {
            say(&json!({"table": table, "index": index, "bytes": per(bytes)}));
        }
    }
    say(&json!({
        "bytes_per_click": per(total), "external_id": options.external, "limit": if options.external { 60 } else { 40 },
    }));
}

fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
