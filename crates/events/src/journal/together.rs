//! Appends that come at the same time share one write.
//!
//! The first of them leads: it lets whatever else is ready to run go first, then writes for all that have come since. Nobody waits longer
//! than one turn of the runtime, and nobody alone waits at all. An append that is given up (its client went away) is written all the same.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;

use super::frame::{self, HEADER_BYTES, PAYLOAD_BYTES_MAX};
use super::shared::Shared;
use crate::error::AppendError;

/// A group is written at once when it has grown to so many bytes; one buffer of this size is kept.
const GROUP_BYTES_MAX: usize = 256 << 10;

/// Those whose records are not written yet.
#[derive(Default)]
pub(crate) struct Gathering {
    now: Mutex<Group>,
    /// The buffer of a group before, to be used again.
    spare: Mutex<Vec<u8>>,
}

#[derive(Default)]
struct Group {
    /// Frames without their numbers.
    frames: Vec<u8>,
    count: u64,
    /// Tells this group from others, and its members how it went.
    written: Arc<Written>,
}

/// How a group's write went: the number of its first record.
#[derive(Default)]
struct Written {
    outcome: OnceLock<Result<u64, AppendError>>,
    waiting: Mutex<Vec<Waker>>,
}

/// One append among others; nothing happens before it is polled.
pub(crate) struct Together<'a> {
    shared: &'a Shared,
    payload: &'a [u8],
    member: Option<Member>,
}

/// A place in a group.
struct Member {
    written: Arc<Written>,
    /// How many came before; the first leads.
    at: u64,
    /// Place of its waker, once it has one.
    waker: Option<usize>,
}

impl Written {
    fn finish(&self, outcome: Result<u64, AppendError>) {
        // A group is written once, so nobody has said anything before.
        let _ = self.outcome.set(outcome);
        let waiting = std::mem::take(&mut *self.waiting.lock());
        waiting.into_iter().for_each(Waker::wake);
    }
}

impl Member {
    /// The number of this record, or a promise to wake.
    fn poll(&mut self, waker: &Waker) -> Poll<Result<u64, AppendError>> {
        let number = |outcome: &Result<u64, AppendError>| outcome.clone().map(|first| first + self.at);
        if let Some(outcome) = self.written.outcome.get() {
            return Poll::Ready(number(outcome));
        }
        let mut waiting = self.written.waiting.lock();
        // Whoever finished meanwhile has not seen, or not yet taken, what is put there now.
        if let Some(outcome) = self.written.outcome.get() {
            return Poll::Ready(number(outcome));
        }
        match self.waker.and_then(|place| waiting.get_mut(place)) {
            Some(known) => known.clone_from(waker),
            None => {
                self.waker = Some(waiting.len());
                waiting.push(waker.clone());
            }
        }
        Poll::Pending
    }
}

impl Shared {
    /// Appends one record in one write with those that come at the same time.
    pub(crate) fn append_together<'a>(&'a self, payload: &'a [u8]) -> Together<'a> {
        Together { shared: self, payload, member: None }
    }

    /// Takes a place in the present group.
    fn join(&self, payload: &[u8]) -> Member {
        let mut group = self.gathering.now.lock();
        if group.count > 0 && group.frames.len() + HEADER_BYTES + payload.len() > GROUP_BYTES_MAX {
            // Under the lock, so that later records do not overtake.
            let full = self.next_group(&mut group);
            self.write_group(full);
        }
        frame::begin(&mut group.frames, self.seed, payload);
        group.count += 1;
        Member { written: Arc::clone(&group.written), at: group.count - 1, waker: None }
    }

    /// Writes the group of `member`, unless that was done.
    fn write_group_of(&self, member: &Member) {
        let mut group = self.gathering.now.lock();
        if Arc::ptr_eq(&group.written, &member.written) {
            let complete = self.next_group(&mut group);
            drop(group);
            self.write_group(complete);
        }
    }

    fn next_group(&self, group: &mut Group) -> Group {
        let frames = std::mem::take(&mut *self.gathering.spare.lock());
        std::mem::replace(group, Group { frames, ..Group::default() })
    }

    fn write_group(&self, mut group: Group) {
        let outcome = self.append_frames(&mut group.frames, group.count);
        group.written.finish(outcome);
        if group.frames.capacity() <= GROUP_BYTES_MAX * 2 {
            group.frames.clear();
            *self.gathering.spare.lock() = group.frames;
        }
    }
}

impl Future for Together<'_> {
    type Output = Result<u64, AppendError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let bytes = this.payload.len();
        if bytes > PAYLOAD_BYTES_MAX {
            return Poll::Ready(Err(AppendError::TooLarge { bytes, bytes_max: PAYLOAD_BYTES_MAX }));
        }
        match &mut this.member {
            None => {
                let mut member = this.shared.join(this.payload);
                let polled = if member.at == 0 {
                    // Again after everything else that can run now.
                    context.waker().wake_by_ref();
                    Poll::Pending
                } else {
                    member.poll(context.waker())
                };
                this.member = Some(member);
                polled
            }
            Some(member) => {
                if member.at == 0 {
                    this.shared.write_group_of(member);
                }
                member.poll(context.waker())
            }
        }
    }
}

impl Drop for Together<'_> {
    fn drop(&mut self) {
        // Others may wait for a leader that is given up.
        if let Some(member) = self.member.as_ref().filter(|member| member.at == 0) {
            self.shared.write_group_of(member);
        }
    }
}
