//! Opening a journal: take the directory, recover what is in it, and decide with which number to go on.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::{Mutex, RwLock};
use tokio::sync::{Notify, watch};

use super::consumers::Consumers;
use super::damage::Damage;
use super::file::{SegmentFile, Storage, sync_dir, write_all_at};
use super::frame::Seed;
use super::identity;
use super::options::JournalOptions;
use super::recover::{self, Ended};
use super::reserve::{Found, Reservation};
use super::segment::{self, SEGMENT_HEADER_BYTES, Segment, SegmentHeader};
use super::shared::{Counters, Progress, Shared};
use super::wake::Waker;
use super::writer::Writer;
use crate::batch::Gap;
use crate::error::Error;

const LOCK_FILE: &str = "LOCK";

/// Takes the directory for this process, making it if need be; it is free again when the file is dropped.
pub(crate) fn lock(dir: &Path) -> Result<File, Error> {
    fs::create_dir_all(dir).map_err(Error::io("create", dir))?;
    let path = dir.join(LOCK_FILE);
    let mut options = OpenOptions::new();
    let opened = options.read(true).write(true).create(true).truncate(false).open(&path);
    let mut file = opened.map_err(Error::io("open", &path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut pid = String::new();
            let told = file.read_to_string(&mut pid).is_ok() && !pid.trim().is_empty();
            let holder = if told { format!("process {}", pid.trim()) } else { "another process".to_owned() };
            return Err(Error::Locked { dir: dir.to_path_buf(), holder });
        }
        Err(TryLockError::Error(error)) => return Err(Error::io("lock", &path)(error)),
    }
    let emptied = file.set_len(0).and_then(|()| file.seek(SeekFrom::Start(0)));
    emptied.and_then(|_| writeln!(file, "{}", std::process::id())).map_err(Error::io("write", &path))?;
    Ok(file)
}

/// Opens what is in `dir`, which the caller has locked.
pub(crate) fn open(dir: &Path, options: JournalOptions, storage: Arc<dyn Storage>) -> Result<Shared, Error> {
    let damage = Damage::new(dir);
    let paths = recover::list(dir)?;
    let identified = identity::open(dir, options.stream, &paths)?;
    let seed = Seed::new(identified.journal);
    let mut segments = recover::load(&paths, identified.journal, &damage)?;
    let tail = segments.first().map_or(0, |segment| segment.first_seq());
    let consumers = Consumers::open(dir, &options.consumers, tail, &damage)?;
    let ended = match segments.last() {
        Some(last) => recover::recover_last(last, seed, &damage)?,
        None => Ended { next: 0, torn_bytes: 0 },
    };
    let found = Found {
        next: ended.next.max(consumers.furthest()),
        doubtful: ended.torn_bytes > 0 || consumers.furthest() > ended.next,
        fresh: identified.fresh,
    };
    let (reservation, next, hole) = Reservation::open(dir, found);
    match hole {
        Some(reason) => {
            damage.note(Gap { from_seq: ended.next, to_seq: next, bytes: ended.torn_bytes, reason })
        }
        None => damage.note_bytes(ended.torn_bytes),
    }
    reservation.extend(next).map_err(Error::io("write", dir))?;
    let header =
        SegmentHeader { journal: identified.journal, first_seq: next, created_ms: super::unix_ms(), hole };
    let file = open_active(dir, header, ended, &mut segments, (&damage, &*storage))?;
    let Some(active) = segments.last().cloned() else { return Err(no_segment(dir)) };
    *active.file.lock() = Some(Arc::clone(&file));
    Ok(Shared {
        id: identified.journal,
        dir: dir.to_path_buf(),
        seed,
        storage,
        bytes: AtomicU64::new(segments.iter().map(|segment| segment.len()).sum()),
        segments: RwLock::new(segments),
        head: AtomicU64::new(next),
        writer: Mutex::new(Writer::new(active, file, next)),
        spare: Mutex::new(None),
        reservation,
        progress: watch::Sender::new(Progress::at(next)),
        syncing: Waker::default(),
        upkeep: Waker::default(),
        appended: Notify::new(),
        reader_waits: AtomicBool::new(false),
        consumers,
        damage,
        counters: Counters::default(),
        options,
    })
}

fn no_segment(dir: &Path) -> Error {
    Error::Incompatible {
        path: dir.to_path_buf(),
        reason: "the journal has no segment to append to".to_owned(),
    }
}

/// Opens the last segment for appending where it goes on without a hole, and makes a new one otherwise. On the disk
/// when this returns.
fn open_active(
    dir: &Path,
    header: SegmentHeader,
    ended: Ended,
    segments: &mut Vec<Arc<Segment>>,
    (damage, storage): (&Damage, &dyn Storage),
) -> Result<Arc<dyn SegmentFile>, Error> {
    let goes_on =
        |last: &&Arc<Segment>| header.first_seq == ended.next && !last.suspect.load(Ordering::Acquire);
    if let Some(last) = segments.last().filter(goes_on) {
        let file = storage.open(&last.path).map_err(Error::io("open", &last.path))?;
        file.sync_data().map_err(Error::io("sync", &last.path))?;
        return Ok(file);
    }
    let path = dir.join(segment::file_name(header.first_seq));
    if path.exists() {
        // A segment of that name without a record to keep, or it would not begin with the next number.
        damage.set_aside_file(&path).map_err(Error::io("set aside", &path))?;
        segments.retain(|segment| segment.path != path);
    }
    let file = storage.create(&path).map_err(Error::io("create", &path))?;
    write_all_at(&*file, &header.encode(), 0).map_err(Error::io("write", &path))?;
    file.sync_data().map_err(Error::io("sync", &path))?;
    sync_dir(dir).map_err(Error::io("sync", dir))?;
    let segment = Segment::new(header, path, SEGMENT_HEADER_BYTES);
    segment.synced.store(SEGMENT_HEADER_BYTES, Ordering::Release);
    segment.named.store(true, Ordering::Release);
    segments.push(Arc::new(segment));
    Ok(file)
}
