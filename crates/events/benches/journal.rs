//! How fast the journal takes records and gives them back, as one JSON object a line.
//!
//! `cargo bench -p signalbox-events --bench journal [-- DIR]`; DIR is where the journal is made (default: a temporary
//! directory). Each line names what was measured, the records a second and the quantiles of one append in nanoseconds.

#![allow(clippy::expect_used, reason = "a bench that cannot run has nothing to say")]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use serde_json::json;
use signalbox_events::{Journal, JournalOptions, ReadLimit, Stream};

const RECORD_BYTES: usize = 200;
const RECORDS: u64 = 2_000_000;
const DURABLE_RECORDS: u64 = 200_000;

fn main() {
    let given = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    let temporary = tempfile::tempdir().expect("a temporary directory");
    let dir = given.map_or_else(|| temporary.path().to_path_buf(), PathBuf::from);
    append(&dir.join("alone"), "append, one thread", 0);
    append(&dir.join("followed"), "append, one thread, one reader following", 1);
    append_batches(&dir.join("batches"));
    read_back(&dir.join("alone"));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime");
    for writers in [1, 64, 256, 512] {
        runtime.block_on(append_durable(&dir.join(format!("durable{writers}")), writers));
    }
}

fn open(dir: &PathBuf) -> Journal {
    let _none_yet = std::fs::remove_dir_all(dir);
    Journal::open(dir, JournalOptions::new(Stream::Clicks)).expect("a journal")
}

fn report(what: &str, records: u64, time: Duration, histogram: Option<&Histogram<u64>>) {
    let quantile = |q: f64| histogram.map(|histogram| histogram.value_at_quantile(q));
    let line = json!({
        "bench": what, "record_bytes": RECORD_BYTES, "records": records,
        "records_per_s": (records as f64 / time.as_secs_f64()).round(),
        "p50_ns": quantile(0.5), "p99_ns": quantile(0.99), "p999_ns": quantile(0.999), "max_ns": quantile(1.0),
    });
    #[expect(clippy::print_stdout, reason = "the result of the bench")]
    {
        println!("{line}");
    }
}

fn append(dir: &PathBuf, what: &str, followers: usize) {
    let journal = open(dir);
    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..followers).map(|_| follow(&journal, &done)).collect();
    let payload = [b'x'; RECORD_BYTES];
    let mut histogram = Histogram::<u64>::new_with_bounds(1, 60_000_000_000, 3).expect("a histogram");
    let start = Instant::now();
    for _ in 0..RECORDS {
        let before = Instant::now();
        journal.append(&payload).expect("an append");
        histogram.saturating_record(u64::try_from(before.elapsed().as_nanos()).unwrap_or(u64::MAX));
    }
    let time = start.elapsed();
    done.store(true, Ordering::Release);
    let read: u64 = readers.into_iter().map(|reader| reader.join().expect("a reader")).sum();
    assert_eq!(read, RECORDS * followers as u64);
    report(what, RECORDS, time, Some(&histogram));
}

/// Reads the journal to its end in another thread, waiting for records as a consumer does.
fn follow(journal: &Journal, done: &Arc<AtomicBool>) -> std::thread::JoinHandle<u64> {
    let (journal, done) = (journal.clone(), Arc::clone(done));
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let mut reader = journal.reader(0);
        let limit = ReadLimit { wait: Duration::from_millis(20), ..ReadLimit::default() };
        let mut read = 0;
        while !done.load(Ordering::Acquire) || reader.position() < journal.head() {
            read += runtime.block_on(reader.next_batch(limit)).expect("a batch").records.len() as u64;
        }
        read
    })
}

fn append_batches(dir: &PathBuf) {
    let journal = open(dir);
    let payloads = vec![[b'x'; RECORD_BYTES]; 100];
    let start = Instant::now();
    for _ in 0..RECORDS / 100 {
        journal.append_batch(&payloads).expect("an append");
    }
    report("append, batches of 100", RECORDS, start.elapsed(), None);
}

fn read_back(dir: &PathBuf) {
    let journal = Journal::open(dir, JournalOptions::new(Stream::Clicks)).expect("a journal");
    let mut reader = journal.reader(0);
    let start = Instant::now();
    let mut read = 0;
    while reader.position() < journal.head() {
        read += reader.read(ReadLimit::default()).expect("a batch").records.len() as u64;
    }
    report("read from the beginning", read, start.elapsed(), None);
}

async fn append_durable(dir: &PathBuf, writers: u64) {
    let journal = open(dir);
    let each = (DURABLE_RECORDS / writers).min(2_000);
    let start = Instant::now();
    let tasks: Vec<_> = (0..writers).map(|_| tokio::spawn(write_durably(journal.clone(), each))).collect();
    let mut histogram = Histogram::<u64>::new_with_bounds(1, 60_000_000_000, 3).expect("a histogram");
    for task in tasks {
        histogram.add(task.await.expect("a writer")).expect("a histogram of the same kind");
    }
    let syncs = journal.stats().syncs;
    report(
        &format!("append_durable, {writers} tasks, {syncs} syncs"),
        histogram.len(),
        start.elapsed(),
        Some(&histogram),
    );
}

async fn write_durably(journal: Journal, records: u64) -> Histogram<u64> {
    let mut histogram = Histogram::<u64>::new_with_bounds(1, 60_000_000_000, 3).expect("a histogram");
    for _ in 0..records {
        let before = Instant::now();
        journal.append_durable(&[b'x'; RECORD_BYTES]).await.expect("an append");
        histogram.saturating_record(u64::try_from(before.elapsed().as_nanos()).unwrap_or(u64::MAX));
    }
    histogram
}
