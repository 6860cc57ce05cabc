//! Quota, trimming, retention: space is given back when nobody needs it, and only then.

use super::*;
use crate::batch::GapReason;
use crate::error::FullReason;

fn fill(journal: &Journal, records: std::ops::Range<u64>) {
    for n in records {
        assert_eq!(journal.append(&payload(n)).unwrap(), n);
    }
}

#[test]
fn a_segment_goes_when_the_slowest_consumer_has_passed() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = options();
    options.consumers = vec!["writer".to_owned(), "counters".to_owned()];
    let journal = Journal::open(dir.path(), options).unwrap();
    fill(&journal, 0..1_000);
    let segments = journal.stats().segments;
    assert!(segments >= 6);
    let firsts = segment_files(dir.path()).into_iter().filter_map(|path| segment::parse_file_name(&path));
    let needed = firsts.filter(|first| *first <= 500).max().unwrap();
    journal.trim("writer", 1_000).unwrap();
    assert_eq!(journal.tail(), 0);
    journal.trim("counters", 500).unwrap();
    eventually("everything before the slow consumer is gone", || journal.tail() == needed);
    eventually("files are gone", || segment_files(dir.path()).len() as u64 == journal.stats().segments);
    let lag = journal.lag();
    let of = |name: &str| lag.iter().find(|lag| lag.consumer == name).unwrap();
    assert_eq!((of("writer").records, of("writer").bytes, of("counters").records), (0, 0, 500));
    assert!(of("counters").bytes > 0 && of("counters").bytes <= journal.stats().bytes);
    let (read, gaps) = read_all(&journal, 500, payload);
    assert_eq!((read.len(), gaps.len()), (500, 0));
    let (read, gaps) = read_all(&journal, 0, payload);
    assert_eq!(read.first().copied(), Some(journal.tail()));
    assert_eq!(gaps.iter().map(|gap| gap.reason).collect::<Vec<_>>(), [GapReason::Trimmed]);
    assert_eq!(journal.damage(), DamageReport::default(), "trimming is no damage");
    journal.trim("counters", 1_000).unwrap();
    eventually("all but the last segment are gone", || journal.stats().segments == 1);
    drop(journal);
    let journal = open(dir.path());
    assert_eq!(journal.head(), 1_000);
    let (_, gaps) = read_all(&journal, 0, payload);
    assert!(
        gaps.iter().all(|gap| gap.reason == GapReason::Trimmed),
        "it is remembered over a restart: {gaps:?}"
    );
}

#[test]
fn nothing_goes_without_consumers_or_before_the_delay() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = options();
    options.trim_delay = Duration::from_secs(3600);
    let journal = Journal::open(dir.path(), options.clone()).unwrap();
    fill(&journal, 0..500);
    let segments = journal.stats().segments;
    assert_eq!(journal.register_consumer("writer").unwrap(), 0);
    journal.trim("writer", 500).unwrap();
    assert_eq!(journal.register_consumer("writer").unwrap(), 500);
    drop(journal);
    assert_eq!(segment_files(dir.path()).len() as u64, segments, "the delay keeps them");
    options.trim_delay = Duration::ZERO;
    let journal = Journal::open(dir.path(), options).unwrap();
    eventually("trimmed at once after a restart", || journal.stats().segments == 1);
}

#[test]
fn a_removed_consumer_holds_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path());
    fill(&journal, 0..500);
    journal.register_consumer("gone").unwrap();
    journal.trim("writer", 500).unwrap();
    fill(&journal, 500..510);
    assert_eq!(journal.tail(), 0);
    assert!(journal.remove_consumer("gone").unwrap());
    assert!(!journal.remove_consumer("gone").unwrap());
    eventually("trimmed", || journal.tail() > 0);
}

#[test]
fn positions_are_checked_and_only_rise() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path());
    fill(&journal, 0..10);
    journal.trim("writer", 7).unwrap();
    journal.trim("writer", 3).unwrap();
    assert_eq!(journal.lag()[0].before, 7);
    let error = journal.trim("writer", 11).unwrap_err();
    assert!(matches!(error, Error::Invalid { field: "before", .. }), "{error}");
    for name in ["", "a b", "ü", &"x".repeat(65)] {
        let error = journal.trim(name, 1).unwrap_err();
        assert!(matches!(error, Error::Invalid { field: "consumer", .. }), "{name:?}: {error}");
    }
}

