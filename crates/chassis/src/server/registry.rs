//! The open connections of one listener and what each is waiting for, so that one sweep can cut off the slow ones.
//!
//! A request costs a few relaxed stores here and no timer; times are therefore as coarse as the sweep.

use std::{
    collections::HashMap,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
    task::Waker,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::Limits;

/// How often the connections are looked at.
pub(super) const SWEEP: Duration = Duration::from_millis(250);

/// Between two requests; nothing of the next has come.
const IDLE: u8 = 0;
/// A part of a request head has come.
const HEAD: u8 = 1;
/// A request is worked on or its answer is on the way.
const BUSY: u8 = 2;

/// What a connection is told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Nothing.
    GoOn,
    /// Finish the request under way, then close.
    Finish,
    /// Close now.
    Abort,
}

/// What one connection is waiting for.
pub(super) struct Watch {
    clock: Arc<AtomicU64>,
    phase: AtomicU8,
    /// When the phase began, milliseconds of the clock.
    since: AtomicU64,
    /// When the client stopped taking the answer; 0: it does not keep us waiting.
    stalled_since: AtomicU64,
    order: AtomicU8,
    /// Of the task that drives the connection; a task has one waker for all its life.
    waker: OnceLock<Waker>,
}

impl Watch {
    fn now(&self) -> u64 {
        self.clock.load(Ordering::Relaxed)
    }

    fn enter(&self, phase: u8) {
        self.since.store(self.now(), Ordering::Relaxed);
        self.phase.store(phase, Ordering::Relaxed);
    }

    /// Bytes have come from the client.
    pub fn received(&self) {
        if self.phase.load(Ordering::Relaxed) == IDLE {
            self.enter(HEAD);
        }
    }

    /// A request is complete enough to be worked on.
    pub fn request_begins(&self) {
        self.enter(BUSY);
    }

    /// The answer was handed over whole.
    pub fn response_ends(&self) {
        self.enter(IDLE);
    }

    /// The client takes (or does not take) what is written to it.
    pub fn writing(&self, stalled: bool) {
        if !stalled {
            if self.stalled_since.load(Ordering::Relaxed) != 0 {
                self.stalled_since.store(0, Ordering::Relaxed);
            }
        } else if self.stalled_since.load(Ordering::Relaxed) == 0 {
            self.stalled_since.store(self.now(), Ordering::Relaxed);
        }
    }

    pub fn set_waker(&self, waker: &Waker) {
        self.waker.get_or_init(|| waker.clone());
    }

    pub fn order(&self) -> Order {
        match self.order.load(Ordering::Acquire) {
            0 => Order::GoOn,
            1 => Order::Finish,
            _ => Order::Abort,
        }
    }

    /// Gives an order, and wakes the task that has one. Repeated at every sweep, so that a task whose waker was not there
    /// yet hears of it too.
    fn tell(&self, order: Order) {
        let code = match order {
            Order::GoOn => 0,
            Order::Finish => 1,
            Order::Abort => 2,
        };
        let before = self.order.fetch_max(code, Ordering::AcqRel);
        if before.max(code) > 0
            && let Some(waker) = self.waker.get()
        {
            waker.wake_by_ref();
        }
    }

    fn judge(&self, limits: &Limits) -> Order {
        // The clock stands still between two sweeps, so what it says is up to one sweep too early.
        let waited =
            |since: u64| Duration::from_millis(self.now().saturating_sub(since)).saturating_sub(SWEEP);
        let stalled_since = self.stalled_since.load(Ordering::Relaxed);
        if stalled_since != 0 && waited(stalled_since) > limits.header_timeout {
            return Order::Abort;
        }
        let in_phase = waited(self.since.load(Ordering::Relaxed));
        match self.phase.load(Ordering::Relaxed) {
            HEAD if in_phase > limits.header_timeout => Order::Abort,
            IDLE if in_phase > limits.idle_timeout => Order::Finish,
            _ => Order::GoOn,
        }
    }
}

/// The open connections of one listener.
pub(super) struct Registry {
    limits: Limits,
    started: Instant,
    clock: Arc<AtomicU64>,
    connections: Mutex<HashMap<u64, Arc<Watch>>>,
    next_id: AtomicU64,
    /// Rung whenever a connection has ended.
    ended: Notify,
}

impl Registry {
    pub fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            started: Instant::now(),
            // Never 0, which means "not stalled".
            clock: Arc::new(AtomicU64::new(1)),
            connections: Mutex::default(),
            next_id: AtomicU64::new(0),
            ended: Notify::new(),
        })
    }

    /// Adds a connection; it is listed until the result is dropped.
    pub fn add(self: &Arc<Self>) -> Registration {
        let watch = Arc::new(Watch {
            clock: self.clock.clone(),
            // A new connection owes a request; only one that has sent one may be quiet for long.
            phase: AtomicU8::new(HEAD),
            since: AtomicU64::new(self.clock.load(Ordering::Relaxed)),
            stalled_since: AtomicU64::new(0),
            order: AtomicU8::new(0),
            waker: OnceLock::new(),
        });
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        self.connections.lock().insert(id, watch.clone());
        Registration { registry: self.clone(), id, watch }
    }

    pub fn len(&self) -> usize {
        self.connections.lock().len()
    }

    pub fn is_full(&self) -> bool {
        self.len() >= self.limits.connections_max
    }

    /// Waits until a connection has ended since the last call.
    pub async fn ended(&self) {
        self.ended.notified().await;
    }

    /// Moves the clock on and tells the slow connections to end. Returns how many were told to end at once.
    pub fn sweep(&self) -> usize {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.clock.store(now.max(1), Ordering::Relaxed);
        let mut aborted = 0;
        for watch in self.connections.lock().values() {
            let order = watch.judge(&self.limits);
            aborted += usize::from(order == Order::Abort);
            watch.tell(order);
        }
        aborted
    }

    /// Tells every connection to finish.
    pub fn finish_all(&self) {
        for watch in self.connections.lock().values() {
            watch.tell(Order::Finish);
        }
    }
}

/// One listed connection.
pub(super) struct Registration {
    registry: Arc<Registry>,
    id: u64,
    pub watch: Arc<Watch>,
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.registry.connections.lock().remove(&self.id);
        self.registry.ended.notify_one();
    }
}
