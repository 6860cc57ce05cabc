//! Reads frames out of a segment, one after the other, and finds the way back behind damage.
//!
//! Promises: a record is given only if its checksum fits its bytes and its number fits its place; never panics and never
//! loops, whatever the bytes are. A page that the disk cannot read counts as damaged, the pages after it are still read.

use std::io;

use bytes::{Bytes, BytesMut};

use super::frame::{FrameHeader, HEADER_BYTES, PAYLOAD_BYTES_MAX, Seed};

/// How much is read at once.
const WINDOW_BYTES: u64 = 256 << 10;
/// The unit in which unreadable parts of the disk are given up.
const PAGE_BYTES: usize = 4096;

/// Something bytes can be read from by offset.
pub(crate) trait ReadAt {
    /// Reads some bytes at `offset`; 0 at the end.
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize>;
}

impl ReadAt for &[u8] {
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|at| self.get(at..)).unwrap_or_default();
        let n = rest.len().min(into.len());
        into[..n].copy_from_slice(&rest[..n]);
        Ok(n)
    }
}

/// What the scanner met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// A good record that begins at `offset`.
    Record { seq: u64, offset: u64, payload: Bytes },
    /// `bytes` bytes that do not check out, before the next good frame; numbers `from_seq..to_seq` were in them.
    Damage { from_seq: u64, to_seq: u64, bytes: u64 },
    /// From `offset` on no good frame can be found; `bytes` bytes are left.
    Rest { offset: u64, bytes: u64 },
    /// Everything asked for was read.
    End,
}

/// A position in one segment.
#[derive(Debug)]
pub(crate) struct Scanner<R> {
    source: R,
    seed: Seed,
    offset: u64,
    expected: u64,
    window: Bytes,
    window_at: u64,
}

struct Frame {
    seq: u64,
    payload: Bytes,
}

impl<R: ReadAt> Scanner<R> {
    /// Starts at `offset`, where the frame numbered `expected` should begin.
    pub(crate) fn new(source: R, seed: Seed, offset: u64, expected: u64) -> Self {
        Self { source, seed, offset, expected, window: Bytes::new(), window_at: 0 }
    }

    /// The number that should come next.
    pub(crate) fn expected(&self) -> u64 {
        self.expected
    }

    /// Goes back to a record that was just read.
    pub(crate) fn rewind(&mut self, offset: u64, seq: u64) {
        self.offset = offset;
        self.expected = seq;
    }

    /// The next step among the first `end` bytes and the numbers below `seq_end`.
    pub(crate) fn step(&mut self, end: u64, seq_end: u64) -> Step {
        if self.expected >= seq_end || self.offset >= end {
            return Step::End;
        }
        match self.frame_at(self.offset, end) {
            Some(frame) if frame.seq == self.expected => {
                let offset = self.offset;
                self.offset += (HEADER_BYTES + frame.payload.len()) as u64;
                self.expected += 1;
                Step::Record { seq: frame.seq, offset, payload: frame.payload }
            }
            _ => self.resync(end, seq_end),
        }
    }

    /// Looks for the next good frame behind a bad one. A frame has at least its header, so the length of the segment
    /// bounds the numbers that can have been in it: that leaves few candidates to checksum.
    fn resync(&mut self, end: u64, seq_end: u64) -> Step {
        let bad = self.offset;
        let mut at = bad + 1;
        let lost_max = end / HEADER_BYTES as u64;
        while at + HEADER_BYTES as u64 <= end {
            let Some(header) = self.header_at(at, end) else { break };
            let plausible = header.len <= PAYLOAD_BYTES_MAX
                && (self.expected..seq_end).contains(&header.seq)
                && header.seq - self.expected <= lost_max;
            if plausible && let Some(frame) = self.frame_at(at, end) {
                let from_seq = self.expected;
                self.offset = at;
                self.expected = frame.seq;
                return Step::Damage { from_seq, to_seq: frame.seq, bytes: at - bad };
            }
            at += 1;
        }
        Step::Rest { offset: bad, bytes: end - bad }
    }

    fn header_at(&mut self, at: u64, end: u64) -> Option<FrameHeader> {
        if self.slice(at, HEADER_BYTES).is_none() {
            self.fill(at, HEADER_BYTES as u64, end);
        }
        FrameHeader::parse(self.slice(at, HEADER_BYTES)?)
    }

    fn frame_at(&mut self, at: u64, end: u64) -> Option<Frame> {
        let header = self.header_at(at, end)?;
        let whole = HEADER_BYTES + header.len;
        if header.len > PAYLOAD_BYTES_MAX || at + whole as u64 > end {
            return None;
        }
        if self.slice(at, whole).is_none() {
            self.fill(at, whole as u64, end);
        }
        let start = self.start_of(at, whole)? + HEADER_BYTES;
        let payload = self.window.slice(start..start + header.len);
        header.matches(self.seed, &payload).then_some(Frame { seq: header.seq, payload })
    }

    /// Where `len` bytes at file offset `at` begin in the window; `None` when they are not all in it.
    fn start_of(&self, at: u64, len: usize) -> Option<usize> {
        let start = usize::try_from(at.checked_sub(self.window_at)?).ok()?;
        (start.checked_add(len)? <= self.window.len()).then_some(start)
    }

    fn slice(&self, at: u64, len: usize) -> Option<&[u8]> {
        let start = self.start_of(at, len)?;
        self.window.get(start..start + len)
    }

    /// Moves the window to `at`; it holds `want` bytes or more unless the source ends before.
    fn fill(&mut self, at: u64, want: u64, end: u64) {
        let len = want.max(WINDOW_BYTES).min(end.saturating_sub(at));
        let mut bytes = BytesMut::zeroed(usize::try_from(len).unwrap_or(0));
        let filled = read_through(&self.source, &mut bytes, at);
        bytes.truncate(filled);
        self.window = bytes.freeze();
        self.window_at = at;
    }
}

/// Fills `into` from `offset` on. What cannot be read is left zero, page by page, and so fails its checksum. Returns
/// the bytes filled; fewer than asked for only at the end of the source.
fn read_through<R: ReadAt>(source: &R, into: &mut [u8], offset: u64) -> usize {
    let mut filled = 0;
    let mut step = into.len();
    while filled < into.len() {
        let until = into.len().min(filled.saturating_add(step));
        match source.read_at(&mut into[filled..until], offset + filled as u64) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) if step > PAGE_BYTES => step = PAGE_BYTES,
            Err(_) => filled = until,
        }
    }
    filled
}

#[cfg(test)]
mod tests;