#[test]
fn the_quota_refuses_and_trimming_makes_room() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = options();
    options.bytes_max = options.segment_bytes_max * 4;
    let journal = Journal::open(dir.path(), options.clone()).unwrap();
    journal.register_consumer("writer").unwrap();
    let mut accepted = 0;
    let refused = loop {
        match journal.append(&payload(accepted)) {
            Ok(_) => accepted += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(refused, AppendError::Full { reason: FullReason::Quota { bytes_max: options.bytes_max } });
    assert!(journal.stats().bytes <= options.bytes_max);
    let on_disk: u64 = segment_files(dir.path()).iter().map(|path| path.metadata().unwrap().len()).sum();
    assert_eq!(on_disk, journal.stats().bytes);
    journal.trim("writer", accepted).unwrap();
    eventually("room again", || journal.append(&payload(accepted)).is_ok());
    assert_eq!(journal.head(), accepted + 1);
    assert!(journal.stats().refused_full >= 1);
}

#[test]
fn the_retention_limit_cuts_off_and_counts() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = options();
    options.retention_bytes_max = Some(options.segment_bytes_max * 2);
    let journal = Journal::open(dir.path(), options).unwrap();
    // One that never moves: every record that is cut off is one that it has not seen, whenever the cut is made.
    journal.register_consumer("slow").unwrap();
    fill(&journal, 0..1_000);
    // Retention is looked at whenever a segment is closed or a consumer moves.
    journal.trim("writer", 1).unwrap();
    eventually("cut", || journal.stats().bytes <= 2 * (64 << 10));
    let (read, gaps) = read_all(&journal, 0, payload);
    assert_eq!(gaps.iter().map(|gap| gap.reason).collect::<Vec<_>>(), [GapReason::Retention]);
    assert_eq!(gaps[0].to_seq, read[0]);
    eventually("counted", || journal.stats().retention_records == journal.tail());
}

#[test]
fn old_segments_go_by_age() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path());
    fill(&journal, 0..500);
    drop(journal);
    let mut options = options();
    options.retention_age_max = Some(Duration::ZERO);
    let journal = Journal::open(dir.path(), options).unwrap();
    eventually("only the active segment is left", || journal.stats().segments == 1);
    assert_eq!(journal.head(), 500);
}

#[test]
fn segments_close_by_age() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = options();
    options.segment_age_max = Duration::ZERO;
    let journal = Journal::open(dir.path(), options).unwrap();
    fill(&journal, 0..5);
    assert_eq!(journal.stats().segments, 5);
    assert_eq!(read_all(&journal, 0, payload).0.len(), 5);
}

#[test]
fn options_out_of_range_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let check = |field: &str, change: &dyn Fn(&mut JournalOptions)| {
        let mut options = options();
        change(&mut options);
        let error = Journal::open(dir.path(), options).unwrap_err();
        assert!(matches!(&error, Error::Invalid { field: named, .. } if *named == field), "{field}: {error}");
    };
    check("segment_bytes_max", &|options| options.segment_bytes_max = 1000);
    check("bytes_max", &|options| options.bytes_max = options.segment_bytes_max * 3);
    check("sync_interval", &|options| options.sync_interval = Duration::ZERO);
    check("retention_bytes_max", &|options| options.retention_bytes_max = Some(1));
    check("consumer", &|options| options.consumers = vec![String::new()]);
}

#[test]
fn long_records_and_batches_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path());
    let longest = vec![1; PAYLOAD_BYTES_MAX];
    assert_eq!(journal.append(&longest).unwrap(), 0);
    let too_long = vec![1; PAYLOAD_BYTES_MAX + 1];
    let expected = AppendError::TooLarge { bytes: PAYLOAD_BYTES_MAX + 1, bytes_max: PAYLOAD_BYTES_MAX };
    assert_eq!(journal.append(&too_long), Err(expected.clone()));
    assert!(!expected.is_retryable());
    assert!(matches!(journal.append_batch(&[&longest; 17]), Err(AppendError::TooLarge { .. })));
    assert_eq!(journal.append_batch::<&[u8]>(&[]).unwrap(), 1..1);
    assert_eq!(journal.head(), 1);
}
