//! One segment: a file of frames with consecutive numbers, named after the first.
//!
//! File header, 64 bytes: magic (8), format u16, reason of the hole before it u8, zero (5), journal id u64, first
//! sequence number u64, creation time in unix ms i64, zero (20), CRC-32C of all before u32; little-endian.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use parking_lot::Mutex;

use super::file::Handle;
use crate::batch::GapReason;
use crate::ids::JournalId;

/// Bytes before the first frame.
pub(crate) const SEGMENT_HEADER_BYTES: u64 = 64;

const MAGIC: &[u8; 8] = b"SBXJRNL\n";
const FORMAT: u16 = 1;
const SUFFIX: &str = ".seg";

/// A place for every 64 KiB is remembered, so that a seek reads at most that much too much.
const MARK_STEP_BYTES: u64 = 64 << 10;

/// The decoded header of a segment file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    pub(crate) journal: JournalId,
    pub(crate) first_seq: u64,
    pub(crate) created_ms: i64,
    /// Why the numbers between the segment before and this one are missing, if any are.
    pub(crate) hole: Option<GapReason>,
}

impl SegmentHeader {
    pub(crate) fn encode(&self) -> [u8; SEGMENT_HEADER_BYTES as usize] {
        let mut bytes = [0; SEGMENT_HEADER_BYTES as usize];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..10].copy_from_slice(&FORMAT.to_le_bytes());
        bytes[10] = self.hole.map_or(0, hole_code);
        bytes[16..24].copy_from_slice(&self.journal.get().to_le_bytes());
        bytes[24..32].copy_from_slice(&self.first_seq.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.created_ms.to_le_bytes());
        let crc = crc32c::crc32c(&bytes[..60]);
        bytes[60..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// `None` when the bytes are not a header of this format, whole and undamaged.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.get(..SEGMENT_HEADER_BYTES as usize)?;
        let u64_at = |at: usize| bytes.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes);
        let crc = u32::from_le_bytes(bytes.get(60..)?.try_into().ok()?);
        let known = bytes.starts_with(MAGIC) && bytes.get(8..10)? == FORMAT.to_le_bytes();
        if !known || crc32c::crc32c(bytes.get(..60)?) != crc {
            return None;
        }
        Some(Self {
            journal: JournalId::new(u64_at(16)?),
            first_seq: u64_at(24)?,
            created_ms: u64_at(32)?.cast_signed(),
            hole: hole_reason(*bytes.get(10)?),
        })
    }
}

const fn hole_code(reason: GapReason) -> u8 {
    match reason {
        GapReason::Corrupt => 1,
        GapReason::Torn => 2,
        GapReason::Skipped => 3,
        GapReason::Missing => 4,
        GapReason::Trimmed => 5,
        GapReason::Retention => 6,
    }
}

const fn hole_reason(code: u8) -> Option<GapReason> {
    match code {
        1 => Some(GapReason::Corrupt),
        2 => Some(GapReason::Torn),
        3 => Some(GapReason::Skipped),
        4 => Some(GapReason::Missing),
        5 => Some(GapReason::Trimmed),
        6 => Some(GapReason::Retention),
        _ => None,
    }
}

/// The file name of the segment that begins with `first_seq`.
pub(crate) fn file_name(first_seq: u64) -> String {
    format!("{first_seq:020}{SUFFIX}")
}

/// The first sequence number that a file name says; `None` when it is not a segment's name.
pub(crate) fn parse_file_name(path: &Path) -> Option<u64> {
    let digits = path.file_name()?.to_str()?.strip_suffix(SUFFIX)?;
    (digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok())?
}

/// A segment of an open journal, shared by the writer, the readers and the upkeep.
pub(crate) struct Segment {
    pub(crate) header: SegmentHeader,
    pub(crate) path: PathBuf,
    /// Bytes fully written, the file header included. Published before the journal's head.
    pub(crate) len: AtomicU64,
    /// Bytes known to be on the disk (or known to be lost to a failed sync).
    pub(crate) synced: AtomicU64,
    /// Whether the directory entry is on the disk.
    pub(crate) named: AtomicBool,
    /// A sync failed or a partial write could not be taken back: nothing more may be appended here.
    pub(crate) suspect: AtomicBool,
    /// A partial write was cut off and the disk does not know yet: nothing may be written in its place before.
    pub(crate) cut: AtomicBool,
    /// Open for writing as long as something of it may have to be synced.
    pub(crate) file: Mutex<Option<Arc<Handle>>>,
    /// When every consumer was first seen to have passed it.
    pub(crate) passed_at: Mutex<Option<Instant>>,
    marks: Mutex<Vec<Mark>>,
}

