//! Whatever happens to any byte: the journal opens, gives no wrong record, tells exactly what is missing, and never
//! gives a number twice.

use std::collections::BTreeSet;
use std::fs;
use std::ops::Range;

use proptest::prelude::*;

use super::*;
use crate::batch::GapReason;

const RECORDS: u64 = 300;

/// Where each record lies: file and bytes.
struct Layout {
    frames: Vec<(PathBuf, Range<u64>)>,
}

/// Writes a journal of several segments and closes it.
fn write(dir: &Path) -> Layout {
    let journal = open(dir);
    for n in 0..RECORDS {
        assert_eq!(journal.append(&payload(n)).unwrap(), n);
    }
    drop(journal);
    let files = segment_files(dir);
    assert!(files.len() >= 3, "{} segments", files.len());
    let mut frames = Vec::new();
    for (at, file) in files.iter().enumerate() {
        let first = segment::parse_file_name(file).unwrap();
        let end = files.get(at + 1).map_or(RECORDS, |next| segment::parse_file_name(next).unwrap());
        let mut offset = segment::SEGMENT_HEADER_BYTES;
        for n in first..end {
            let len = (frame::HEADER_BYTES + payload(n).len()) as u64;
            frames.push((file.clone(), offset..offset + len));
            offset += len;
        }
        assert_eq!(offset, file.metadata().unwrap().len());
    }
    Layout { frames }
}

#[derive(Debug, Clone)]
enum Harm {
    /// One bit changes.
    Flip { file: prop::sample::Index, at: prop::sample::Index, bit: u8 },
    /// A range reads as zeros, as after a power cut.
    Zero { file: prop::sample::Index, at: prop::sample::Index, len: u64 },
    /// The file ends early.
    Cut { file: prop::sample::Index, at: prop::sample::Index },
    /// Foreign bytes stand between.
    Insert { file: prop::sample::Index, at: prop::sample::Index, len: u64 },
    /// Bytes are taken out and the rest moves up.
    Delete { file: prop::sample::Index, at: prop::sample::Index, len: u64 },
    /// The file is gone.
    Remove { file: prop::sample::Index },
}

fn harm() -> impl Strategy<Value = Harm> {
    let place = || (any::<prop::sample::Index>(), any::<prop::sample::Index>());
    prop_oneof![
        4 => (place(), 0..8_u8).prop_map(|((file, at), bit)| Harm::Flip { file, at, bit }),
        2 => (place(), 1..9000_u64).prop_map(|((file, at), len)| Harm::Zero { file, at, len }),
        2 => place().prop_map(|(file, at)| Harm::Cut { file, at }),
        1 => (place(), 1..300_u64).prop_map(|((file, at), len)| Harm::Insert { file, at, len }),
        1 => (place(), 1..9000_u64).prop_map(|((file, at), len)| Harm::Delete { file, at, len }),
        1 => any::<prop::sample::Index>().prop_map(|file| Harm::Remove { file }),
    ]
}

/// Does the harm and tells which records it hit.
fn inflict(files: &[PathBuf], layout: &Layout, harm: &Harm) -> BTreeSet<u64> {
    let index = match harm {
        Harm::Flip { file, .. } | Harm::Zero { file, .. } | Harm::Cut { file, .. } => file,
        Harm::Insert { file, .. } | Harm::Delete { file, .. } | Harm::Remove { file } => file,
    };
    let path = &files[index.index(files.len())];
    let mut bytes = fs::read(path).unwrap();
    let len_before = bytes.len();
    let place = |at: &prop::sample::Index| at.index(len_before);
    let hit = match harm {
        Harm::Flip { at, bit, .. } => {
            let at = place(at);
            bytes[at] ^= 1 << bit;
            at..at + 1
        }
        Harm::Zero { at, len, .. } => {
            let range = place(at)..len_before.min(place(at) + usize::try_from(*len).unwrap());
            bytes[range.clone()].fill(0);
            range
        }
        Harm::Cut { at, .. } => {
            bytes.truncate(place(at));
            place(at)..len_before
        }
        Harm::Insert { at, len, .. } => {
            let at = place(at);
            bytes.splice(at..at, std::iter::repeat_n(0xa5, usize::try_from(*len).unwrap()));
            // A frame that begins here is only moved, unless it is the header that was torn apart.
            at..at
        }
        Harm::Delete { at, len, .. } => {
            let range = place(at)..len_before.min(place(at) + usize::try_from(*len).unwrap());
            bytes.drain(range.clone());
            range
        }
        Harm::Remove { .. } => {
            fs::remove_file(path).unwrap();
            0..len_before
        }
    };
    if !matches!(harm, Harm::Remove { .. }) {
        fs::write(path, bytes).unwrap();
    }
    let hit = hit.start as u64..hit.end as u64;
    let of_file = (0..).zip(&layout.frames).filter(|(_, (file, _))| file == path);
    let touched = of_file.filter(|(_, (_, range))| {
        if hit.is_empty() {
            range.start < hit.start && hit.start < range.end
        } else {
            range.start < hit.end && hit.start < range.end
        }
    });
    touched.map(|(seq, _)| seq).collect()
}

