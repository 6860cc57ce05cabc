//! The journal across processes: killed at any moment, out of space, and asked for by two at once.
//!
//! The tests start this very binary again as a child; what the child does is in the `child_*` functions, which do nothing
//! when they are run as tests.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may panic")]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use signalbox_events::{
    AppendError, Error, FullReason, GapReason, Journal, JournalOptions, ReadLimit, Stream,
};

const DIR: &str = "SIGNALBOX_TEST_JOURNAL";
const ROUND: &str = "SIGNALBOX_TEST_ROUND";

fn options() -> JournalOptions {
    let mut options = JournalOptions::new(Stream::Clicks);
    options.segment_bytes_max = 64 << 10;
    options
}

/// This binary again, running one of the `child_*` functions.
fn child(function: &str, dir: &Path, round: u64) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", function, "--nocapture", "--test-threads=1"]);
    command.env(DIR, dir).env(ROUND, round.to_string()).stdout(Stdio::piped()).spawn().unwrap()
}

/// The directory to work in, in a child.
fn child_dir() -> Option<String> {
    let dir = std::env::var(DIR).ok()?;
    // Ends the line that the test harness has begun.
    std::io::stdout().write_all(b"\n").unwrap();
    Some(dir)
}

/// A payload that says who wrote it, long enough that some writes cross a page.
fn payload(round: u64, writer: u64, n: u64) -> Vec<u8> {
    let mut text = format!("{round} {writer} {n} ").into_bytes();
    text.resize(text.len() + usize::try_from(n * 37 % 900).unwrap(), b'.');
    text
}

/// Appends from three threads for as long as it lives, telling each number as soon as it is given.
#[test]
fn child_appender() {
    let Some(dir) = child_dir() else { return };
    let round: u64 = std::env::var(ROUND).unwrap().parse().unwrap();
    let journal = Journal::open(dir, options()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    std::thread::scope(|scope| {
        for writer in 0..2 {
            let journal = &journal;
            scope.spawn(move || {
                for n in 0.. {
                    tell(round, writer, n, journal.append(&payload(round, writer, n)).unwrap());
                }
            });
        }
        for n in 0.. {
            let seq = runtime.block_on(journal.append_durable(&payload(round, 2, n))).unwrap();
            tell(round, 2, n, seq);
        }
    });
}

/// One write, so that the parent reads whole lines.
fn tell(round: u64, writer: u64, n: u64, seq: u64) {
    let line = format!("acked {round} {writer} {n} {seq}\n");
    std::io::stdout().write_all(line.as_bytes()).unwrap();
}

#[test]
fn killed_at_any_moment_every_acknowledged_record_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let mut acked: Vec<(u64, Vec<u8>)> = Vec::new();
    for round in 0..8_u64 {
        let mut process = child("child_appender", dir.path(), round);
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let wanted = rand::random_range(1..1_500);
        let mut told = 0;
        while told < wanted {
            told += usize::from(note(&lines.next().unwrap().unwrap(), &mut acked));
        }
        // SIGKILL: nothing is flushed, no destructor runs.
        process.kill().unwrap();
        process.wait().unwrap();
        for line in lines {
            note(&line.unwrap(), &mut acked);
        }
        check_killed(dir.path(), &mut acked);
    }
}

/// Takes down a line of the child's; false when it is not an acknowledgement.
fn note(line: &str, acked: &mut Vec<(u64, Vec<u8>)>) -> bool {
    let Some(numbers) = line.strip_prefix("acked ") else { return false };
    let numbers: Vec<u64> = numbers.split(' ').filter_map(|number| number.parse().ok()).collect();
    // The last line may have been cut off by the kill.
    let [round, writer, n, seq] = numbers[..] else { return false };
    acked.push((seq, payload(round, writer, n)));
    true
}

fn check_killed(dir: &Path, acked: &mut [(u64, Vec<u8>)]) {
    acked.sort();
    let journal = Journal::open(dir, options()).unwrap();
    let mut reader = journal.reader(0);
    let mut acked = acked.iter().peekable();
    let mut missing = Vec::new();
    while reader.position() < journal.head() {
        let batch = reader.read(ReadLimit::default()).unwrap();
        missing.extend(batch.gaps.iter().copied());
        for record in batch.records {
            if let Some((seq, payload)) = acked.next_if(|(seq, _)| *seq <= record.seq) {
                assert_eq!(*seq, record.seq, "an acknowledged record is gone, or a number was given twice");
                assert!(*payload == record.payload, "record {seq} is not what was acknowledged");
            }
        }
    }
    assert_eq!(acked.next().map(|(seq, _)| *seq), None, "acknowledged, but not in the journal");
    // A write that the kill tore leaves numbers out, to be safe; it never costs an acknowledged record.
    assert!(missing.iter().all(|gap| gap.reason == GapReason::Skipped), "{missing:?}");
}

