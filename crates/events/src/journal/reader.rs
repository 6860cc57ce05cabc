//! Readers: any number, each with its own place, never waiting for the writer and never seeing half a record.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::file::{FileSystem, Handle};
use super::scan::{Scanner, Step};
use super::segment::{Mark, Segment};
use super::shared::Shared;
use crate::batch::{Batch, Gap, GapReason, ReadLimit, StoredRecord};
use crate::error::Error;

/// A place in a journal from which records are read in order. Keeps one segment file open.
pub struct Reader {
    shared: Arc<Shared>,
    next: u64,
    open: Option<OpenSegment>,
}

struct OpenSegment {
    segment: Arc<Segment>,
    scanner: Scanner<Handle>,
    next_mark: u64,
}

/// What lies at a sequence number.
enum Place {
    /// Nothing any more: the oldest segment begins later.
    Before(Arc<Segment>),
    /// A segment, and the one after it; `None` after the active one.
    In(Arc<Segment>, Option<Arc<Segment>>),
    /// Not even a segment: the journal is being taken down.
    Nowhere,
}

impl Reader {
    pub(crate) fn new(shared: Arc<Shared>, from: u64) -> Self {
        Self { shared, next: from, open: None }
    }

    /// The sequence number that the next read begins with.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.next
    }

    /// Moves to another place.
    pub fn seek(&mut self, seq: u64) {
        if seq != self.next {
            self.next = seq;
            self.open = None;
        }
    }

    /// Reads what is there, without waiting (`limit.wait` is ignored). Empty at the head. Touches the disk: in async
    /// code, call it where blocking is allowed unless the place is near the head.
    ///
    /// # Errors
    /// [`Error::Io`] when a segment cannot be opened; the place is kept.
    pub fn read(&mut self, limit: ReadLimit) -> Result<Batch, Error> {
        // Read first: whatever it covers is in a segment listed, and a length loaded, afterwards.
        let head = self.shared.head.load(Ordering::SeqCst);
        let start = self.next;
        let mut taken = Taken { batch: Batch::at(start), bytes: 0, limit };
        while self.next < head && !taken.is_full() {
            let went_on = match self.place() {
                Place::In(segment, after) => self.read_in(&segment, after.as_deref(), head, &mut taken),
                Place::Before(oldest) => {
                    self.pass_released(&oldest, &mut taken);
                    Ok(true)
                }
                Place::Nowhere => Ok(false),
            };
            match went_on {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) if taken.batch.is_empty() => {
                    self.seek(start);
                    return Err(error);
                }
                // What was read is given first; the error comes back with the next read.
                Err(_) => break,
            }
        }
        taken.batch.next = self.next;
        Ok(taken.batch)
    }

    /// Reads what is there; at the head, waits up to `limit.wait` for the first record.
    ///
    /// # Errors
    /// As [`Reader::read`].
    pub async fn next_batch(&mut self, limit: ReadLimit) -> Result<Batch, Error> {
        self.wait(limit.wait).await;
        self.read(limit)
    }

    /// Waits until there is something to read here or the time is over. Tells which.
    pub async fn wait(&self, limit: Duration) -> bool {
        self.shared.wait_for_head(self.next, limit).await
    }

    fn place(&self) -> Place {
        let segments = self.shared.segments.read();
        let at = segments.partition_point(|segment| segment.first_seq() <= self.next);
        match (at.checked_sub(1).and_then(|at| segments.get(at)), segments.first()) {
            (Some(segment), _) => Place::In(Arc::clone(segment), segments.get(at).cloned()),
            (None, Some(oldest)) => Place::Before(Arc::clone(oldest)),
            (None, None) => Place::Nowhere,
        }
    }

    /// Reads on in one segment. Tells whether reading can go on, in it or behind it.
    fn read_in(
        &mut self,
        segment: &Arc<Segment>,
        after: Option<&Segment>,
        head: u64,
        taken: &mut Taken,
    ) -> Result<bool, Error> {
        let seq_end = after.map_or(head, |after| after.first_seq().min(head));
        let open = match self.open.take() {
            Some(open) if Arc::ptr_eq(&open.segment, segment) => open,
            _ => match OpenSegment::new(segment, &self.shared, self.next) {
                Ok(open) => open,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return Ok(self.pass_absent(segment, seq_end, taken));
                }
                Err(error) => return Err(Error::io("open", &segment.path)(error)),
            },
        };
        let open = self.open.insert(open);
        let len = segment.len();
        while self.next < seq_end && !taken.is_full() {
            match open.scanner.step(len, seq_end) {
                Step::Record { seq, offset, payload } => {
                    if offset >= open.next_mark {
                        open.next_mark = segment.mark(Mark { seq, offset });
                    }
                    if seq < self.next {
                        continue;
                    }
                    if !taken.fits(payload.len()) {
                        open.scanner.rewind(offset, seq);
                        return Ok(false);
                    }
                    taken.bytes += payload.len();
                    taken.batch.records.push(StoredRecord { seq, payload });
                    self.next = seq + 1;
                }
                Step::Damage { to_seq, bytes, .. } => {
                    self.next = tell(&self.shared, taken, self.next, to_seq, bytes, GapReason::Corrupt);
                }
                Step::Rest { bytes, .. } => {
                    self.next = tell(&self.shared, taken, self.next, seq_end, bytes, GapReason::Corrupt);
                }
                Step::End => {
                    let Some(after) = after else { return Ok(false) };
                    let reason = after.header.hole.unwrap_or(GapReason::Missing);
                    self.next = tell(&self.shared, taken, self.next, seq_end, 0, reason);
                }
            }
        }
        Ok(true)
    }

    /// Passes what was given back before the oldest segment.
    fn pass_released(&mut self, oldest: &Segment, taken: &mut Taken) {
        let end = oldest.first_seq();
        let (released, cut) = self.shared.consumers.released();
        let behind = oldest.header.hole.unwrap_or(GapReason::Missing);
        for (until, reason) in [(cut, GapReason::Retention), (released, GapReason::Trimmed), (end, behind)] {
            self.next = tell(&self.shared, taken, self.next, until.min(end), 0, reason);
        }
    }

    /// Passes a segment whose file is gone, unless it was trimmed a moment ago: then the place is looked up again.
    fn pass_absent(&mut self, segment: &Arc<Segment>, seq_end: u64, taken: &mut Taken) -> bool {
        if self.shared.segments.read().iter().any(|listed| Arc::ptr_eq(listed, segment)) {
            self.next = tell(&self.shared, taken, self.next, seq_end, 0, GapReason::Missing);
        }
        true
    }
}