/// Reads a harmed journal; the records hit, and only those, may be missing. Then appends, and reads again after
/// another restart.
fn check(dir: &Path, hit: &BTreeSet<u64>, head_exact: bool) {
    let journal = open(dir);
    let head = journal.head();
    assert!(head >= RECORDS, "number {head} would be given again");
    assert!(!head_exact || head == RECORDS, "{head}: numbers were left out without need");
    let (read, gaps) = read_all(&journal, 0, payload);
    let missing: BTreeSet<u64> = (0..RECORDS).filter(|seq| read.binary_search(seq).is_err()).collect();
    assert_eq!(&missing, hit, "told: {gaps:?}");
    let report = journal.damage();
    for gap in &gaps {
        assert!(
            report.gaps.iter().any(|told| told.from_seq <= gap.from_seq && told.to_seq >= gap.to_seq),
            "{gap:?}"
        );
    }
    assert_eq!(journal.append(&payload(head)).unwrap(), head);
    drop(journal);

    let journal = open(dir);
    assert_eq!(journal.head(), head + 1);
    let (again, _) = read_all(&journal, 0, payload);
    let expected: Vec<u64> = read.into_iter().chain([head]).collect();
    assert_eq!(again, expected);
    for from in [1, RECORDS / 2, RECORDS - 1, head] {
        let (tail, _) = read_all(&journal, from, payload);
        assert!(expected.ends_with(&tail), "from {from}");
        assert_eq!(tail.len(), expected.iter().filter(|seq| **seq >= from).count());
    }
}

/// Makes the journal look as if it was open when the power went.
fn cut_power(dir: &Path) {
    let head = dir.join("HEAD");
    fs::write(&head, checked_line(r#"{"reserved":1048576,"clean":false,"boot":"another"}"#)).unwrap();
}

fn checked_line(json: &str) -> String {
    format!("{:08x} {json}\n", crc32c::crc32c(json.as_bytes()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn one_harm_costs_exactly_what_it_hits(harm in harm(), power_cut in any::<bool>()) {
        let dir = tempfile::tempdir().unwrap();
        let layout = write(dir.path());
        if power_cut {
            cut_power(dir.path());
        }
        let hit = inflict(&segment_files(dir.path()), &layout, &harm);
        check(dir.path(), &hit, !power_cut);
    }

    #[test]
    fn harms_add_up(harms in prop::collection::vec(harm(), 2..6), power_cut in any::<bool>()) {
        let dir = tempfile::tempdir().unwrap();
        let layout = write(dir.path());
        if power_cut {
            cut_power(dir.path());
        }
        let files = segment_files(dir.path());
        // In-place harm only, so that places stay what they were.
        let in_place = harms.iter().filter(|harm| matches!(harm, Harm::Flip { .. } | Harm::Zero { .. }));
        let mut twice = BTreeSet::new();
        let mut hit = BTreeSet::new();
        for harm in in_place {
            if let Harm::Flip { file, at, bit } = harm
                && !twice.insert((file.index(files.len()), at.index(1 << 20), *bit))
            {
                continue;
            }
            hit.extend(inflict(&files, &layout, harm));
        }
        check(dir.path(), &hit, !power_cut);
    }
}

#[test]
fn every_cut_of_the_last_segment() {
    let short = |n: u64| vec![7; usize::try_from(n).unwrap() * 3];
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path());
    for n in 0..4 {
        journal.append(&short(n)).unwrap();
    }
    drop(journal);
    let file = segment_files(dir.path()).remove(0);
    let whole = fs::read(&file).unwrap();
    let head = fs::read(dir.path().join("HEAD")).unwrap();
    let identity = fs::read(dir.path().join("IDENTITY")).unwrap();
    for cut in 0..=whole.len() {
        let copy = tempfile::tempdir().unwrap();
        fs::write(copy.path().join(file.file_name().unwrap()), &whole[..cut]).unwrap();
        fs::write(copy.path().join("HEAD"), &head).unwrap();
        fs::write(copy.path().join("IDENTITY"), &identity).unwrap();
        let journal = open(copy.path());
        let (read, gaps) = read_all(&journal, 0, short);
        assert_eq!(journal.head(), 4, "cut at {cut}");
        let lost = 4 - read.len() as u64;
        assert_eq!(gaps.iter().map(Gap::len).sum::<u64>(), lost, "cut at {cut}");
        assert!(gaps.iter().all(|gap| gap.reason == GapReason::Torn), "cut at {cut}: {gaps:?}");
        assert_eq!(journal.damage().records_lost, lost);
        assert_eq!(journal.append(&short(4)).unwrap(), 4);
    }
}

#[test]
fn state_files_may_be_damaged_or_gone() {
    for file in ["IDENTITY", "HEAD", "consumers.json"] {
        for damaged in [true, false] {
            let dir = tempfile::tempdir().unwrap();
            let journal = open(dir.path());
            let id = journal.id();
            for n in 0..50 {
                journal.append(&payload(n)).unwrap();
            }
            journal.trim("writer", 20).unwrap();
            drop(journal);
            let path = dir.path().join(file);
            if damaged {
                let mut bytes = fs::read(&path).unwrap();
                let at = bytes.len() / 2;
                bytes[at] ^= 4;
                fs::write(&path, bytes).unwrap();
            } else {
                fs::remove_file(&path).unwrap();
            }
            let journal = open(dir.path());
            assert_eq!(journal.id(), id, "{file}: the segments know who they belong to");
            let (read, _) = read_all(&journal, 0, payload);
            assert_eq!(read, (0..50).collect::<Vec<_>>(), "{file}");
            let head = journal.head();
            assert_eq!(head == 50, file != "HEAD", "{file}: {head}");
            assert!(head >= 50, "{file}");
            assert_eq!(journal.append(b"x").unwrap(), head);
        }
    }
}

#[test]
fn a_restored_copy_gives_none_of_the_originals_numbers() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path());
    journal.append(&payload(0)).unwrap();
    assert!(matches!(Journal::mark_restored(dir.path()), Err(Error::Locked { .. })));
    drop(journal);
    Journal::mark_restored(dir.path()).unwrap();
    let journal = open(dir.path());
    assert_eq!(journal.append(b"x").unwrap(), 1 + (1 << 32));
    let (read, gaps) = read_all(&journal, 0, |seq| if seq == 0 { payload(0) } else { b"x".to_vec() });
    assert_eq!((read.len(), gaps.len(), gaps[0].reason), (2, 1, GapReason::Skipped));
}

#[test]
fn a_torn_end_is_set_aside() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path());
    journal.append(&payload(0)).unwrap();
    journal.append(&payload(1)).unwrap();
    drop(journal);
    let file = segment_files(dir.path()).remove(0);
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() - 1]).unwrap();
    let journal = open(dir.path());
    let torn = frame::HEADER_BYTES + payload(1).len() - 1;
    let report = journal.damage();
    assert_eq!((report.files_set_aside, report.bytes_damaged, report.records_lost), (1, torn as u64, 1));
    let aside = fs::read_dir(dir.path().join("damaged")).unwrap().next().unwrap().unwrap();
    assert_eq!(fs::read(aside.path()).unwrap(), whole[whole.len() - 1 - torn..whole.len() - 1]);
}

