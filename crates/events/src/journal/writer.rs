//! The append side: one write a record (or batch) under a mutex, rotation, and what happens when the disk says no.

use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::file::{FileContent, FileSystem, Files, Handle, write_all_at};
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
    /// `None` while there is no segment to append to, because none could be made.
    pub(crate) file: Option<Arc<Handle>>,
    pub(crate) next_seq: u64,
    /// So many numbers from `next_seq` on may stand in the file in frames of a refused append. Unless the disk is known
    /// to have cut them off, they are not given to anybody else.
    unsure: u64,
    /// They could not be cut off, or the disk did not confirm it.
    pub(crate) uncut: bool,
    /// Why the last append was refused, while its cut is not on the disk.
    refused: Option<AppendError>,
    pub(crate) opened: Instant,
    pub(crate) closed: bool,
    next_mark: u64,
    rotate_after: Option<Instant>,
}

/// An empty file made ahead of time, so that rotation needs no more than a rename.
pub(crate) struct Spare {
    file: Handle,
    path: PathBuf,
}

impl Writer {
    pub(crate) fn new(segment: Arc<Segment>, file: Option<Arc<Handle>>, next_seq: u64) -> Self {
        Self {
            segment,
            file,
            next_seq,
            unsure: 0,
            uncut: false,
            refused: None,
            opened: Instant::now(),
            closed: false,
            next_mark: 0,
            rotate_after: None,
        }
    }

    /// The first number that was certainly never written.
    pub(crate) fn unused(&self) -> u64 {
        let in_doubt = self.uncut || self.segment.cut.load(Ordering::Acquire);
        self.next_seq + if in_doubt { self.unsure } else { 0 }
    }
}

