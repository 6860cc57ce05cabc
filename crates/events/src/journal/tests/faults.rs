//! A disk that is full, fails, or takes its time.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64};

use parking_lot::{Condvar, Mutex};

use super::*;
use crate::batch::GapReason;
use crate::error::FullReason;
use crate::journal::file::{Disk, FileContent, FileSystem, Handle};

/// A disk with a dial for every fault.
#[derive(Default)]
struct Faults {
    /// Bytes that can still be written, if limited.
    room: Mutex<Option<u64>>,
    write_error: AtomicBool,
    set_len_fails: AtomicBool,
    sync_fails: AtomicBool,
    create_fails: AtomicBool,
    syncs: AtomicU64,
    sync_gate: Mutex<bool>,
    gate_opened: Condvar,
}

struct FaultyStorage(Arc<Faults>);

struct FaultyFile {
    faults: Arc<Faults>,
    file: Handle,
}

impl FaultyStorage {
    fn wrap(&self, file: Handle) -> Handle {
        Handle::Model(Box::new(FaultyFile { faults: Arc::clone(&self.0), file }))
    }
}

impl FileSystem for FaultyStorage {
    fn create_new(&self, path: &Path) -> io::Result<Handle> {
        if self.0.create_fails.load(Ordering::SeqCst) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Disk.create_new(path).map(|file| self.wrap(file))
    }

    fn create(&self, path: &Path) -> io::Result<Handle> {
        Disk.create(path)
    }

    fn open_write(&self, path: &Path) -> io::Result<Handle> {
        Disk.open_write(path).map(|file| self.wrap(file))
    }

