//! Finds a journal's segments and makes the last one fit to be appended to. Damage is set aside and told, never fatal.
//!
//! Only the last segment is read at open; damage in older ones is met, and told, by whoever reads them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::damage::Damage;
use super::file::{FileContent, FileSystem, Files, read_exact_at};
use super::frame::Seed;
use super::identity;
use super::scan::{Scanner, Step};
use super::segment::{self, Mark, SEGMENT_HEADER_BYTES, Segment, SegmentHeader};
use crate::batch::{Gap, GapReason};
use crate::error::Error;
use crate::ids::JournalId;

/// A torn end is copied aside in files of at most this length.
const PIECE_BYTES: u64 = 8 << 20;

/// How the last segment ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ended {
    /// The number behind its last good record.
    pub(crate) next: u64,
    /// Bytes behind that record that do not check out.
    pub(crate) torn_bytes: u64,
}

/// The segment files of a directory, ascending.
pub(crate) fn list(files: &Files, dir: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut paths = files.list(dir).map_err(Error::io("list", dir))?;
    paths.retain(|path| segment::parse_file_name(path).is_some());
    paths.sort();
    Ok(paths)
}

/// Takes stock of the segments. A file of another journal or without room for a header is set aside; one whose header
/// is damaged is read by its name but not appended to.
pub(crate) fn load(
    files: &Files,
    paths: &[PathBuf],
    journal: JournalId,
    damage: &Damage,
) -> Result<Vec<Arc<Segment>>, Error> {
    let mut segments = Vec::with_capacity(paths.len());
    for path in paths {
        let Some(first_seq) = segment::parse_file_name(path) else { continue };
        let len = files.len(path).map_err(Error::io("examine", path))?;
        let header = identity::read_header(files, path);
        let fits = header.is_none_or(|header| header.journal == journal && header.first_seq == first_seq);
        if !fits || len < SEGMENT_HEADER_BYTES {
            tracing::warn!(path = %path.display(), "not a segment of this journal; set aside");
            if let Err(error) = damage.set_aside_file(path) {
                tracing::warn!(%error, path = %path.display(), "not set aside; it is passed over");
            }
            continue;
        }
        let by_name = SegmentHeader { journal, first_seq, created_ms: super::unix_ms(), hole: None };
        let segment = Segment::new(header.unwrap_or(by_name), path.clone(), len);
        if header.is_none() {
            damage.note_bytes(SEGMENT_HEADER_BYTES);
            segment.suspect.store(true, Ordering::Release);
        }
        segments.push(Arc::new(segment));
    }
    Ok(segments)
}

/// Deletes what had been given back already: a power cut can bring deleted files back, some of them, in any order.
pub(crate) fn drop_released(files: &Files, segments: &mut Vec<Arc<Segment>>, released: u64) {
    while let [first, second, ..] = &segments[..]
        && second.first_seq() <= released
    {
        if let Err(error) = files.remove(&first.path) {
            tracing::warn!(%error, path = %first.path.display(), "a trimmed segment could not be deleted");
        }
        segments.remove(0);
    }
}

/// Reads the last segment through, up to its last good record; what is behind it no longer counts as part of it.
pub(crate) fn examine_last(
    files: &Files,
    segment: &Segment,
    seed: Seed,
    damage: &Damage,
) -> Result<Ended, Error> {
    let path = &segment.path;
    let file = files.open_read(path).map_err(Error::io("open", path))?;
    let len = segment.len();
    let mut scanner = Scanner::new(file, seed, SEGMENT_HEADER_BYTES, segment.first_seq());
    loop {
        match scanner.step(len, u64::MAX) {
            Step::Record { seq, offset, .. } => {
                segment.mark(Mark { seq, offset });
            }
            Step::Damage { from_seq, to_seq, bytes } if to_seq > from_seq => {
                damage.note(Gap { from_seq, to_seq, bytes, reason: GapReason::Corrupt });
            }
            Step::Damage { bytes, .. } => damage.note_bytes(bytes),
            Step::Rest { offset, bytes } => {
                segment.len.store(offset, Ordering::Release);
                return Ok(Ended { next: scanner.expected(), torn_bytes: bytes });
            }
            Step::End => return Ok(Ended { next: scanner.expected(), torn_bytes: 0 }),
        }
    }
}

/// Copies aside what is behind the last good record and cuts it off, on the disk when this returns. If that fails,
/// nothing is written to this segment any more. Tells if it succeeded.
pub(crate) fn cut_torn(files: &Files, segment: &Segment, torn_bytes: u64, damage: &Damage) -> bool {
    let path = &segment.path;
    let offset = segment.len();
    let cut = copy_aside(files, path, (offset, offset + torn_bytes), damage)
        .and_then(|()| files.open_write(path))
        .and_then(|file| file.set_len(offset).and_then(|()| file.sync_data()));
    if let Err(error) = &cut {
        tracing::warn!(%error, path = %path.display(), "the torn end stays; a new segment is begun");
        segment.suspect.store(true, Ordering::Release);
    }
    cut.is_ok()
}

fn copy_aside(files: &Files, path: &Path, (from, to): (u64, u64), damage: &Damage) -> std::io::Result<()> {
    let file = files.open_read(path)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut at = from;
    while at < to {
        let mut piece = vec![0; usize::try_from(PIECE_BYTES.min(to - at)).unwrap_or(0)];
        // What cannot be read cannot be kept; the length in the report still tells of it.
        if read_exact_at(&file, &mut piece, at).is_ok() {
            damage.set_aside_bytes(&format!("{name}.{at}"), &piece);
        }
        at += PIECE_BYTES;
    }
    Ok(())
}
