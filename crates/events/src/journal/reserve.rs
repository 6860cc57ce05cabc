//! Keeps sequence numbers from being given twice, whatever the disk forgot.
//!
//! The file `HEAD` says up to which number the journal may have given numbers. It is on the disk before the first of
//! them is given, so after a power cut, when the last records may be missing, the journal goes on behind it. It also
//! says with which number this running time began: whoever was killed between that decision and the first record must
//! not make the next owner believe that nothing was ever given before. After a failed sync nothing that is only in the
//! operating system is believed any more.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::checked::{self, Checked};
use super::file::{FileSystem, Files};
use crate::batch::GapReason;
use crate::error::Error;

const FILE: &str = "HEAD";
/// Numbers reserved at a time.
pub(crate) const STEP: u64 = 1 << 20;
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
    /// Numbers below this were given, if at all, by earlier owners.
    #[serde(default)]
    from: u64,
    /// Why the numbers before `from` that are in no segment are missing.
    #[serde(default)]
    hole: Option<GapReason>,
    /// A sync has failed since.
    #[serde(default)]
    doubt: bool,
    /// Records below this may be in the operating system alone, which will not say so again.
    #[serde(default)]
    unproven: u64,
}

/// Makes the next open doubt every number that is not in a segment; on the disk when this returns.
pub(crate) fn forget(files: &Files, dir: &Path) -> Result<(), Error> {
    let path = dir.join(FILE);
    match files.remove(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", &path)(error)),
        _ => files.sync_dir(dir).map_err(Error::io("sync", dir)),
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

/// Where the journal goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GoOn {
    /// The next number to give.
    pub(crate) next: u64,
    /// Why numbers before it are left out, if any are.
    pub(crate) hole: Option<GapReason>,
}

/// The reservation of an open journal.
pub(crate) struct Reservation {
    files: Files,
    path: PathBuf,
    boot: Option<String>,
    began: GoOn,
    unproven: u64,
    /// Everything in the segments was on the disk before this open.
    settled: bool,
    step: u64,
    reserved: AtomicU64,
    /// A sync failed: the next owner must not believe that all that was written is there.
    doubt: AtomicBool,
    /// The file says so.
    doubt_stored: AtomicBool,
    write: Mutex<()>,
}

impl Reservation {
    /// Reads the file and decides where the journal goes on. `step` numbers are reserved at a time.
    pub(crate) fn open(files: &Files, dir: &Path, found: Found, step: u64) -> Self {
        let path = dir.join(FILE);
        let boot = files.boot();
        let head = checked::load::<Head>(files, &path);
        let began = go_on_at(&head, found, boot.as_deref());
        let (settled, unproven) = match &head {
            // The disk is all that is left of that time.
            Checked::Good(head) if boot.is_some() && head.boot.is_some() && head.boot != boot => (true, 0),
            Checked::Good(head) if head.doubt => (false, began.next),
            Checked::Good(head) => (head.clean, head.unproven),
            _ => (false, 0),
        };
        Self {
            files: files.clone(),
            path,
            began,
            boot,
            unproven,
            settled,
            step,
            reserved: AtomicU64::new(0),
            doubt: AtomicBool::new(false),
            doubt_stored: AtomicBool::new(false),
            write: Mutex::new(()),
        }
    }

    /// Where this owner began.
    pub(crate) fn began(&self) -> GoOn {
        self.began
    }

    /// Whether what the owner before has written is certainly on the disk: it closed the journal, or the disk is all
    /// that is left of its time.
    pub(crate) fn is_settled(&self) -> bool {
        self.settled
    }

    /// Records below this may not be on the disk, though a sync would say so: one failed before, or during this open.
    pub(crate) fn unproven(&self) -> u64 {
        if self.doubt.load(Ordering::Acquire) { self.began.next } else { self.unproven }
    }

    /// Whether numbers below `until` may be given.
    pub(crate) fn covers(&self, until: u64) -> bool {
        until <= self.reserved.load(Ordering::Acquire)
    }

    /// Whether it is time to extend, so that appends need not, or to store a doubt.
    pub(crate) fn is_low(&self, next: u64) -> bool {
        !self.covers(next.saturating_add(self.step / 2))
    }

    /// Makes numbers up to `next` plus a step free to give.
    pub(crate) fn extend(&self, next: u64) -> std::io::Result<()> {
        let _one_at_a_time = self.write.lock();
        let reserved = next.saturating_add(self.step);
        if self.covers(reserved) {
            return Ok(());
        }
        self.store(reserved, false)?;
        self.reserved.store(reserved, Ordering::Release);
        Ok(())
    }

    /// Whether the next owner will know of every doubt.
    #[cfg(test)]
    pub(crate) fn is_doubt_stored(&self) -> bool {
        self.doubt_stored.load(Ordering::Acquire) || !self.doubt.load(Ordering::Acquire)
    }

    /// A sync failed: what was written may be gone though the operating system has not stopped.
    pub(crate) fn doubt(&self) {
        self.doubt.store(true, Ordering::Release);
    }

    /// Stores a doubt that the file does not know of yet.
    pub(crate) fn store_doubt(&self) -> std::io::Result<()> {
        let _one_at_a_time = self.write.lock();
        let reserved = self.reserved.load(Ordering::Acquire);
        if self.doubt_stored.load(Ordering::Acquire) || !self.doubt.load(Ordering::Acquire) || reserved == 0 {
            return Ok(());
        }
        self.store(reserved, false)
    }

    /// Says that exactly the numbers below `next` were given; nothing may be given afterwards.
    pub(crate) fn close(&self, next: u64) -> std::io::Result<()> {
        let _one_at_a_time = self.write.lock();
        self.reserved.store(0, Ordering::Release);
        self.store(next, true)
    }

    fn store(&self, reserved: u64, clean: bool) -> std::io::Result<()> {
        let doubt = self.doubt.load(Ordering::Acquire);
        let GoOn { next: from, hole } = self.began;
        let (boot, unproven) = (self.boot.clone(), self.unproven());
        let head = Head { reserved, clean, boot, from, hole, doubt, unproven };
        checked::store(&self.files, &self.path, &head)?;
        self.doubt_stored.store(doubt, Ordering::Release);
        Ok(())
    }
}

fn go_on_at(head: &Checked<Head>, found: Found, boot: Option<&str>) -> GoOn {
    match head {
        Checked::Good(head) if head.clean && found.next <= head.reserved => {
            let hole = (found.next < head.reserved).then_some(GapReason::Torn);
            GoOn { next: head.reserved, hole }
        }
        // The operating system has not stopped since: every written record is still there. If none is behind the place
        // where the last owner began, it gave no number.
        Checked::Good(head)
            if !head.clean
                && !found.doubtful
                && !head.doubt
                && boot.is_some()
                && head.boot.as_deref() == boot =>
        {
            let hole = (found.next < head.from).then(|| head.hole.unwrap_or(GapReason::Skipped));
            GoOn { next: head.from.max(found.next), hole }
        }
        Checked::Good(head) => GoOn { next: head.reserved.max(found.next), hole: Some(GapReason::Skipped) },
        Checked::Absent if found.fresh => GoOn { next: 0, hole: None },
        Checked::Absent | Checked::Damaged | Checked::Unfamiliar => {
            GoOn { next: found.next.saturating_add(UNKNOWN_SKIP), hole: Some(GapReason::Skipped) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(reserved: u64, clean: bool, boot: &str) -> Head {
        Head { reserved, clean, boot: Some(boot.to_owned()), from: 0, hole: None, doubt: false, unproven: 0 }
    }

    #[test]
    fn numbers_go_on_without_a_hole_only_when_that_is_certain() {
        let found = Found { next: 10, doubtful: false, fresh: false };
        let doubtful = Found { doubtful: true, ..found };
        let fresh = Found { next: 0, doubtful: false, fresh: true };
        let good = Checked::Good;
        let skipped = Some(GapReason::Skipped);
        let torn = Some(GapReason::Torn);
        let began_behind = Head { from: 50, hole: torn, ..head(100, false, "a") };
        for (what, head, found, expected) in [
            ("new directory", Checked::Absent, fresh, (0, None)),
            ("orderly close", good(head(10, true, "a")), found, (10, None)),
            ("orderly close on another boot", good(head(10, true, "b")), found, (10, None)),
            ("killed", good(head(100, false, "a")), found, (10, None)),
            ("killed in the middle of a write", good(head(100, false, "a")), doubtful, (100, skipped)),
            ("killed before the first record", good(began_behind.clone()), found, (50, torn)),
            ("killed after the first record", good(Head { from: 9, ..began_behind }), found, (10, None)),
            (
                "killed after a failed sync",
                good(Head { doubt: true, ..head(100, false, "a") }),
                found,
                (100, skipped),
            ),
            ("power cut", good(head(100, false, "b")), found, (100, skipped)),
            ("tail lost after an orderly close", good(head(12, true, "a")), found, (12, torn)),
            ("more records than were closed", good(head(5, true, "a")), found, (10, skipped)),
            ("no HEAD", Checked::Absent, found, (10 + UNKNOWN_SKIP, skipped)),
            ("damaged HEAD", Checked::Damaged, fresh, (UNKNOWN_SKIP, skipped)),
        ] {
            let (next, hole) = expected;
            assert_eq!(go_on_at(&head, found, Some("a")), GoOn { next, hole }, "{what}");
        }
        let unknown_boot = Checked::Good(Head { boot: None, ..head(100, false, "a") });
        assert_eq!(go_on_at(&unknown_boot, found, None), GoOn { next: 100, hole: skipped });
    }

    #[test]
    fn reservation_is_on_disk_before_it_counts() {
        let dir = tempfile::tempdir().unwrap();
        let files = Files::Disk;
        let fresh = Found { next: 0, doubtful: false, fresh: true };
        let reservation = Reservation::open(&files, dir.path(), fresh, STEP);
        assert_eq!(reservation.began(), GoOn { next: 0, hole: None });
        assert!(!reservation.covers(1));
        reservation.extend(0).unwrap();
        assert!(reservation.covers(STEP) && !reservation.covers(STEP + 1));
        assert!(!reservation.is_low(STEP / 2) && reservation.is_low(STEP / 2 + 1));
        let found = Found { next: 3, doubtful: false, fresh: false };
        assert!(!Reservation::open(&files, dir.path(), found, STEP).is_settled());
        reservation.close(7).unwrap();
        assert!(!reservation.covers(1));
        let found = Found { next: 7, doubtful: false, fresh: false };
        let next = Reservation::open(&files, dir.path(), found, STEP);
        assert_eq!((next.began().next, next.is_settled()), (7, true));
    }

    #[test]
    fn after_a_doubt_nothing_in_the_operating_system_is_believed() {
        let dir = tempfile::tempdir().unwrap();
        let files = Files::Disk;
        let fresh = Found { next: 0, doubtful: false, fresh: true };
        let reservation = Reservation::open(&files, dir.path(), fresh, STEP);
        reservation.extend(0).unwrap();
        reservation.doubt();
        reservation.store_doubt().unwrap();
        let found = Found { next: 3, doubtful: false, fresh: false };
        let next = Reservation::open(&files, dir.path(), found, STEP);
        assert_eq!(next.began(), GoOn { next: STEP, hole: Some(GapReason::Skipped) });
        assert_eq!(next.unproven(), STEP);
        next.extend(STEP).unwrap();
        let found = Found { next: STEP + 1, doubtful: false, fresh: false };
        let after = Reservation::open(&files, dir.path(), found, STEP);
        assert_eq!((after.began().next, after.unproven()), (STEP + 1, STEP), "only the power ends it");
    }
}