    fn open_read(&self, path: &Path) -> io::Result<Handle> {
        Disk.open_read(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        Disk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        Disk.remove(path)
    }

    fn make_dir(&self, path: &Path) -> io::Result<()> {
        Disk.make_dir(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        Disk.sync_dir(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        Disk.list(path)
    }

    fn len(&self, path: &Path) -> io::Result<u64> {
        Disk.len(path)
    }

    fn boot(&self) -> Option<String> {
        Disk.boot()
    }
}

impl FileContent for FaultyFile {
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        FileContent::read_at(&self.file, into, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        if self.faults.write_error.load(Ordering::SeqCst) {
            self.file.write_at(&bytes[..bytes.len() / 2], offset)?;
            return Err(io::Error::from_raw_os_error(libc::EIO));
        }
        let mut room = self.faults.room.lock();
        let Some(left) = room.as_mut() else { return self.file.write_at(bytes, offset) };
        if *left == 0 {
            return Err(io::Error::from_raw_os_error(libc::ENOSPC));
        }
        // A short write first, as the system call does it.
        let len = bytes.len().min(usize::try_from(*left).unwrap());
        *left -= len as u64;
        self.file.write_at(&bytes[..len], offset)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        if self.faults.set_len_fails.load(Ordering::SeqCst) {
            return Err(io::Error::from_raw_os_error(libc::EIO));
        }
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut shut = self.faults.sync_gate.lock();
        while *shut {
            self.faults.gate_opened.wait(&mut shut);
        }
        drop(shut);
        self.faults.syncs.fetch_add(1, Ordering::SeqCst);
        if self.faults.sync_fails.load(Ordering::SeqCst) {
            return Err(io::Error::from_raw_os_error(libc::EIO));
        }
        self.file.sync_data()
    }
}

fn faulty(dir: &Path) -> (Journal, Arc<Faults>) {
    let faults = Arc::new(Faults::default());
    let files = Files::Model(Arc::new(FaultyStorage(Arc::clone(&faults))));
    let journal = Journal::open_with(dir, options(), files, Some(open::lock(dir).unwrap())).unwrap();
    journal.start().unwrap();
    (journal, faults)
}

fn assert_whole(journal: &Journal, records: u64) {
    let (read, gaps) = read_all(journal, 0, payload);
    assert_eq!(read, (0..records).collect::<Vec<_>>());
    assert!(gaps.is_empty(), "{gaps:?}");
}

#[test]
fn a_full_disk_refuses_and_recovers_without_restart() {
    let dir = tempfile::tempdir().unwrap();
    let (journal, faults) = faulty(dir.path());
    let mut accepted = 0;
    for round in 0..5 {
        *faults.room.lock() = Some(5_000 + round * 777);
        // What was refused before is cut off on the disk first.
        eventually("room", || journal.append(&payload(accepted)).is_ok());
        accepted += 1;
        let refused = loop {
            match journal.append(&payload(accepted)) {
                Ok(seq) => {
                    assert_eq!(seq, accepted);
                    accepted += 1;
                }
                Err(error) => break error,
            }
        };
        assert_eq!(refused, AppendError::Full { reason: FullReason::Disk });
        assert!(refused.is_retryable());
        assert!(journal.append(&payload(accepted)).is_err(), "still full");
        assert_whole(&journal, accepted);
    }
    assert!(journal.stats().refused_full >= 10);
    *faults.room.lock() = None;
    eventually("room", || journal.append(&payload(accepted)) == Ok(accepted));
    drop(journal);
    let journal = open(dir.path());
    assert_whole(&journal, accepted + 1);
    assert_eq!(journal.damage(), DamageReport::default(), "partial writes were taken back");
}

#[test]
fn a_partial_write_that_cannot_be_taken_back_closes_the_segment() {
    let dir = tempfile::tempdir().unwrap();
    let (journal, faults) = faulty(dir.path());
    for n in 0..10 {
        journal.append(&payload(n)).unwrap();
    }
    faults.write_error.store(true, Ordering::SeqCst);
    faults.set_len_fails.store(true, Ordering::SeqCst);
    let error = journal.append(&payload(10)).unwrap_err();
    assert!(matches!(error, AppendError::Unwritable { .. }), "{error}");
    assert!(journal.append(&payload(10)).is_err(), "no other segment can be written either");
    faults.write_error.store(false, Ordering::SeqCst);
    // Number 10 may stand in the old segment: it is not given to another record.
    for n in 11..20 {
        assert_eq!(journal.append(&payload(n)).unwrap(), n);
    }
    let whole: Vec<u64> = (0..10).chain(11..20).collect();
    let (read, gaps) = read_all(&journal, 0, payload);
    assert_eq!((read, gaps.len(), gaps[0].reason), (whole.clone(), 1, GapReason::Skipped));
    assert_eq!(segment_files(dir.path()).len(), 2);
    drop(journal);
    let journal = open(dir.path());
    assert_eq!(read_all(&journal, 0, payload).0, whole);
    assert_eq!(journal.append(&payload(20)).unwrap(), 20);
}

#[test]
fn a_batch_is_taken_whole_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let (journal, faults) = faulty(dir.path());
    *faults.room.lock() = Some(2_000);
    let batch: Vec<_> = (0..100).map(payload).collect();
    assert!(matches!(journal.append_batch(&batch), Err(AppendError::Full { .. })));
    assert_eq!(journal.head(), 0);
    *faults.room.lock() = None;
    eventually("room", || journal.append_batch(&batch) == Ok(0..100));
    assert_whole(&journal, 100);
}

#[test]
fn without_a_new_segment_the_old_one_is_used_on() {
    let dir = tempfile::tempdir().unwrap();
    let (journal, faults) = faulty(dir.path());
    journal.append(&payload(0)).unwrap();
    faults.create_fails.store(true, Ordering::SeqCst);
    // More than two segments' worth: the spare file serves once.
    for n in 1..600 {
        assert_eq!(journal.append(&payload(n)).unwrap(), n);
    }
    let files = segment_files(dir.path()).len();
    assert!(files <= 2, "{files} segments");
    faults.create_fails.store(false, Ordering::SeqCst);
    assert_whole(&journal, 600);
    drop(journal);
    assert_whole(&open(dir.path()), 600);
}

#[tokio::test]
async fn a_failed_sync_is_told_to_those_who_wait_and_ends_with_the_segment() {
    let dir = tempfile::tempdir().unwrap();
    let (journal, faults) = faulty(dir.path());
    journal.append_durable(&payload(0)).await.unwrap();
    faults.sync_fails.store(true, Ordering::SeqCst);
    let error = journal.append_durable(&payload(1)).await.unwrap_err();
    assert!(matches!(error, AppendError::NotDurable { seq: 1, .. }), "{error}");
    faults.sync_fails.store(false, Ordering::SeqCst);
    assert_eq!(journal.append_durable(&payload(2)).await.unwrap(), 2);
    let stats = journal.stats();
    assert_eq!(
        (stats.sync_failures, stats.segments),
        (1, 2),
        "the segment that failed is not written any more"
    );
    assert_whole(&journal, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_wait_for_one_sync() {
    let dir = tempfile::tempdir().unwrap();
    let (journal, faults) = faulty(dir.path());
    journal.append_durable(&payload(0)).await.unwrap();
    *faults.sync_gate.lock() = true;
    let before = faults.syncs.load(Ordering::SeqCst);
    let tasks: Vec<_> = (1..=200)
        .map(|_| {
            let journal = journal.clone();
            tokio::spawn(async move { journal.append_durable(b"x").await })
        })
        .collect();
    eventually("all are written", || journal.head() == 201);
    assert_eq!(journal.synced(), 1, "the disk has not answered yet");
    assert!(tasks.iter().all(|task| !task.is_finished()), "nobody goes on before the disk has answered");
    *faults.sync_gate.lock() = false;
    faults.gate_opened.notify_all();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let syncs = faults.syncs.load(Ordering::SeqCst) - before;
    assert!((1..=2).contains(&syncs), "{syncs} syncs for 200 records");
    assert_eq!(journal.synced(), 201);
}

#[test]
fn buffered_records_reach_the_disk_by_themselves() {
    let dir = tempfile::tempdir().unwrap();
    let (journal, _) = faulty(dir.path());
    for round in 0..5 {
        for n in round * 10..round * 10 + 10 {
            journal.append(&payload(n)).unwrap();
        }
        eventually("the disk has it", || journal.synced() == round * 10 + 10);
    }
    assert!(journal.stats().syncs <= 10, "{} syncs", journal.stats().syncs);
}

#[test]
fn a_closed_journal_refuses_and_can_be_read_on() {
    let dir = tempfile::tempdir().unwrap();
    let (journal, _) = faulty(dir.path());
    journal.append(&payload(0)).unwrap();
    journal.close().unwrap();
    journal.close().unwrap();
    assert_eq!(journal.append(b"x"), Err(AppendError::Closed));
    assert_eq!(journal.synced(), 1, "closing brings everything to the disk");
    assert_whole(&journal, 1);
    assert_eq!(open(dir.path()).head(), 1, "the directory is free");
}

#[test]
fn a_full_disk_can_be_trimmed() {
    let dir = tempfile::tempdir().unwrap();
    let (journal, _) = faulty(dir.path());
    for n in 0..500 {
        journal.append(&payload(n)).unwrap();
    }
    // The positions cannot be written, as on a disk without a free block.
    let in_the_way = dir.path().join("consumers.json.new");
    std::fs::create_dir(&in_the_way).unwrap();
    let error = journal.trim("writer", 500).unwrap_err();
    assert!(matches!(error, Error::Io { .. }) && error.is_retryable(), "{error}");
    std::fs::remove_dir(&in_the_way).unwrap();
    journal.trim("writer", 500).unwrap();
    eventually("trimmed", || journal.stats().segments == 1);
    drop(journal);
    assert_eq!(open(dir.path()).lag()[0].before, 500, "stored with the second call");
}
