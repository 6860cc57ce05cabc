//! Defects that the histories, or thinking about them, brought to light; one test each.

use super::disk::{Fault, SimDisk};
use super::*;
use crate::batch::GapReason;
use crate::error::FullReason;
use crate::journal::file::FileContent;

/// Segments of a few records.
fn small() -> JournalOptions {
    let mut options = JournalOptions::new(Stream::Clicks);
    options.segment_bytes_max = 2 << 10;
    options.trim_delay = Duration::ZERO;
    options
}

fn opened(disk: &SimDisk) -> Journal {
    open_on(disk, &small()).unwrap()
}

fn append(journal: &Journal, seqs: Range<u64>) {
    for seq in seqs {
        assert_eq!(journal.append(&payload(seq)), Ok(seq));
    }
}

/// The next operations on the disk fail.
fn break_disk(disk: &SimDisk, after: u32, errno: i32, lasts: bool) {
    disk.0.lock().fault = Some(Fault { after, errno, lasts });
}

fn mend_disk(disk: &SimDisk) {
    disk.0.lock().fault = None;
}

/// The numbers that are records.
fn readable(journal: &Journal) -> Vec<u64> {
    read_all(journal, 0, payload).0
}

#[test]
fn whoever_is_killed_before_its_first_record_leaves_word_where_it_began() {
    for after in 0..40 {
        let disk = SimDisk::new(after);
        let journal = opened(&disk);
        append(&journal, 0..3);
        journal.shared().sync_pass();
        append(&journal, 3..6);
        disk.cut_power_and_lose_all();
        drop(journal);
        disk.0.lock().fuse = Some(u32::try_from(after).unwrap());
        drop(open_on(&disk, &small()));
        disk.kill();
        // The power was cut before the last owner's time, not in it: that must not look as if nothing had been lost.
        let journal = opened(&disk);
        assert!(journal.head() >= 6, "killed after {after} operations: {} is given again", journal.head());
        assert_eq!(readable(&journal), [0, 1, 2]);
    }
}

#[test]
fn a_torn_end_is_cut_off_only_when_its_numbers_are_given_up() {
    for after in 0..40 {
        let disk = SimDisk::new(after);
        let journal = opened(&disk);
        append(&journal, 0..3);
        // As if bits had rotted in a record that was read and acknowledged.
        let active = journal.shared().active().unwrap();
        active.file.lock().as_ref().unwrap().write_at(&[0xff], active.len() - 1).unwrap();
        disk.kill();
        drop(journal);
        disk.0.lock().fuse = Some(u32::try_from(after).unwrap());
        drop(open_on(&disk, &small()));
        disk.kill();
        let journal = opened(&disk);
        assert!(journal.head() >= 3, "killed after {after} operations: {} is given again", journal.head());
    }
}

#[test]
fn a_sync_that_fails_takes_along_what_was_written_meanwhile() {
    let disk = SimDisk::new(1);
    let journal = opened(&disk);
    append(&journal, 0..2);
    let writer = journal.clone();
    disk.0.lock().during_sync = Some(Box::new(move || append(&writer, 2..4)));
    break_disk(&disk, 2, libc::EIO, false);
    journal.shared().sync_pass();
    mend_disk(&disk);
    journal.shared().sync_pass();
    append(&journal, 4..5);
    journal.shared().sync_pass();
    let progress = &journal.shared().progress;
    for seq in 0..4 {
        assert!(progress.outcome(seq).is_err(), "nobody knows whether record {seq} is on the disk");
    }
    assert_eq!((progress.synced(), progress.outcome(4)), (5, Ok(())));
}

#[test]
fn after_a_failed_sync_the_next_owner_believes_nothing_that_was_not_synced() {
    let disk = SimDisk::new(2);
    let journal = opened(&disk);
    append(&journal, 0..5);
    break_disk(&disk, 0, libc::EIO, false);
    journal.shared().sync_pass();
    disk.forget_unsynced();
    disk.kill();
    for round in 0..2 {
        let journal = opened(&disk);
        assert!(journal.head() >= 5, "{} is given again", journal.head());
        journal.shared().sync_pass();
        assert!(journal.shared().progress.outcome(4).is_err(), "round {round}");
        disk.kill();
    }
    disk.cut_power();
    assert_eq!(opened(&disk).shared().progress.outcome(4), Ok(()), "what is there now is on the disk");
}

