//! What the journal promises, with disks that fail and files that were damaged.

mod concurrency;
mod crash;
mod damage;
mod faults;
mod space;
mod together;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::*;
use crate::batch::{Gap, ReadLimit};

/// Small segments, no delays.
fn options() -> JournalOptions {
    let mut options = JournalOptions::new(Stream::Clicks);
    options.segment_bytes_max = 64 << 10;
    options.trim_delay = Duration::ZERO;
    options
}

fn open(dir: &Path) -> Journal {
    Journal::open(dir, options()).unwrap()
}

/// A payload that tells its number and has a length of its own.
fn payload(n: u64) -> Vec<u8> {
    format!("record {n};").into_bytes().repeat(usize::try_from(n * 31 % 97).unwrap() + 1)
}

/// The segment files, ascending.
fn segment_files(dir: &Path) -> Vec<PathBuf> {
    recover::list(&Files::Disk, dir).unwrap()
}

/// Reads from `from` to the head. Every number must come exactly once, in a record or a gap, and every record must be
/// what `expected` says. Returns the records' numbers and the gaps.
fn read_all(journal: &Journal, from: u64, expected: impl Fn(u64) -> Vec<u8>) -> (Vec<u64>, Vec<Gap>) {
    let mut reader = journal.reader(from);
    let (mut seqs, mut gaps) = (Vec::new(), Vec::new());
    let mut next = from;
    while next < journal.head() {
        let batch = reader.read(ReadLimit::default()).unwrap();
        assert!(batch.next > next, "no progress at {next}");
        let mut pieces: Vec<_> = batch.gaps.iter().map(|gap| (gap.from_seq, gap.to_seq)).collect();
        for record in &batch.records {
            assert!(record.payload == expected(record.seq), "record {} is not what was appended", record.seq);
            pieces.push((record.seq, record.seq + 1));
            seqs.push(record.seq);
        }
        pieces.sort_unstable();
        for (start, end) in pieces {
            assert!(start == next && end > start, "{start}..{end} does not follow {next}");
            next = end;
        }
        assert_eq!(next, batch.next);
        gaps.extend(batch.gaps);
    }
    assert!(seqs.is_sorted());
    (seqs, gaps)
}

/// Waits for a condition, not for time.
fn eventually(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        std::thread::park_timeout(Duration::from_millis(2));
    }
}
