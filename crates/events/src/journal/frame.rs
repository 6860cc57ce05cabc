//! One record on disk: `len u32 | crc u32 | seq u64 | payload`, little-endian.
//!
//! The checksum is CRC-32C over payload, length and sequence number, begun with the journal's id: a frame of another
//! journal, or one that somebody smuggled into a payload, does not check out. The payload goes first so that nearly all
//! of it is computed before the append lock is taken, when the sequence number is not known yet.

use crate::ids::JournalId;

/// Bytes before the payload.
pub(crate) const HEADER_BYTES: usize = 16;

/// The longest payload of a record in bytes.
pub const PAYLOAD_BYTES_MAX: usize = 1 << 20;

/// The start value of a journal's checksums.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seed(u32);

impl Seed {
    pub(crate) fn new(journal: JournalId) -> Self {
        Self(crc32c::crc32c(&journal.get().to_le_bytes()))
    }
}

/// The head of a frame, not yet known to be true.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FrameHeader {
    pub(crate) len: usize,
    pub(crate) crc: u32,
    pub(crate) seq: u64,
}

impl FrameHeader {
    /// Reads a head from the first bytes of `bytes`; `None` when there are too few.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let (head, _) = bytes.split_first_chunk::<HEADER_BYTES>()?;
        let [l0, l1, l2, l3, c0, c1, c2, c3, seq @ ..] = *head;
        Some(Self {
            len: u32::from_le_bytes([l0, l1, l2, l3]) as usize,
            crc: u32::from_le_bytes([c0, c1, c2, c3]),
            seq: u64::from_le_bytes(seq),
        })
    }

    /// Whether `payload` is the one this head was written for.
    pub(crate) fn matches(&self, seed: Seed, payload: &[u8]) -> bool {
        payload.len() == self.len
            && finish(crc32c::crc32c_append(seed.0, payload), payload.len(), self.seq) == self.crc
    }
}

/// Appends a frame for `payload` to `frames`, still without its sequence number; [`seal`] completes it.
pub(crate) fn begin(frames: &mut Vec<u8>, seed: Seed, payload: &[u8]) {
    frames.extend_from_slice(&len32(payload.len()).to_le_bytes());
    frames.extend_from_slice(&crc32c::crc32c_append(seed.0, payload).to_le_bytes());
    frames.extend_from_slice(&[0; 8]);
    frames.extend_from_slice(payload);
}

/// Gives the frames begun in `frames` their numbers, from `first_seq` on, and completes their checksums.
pub(crate) fn seal(frames: &mut [u8], first_seq: u64) {
    let mut rest = frames;
    let mut seq = first_seq;
    while let Some((head, after)) = rest.split_first_chunk_mut::<HEADER_BYTES>() {
        let [l0, l1, l2, l3, c0, c1, c2, c3, ..] = *head;
        let len = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        let crc = finish(u32::from_le_bytes([c0, c1, c2, c3]), len, seq);
        head[4..8].copy_from_slice(&crc.to_le_bytes());
        head[8..16].copy_from_slice(&seq.to_le_bytes());
        seq += 1;
        rest = after.get_mut(len..).unwrap_or_default();
    }
}

fn finish(payload_crc: u32, len: usize, seq: u64) -> u32 {
    let mut tail = [0; 12];
    tail[..4].copy_from_slice(&len32(len).to_le_bytes());
    tail[4..].copy_from_slice(&seq.to_le_bytes());
    crc32c::crc32c_append(payload_crc, &tail)
}

/// Payload lengths are checked against [`PAYLOAD_BYTES_MAX`] before they come here.
fn len32(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_frame_checks_out_only_as_it_was_written() {
        let seed = Seed::new(JournalId::new(7));
        let mut frames = Vec::new();
        begin(&mut frames, seed, b"one");
        begin(&mut frames, seed, b"");
        begin(&mut frames, seed, b"three");
        seal(&mut frames, 41);
        let mut rest = &frames[..];
        for (seq, payload) in [(41, &b"one"[..]), (42, b""), (43, b"three")] {
            let head = FrameHeader::parse(rest).unwrap();
            assert_eq!((head.seq, head.len), (seq, payload.len()));
            let end = HEADER_BYTES + head.len;
            assert!(head.matches(seed, &rest[HEADER_BYTES..end]));
            assert!(
                !head.matches(Seed::new(JournalId::new(8)), &rest[HEADER_BYTES..end]),
                "another journal's frame"
            );
            assert!(!FrameHeader { seq: seq + 1, ..head }.matches(seed, payload));
            rest = &rest[end..];
        }
        assert!(rest.is_empty());
    }

    #[test]
    fn zeros_are_not_a_frame() {
        let head = FrameHeader::parse(&[0; HEADER_BYTES]).unwrap();
        assert!(!head.matches(Seed::new(JournalId::new(0)), &[]));
    }
}