/// A frame's place in its segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) seq: u64,
    pub(crate) offset: u64,
}

impl Segment {
    /// A segment found on or written to the disk with `len` good bytes.
    pub(crate) fn new(header: SegmentHeader, path: PathBuf, len: u64) -> Self {
        Self {
            header,
            path,
            len: AtomicU64::new(len),
            synced: AtomicU64::new(0),
            named: AtomicBool::new(false),
            suspect: AtomicBool::new(false),
            cut: AtomicBool::new(false),
            file: Mutex::new(None),
            passed_at: Mutex::new(None),
            marks: Mutex::new(Vec::new()),
        }
    }

    pub(crate) fn first_seq(&self) -> u64 {
        self.header.first_seq
    }

    pub(crate) fn len(&self) -> u64 {
        self.len.load(Ordering::Acquire)
    }

    /// Whether a sync has something to do here.
    pub(crate) fn is_dirty(&self) -> bool {
        self.synced.load(Ordering::Acquire) < self.len()
            || !self.named.load(Ordering::Acquire)
            || self.cut.load(Ordering::Acquire)
    }

    /// What a segment that takes this one's place under the number `first_seq` says of the hole before it.
    pub(crate) fn hole_before(&self, first_seq: u64) -> Option<GapReason> {
        self.header.hole.filter(|_| first_seq == self.first_seq())
    }

    /// All of it is on the disk, its name too.
    pub(crate) fn settle(&self) {
        self.synced.store(self.len(), Ordering::Release);
        self.named.store(true, Ordering::Release);
    }

    /// Remembers where a frame is. Returns the offset from which the next mark is wanted.
    pub(crate) fn mark(&self, mark: Mark) -> u64 {
        let mut marks = self.marks.lock();
        let wanted = marks.last().map_or(SEGMENT_HEADER_BYTES, |last| last.offset) + MARK_STEP_BYTES;
        if mark.offset < wanted {
            return wanted;
        }
        marks.push(mark);
        mark.offset + MARK_STEP_BYTES
    }

    /// The closest known place at or before `seq`.
    pub(crate) fn place_before(&self, seq: u64) -> Mark {
        let marks = self.marks.lock();
        let after = marks.partition_point(|mark| mark.seq <= seq);
        let start = Mark { seq: self.first_seq(), offset: SEGMENT_HEADER_BYTES };
        after.checked_sub(1).and_then(|last| marks.get(last).copied()).unwrap_or(start)
    }
}

impl fmt::Debug for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Segment").field("path", &self.path).field("len", &self.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_survives_the_disk_and_no_bit_may_change() {
        let header = SegmentHeader {
            journal: JournalId::new(0x0123_4567_89ab_cdef),
            first_seq: 99,
            created_ms: -5,
            hole: Some(GapReason::Skipped),
        };
        let bytes = header.encode();
        assert_eq!(SegmentHeader::decode(&bytes), Some(header));
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes;
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(SegmentHeader::decode(&damaged), None, "bit {bit}");
        }
        assert_eq!(SegmentHeader::decode(&bytes[..63]), None);
    }

    #[test]
    fn names_are_numbers() {
        assert_eq!(parse_file_name(Path::new(&file_name(u64::MAX))), Some(u64::MAX));
        assert_eq!(parse_file_name(Path::new("/x/00000000000000000012.seg")), Some(12));
        for name in
            ["12.seg", "0000000000000000001x.seg", "00000000000000000012.tmp", "99999999999999999999.seg"]
        {
            assert_eq!(parse_file_name(Path::new(name)), None, "{name}");
        }
    }

    #[test]
    fn marks_are_sparse_and_found() {
        let header = SegmentHeader { journal: JournalId::new(1), first_seq: 10, created_ms: 0, hole: None };
        let segment = Segment::new(header, PathBuf::new(), SEGMENT_HEADER_BYTES);
        for seq in 10..10_000 {
            segment.mark(Mark { seq, offset: SEGMENT_HEADER_BYTES + (seq - 10) * 100 });
        }
        assert!(segment.marks.lock().len() <= 16);
        for seq in [10, 700, 5_000, 9_999] {
            let place = segment.place_before(seq);
            assert!(place.seq <= seq && (seq - place.seq) * 100 <= MARK_STEP_BYTES + 100);
            assert_eq!(place.offset, SEGMENT_HEADER_BYTES + (place.seq - 10) * 100);
        }
    }
}