/// Appends until the limit on the length of files refuses, then goes on after the limit is raised.
#[test]
fn child_limited() {
    let Some(dir) = child_dir() else { return };
    let mut options = options();
    options.segment_bytes_max = 1 << 20;
    let journal = Journal::open(dir, options).unwrap();
    limit_files(100_000);
    let mut accepted = 0;
    let refused = loop {
        match journal.append(&payload(0, 0, accepted)) {
            Ok(seq) => assert_eq!(seq, accepted),
            Err(error) => break error,
        }
        accepted += 1;
    };
    assert_eq!(refused, AppendError::Full { reason: FullReason::Disk });
    assert!(journal.append(&payload(0, 0, accepted)).is_err());
    limit_files(libc::RLIM_INFINITY);
    // What was refused is cut off on the disk first.
    let patience = Instant::now() + Duration::from_secs(60);
    let seq = loop {
        match journal.append(&payload(0, 0, accepted)) {
            Ok(seq) => break seq,
            Err(error) => assert!(Instant::now() < patience, "it does not go on without a restart: {error}"),
        }
        std::thread::yield_now();
    };
    assert_eq!(seq, accepted);
    std::io::stdout().write_all(format!("accepted {}\n", accepted + 1).as_bytes()).unwrap();
}

fn limit_files(bytes: libc::rlim_t) {
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: both calls get valid arguments and concern this process alone. Without the signal being ignored, the
    // kernel would end the process instead of failing the write.
    let failed = unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
        libc::setrlimit(libc::RLIMIT_FSIZE, &raw const limit)
    };
    assert_eq!(failed, 0, "{}", std::io::Error::last_os_error());
}

#[test]
fn a_write_that_really_fails_is_refused_and_taken_back() {
    let dir = tempfile::tempdir().unwrap();
    let process = child("child_limited", dir.path(), 0);
    let output = process.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}");
    let accepted = text.lines().find_map(|line| line.strip_prefix("accepted ")?.parse::<u64>().ok());
    let accepted = accepted.unwrap_or_else(|| panic!("the child did not come to its end: {text}"));
    assert!(accepted > 100, "{accepted}");
    let journal = Journal::open(dir.path(), options()).unwrap();
    assert_eq!(journal.head(), accepted);
    let mut reader = journal.reader(0);
    let batch = reader.read(ReadLimit { bytes: usize::MAX, ..ReadLimit::default() }).unwrap();
    assert!(batch.records.iter().all(|record| record.payload == payload(0, 0, record.seq)));
    assert_eq!((batch.records.len() as u64, batch.gaps.len()), (accepted, 0));
    assert_eq!(journal.damage().bytes_damaged, 0);
}

/// Opens the journal and says how that went.
#[test]
fn child_opener() {
    let Some(dir) = child_dir() else { return };
    let said = match Journal::open(dir, options()) {
        Ok(_) => "opened".to_owned(),
        Err(Error::Locked { holder, .. }) => format!("locked by {holder}"),
        Err(error) => format!("failed: {error}"),
    };
    std::io::stdout().write_all(format!("{said}\n").as_bytes()).unwrap();
}

fn said_by_opener(dir: &Path) -> String {
    let output = child("child_opener", dir, 0).wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let told =
        |line: &&str| line.starts_with("opened") || line.starts_with("locked") || line.starts_with("failed");
    text.lines().find(told).unwrap_or_else(|| panic!("the child said nothing: {text}")).to_owned()
}

#[test]
fn two_processes_cannot_open_one_journal() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path(), options()).unwrap();
    assert_eq!(said_by_opener(dir.path()), format!("locked by process {}", std::process::id()));
    drop(journal);
    assert_eq!(said_by_opener(dir.path()), "opened");
}

#[test]
fn a_killed_owner_leaves_no_lock() {
    let dir = tempfile::tempdir().unwrap();
    let mut process = child("child_appender", dir.path(), 0);
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().starts_with("acked")));
    let error = Journal::open(dir.path(), options()).unwrap_err();
    assert!(error.to_string().contains(&format!("process {}", process.id())), "{error}");
    process.kill().unwrap();
    process.wait().unwrap();
    let start = Instant::now();
    Journal::open(dir.path(), options()).unwrap();
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn numbers_are_unique_over_many_owners() {
    let dir = tempfile::tempdir().unwrap();
    let next = AtomicU64::new(0);
    for _ in 0..20 {
        let journal = Journal::open(dir.path(), options()).unwrap();
        for _ in 0..7 {
            assert_eq!(journal.append(b"x").unwrap(), next.fetch_add(1, Ordering::Relaxed));
        }
    }
}
