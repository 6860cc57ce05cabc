//! Opening a journal: take the directory, recover what is in it, and decide with which number to go on.
//!
//! A journal that exists is opened whatever the disk refuses to write: what could not be prepared here is made up for by
//! the first append that finds room.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::{Mutex, RwLock};
use tokio::sync::Notify;

use super::consumers::Consumers;
use super::damage::Damage;
use super::file::{FileContent, FileSystem, Files, Handle};
use super::frame::Seed;
use super::identity;
use super::options::JournalOptions;
use super::progress::Progress;
use super::recover::{self, Ended};
use super::reserve::{Found, Reservation};
use super::segment::{self, SEGMENT_HEADER_BYTES, Segment, SegmentHeader};
use super::shared::{Counters, Shared};
use super::together::Gathering;
use super::wake::Waker;
use super::writer::{Spare, Writer};
use crate::batch::Gap;
use crate::error::Error;

/// The segment to append to, and its file, if it has one.
type Active = (Arc<Segment>, Option<Arc<Handle>>);

const LOCK_FILE: &str = "LOCK";

/// Takes the directory for this process, making it if need be; it is free again when the file is dropped.
pub(crate) fn lock(dir: &Path) -> Result<File, Error> {
    Files::Disk.make_dirs(dir).map_err(Error::io("create", dir))?;
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
    if let Err(error) = emptied.and_then(|_| writeln!(file, "{}", std::process::id())) {
        // Only for the text of an error; a full disk must not keep the journal from being opened.
        tracing::warn!(%error, path = %path.display(), "the lock does not say who holds it");
    }
    Ok(file)
}

/// Opens what is in `dir`, which the caller has locked. `step` numbers are reserved at a time.
pub(crate) fn open(dir: &Path, options: JournalOptions, files: Files, step: u64) -> Result<Shared, Error> {
    files.make_dirs(dir).map_err(Error::io("create", dir))?;
    let damage = Damage::new(&files, dir);
    let paths = recover::list(&files, dir)?;
    let identified = identity::open(&files, dir, options.stream, &paths)?;
    let seed = Seed::new(identified.journal);
    let mut segments = recover::load(&files, &paths, identified.journal, &damage)?;
    let consumers = Consumers::open(&files, dir, oldest(&segments), &damage);
    recover::drop_released(&files, &mut segments, consumers.released().0);
    consumers.require(&options.consumers, oldest(&segments));
    let ended = match segments.last() {
        Some(last) => recover::examine_last(&files, last, seed, &damage)?,
        None => Ended { next: 0, torn_bytes: 0 },
    };
    let found = Found {
        next: ended.next.max(consumers.furthest()),
        doubtful: ended.torn_bytes > 0 || consumers.furthest() > ended.next,
        fresh: identified.fresh,
    };
    let reservation = Reservation::open(&files, dir, found, step);
    let began = reservation.began();
    match began.hole {
        Some(reason) => {
            damage.note(Gap { from_seq: ended.next, to_seq: began.next, bytes: ended.torn_bytes, reason });
        }
        None => damage.note_bytes(ended.torn_bytes),
    }
    reserve(&reservation, (&files, &damage), segments.last(), ended);
    if reservation.is_settled() {
        segments.iter().for_each(|segment| segment.settle());
    }
    let synced = if reservation.is_settled() { began.next } else { oldest(&segments).min(began.next) };
    let header = SegmentHeader {
        journal: identified.journal,
        first_seq: began.next,
        created_ms: super::unix_ms(),
        hole: began.hole,
    };
    let goes_on = segments.last().filter(|_| began.next == ended.next).cloned();
    let goes_on = goes_on.and_then(|last| go_on_in(&files, last, &reservation));
    let (active, file) = goes_on.unwrap_or_else(|| begin((&files, dir), header, &mut segments, &damage));
    Ok(Shared {
        id: identified.journal,
        dir: dir.to_path_buf(),
        seed,
        files,
        bytes: AtomicU64::new(segments.iter().map(|segment| segment.len()).sum()),
        segments: RwLock::new(segments),
        head: AtomicU64::new(began.next),
        writer: Mutex::new(Writer::new(active, file, began.next)),
        gathering: Gathering::default(),
        spare: Mutex::new(None),
        progress: Progress::at(synced).unproven_below(reservation.unproven()),
        reservation,
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

fn oldest(segments: &[Arc<Segment>]) -> u64 {
    segments.first().map_or(0, |segment| segment.first_seq())
}

/// Brings to the disk where this owner begins, and only then cuts off a torn end: it is what tells that numbers behind
/// it may have been given.
fn reserve(
    reservation: &Reservation,
    (files, damage): (&Files, &Damage),
    last: Option<&Arc<Segment>>,
    ended: Ended,
) {
    let reserved = reservation.extend(reservation.began().next);
    if let Err(error) = &reserved {
        tracing::warn!(%error, "no numbers could be reserved; the first append tries again");
    }
    let Some(last) = last.filter(|_| ended.torn_bytes > 0) else { return };
    if reserved.is_err() {
        last.suspect.store(true, Ordering::Release);
    } else if !recover::cut_torn(files, last, ended.torn_bytes, damage) {
        reservation.doubt();
    }
}

/// Makes a new segment to append to. If that fails, the last segment of the list is only a placeholder, which the first
/// append replaces.
fn begin(
    (files, dir): (&Files, &Path),
    header: SegmentHeader,
    segments: &mut Vec<Arc<Segment>>,
    damage: &Damage,
) -> Active {
    let path = dir.join(segment::file_name(header.first_seq));
    if files.len(&path).is_ok() {
        // A segment of that name without a record to keep, or it would not begin with the next number. If it cannot be
        // moved, the new one takes its place.
        if let Err(error) = damage.set_aside_file(&path) {
            tracing::warn!(%error, path = %path.display(), "not set aside; it is replaced");
        }
        segments.retain(|segment| segment.path != path);
    }
    let made = Spare::new(files, dir).and_then(|spare| spare.become_segment(files, dir, header));
    let (segment, file) = match made {
        Ok((segment, file)) => (segment, Some(file)),
        Err(error) => {
            tracing::warn!(%error, dir = %dir.display(), "no segment to append to; the first append tries again");
            let placeholder = Segment::new(header, path, SEGMENT_HEADER_BYTES);
            placeholder.settle();
            placeholder.suspect.store(true, Ordering::Release);
            (Arc::new(placeholder), None)
        }
    };
    segments.push(Arc::clone(&segment));
    (segment, file)
}

/// Opens a segment to append to it. Before anything is written, all that the operating system knows of it is brought to
/// the disk: also that something was cut off in whose place the next record comes.
fn go_on_in(files: &Files, last: Arc<Segment>, reservation: &Reservation) -> Option<Active> {
    if last.suspect.load(Ordering::Acquire) {
        return None;
    }
    let opened = files.open_write(&last.path).and_then(|file| file.sync_data().map(|()| Arc::new(file)));
    match opened {
        Ok(file) => {
            *last.file.lock() = Some(Arc::clone(&file));
            Some((last, Some(file)))
        }
        Err(error) => {
            tracing::warn!(%error, path = %last.path.display(), "not appended to; a new segment is begun");
            last.suspect.store(true, Ordering::Release);
            reservation.doubt();
            None
        }
    }
}
