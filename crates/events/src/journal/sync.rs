//! The sync thread: group commit. One pass brings everything written so far to the disk, for however many wait for it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::file::{FileContent, FileSystem};
use super::segment::Segment;
use super::shared::Shared;

/// Runs until the journal is closed and everything is on the disk.
pub(crate) fn run(shared: &Shared) {
    shared.syncing.register();
    loop {
        let stopping = shared.syncing.is_stopping();
        if shared.has_unsynced() {
            if !stopping {
                shared.syncing.wait_for(shared.options.sync_interval);
            }
            shared.syncing.take_urgency();
            shared.sync_pass();
        } else if stopping {
            return;
        } else {
            shared.syncing.take_urgency();
            // Who urged before that had appended before: the wish is lost only if there is nothing to do.
            if shared.has_unsynced() {
                shared.sync_pass();
                continue;
            }
            shared.syncing.wait(|| shared.has_unsynced() || shared.syncing.is_stopping());
        }
    }
}

impl Shared {
    fn has_unsynced(&self) -> bool {
        self.progress.synced() < self.head.load(Ordering::SeqCst)
            || self.active().is_some_and(|active| active.cut.load(Ordering::Acquire))
    }

    /// Brings everything below the present head to the disk. The head is read first: whatever it covers is in one of
    /// the segments listed afterwards.
    pub(crate) fn sync_pass(&self) {
        let mut head = self.head.load(Ordering::SeqCst);
        let (dirty, active) = {
            let segments = self.segments.read();
            let dirty: Vec<_> = segments.iter().filter(|segment| segment.is_dirty()).cloned().collect();
            (dirty, segments.last().cloned())
        };
        let mut failed: Vec<(&Arc<Segment>, String)> = Vec::new();
        for segment in &dirty {
            if let Err(error) = self.sync_segment(segment) {
                failed.push((segment, error.to_string()));
            }
        }
        let nameless: Vec<_> =
            dirty.iter().filter(|segment| !segment.named.load(Ordering::Acquire)).collect();
        match if nameless.is_empty() { Ok(()) } else { self.files.sync_dir(&self.dir) } {
            Ok(()) => nameless.iter().for_each(|segment| segment.named.store(true, Ordering::Release)),
            Err(error) => failed.extend(nameless.iter().map(|segment| (*segment, error.to_string()))),
        }
        for (segment, error) in &failed {
            head = head.max(self.close_failed(segment, error));
        }
        for segment in &dirty {
            let is_active = active.as_ref().is_some_and(|active| Arc::ptr_eq(active, segment));
            if !is_active && !segment.is_dirty() {
                *segment.file.lock() = None;
            }
        }
        if !failed.is_empty() {
            self.reservation.doubt();
            if let Err(error) = self.reservation.store_doubt() {
                tracing::warn!(%error, "not stored that a sync failed; it is tried again");
                self.upkeep.urge();
            }
        }
        self.counters.syncs.fetch_add(1, Ordering::Relaxed);
        self.progress.advance(head, failed.pop().map(|(_, error)| error));
    }

    fn sync_segment(&self, segment: &Segment) -> io::Result<()> {
        let len = segment.len();
        let cut = segment.cut.load(Ordering::Acquire);
        let file = segment.file.lock().clone();
        match file {
            Some(file) => file.sync_data()?,
            // Left by an owner that was killed; if it is gone, it was trimmed a moment ago.
            None => match self.files.open_write(&segment.path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                file => file?.sync_data()?,
            },
        }
        segment.synced.store(len, Ordering::Release);
        if cut {
            segment.cut.store(false, Ordering::Release);
        }
        Ok(())
    }

    /// After a failed sync the operating system may have dropped the pages: trying again would prove nothing, so all
    /// of the segment counts as dealt with, also what was written to it during the sync, and nothing more is written
    /// there. Returns the number behind it.
    fn close_failed(&self, segment: &Arc<Segment>, error: &str) -> u64 {
        tracing::error!(error, path = %segment.path.display(), "sync failed; the segment is closed");
        self.counters.sync_failures.fetch_add(1, Ordering::Relaxed);
        // Whoever appends holds this and looks for the mark under it.
        let mut writer = self.writer.lock();
        segment.suspect.store(true, Ordering::Release);
        if segment.cut.swap(false, Ordering::AcqRel) && Arc::ptr_eq(&writer.segment, segment) {
            writer.uncut = true;
        }
        segment.settle();
        let head = self.head.load(Ordering::SeqCst);
        let segments = self.segments.read();
        let after = segments.iter().find(|other| other.first_seq() > segment.first_seq());
        after.map_or(head, |after| after.first_seq().min(head))
    }
}
