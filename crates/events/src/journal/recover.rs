//! Finds a journal's segments and makes the last one fit to be appended to. Damage is set aside and told, never fatal.
//!
//! Only the last segment is read at open; damage in older ones is met, and told, by whoever reads them.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::damage::Damage;
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
    /// Bytes behind that record that did not check out and were cut off.
    pub(crate) torn_bytes: u64,
}

/// The segment files of a directory, ascending.
pub(crate) fn list(dir: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir).map_err(Error::io("list", dir))? {
        let path = entry.map_err(Error::io("list", dir))?.path();
        if segment::parse_file_name(&path).is_some() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// Takes stock of the segments. A file of another journal or without room for a header is set aside; one whose header
/// is damaged is read by its name but not appended to.
pub(crate) fn load(
    paths: &[PathBuf],
    journal: JournalId,
    damage: &Damage,
) -> Result<Vec<Arc<Segment>>, Error> {
    let mut segments = Vec::with_capacity(paths.len());
    for path in paths {
        let Some(first_seq) = segment::parse_file_name(path) else { continue };
        let len = path.metadata().map_err(Error::io("examine", path))?.len();
        let header = identity::read_header(path);
        let fits = header.is_none_or(|header| header.journal == journal && header.first_seq == first_seq);
        if !fits || len < SEGMENT_HEADER_BYTES {
            tracing::warn!(path = %path.display(), "not a segment of this journal; set aside");
            damage.set_aside_file(path).map_err(Error::io("set aside", path))?;
            continue;
        }
        let by_name = SegmentHeader { journal, first_seq, created_ms: super::unix_ms(), hole: None };
        let segment = Segment::new(header.unwrap_or(by_name), path.clone(), len);
        segment.synced.store(len, Ordering::Release);
        segment.named.store(true, Ordering::Release);
        if header.is_none() {
            damage.note_bytes(SEGMENT_HEADER_BYTES);
            segment.suspect.store(true, Ordering::Release);
        }
        segments.push(Arc::new(segment));
    }
    Ok(segments)
}

/// Reads the last segment through and cuts off what is behind its last good record, after copying it aside.
pub(crate) fn recover_last(segment: &Segment, seed: Seed, damage: &Damage) -> Result<Ended, Error> {
    let path = &segment.path;
    let file = File::open(path).map_err(Error::io("open", path))?;
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
                copy_aside(path, offset, len, damage)?;
                let cut = OpenOptions::new().write(true).open(path).and_then(|file| file.set_len(offset));
                if let Err(error) = cut {
                    tracing::warn!(%error, path = %path.display(), "the torn end stays; a new segment is begun");
                    segment.suspect.store(true, Ordering::Release);
                }
                segment.len.store(offset, Ordering::Release);
                return Ok(Ended { next: scanner.expected(), torn_bytes: bytes });
            }
            Step::End => return Ok(Ended { next: scanner.expected(), torn_bytes: 0 }),
        }
    }
}

fn copy_aside(path: &Path, from: u64, to: u64, damage: &Damage) -> Result<(), Error> {
    let file = File::open(path).map_err(Error::io("open", path))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut at = from;
    while at < to {
        let mut piece = vec![0; usize::try_from(PIECE_BYTES.min(to - at)).unwrap_or(0)];
        // What cannot be read cannot be kept; the length in the report still tells of it.
        if file.read_exact_at(&mut piece, at).is_ok() {
            damage.set_aside_bytes(&format!("{name}.{at}"), &piece);
        }
        at += PIECE_BYTES;
    }
    Ok(())
}