#[test]
fn the_number_of_a_refused_record_is_free_only_when_the_disk_has_forgotten_it() {
    for seed in 0..300 {
        let disk = SimDisk::new(seed);
        let journal = opened(&disk);
        append(&journal, 0..2);
        journal.shared().sync_pass();
        break_disk(&disk, 0, libc::EIO, seed % 2 == 0);
        let refused = [b"refused 2".to_vec(), b"refused 3".to_vec()];
        assert!(matches!(journal.append_batch(&refused), Err(AppendError::Unwritable { .. })));
        mend_disk(&disk);
        journal.shared().sync_pass();
        let accepted = journal.append(b"accepted").unwrap();
        disk.cut_power();
        drop(journal);
        let journal = opened(&disk);
        let mut reader = journal.reader(accepted);
        for record in reader.read(ReadLimit::default()).unwrap().records {
            assert!(record.seq != accepted || record.payload == b"accepted"[..], "seed {seed}: {record:?}");
        }
    }
}

#[test]
fn a_segment_that_failed_before_its_first_record_is_replaced_not_doubled() {
    for after in 0..12 {
        let disk = SimDisk::new(after);
        let journal = opened(&disk);
        journal.register_consumer("writer").unwrap();
        // A record too long for the rest of the segment begins another one, and is refused there.
        append(&journal, 0..9);
        let mut next = journal.head();
        journal.shared().writer.lock().segment.suspect.store(true, Ordering::SeqCst);
        let used = disk.used();
        disk.0.lock().capacity = Some(used + 70);
        assert_eq!(journal.append(&payload(9)), Err(AppendError::Full { reason: FullReason::Disk }));
        disk.0.lock().capacity = None;
        break_disk(&disk, u32::try_from(after).unwrap(), libc::EIO, true);
        journal.shared().sync_pass();
        mend_disk(&disk);
        journal.shared().sync_pass();
        for _ in 0..3 {
            next = journal.append(b"x").unwrap() + 1;
        }
        let firsts: Vec<_> =
            journal.shared().segments.read().iter().map(|segment| segment.first_seq()).collect();
        assert!(firsts.is_sorted_by(|a, b| a < b), "{firsts:?}");
        journal.trim("writer", next - 3).unwrap();
        journal.shared().keep_up();
        disk.kill();
        drop(journal);
        let journal = opened(&disk);
        let batch = journal.reader(next - 3).read(ReadLimit::default()).unwrap();
        assert_eq!(batch.records.len(), 3, "after {after}: {batch:?}");
    }
}

#[test]
fn the_directories_of_a_new_journal_are_on_the_disk_before_its_first_record() {
    let disk = SimDisk::new(3);
    let journal = opened(&disk);
    append(&journal, 0..3);
    journal.shared().sync_pass();
    disk.cut_power_and_lose_all();
    assert_eq!(readable(&opened(&disk)), [0, 1, 2]);
}

#[test]
fn what_a_killed_owner_left_is_synced_before_anybody_is_told_so() {
    let disk = SimDisk::new(4);
    let journal = opened(&disk);
    append(&journal, 0..30);
    assert!(journal.stats().segments >= 3);
    disk.kill();
    drop(journal);
    let journal = opened(&disk);
    assert_eq!(journal.synced(), 0);
    journal.shared().sync_pass();
    assert_eq!((journal.synced(), journal.shared().progress.outcome(29)), (30, Ok(())));
    disk.cut_power_and_lose_all();
    assert_eq!(readable(&opened(&disk)), (0..30).collect::<Vec<_>>());
}

