//! How far the disk has come, and who waits for it. A pass of the sync wakes those whose records it covered and nobody
//! else: the others have still to wait.

use std::collections::BTreeMap;
use std::future::Future;
use std::ops::Range;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;

use crate::error::AppendError;

/// Failed ranges remembered one by one; older ones are merged into one range that covers them.
const FAILED_MAX: usize = 64;

/// How far the disk has come.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Every record below this is on the disk, but for those in `failed`.
    synced: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Ranges whose sync failed, ascending.
    failed: Vec<(Range<u64>, String)>,
    /// Who waits for which record, one entry a waiting call; those that are given up are taken out.
    waiting: BTreeMap<(u64, u64), Waker>,
    calls: u64,
}

impl Progress {
    /// Everything below `synced` is on the disk.
    pub(crate) fn at(synced: u64) -> Self {
        Self { synced: AtomicU64::new(synced), state: Mutex::default() }
    }

    /// For records below `seq` nobody can say whether they are on the disk.
    pub(crate) fn unproven_below(self, seq: u64) -> Self {
        if seq > 0 {
            self.state.lock().fail(0..seq, "a sync failed before the journal was opened".to_owned());
        }
        self
    }

    /// Below this, every record is on the disk or its sync failed.
    pub(crate) fn synced(&self) -> u64 {
        self.synced.load(Ordering::SeqCst)
    }

    /// The disk has come as far as `to`, or failed to. Wakes who waited for that.
    pub(crate) fn advance(&self, to: u64, failure: Option<String>) {
        let mut state = self.state.lock();
        let from = self.synced();
        if let Some(reason) = failure {
            state.fail(from..to.max(from), reason);
        }
        self.synced.store(to.max(from), Ordering::SeqCst);
        let later = state.waiting.split_off(&(to.max(from), 0));
        let passed = std::mem::replace(&mut state.waiting, later);
        drop(state);
        passed.into_values().for_each(Waker::wake);
    }

    /// Whether the record is on the disk, once `synced` has passed it.
    #[cfg(test)]
    pub(crate) fn outcome(&self, seq: u64) -> Result<(), AppendError> {
        self.state.lock().outcome(seq)
    }

    /// Waits until the disk has come past the record.
    pub(crate) fn passed(&self, seq: u64) -> Passed<'_> {
        Passed { progress: self, seq, call: None }
    }
}

impl State {
    fn fail(&mut self, range: Range<u64>, reason: String) {
        match self.failed.last_mut() {
            Some((last, _)) if last.end == range.start => last.end = range.end,
            _ => self.failed.push((range, reason)),
        }
        if self.failed.len() > FAILED_MAX {
            let (second, _) = self.failed.remove(1);
            if let Some((first, _)) = self.failed.first_mut() {
                first.end = second.end;
            }
        }
    }

    fn outcome(&self, seq: u64) -> Result<(), AppendError> {
        let failed = self.failed.iter().find(|(range, _)| range.contains(&seq));
        failed.map_or(Ok(()), |(_, reason)| Err(AppendError::NotDurable { seq, reason: reason.clone() }))
    }
}

/// The wait of one call; dropping it gives it up.
pub(crate) struct Passed<'a> {
    progress: &'a Progress,
    seq: u64,
    call: Option<u64>,
}

impl Future for Passed<'_> {
    type Output = Result<(), AppendError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.progress.state.lock();
        if self.progress.synced() > self.seq {
            self.call = None;
            return Poll::Ready(state.outcome(self.seq));
        }
        let call = self.call.unwrap_or(state.calls);
        state.calls = state.calls.max(call.wrapping_add(1));
        state.waiting.insert((self.seq, call), context.waker().clone());
        drop(state);
        self.call = Some(call);
        Poll::Pending
    }
}

impl Drop for Passed<'_> {
    fn drop(&mut self) {
        if let Some(call) = self.call {
            self.progress.state.lock().waiting.remove(&(self.seq, call));
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn failed_ranges_are_never_forgotten() {
        let progress = Progress::at(0);
        for round in 0..1000_u64 {
            progress.advance(round * 20 + 10, None);
            progress.advance(round * 20 + 20, Some("disk on fire".to_owned()));
        }
        assert!(progress.state.lock().failed.len() <= FAILED_MAX);
        for round in 0..1000_u64 {
            assert!(progress.outcome(round * 20 + 15).is_err(), "round {round}");
        }
        assert!(progress.outcome(999 * 20 + 5).is_ok());
    }

    #[test]
    fn a_pass_ends_the_waits_that_it_covers_and_no_other() {
        let progress = Progress::at(0);
        let mut waits: Vec<_> = [0, 0, 4, 5, 9].map(|seq| (seq, progress.passed(seq))).into();
        assert!(waits.iter_mut().all(|(_, wait)| wait.now_or_never().is_none()));
        assert_eq!(progress.state.lock().waiting.len(), 5, "two wait for the same record");
        progress.advance(5, None);
        assert_eq!(progress.state.lock().waiting.len(), 2);
        for (seq, wait) in &mut waits {
            assert_eq!(wait.now_or_never(), (*seq < 5).then_some(Ok(())), "record {seq}");
        }
        progress.advance(10, Some("disk on fire".to_owned()));
        assert!(waits.iter_mut().skip(3).all(|(_, wait)| matches!(wait.now_or_never(), Some(Err(_)))));
        let given_up = progress.passed(20).now_or_never();
        assert!(given_up.is_none() && progress.state.lock().waiting.is_empty(), "no trace of it is left");
    }
}