impl Spare {
    /// Makes the empty file that the next rotation will use.
    pub(crate) fn new(files: &Files, dir: &Path) -> io::Result<Self> {
        let path = dir.join(SPARE_FILE);
        match files.remove(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        Ok(Self { file: files.create_new(&path)?, path })
    }

    /// Makes it a segment in `dir`. Its name is brought to the disk by the next sync.
    pub(crate) fn become_segment(
        self,
        files: &Files,
        dir: &Path,
        header: SegmentHeader,
    ) -> io::Result<(Arc<Segment>, Arc<Handle>)> {
        let path = dir.join(segment::file_name(header.first_seq));
        let made =
            write_all_at(&self.file, &header.encode(), 0).and_then(|()| files.rename(&self.path, &path));
        if let Err(error) = made {
            let _the_next_try_replaces_it = files.remove(&self.path);
            return Err(error);
        }
        let file = Arc::new(self.file);
        let segment = Segment::new(header, path, SEGMENT_HEADER_BYTES);
        *segment.file.lock() = Some(Arc::clone(&file));
        Ok((Arc::new(segment), file))
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

    /// Appends `count` frames that have no numbers yet; returns the first number.
    pub(crate) fn append_frames(&self, frames: &mut [u8], count: u64) -> Result<u64, AppendError> {
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
        let file = writer.file.as_deref().ok_or_else(no_segment)?;
        if let Err(error) = write_all_at(file, frames, offset) {
            return Err(self.take_back(writer, offset, count, &error));
        }
        if offset >= writer.next_mark {
            writer.next_mark = writer.segment.mark(Mark { seq: first, offset });
        }
        self.bytes.fetch_add(len, Ordering::Relaxed);
        writer.next_seq = first + count;
        writer.unsure = 0;
        writer.segment.len.store(offset + len, Ordering::Release);
        self.head.store(first + count, Ordering::SeqCst);
        if self.reservation.is_low(first + count) {
            self.upkeep.urge();
        }
        Ok(first)
    }

    /// After a failed write: cuts off what there may be of it. Whole frames may be among that, and the disk may keep them
    /// and lose the cut, so their place and numbers are not used again before the cut is on the disk (or, in another
    /// segment, not at all). Until then appends are refused as this one was, without trying.
    fn take_back(&self, writer: &mut Writer, offset: u64, count: u64, error: &io::Error) -> AppendError {
        let refused = refusal(error);
        let again = writer.unsure > 0;
        writer.unsure = writer.unsure.max(count);
        match writer.file.as_deref().map_or(Ok(()), |file| file.set_len(offset)) {
            Ok(()) => {
                // After the cut: a sync that sees the mark brings the cut to the disk.
                writer.segment.cut.store(true, Ordering::Release);
                writer.refused = Some(refused.clone());
                // At once the first time; while the disk stays full, at the pace of the sync interval.
                if again { self.syncing.wake_if_idle() } else { self.syncing.urge() }
            }
            Err(undo) => {
                tracing::error!(%error, %undo, path = %writer.segment.path.display(), "segment closed after a partial write");
                writer.uncut = true;
                writer.segment.suspect.store(true, Ordering::Release);
            }
        }
        refused
    }

    /// Refuses while a cut is not on the disk; rotates when the segment is full, old or suspect. A segment that is only
    /// full or old is used on when no other can be made.
    fn make_room(&self, writer: &mut Writer, len: u64) -> Result<(), AppendError> {
        let used = writer.segment.len.load(Ordering::Relaxed);
        let suspect = writer.segment.suspect.load(Ordering::Acquire);
        if !suspect && writer.refused.is_some() {
            if writer.segment.cut.load(Ordering::Acquire) {
                return writer.refused.clone().map_or(Ok(()), Err);
            }
            writer.refused = None;
        }
        let full = used + len > self.options.segment_bytes_max
            || writer.opened.elapsed() >= self.options.segment_age_max;
        if !suspect && (!full || used == SEGMENT_HEADER_BYTES) {
            return Ok(());
        }
        let now = Instant::now();
        if !suspect && writer.rotate_after.is_some_and(|after| now < after) {
            return Ok(());
        }
        match self.rotate(writer) {
            Ok(()) => {
                self.counters.rotations.fetch_add(1, Ordering::Relaxed);
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

    /// Goes on in a new segment, which begins behind every number that may stand in the old one.
    fn rotate(&self, writer: &mut Writer) -> io::Result<()> {
        let next = writer.unused();
        let hole =
            if next > writer.next_seq { Some(GapReason::Skipped) } else { writer.segment.hole_before(next) };
        // Held until the file has its name: the upkeep thread would take the nameless one away to make another.
        let mut ready = self.spare.lock();
        let spare = ready.take().map_or_else(|| Spare::new(&self.files, &self.dir), Ok)?;
        let header = SegmentHeader { journal: self.id, first_seq: next, created_ms: super::unix_ms(), hole };
        let (segment, file) = spare.become_segment(&self.files, &self.dir, header)?;
        let mut segments = self.segments.write();
        // One that had no record to keep has just been replaced under its name.
        if let Some(replaced) = segments.pop_if(|last| last.first_seq() == next) {
            self.bytes.fetch_sub(replaced.len(), Ordering::Relaxed);
        }
        segments.push(Arc::clone(&segment));
        self.bytes.fetch_add(SEGMENT_HEADER_BYTES, Ordering::Relaxed);
        *writer = Writer::new(segment, Some(file), next);
        Ok(())
    }

    /// Leaves no empty file behind; if that fails, the next open replaces it.
    pub(crate) fn remove_spare(&self) {
        if let Some(spare) = self.spare.lock().take() {
            let _replaced_at_open = self.files.remove(&spare.path);
        }
    }
}

/// Cannot be met: without a segment the placeholder is suspect, and a suspect one is replaced or refused.
fn no_segment() -> AppendError {
    AppendError::Unwritable { reason: "there is no segment to append to".to_owned() }
}

/// What an I/O error means for the caller of an append.
fn refusal(error: &io::Error) -> AppendError {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    match error.kind() {
        StorageFull | QuotaExceeded | FileTooLarge => AppendError::Full { reason: FullReason::Disk },
        _ => AppendError::Unwritable { reason: error.to_string() },
    }
}