impl OpenSegment {
    fn new(segment: &Arc<Segment>, shared: &Shared, seq: u64) -> io::Result<Self> {
        let place = segment.place_before(seq);
        let scanner =
            Scanner::new(shared.files.open_read(&segment.path)?, shared.seed, place.offset, place.seq);
        Ok(Self { segment: Arc::clone(segment), scanner, next_mark: 0 })
    }
}

/// A batch being filled.
struct Taken {
    batch: Batch,
    bytes: usize,
    limit: ReadLimit,
}

impl Taken {
    fn is_full(&self) -> bool {
        self.batch.records.len() >= self.limit.records.max(1)
    }

    fn fits(&self, bytes: usize) -> bool {
        self.batch.records.is_empty() || self.bytes + bytes <= self.limit.bytes
    }
}

/// Puts the gap `from..to` into the batch and the journal's damage report. Returns where reading goes on.
fn tell(shared: &Shared, taken: &mut Taken, from: u64, to: u64, bytes: u64, reason: GapReason) -> u64 {
    if to <= from {
        return from;
    }
    let gap = Gap { from_seq: from, to_seq: to, bytes, reason };
    shared.damage.note(gap);
    taken.batch.gaps.push(gap);
    to
}

impl Shared {
    /// Waits until the head is beyond `next` or the time is over. Tells which.
    pub(crate) async fn wait_for_head(&self, next: u64, limit: Duration) -> bool {
        let arrived = async {
            loop {
                let mut appended = std::pin::pin!(self.appended.notified());
                appended.as_mut().enable();
                self.reader_waits.store(true, Ordering::SeqCst);
                if self.head.load(Ordering::SeqCst) > next {
                    return;
                }
                appended.await;
            }
        };
        if self.head.load(Ordering::SeqCst) > next {
            return true;
        }
        !limit.is_zero() && tokio::time::timeout(limit, arrived).await.is_ok()
    }
}
