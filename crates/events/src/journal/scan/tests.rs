use super::*;
use crate::ids::JournalId;
use crate::journal::frame;

fn frames(first: u64, payloads: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for payload in payloads {
        frame::begin(&mut bytes, Seed::new(JournalId::new(1)), payload);
    }
    frame::seal(&mut bytes, first);
    bytes
}

fn scan(bytes: &[u8], first: u64) -> Vec<Step> {
    let mut scanner = Scanner::new(bytes, Seed::new(JournalId::new(1)), 0, first);
    let mut steps = Vec::new();
    loop {
        let step = scanner.step(bytes.len() as u64, u64::MAX);
        let last = matches!(step, Step::End | Step::Rest { .. });
        steps.push(step);
        if last {
            return steps;
        }
    }
}

fn record(seq: u64, offset: u64, payload: &'static [u8]) -> Step {
    Step::Record { seq, offset, payload: Bytes::from_static(payload) }
}

#[test]
fn reads_frames_in_order() {
    let bytes = frames(5, &[b"a", b"", b"ccc"]);
    assert_eq!(scan(&bytes, 5), [record(5, 0, b"a"), record(6, 17, b""), record(7, 33, b"ccc"), Step::End]);
}

#[test]
fn finds_the_way_back_behind_a_bad_frame() {
    let mut bytes = frames(0, &[b"aaaa", b"bbbb", b"cccc"]);
    bytes[20 + 17] ^= 1;
    let damage = Step::Damage { from_seq: 1, to_seq: 2, bytes: 20 };
    assert_eq!(scan(&bytes, 0), [record(0, 0, b"aaaa"), damage, record(2, 40, b"cccc"), Step::End]);
}

#[test]
fn foreign_bytes_between_frames_cost_no_record() {
    let mut bytes = frames(0, &[b"aaaa"]);
    bytes.extend_from_slice(&[0xff; 9]);
    bytes.extend_from_slice(&frames(1, &[b"bbbb"]));
    let damage = Step::Damage { from_seq: 1, to_seq: 1, bytes: 9 };
    assert_eq!(scan(&bytes, 0), [record(0, 0, b"aaaa"), damage, record(1, 29, b"bbbb"), Step::End]);
}

#[test]
fn a_frame_inside_a_damaged_payload_is_not_believed() {
    // A good frame of this very journal, but with a number that cannot stand at this place.
    let inner = frames(40, &[b"evil"]);
    let mut bytes = frames(0, &[&inner, b"good"]);
    bytes[8] ^= 1;
    let steps = scan(&bytes, 0);
    assert_eq!(steps[0], Step::Damage { from_seq: 0, to_seq: 1, bytes: 36 });
    assert_eq!(steps[1], record(1, 36, b"good"));
}

#[test]
fn an_end_that_cannot_be_read_is_told() {
    let bytes = frames(0, &[b"aaaa", b"bbbb"]);
    for cut in 21..40 {
        let steps = scan(&bytes[..cut], 0);
        assert_eq!(
            steps,
            [record(0, 0, b"aaaa"), Step::Rest { offset: 20, bytes: cut as u64 - 20 }],
            "cut at {cut}"
        );
    }
}

/// A disk of which one page cannot be read.
struct BadPage {
    bytes: Vec<u8>,
    page: u64,
}

impl ReadAt for BadPage {
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        let page = self.page * 4096..(self.page + 1) * 4096;
        if offset < page.end && offset + into.len() as u64 > page.start {
            return Err(io::Error::other("bad sector"));
        }
        (&self.bytes[..]).read_at(into, offset)
    }
}

#[test]
fn an_unreadable_page_costs_only_the_records_in_it() {
    let payload = [7_u8; 1000];
    let bytes = frames(0, &vec![&payload[..]; 100]);
    let end = bytes.len() as u64;
    let mut scanner = Scanner::new(BadPage { bytes, page: 3 }, Seed::new(JournalId::new(1)), 0, 0);
    let (mut read, mut lost) = (0, 0);
    loop {
        match scanner.step(end, u64::MAX) {
            Step::Record { .. } => read += 1,
            Step::Damage { from_seq, to_seq, .. } => lost += to_seq - from_seq,
            Step::Rest { .. } => panic!("the pages behind the bad one can be read"),
            Step::End => break,
        }
    }
    assert_eq!(read + lost, 100);
    assert!((4..=6).contains(&lost), "{lost} lost");
}
