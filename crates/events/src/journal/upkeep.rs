//! The upkeep thread: keeps a spare file and reserved numbers ready, and deletes segments that nobody needs any more.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::file::FileSystem;
use super::segment::Segment;
use super::shared::Shared;
use super::writer::Spare;

/// How soon something that failed is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// How often the age of segments is looked at.
const AGE_CHECK: Duration = Duration::from_secs(30);

/// Runs until the journal is closed.
pub(crate) fn run(shared: &Shared) {
    shared.upkeep.register();
    while !shared.upkeep.is_stopping() {
        shared.upkeep.take_urgency();
        match shared.keep_up() {
            Some(limit) => shared.upkeep.wait_for(limit),
            None => shared.upkeep.wait(|| shared.upkeep.is_stopping()),
        }
    }
}

impl Shared {
    /// Does what is due; tells when something else will be, if it is known.
    pub(crate) fn keep_up(&self) -> Option<Duration> {
        let mut due = self.options.retention_age_max.map(|_| AGE_CHECK);
        let mut sooner = |limit: Duration| due = Some(due.map_or(limit, |due| due.min(limit)));
        if let Err(error) = self.prepare() {
            tracing::debug!(%error, dir = %self.dir.display(), "upkeep is tried again");
            sooner(RETRY);
        }
        if let Some(limit) = self.release_passed() {
            sooner(limit);
        }
        self.apply_retention();
        due
    }

    fn prepare(&self) -> std::io::Result<()> {
        self.reservation.store_doubt()?;
        let head = self.head.load(Ordering::SeqCst);
        if self.reservation.is_low(head) {
            self.reservation.extend(head)?;
        }
        let mut spare = self.spare.lock();
        if spare.is_none() {
            *spare = Some(Spare::new(&self.files, &self.dir)?);
        }
        Ok(())
    }

    /// Deletes segments that every consumer has passed long enough ago. Tells when the next one is due.
    fn release_passed(&self) -> Option<Duration> {
        let passed = self.consumers.passed_by_all()?;
        let now = Instant::now();
        let mut before = None;
        let mut wait = None;
        for (segment, end) in self.sealed() {
            if end > passed {
                break;
            }
            let since = *segment.passed_at.lock().get_or_insert(now);
            let left = self.options.trim_delay.saturating_sub(now.saturating_duration_since(since));
            if !left.is_zero() {
                wait = Some(left);
                break;
            }
            before = Some(end);
        }
        if let Some(before) = before {
            self.delete_before(before, false);
        }
        wait
    }

    /// Cuts off what the explicit retention limit says, read or not.
    fn apply_retention(&self) {
        let oldest_ms = self
            .options
            .retention_age_max
            .map(|age| super::unix_ms().saturating_sub(i64::try_from(age.as_millis()).unwrap_or(i64::MAX)));
        let mut excess = self
            .options
            .retention_bytes_max
            .map_or(0, |max| self.bytes.load(Ordering::Relaxed).saturating_sub(max));
        let sealed = self.sealed();
        let newer: Vec<_> = sealed.iter().skip(1).map(|(segment, _)| segment.header.created_ms).collect();
        let active_ms = self.active().map_or(i64::MAX, |active| active.header.created_ms);
        let mut before = None;
        for (at, (segment, end)) in sealed.iter().enumerate() {
            let ended_ms = newer.get(at).copied().unwrap_or(active_ms);
            if excess == 0 && oldest_ms.is_none_or(|oldest| ended_ms > oldest) {
                break;
            }
            excess = excess.saturating_sub(segment.len());
            before = Some(*end);
        }
        let Some(before) = before else { return };
        let needed_from = self.consumers.passed_by_all().unwrap_or(0).max(self.tail());
        let lost = before.saturating_sub(needed_from);
        self.delete_before(before, lost > 0);
        if lost > 0 {
            tracing::error!(lost, before, dir = %self.dir.display(), "retention limit cut off records not yet consumed");
            self.counters.retention_records.fetch_add(lost, Ordering::Relaxed);
        }
    }

    /// All segments but the active one, each with the first number behind it.
    fn sealed(&self) -> Vec<(Arc<Segment>, u64)> {
        let segments = self.segments.read();
        let ends = segments.iter().skip(1).map(|next| next.first_seq());
        segments.iter().cloned().zip(ends).collect()
    }

    /// Deletes the segments that end at or before `before`, those that not everybody has passed only if they are `cut`
    /// off. Why they are gone is remembered first, or, when the disk has no room for that, with the room that they gave.
    fn delete_before(&self, before: u64, cut: bool) {
        let Some(stored) = self.consumers.release(before, cut) else { return };
        for (segment, end) in self.sealed() {
            if end > before {
                break;
            }
            self.segments.write().remove(0);
            self.bytes.fetch_sub(segment.len(), Ordering::Relaxed);
            if let Err(error) = self.files.remove(&segment.path) {
                tracing::warn!(%error, path = %segment.path.display(), "a trimmed segment could not be deleted");
            }
        }
        if stored.is_err()
            && let Err(error) = self.consumers.store_unsaved()
        {
            tracing::warn!(%error, "not stored what was given back; it is tried again with the next change");
        }
    }
}
