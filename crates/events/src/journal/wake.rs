//! Wakes one of the journal's own threads, at the cost of one atomic load while that thread is busy.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

#[derive(Debug, Default)]
pub(crate) struct Waker {
    thread: OnceLock<Thread>,
    /// The thread has nothing to do and waits without a time limit.
    idle: AtomicBool,
    /// Somebody wants the thread to act at once.
    urgent: AtomicBool,
    stopping: AtomicBool,
}

impl Waker {
    /// Called by the thread itself, first.
    pub(crate) fn register(&self) {
        let _only_once = self.thread.set(thread::current());
    }

    /// Wakes the thread if it waits without a time limit.
    pub(crate) fn wake_if_idle(&self) {
        if self.idle.load(Ordering::SeqCst) && self.idle.swap(false, Ordering::SeqCst) {
            self.unpark();
        }
    }

    /// Wakes the thread whatever it waits for.
    pub(crate) fn urge(&self) {
        if !self.urgent.swap(true, Ordering::SeqCst) {
            self.unpark();
        }
    }

    /// Asks the thread to finish its work and end.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        self.urge();
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    /// Takes the wish for haste; what was asked for before is seen by whoever looks after this.
    pub(crate) fn take_urgency(&self) {
        self.urgent.store(false, Ordering::SeqCst);
    }

    /// Called by the thread: waits until somebody urges or the time is over.
    pub(crate) fn wait_for(&self, limit: Duration) {
        let deadline = Instant::now() + limit;
        while !self.urgent.load(Ordering::SeqCst) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            thread::park_timeout(left);
        }
    }

    /// Called by the thread: waits until somebody wakes or urges it. `has_work` is asked once more after waking was
    /// made possible, so that nothing which came in between is overslept.
    pub(crate) fn wait(&self, has_work: impl Fn() -> bool) {
        self.idle.store(true, Ordering::SeqCst);
        while !has_work() && self.idle.load(Ordering::SeqCst) && !self.urgent.load(Ordering::SeqCst) {
            thread::park();
        }
        self.idle.store(false, Ordering::SeqCst);
    }

    fn unpark(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }
}