#[test]
fn deleted_segments_that_a_power_cut_brings_back_are_no_loss() {
    for seed in 0..60 {
        let disk = SimDisk::new(seed);
        let journal = opened(&disk);
        append(&journal, 0..60);
        journal.shared().sync_pass();
        journal.trim("writer", 55).unwrap();
        journal.shared().keep_up();
        let tail = journal.tail();
        assert!(tail > 20);
        disk.cut_power();
        drop(journal);
        let journal = opened(&disk);
        assert_eq!(journal.tail(), tail, "seed {seed}");
        let (read, mut gaps) = read_all(&journal, 0, payload);
        gaps.retain(|gap| gap.reason != GapReason::Skipped);
        assert_eq!(read, (tail..60).collect::<Vec<_>>(), "seed {seed}");
        assert_eq!((gaps.len(), gaps[0].reason), (1, GapReason::Trimmed), "seed {seed}: {gaps:?}");
        assert_eq!(journal.damage().records_lost, 0, "seed {seed}");
    }
}

#[test]
fn a_journal_opens_on_a_full_disk_and_takes_records_when_there_is_room() {
    for power in [false, true] {
        let disk = SimDisk::new(5);
        let journal = opened(&disk);
        append(&journal, 0..20);
        journal.shared().sync_pass();
        append(&journal, 20..23);
        if power {
            disk.cut_power_and_lose_all()
        } else {
            disk.kill()
        }
        drop(journal);
        disk.0.lock().capacity = Some(0);
        let journal = opened(&disk);
        let kept = if power { 20 } else { 23 };
        assert_eq!(readable(&journal), (0..kept).collect::<Vec<_>>());
        let next = journal.head();
        assert_eq!(next == 23, !power);
        let full = Err(AppendError::Full { reason: FullReason::Disk });
        assert_eq!((journal.append(b"x"), journal.append(b"x")), (full.clone(), full));
        disk.0.lock().capacity = None;
        journal.shared().sync_pass();
        append(&journal, next..next + 3);
        journal.shared().sync_pass();
        disk.cut_power_and_lose_all();
        drop(journal);
        assert_eq!(readable(&opened(&disk)), (0..kept).chain(next..next + 3).collect::<Vec<_>>());
    }
}

#[test]
fn a_consumer_is_told_of_its_registration_only_when_it_is_stored() {
    let disk = SimDisk::new(6);
    let mut options = small();
    options.consumers = vec!["required".to_owned()];
    let journal = open_on(&disk, &options).unwrap();
    for name in ["required", "writer"] {
        break_disk(&disk, 0, libc::ENOSPC, true);
        for _ in 0..2 {
            assert!(matches!(journal.register_consumer(name), Err(Error::Io { .. })), "{name}");
        }
        mend_disk(&disk);
        assert_eq!(journal.register_consumer(name).unwrap(), 0);
    }
    disk.kill();
    let names: Vec<_> = opened(&disk).lag().into_iter().map(|lag| lag.consumer).collect();
    assert_eq!(names, ["required", "writer"]);
}

#[test]
fn nothing_is_given_back_that_a_consumer_registered_meanwhile_needs() {
    let disk = SimDisk::new(7);
    let journal = opened(&disk);
    append(&journal, 0..60);
    let consumers = &journal.shared().consumers;
    consumers.advance("writer", 60).unwrap();
    assert_eq!(journal.register_consumer("late").unwrap(), 0);
    assert!(consumers.release(50, false).is_none(), "decided before somebody who needs it came");
    assert_eq!(consumers.released(), (0, 0));
    consumers.advance("late", 60).unwrap();
    consumers.release(50, false).unwrap().unwrap();
    assert_eq!(journal.register_consumer("later").unwrap(), 50, "though the segments are not deleted yet");
}

#[test]
fn a_restored_copy_stays_one_when_the_power_goes() {
    let disk = SimDisk::new(8);
    let journal = opened(&disk);
    append(&journal, 0..3);
    journal.shared().sync_pass();
    journal.close().unwrap();
    reserve::forget(&disk.files(), Path::new(DIR)).unwrap();
    disk.cut_power_and_lose_all();
    assert!(opened(&disk).head() > 1 << 32);
}
