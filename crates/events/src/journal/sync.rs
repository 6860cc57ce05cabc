//! The sync thread: group commit. One pass brings everything written so far to the disk, for however many wait for it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::file::sync_dir;
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
        self.progress.borrow().synced < self.head.load(Ordering::SeqCst)
    }

    /// Brings everything below the present head to the disk. The head is read first: whatever it covers is in one of
    /// the segments listed afterwards.
    pub(crate) fn sync_pass(&self) {
        let head = self.head.load(Ordering::SeqCst);
        let mut failure = None;
        let (dirty, active) = {
            let segments = self.segments.read();
            let dirty: Vec<_> = segments.iter().filter(|segment| segment.is_dirty()).cloned().collect();
            (dirty, segments.last().cloned())
        };
        for segment in dirty {
            if let Err(error) = self.sync_segment(&segment) {
                tracing::error!(%error, path = %segment.path.display(), "sync failed; the segment is closed");
                self.counters.sync_failures.fetch_add(1, Ordering::Relaxed);
                segment.suspect.store(true, Ordering::Release);
                failure = Some(error.to_string());
            }
            let is_active = active.as_ref().is_some_and(|active| Arc::ptr_eq(active, &segment));
            if !is_active && !segment.is_dirty() {
                *segment.file.lock() = None;
            }
        }
        self.counters.syncs.fetch_add(1, Ordering::Relaxed);
        self.progress.send_modify(|progress| progress.advance(head, failure));
    }

    /// After a failed sync the operating system may have dropped the pages: trying again would prove nothing, so the
    /// bytes count as dealt with either way.
    fn sync_segment(&self, segment: &Segment) -> std::io::Result<()> {
        let len = segment.len();
        let file = segment.file.lock().clone();
        let data = file.map_or(Ok(()), |file| file.sync_data());
        segment.synced.store(len, Ordering::Release);
        let named = if segment.named.load(Ordering::Acquire) { Ok(()) } else { sync_dir(&self.dir) };
        segment.named.store(true, Ordering::Release);
        data.and(named)
    }
}
