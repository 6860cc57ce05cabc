//! What was found damaged or missing since the journal was opened, and the bytes set aside for whoever wants to look.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::file::{FileContent, FileSystem, Files, write_all_at};
use crate::batch::{Gap, GapReason};

/// Gaps kept one by one; beyond this they are only counted.
const GAPS_MAX: usize = 1024;
/// Damaged bytes kept in files; beyond this they are only counted.
const ASIDE_BYTES_MAX: u64 = 256 << 20;

/// Damage met since the journal was opened, at open and while reading.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DamageReport {
    /// The gaps, ascending, the first 1024 of them.
    pub gaps: Vec<Gap>,
    /// Records that are lost: sequence numbers in gaps that are corrupt, torn or missing.
    pub records_lost: u64,
    /// Sequence numbers left out after an unclean stop; few of them, if any, were ever given to a record.
    pub numbers_skipped: u64,
    /// Bytes that did not check out.
    pub bytes_damaged: u64,
    /// Files written to `damaged/`.
    pub files_set_aside: u64,
    /// Damaged bytes that were not kept because `damaged/` is at its bound of 256 MiB or could not be written.
    pub bytes_discarded: u64,
}

pub(crate) struct Damage {
    files: Files,
    dir: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    gaps: BTreeMap<u64, Gap>,
    report: DamageReport,
}

impl Damage {
    pub(crate) fn new(files: &Files, journal_dir: &Path) -> Self {
        Self { files: files.clone(), dir: journal_dir.join("damaged"), state: Mutex::default() }
    }

    /// Counts a gap once, however many readers meet it.
    pub(crate) fn note(&self, gap: Gap) {
        if matches!(gap.reason, GapReason::Trimmed | GapReason::Retention) {
            return;
        }
        let mut state = self.state.lock();
        if state.gaps.get(&gap.from_seq).is_some_and(|known| known.to_seq >= gap.to_seq) {
            return;
        }
        tracing::warn!(
            from_seq = gap.from_seq, to_seq = gap.to_seq, bytes = gap.bytes, reason = gap.reason.as_str(),
            dir = %self.dir.display(), "gap in the journal"
        );
        let known = state.gaps.get(&gap.from_seq).copied();
        if known.is_some() || state.gaps.len() < GAPS_MAX {
            state.gaps.insert(gap.from_seq, gap);
        }
        let more = gap.len() - known.map_or(0, |known| known.len());
        match gap.reason {
            GapReason::Skipped => state.report.numbers_skipped += more,
            _ => state.report.records_lost += more,
        }
        state.report.bytes_damaged += gap.bytes.saturating_sub(known.map_or(0, |known| known.bytes));
    }

    /// Counts damaged bytes that cost no record.
    pub(crate) fn note_bytes(&self, bytes: u64) {
        self.state.lock().report.bytes_damaged += bytes;
    }

    /// Moves a whole file into `damaged/`.
    pub(crate) fn set_aside_file(&self, path: &Path) -> io::Result<()> {
        let len = self.files.len(path).unwrap_or(0);
        if self.room() < len {
            self.files.remove(path)?;
            self.state.lock().report.bytes_discarded += len;
            return Ok(());
        }
        self.files.make_dirs(&self.dir)?;
        let stem = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.files.rename(path, &self.free_name(&stem))?;
        self.state.lock().report.files_set_aside += 1;
        Ok(())
    }

    /// Copies bytes into `damaged/`, on the disk when this returns: what they are a copy of is about to go. Failing to
    /// is counted, not returned: it must not stop a recovery.
    pub(crate) fn set_aside_bytes(&self, stem: &str, bytes: &[u8]) {
        let keep = || {
            self.files.make_dirs(&self.dir)?;
            let file = self.files.create_new(&self.free_name(stem))?;
            write_all_at(&file, bytes, 0)?;
            file.sync_data()?;
            self.files.sync_dir(&self.dir)
        };
        let kept = self.room() >= bytes.len() as u64 && keep().is_ok();
        let mut state = self.state.lock();
        if kept {
            state.report.files_set_aside += 1;
        } else {
            state.report.bytes_discarded += bytes.len() as u64;
        }
    }

    pub(crate) fn report(&self) -> DamageReport {
        let state = self.state.lock();
        DamageReport { gaps: state.gaps.values().copied().collect(), ..state.report.clone() }
    }

    fn room(&self) -> u64 {
        let entries = self.files.list(&self.dir).unwrap_or_default();
        let used = entries.iter().filter_map(|path| self.files.len(path).ok()).sum();
        ASIDE_BYTES_MAX.saturating_sub(used)
    }

    fn free_name(&self, stem: &str) -> PathBuf {
        let numbered = (0_u32..).map(|n| self.dir.join(format!("{stem}.{n}")));
        let mut free = numbered.filter(|path| self.files.len(path).is_err());
        free.next().unwrap_or_else(|| self.dir.join(stem))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_gap_counts_once_and_grows() {
        let dir = tempfile::tempdir().unwrap();
        let damage = Damage::new(&Files::Disk, dir.path());
        let gap = Gap { from_seq: 5, to_seq: 7, bytes: 100, reason: GapReason::Corrupt };
        damage.note(gap);
        damage.note(gap);
        damage.note(Gap { to_seq: 9, bytes: 150, ..gap });
        damage.note(Gap { from_seq: 0, to_seq: 5, bytes: 0, reason: GapReason::Trimmed });
        damage.note(Gap { from_seq: 50, to_seq: 1000, bytes: 0, reason: GapReason::Skipped });
        let report = damage.report();
        assert_eq!(report.numbers_skipped, 950);
        assert_eq!((report.records_lost, report.bytes_damaged, report.gaps.len()), (4, 150, 2));
    }

    #[test]
    fn bytes_and_files_are_set_aside_under_free_names() {
        let dir = tempfile::tempdir().unwrap();
        let damage = Damage::new(&Files::Disk, dir.path());
        damage.set_aside_bytes("tail", b"abc");
        damage.set_aside_bytes("tail", b"def");
        let file = dir.path().join("odd.seg");
        fs::write(&file, b"xyz").unwrap();
        damage.set_aside_file(&file).unwrap();
        assert_eq!(fs::read(dir.path().join("damaged/tail.0")).unwrap(), b"abc");
        assert_eq!(fs::read(dir.path().join("damaged/tail.1")).unwrap(), b"def");
        assert_eq!(fs::read(dir.path().join("damaged/odd.seg.0")).unwrap(), b"xyz");
        assert!(!file.exists());
        assert_eq!(damage.report().files_set_aside, 3);
    }
}