#[test]
fn a_foreign_segment_is_set_aside() {
    let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for dir in [&ours, &theirs] {
        let journal = open(dir.path());
        for n in 0..50 {
            journal.append(&payload(n)).unwrap();
        }
    }
    let foreign = segment_files(theirs.path()).remove(0);
    fs::copy(&foreign, ours.path().join(segment::file_name(777))).unwrap();
    let journal = open(ours.path());
    assert_eq!(journal.damage().files_set_aside, 1);
    assert_eq!(journal.head(), 50);
    assert_eq!(read_all(&journal, 0, payload).0.len(), 50);
}

#[test]
fn newer_formats_and_other_streams_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path()));
    let error = Journal::open(dir.path(), JournalOptions::new(Stream::Facts)).unwrap_err();
    assert!(
        matches!(&error, Error::Incompatible { reason, .. } if reason.contains("carries clicks")),
        "{error}"
    );
    for json in [
        r#"{"format":2,"journal":"0000000000000001","stream":"clicks","created_ms":0}"#,
        r#"{"shape":"new"}"#,
    ] {
        fs::write(dir.path().join("IDENTITY"), checked_line(json)).unwrap();
        let error = Journal::open(dir.path(), options()).unwrap_err();
        assert!(matches!(&error, Error::Incompatible { reason, .. } if reason.contains("newer")), "{error}");
        assert!(!error.is_retryable());
    }
}

#[test]
fn damage_while_running_is_met_by_the_reader() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path());
    for n in 0..20 {
        journal.append(&payload(n)).unwrap();
    }
    let file = segment_files(dir.path()).remove(0);
    let mut bytes = fs::read(&file).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&file, &bytes).unwrap();
    let mut reader = journal.reader(0);
    let batch = reader.read(ReadLimit::default()).unwrap();
    assert_eq!((batch.records.len(), batch.next, batch.gaps[0].from_seq), (19, 20, 19));
    // The writer goes on behind the damage, and so does the reader.
    for n in 20..40 {
        journal.append(&payload(n)).unwrap();
    }
    let batch = reader.read(ReadLimit::default()).unwrap();
    assert_eq!((batch.records.len(), batch.next, batch.gaps.len()), (20, 40, 0));
    assert_eq!(batch.records[0].payload, payload(20));
    let report = journal.damage();
    assert_eq!((report.gaps.len(), report.records_lost), (1, 1));
}
