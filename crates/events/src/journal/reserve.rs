//! Keeps sequence numbers from being given twice, whatever the disk forgot.
//!
//! The file `HEAD` says up to which number the journal may have given numbers. It is on the disk before the first of
//! them is given, so after a power cut, when the last records may be missing, the journal goes on behind it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::checked::{self, Checked};
use crate::batch::GapReason;
use crate::error::Error;

const FILE: &str = "HEAD";
/// Numbers reserved at a time.
const STEP: u64 = 1 << 20;
/// How far to jump when nothing is known about the numbers given before.
const UNKNOWN_SKIP: u64 = 1 << 32;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Head {
    /// Numbers below this may have been given; exactly these when `clean`.
    reserved: u64,
    /// Written by an orderly close.
    clean: bool,
    /// The running time of the operating system in which this was written, as far as it is known.
    boot: Option<String>,
}

/// Makes the next open doubt every number that is not in a segment.
pub(crate) fn forget(dir: &Path) -> Result<(), Error> {
    let path = dir.join(FILE);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", &path)(error)),
        _ => Ok(()),
    }
}

/// What the segments themselves say at open.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    /// Behind the last good record, and behind every position that a consumer has reported.
    pub(crate) next: u64,
    /// A consumer was further than the records are, or bytes at the end did not check out.
    pub(crate) doubtful: bool,
    /// The directory is new.
    pub(crate) fresh: bool,
}

/// The reservation of an open journal.
#[derive(Debug)]
pub(crate) struct Reservation {
    path: PathBuf,
    boot: Option<String>,
    reserved: AtomicU64,
    write: Mutex<()>,
}

impl Reservation {
    /// Reads the file and decides with which number the journal goes on, and if it leaves some out, why.
    pub(crate) fn open(dir: &Path, found: Found) -> (Self, u64, Option<GapReason>) {
        let path = dir.join(FILE);
        let boot = boot_id();
        let (next, hole) = go_on_at(&checked::load(&path), found, boot.as_deref());
        (Self { path, boot, reserved: AtomicU64::new(0), write: Mutex::new(()) }, next, hole)
    }

    /// Whether numbers below `until` may be given.
    pub(crate) fn covers(&self, until: u64) -> bool {
        until <= self.reserved.load(Ordering::Acquire)
    }

    /// Whether it is time to extend, so that appends need not.
    pub(crate) fn is_low(&self, next: u64) -> bool {
        !self.covers(next.saturating_add(STEP / 2))
    }

    /// Makes numbers up to `next` plus a step free to give.
    pub(crate) fn extend(&self, next: u64) -> std::io::Result<()> {
        let _one_at_a_time = self.write.lock();
        let reserved = next.saturating_add(STEP);
        if self.covers(reserved) {
            return Ok(());
        }
        checked::store(&self.path, &Head { reserved, clean: false, boot: self.boot.clone() })?;
        self.reserved.store(reserved, Ordering::Release);
        Ok(())
    }

    /// Says that exactly the numbers below `next` were given; nothing may be given afterwards.
    pub(crate) fn close(&self, next: u64) -> std::io::Result<()> {
        let _one_at_a_time = self.write.lock();
        self.reserved.store(0, Ordering::Release);
        checked::store(&self.path, &Head { reserved: next, clean: true, boot: self.boot.clone() })
    }
}

fn go_on_at(head: &Checked<Head>, found: Found, boot: Option<&str>) -> (u64, Option<GapReason>) {
    match head {
        Checked::Good(head) if head.clean && found.next <= head.reserved => {
            let hole = (found.next < head.reserved).then_some(GapReason::Torn);
            (head.reserved, hole)
        }
        // The operating system has not stopped since: every written record is still there.
        Checked::Good(head)
            if !head.clean && !found.doubtful && boot.is_some() && head.boot.as_deref() == boot =>
        {
            (found.next, None)
        }
        Checked::Good(head) => (head.reserved.max(found.next), Some(GapReason::Skipped)),
        Checked::Absent if found.fresh => (0, None),
        Checked::Absent | Checked::Damaged | Checked::Unfamiliar => {
            (found.next.saturating_add(UNKNOWN_SKIP), Some(GapReason::Skipped))
        }
    }
}

/// Tells one running time of the operating system from another.
fn boot_id() -> Option<String> {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(text.trim().to_owned()).filter(|id| !id.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(reserved: u64, clean: bool, boot: &str) -> Checked<Head> {
        Checked::Good(Head { reserved, clean, boot: Some(boot.to_owned()) })
    }

    #[test]
    fn numbers_go_on_without_a_hole_only_when_that_is_certain() {
        let found = Found { next: 10, doubtful: false, fresh: false };
        let doubtful = Found { doubtful: true, ..found };
        let fresh = Found { next: 0, doubtful: false, fresh: true };
        for (what, head, found, expected) in [
            ("new directory", Checked::Absent, fresh, (0, None)),
            ("orderly close", head(10, true, "a"), found, (10, None)),
            ("orderly close on another boot", head(10, true, "b"), found, (10, None)),
            ("killed", head(100, false, "a"), found, (10, None)),
            (
                "killed in the middle of a write",
                head(100, false, "a"),
                doubtful,
                (100, Some(GapReason::Skipped)),
            ),
            ("power cut", head(100, false, "b"), found, (100, Some(GapReason::Skipped))),
            ("tail lost after an orderly close", head(12, true, "a"), found, (12, Some(GapReason::Torn))),
            ("more records than were closed", head(5, true, "a"), found, (10, Some(GapReason::Skipped))),
            ("no HEAD", Checked::Absent, found, (10 + UNKNOWN_SKIP, Some(GapReason::Skipped))),
            ("damaged HEAD", Checked::Damaged, fresh, (UNKNOWN_SKIP, Some(GapReason::Skipped))),
        ] {
            assert_eq!(go_on_at(&head, found, Some("a")), expected, "{what}");
        }
        let unknown_boot = Checked::Good(Head { reserved: 100, clean: false, boot: None });
        assert_eq!(go_on_at(&unknown_boot, found, None), (100, Some(GapReason::Skipped)));
    }

    #[test]
    fn reservation_is_on_disk_before_it_counts() {
        let dir = tempfile::tempdir().unwrap();
        let fresh = Found { next: 0, doubtful: false, fresh: true };
        let (reservation, next, hole) = Reservation::open(dir.path(), fresh);
        assert_eq!((next, hole), (0, None));
        assert!(!reservation.covers(1));
        reservation.extend(0).unwrap();
        assert!(reservation.covers(STEP) && !reservation.covers(STEP + 1));
        assert!(!reservation.is_low(STEP / 2) && reservation.is_low(STEP / 2 + 1));
        reservation.close(7).unwrap();
        assert!(!reservation.covers(1));
        let found = Found { next: 7, doubtful: false, fresh: false };
        assert_eq!(Reservation::open(dir.path(), found).1, 7);
    }
}
