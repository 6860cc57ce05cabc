//! Plain numbers about an open journal; the services make metrics of them.

use std::sync::atomic::Ordering;

use serde::{Deserialize, Serialize};

use super::consumers::ConsumerLag;
use super::shared::Shared;

/// A journal's sizes, and its counters since open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct JournalStats {
    /// The oldest number that has not been given back.
    pub tail: u64,
    /// The number of the next record.
    pub head: u64,
    /// Everything before this is on the disk.
    pub synced: u64,
    /// Bytes of all segments.
    pub bytes: u64,
    /// The quota in bytes.
    pub bytes_max: u64,
    /// Segment files.
    pub segments: u64,
    /// Segments begun since open.
    pub rotations: u64,
    /// Appends refused because the quota or the disk was full.
    pub refused_full: u64,
    /// Appends refused because the disk failed.
    pub refused_unwritable: u64,
    /// Passes of the group commit.
    pub syncs: u64,
    /// Segments whose sync failed.
    pub sync_failures: u64,
    /// Records cut off by the retention limit before every consumer had passed.
    pub retention_records: u64,
}

impl Shared {
    pub(crate) fn stats(&self) -> JournalStats {
        let (tail, segments) = {
            let segments = self.segments.read();
            (segments.first().map_or(0, |segment| segment.first_seq()), segments.len() as u64)
        };
        JournalStats {
            tail,
            head: self.head.load(Ordering::SeqCst),
            synced: self.progress.synced(),
            bytes: self.bytes.load(Ordering::Relaxed),
            bytes_max: self.options.bytes_max,
            segments,
            rotations: self.counters.rotations.load(Ordering::Relaxed),
            refused_full: self.counters.refused_full.load(Ordering::Relaxed),
            refused_unwritable: self.counters.refused_unwritable.load(Ordering::Relaxed),
            syncs: self.counters.syncs.load(Ordering::Relaxed),
            sync_failures: self.counters.sync_failures.load(Ordering::Relaxed),
            retention_records: self.counters.retention_records.load(Ordering::Relaxed),
        }
    }

    pub(crate) fn lag(&self) -> Vec<ConsumerLag> {
        let positions = self.consumers.positions();
        let head = self.head.load(Ordering::SeqCst);
        let segments = self.segments.read();
        let behind = |before: u64| {
            let at = segments.partition_point(|segment| segment.first_seq() <= before).saturating_sub(1);
            segments.iter().skip(at).map(|segment| segment.len()).sum()
        };
        let lag_of = |(consumer, before): (String, u64)| {
            let records = head.saturating_sub(before);
            ConsumerLag { consumer, before, records, bytes: if records == 0 { 0 } else { behind(before) } }
        };
        positions.into_iter().map(lag_of).collect()
    }
}
