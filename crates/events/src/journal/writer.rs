//! The append side: one write a record (or batch) under a mutex, rotation, and what happens when the disk says no.

use std::cell::RefCell;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::file::{SegmentFile, write_all_at};
use super::frame::{self, HEADER_BYTES, PAYLOAD_BYTES_MAX};
use super::options::BATCH_BYTES_MAX;
use super::segment::{self, Mark, SEGMENT_HEADER_BYTES, Segment, SegmentHeader};
use super::shared::Shared;
use crate::batch::GapReason;
use crate::error::{AppendError, FullReason};

const SPARE_FILE: &str = "spare.tmp";
/// After a segment could not be made, the old one is used on for this long before the next try.
const ROTATE_RETRY: Duration = Duration::from_secs(1);
/// Frame buffers that have grown beyond this are given back after use.
const BUFFER_BYTES_KEPT: usize = 256 << 10;

thread_local! {
    static FRAMES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// What the append mutex protects.
pub(crate) struct Writer {
    pub(crate) segment: Arc<Segment>,
    pub(crate) file: Arc<dyn SegmentFile>,
    pub(crate) next_seq: u64,
    pub(crate) opened: Instant,
    pub(crate) closed: bool,
    next_mark: u64,
    rotate_after: Option<Instant>,
}

/// An empty file made ahead of time, so that rotation needs no more than a rename.
pub(crate) struct Spare {
    file: Arc<dyn SegmentFile>,
    path: PathBuf,
}

impl Writer {
    pub(crate) fn new(segment: Arc<Segment>, file: Arc<dyn SegmentFile>, next_seq: u64) -> Self {
        Self {
            segment,
            file,
            next_seq,
            opened: Instant::now(),
            closed: false,
            next_mark: 0,
            rotate_after: None,
        }
    }
}

impl Shared {
    /// Appends all payloads or none; returns the first number. At least one payload.
    pub(crate) fn append<P: AsRef<[u8]>>(&self, payloads: &[P]) -> Result<u64, AppendError> {
        FRAMES.with_borrow_mut(|frames| {
            frames.clear();
            for payload in payloads {
                let payload = payload.as_ref();
                if payload.len() > PAYLOAD_BYTES_MAX {
                    return Err(AppendError::TooLarge { bytes: payload.len(), bytes_max: PAYLOAD_BYTES_MAX });
                }
                let bytes = frames.len() + HEADER_BYTES + payload.len();
                if bytes > BATCH_BYTES_MAX {
                    return Err(AppendError::TooLarge { bytes, bytes_max: BATCH_BYTES_MAX });
                }
                frame::begin(frames, self.seed, payload);
            }
            let first = self.append_frames(frames, payloads.len() as u64);
            if frames.capacity() > BUFFER_BYTES_KEPT {
                *frames = Vec::new();
            }
            first
        })
    }

    fn append_frames(&self, frames: &mut [u8], count: u64) -> Result<u64, AppendError> {
        let written = {
            let mut writer = self.writer.lock();
            self.write(&mut writer, frames, count)
        };
        match &written {
            Ok(_) => self.announce(),
            Err(AppendError::Full { .. }) => {
                self.counters.refused_full.fetch_add(1, Ordering::Relaxed);
            }
            Err(AppendError::Unwritable { .. }) => {
                self.counters.refused_unwritable.fetch_add(1, Ordering::Relaxed);
            }
            Err(_) => {}
        }
        written
    }

    fn write(&self, writer: &mut Writer, frames: &mut [u8], count: u64) -> Result<u64, AppendError> {
        if writer.closed {
            return Err(AppendError::Closed);
        }
        let len = frames.len() as u64;
        let bytes_max = self.options.bytes_max;
        if self.bytes.load(Ordering::Relaxed) + len > bytes_max {
            return Err(AppendError::Full { reason: FullReason::Quota { bytes_max } });
        }
        self.make_room(writer, len)?;
        let first = writer.next_seq;
        if !self.reservation.covers(first + count) {
            self.reservation.extend(first + count).map_err(|error| refusal(&error))?;
        }
        frame::seal(frames, first);
        let offset = writer.segment.len.load(Ordering::Relaxed);
        if let Err(error) = write_all_at(&*writer.file, frames, offset) {
            if let Err(undo) = writer.file.set_len(offset) {
                tracing::error!(%error, %undo, path = %writer.segment.path.display(), "segment closed after a partial write");
                writer.segment.suspect.store(true, Ordering::Release);
            }
            return Err(refusal(&error));
        }
        if offset >= writer.next_mark {
            writer.next_mark = writer.segment.mark(Mark { seq: first, offset });
        }
        self.bytes.fetch_add(len, Ordering::Relaxed);
        writer.next_seq = first + count;
        writer.segment.len.store(offset + len, Ordering::Release);
        self.head.store(first + count, Ordering::SeqCst);
        if self.reservation.is_low(first + count) {
            self.upkeep.urge();
        }
        Ok(first)
    }

    /// Rotates when the segment is full, old or suspect. A segment that is only full or old is used on when no other
    /// can be made.
    fn make_room(&self, writer: &mut Writer, len: u64) -> Result<(), AppendError> {
        let used = writer.segment.len.load(Ordering::Relaxed);
        let suspect = writer.segment.suspect.load(Ordering::Acquire);
        let full = used + len > self.options.segment_bytes_max
            || writer.opened.elapsed() >= self.options.segment_age_max;
        if !suspect && (!full || used == SEGMENT_HEADER_BYTES) {
            return Ok(());
        }
        let now = Instant::now();
        if !suspect && writer.rotate_after.is_some_and(|after| now < after) {
            return Ok(());
        }
        match self.new_segment(writer.next_seq, None) {
            Ok((segment, file)) => {
                self.segments.write().push(Arc::clone(&segment));
                self.counters.rotations.fetch_add(1, Ordering::Relaxed);
                *writer = Writer::new(segment, file, writer.next_seq);
                self.upkeep.urge();
                Ok(())
            }
            Err(error) if suspect => Err(refusal(&error)),
            Err(error) => {
                tracing::warn!(%error, dir = %self.dir.display(), "no new segment; the old one is used on");
                writer.rotate_after = Some(now + ROTATE_RETRY);
                Ok(())
            }
        }
    }

    /// Makes the segment that begins with `first_seq`. Its name is brought to the disk by the next sync.
    pub(crate) fn new_segment(
        &self,
        first_seq: u64,
        hole: Option<GapReason>,
    ) -> io::Result<(Arc<Segment>, Arc<dyn SegmentFile>)> {
        // Held until the file has its name: the upkeep thread would take the nameless one away to make another.
        let mut ready = self.spare.lock();
        let spare = ready.take().map_or_else(|| self.new_spare(), Ok)?;
        let header = SegmentHeader { journal: self.id, first_seq, created_ms: super::unix_ms(), hole };
        let path = self.dir.join(segment::file_name(first_seq));
        let made =
            write_all_at(&*spare.file, &header.encode(), 0).and_then(|()| fs::rename(&spare.path, &path));
        if let Err(error) = made {
            let _the_next_try_replaces_it = fs::remove_file(&spare.path);
            return Err(error);
        }
        let segment = Segment::new(header, path, SEGMENT_HEADER_BYTES);
        *segment.file.lock() = Some(Arc::clone(&spare.file));
        self.bytes.fetch_add(SEGMENT_HEADER_BYTES, Ordering::Relaxed);
        Ok((Arc::new(segment), spare.file))
    }

    /// Leaves no empty file behind; if that fails, the next open replaces it.
    pub(crate) fn remove_spare(&self) {
        if let Some(spare) = self.spare.lock().take() {
            let _replaced_at_open = fs::remove_file(&spare.path);
        }
    }

    /// Makes the empty file that the next rotation will use.
    pub(crate) fn new_spare(&self) -> io::Result<Spare> {
        let path = self.dir.join(SPARE_FILE);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        Ok(Spare { file: self.storage.create(&path)?, path })
    }
}

/// What an I/O error means for the caller of an append.
fn refusal(error: &io::Error) -> AppendError {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    match error.kind() {
        StorageFull | QuotaExceeded | FileTooLarge => AppendError::Full { reason: FullReason::Disk },
        _ => AppendError::Unwritable { reason: error.to_string() },
    }
}
