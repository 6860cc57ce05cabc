//! Scans bytes as if they were a segment and checks what the scanner promises; see [`crate::fuzzing`].

#[cfg(test)]
use super::frame;
use super::frame::{HEADER_BYTES, Seed};
use super::scan::{Scanner, Step};
use super::segment::{SEGMENT_HEADER_BYTES, SegmentHeader};
use crate::ids::JournalId;

pub(crate) fn fuzz_scan(data: &[u8], journal: JournalId) {
    let header = SegmentHeader::decode(data);
    let first = header.map_or(0, |header| header.first_seq);
    let end = data.len() as u64;
    let mut scanner = Scanner::new(data, Seed::new(journal), SEGMENT_HEADER_BYTES, first);
    let mut seen = SEGMENT_HEADER_BYTES;
    let mut next = first;
    loop {
        match scanner.step(end, u64::MAX) {
            Step::Record { seq, offset, payload } => {
                assert_eq!((seq, offset), (next, seen), "a record follows what was before it");
                seen += (HEADER_BYTES + payload.len()) as u64;
                next = seq + 1;
            }
            Step::Damage { from_seq, to_seq, bytes } => {
                assert!(bytes > 0 && from_seq == next && to_seq >= from_seq, "damage lies between records");
                seen += bytes;
                next = to_seq;
            }
            Step::Rest { offset, bytes } => {
                assert_eq!((offset, offset + bytes), (seen, end), "the rest begins behind the last record");
                return;
            }
            Step::End => {
                assert!(seen == end || end < SEGMENT_HEADER_BYTES, "everything was looked at");
                return;
            }
        }
        assert!(seen <= end, "no record goes beyond the end");
    }
}

/// The bytes of a good segment, for fuzzers to begin with.
#[cfg(test)]
pub(crate) fn fuzz_segment(journal: JournalId, payloads: &[Vec<u8>]) -> Vec<u8> {
    let header = SegmentHeader { journal, first_seq: 0, created_ms: 0, hole: None };
    let mut frames = Vec::new();
    for payload in payloads {
        frame::begin(&mut frames, Seed::new(journal), payload);
    }
    frame::seal(&mut frames, 0);
    [&header.encode()[..], &frames].concat()
}
