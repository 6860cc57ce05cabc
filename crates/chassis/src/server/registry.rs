//! The open connections of one listener and what each is waiting for, so that one sweep can cut off the slow ones.
//!
//! A request costs a few relaxed stores here and no timer; times are therefore as coarse as the sweep.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
    task::Waker,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::{
    Limits,
    addresses::{Addresses, Counted, Entry},
    refusals::Refusals,
};

/// How often the connections are looked at.
pub(super) const SWEEP: Duration = Duration::from_millis(250);

/// How long a quiet connection may still ask once the listener drains, so that most clients are told to go with an answer.
const LAST_REQUEST: Duration = Duration::from_millis(750);

/// Between two requests; nothing of the next has come.
const IDLE: u8 = 0;
/// A part of a request head has come.
const HEAD: u8 = 1;
/// A request is worked on or its answer is on the way.
const BUSY: u8 = 2;
/// Connected, and nothing has come yet.
const FRESH: u8 = 3;

/// What a connection is told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Nothing.
    GoOn,
    /// Answer one more request, and say that it was the last.
    Last,
    /// Finish the request under way, then close.
    Finish,
    /// Close now.
    Abort,
}

/// What all connections of a listener share.
pub(super) struct Common {
    pub limits: Limits,
    pub refusals: Arc<Refusals>,
    /// Milliseconds that the listener has run, as of the last sweep; never 0, which means "not stalled".
    clock: AtomicU64,
    /// When the listener began to drain; 0: it does not.
    draining_since: AtomicU64,
}

/// What one connection is waiting for.
pub(super) struct Watch {
    common: Arc<Common>,
    /// What its address has asked for; `None`: it may ask as often as it likes.
    counted: Option<Counted>,
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
    pub fn common(&self) -> &Common {
        &self.common
    }

    fn now(&self) -> u64 {
        self.common.clock.load(Ordering::Relaxed)
    }

    /// Whether the address of this connection may have one more request answered.
    pub fn may_ask(&self) -> bool {
        let max = self.common.limits.requests_per_address_max;
        max == 0 || self.counted.as_ref().is_none_or(|counted| counted.share.may_ask(self.now(), max))
    }

    /// Whether the answer that is being made is the last one of this connection.
    pub fn is_last(&self) -> bool {
        self.order.load(Ordering::Relaxed) != 0
    }

    fn enter(&self, phase: u8) {
        self.since.store(self.now(), Ordering::Relaxed);
        self.phase.store(phase, Ordering::Relaxed);
    }

    /// Bytes have come from the client.
    pub fn received(&self) {
        match self.phase.load(Ordering::Relaxed) {
            IDLE => self.enter(HEAD),
            // A new connection owes a request since it was made.
            FRESH => self.phase.store(HEAD, Ordering::Relaxed),
            _ => {}
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
            1 => Order::Last,
            2 => Order::Finish,
            _ => Order::Abort,
        }
    }

    /// Gives an order, and wakes the task that has one. Repeated at every sweep, so that a task whose waker was not there
    /// yet hears of it too.
    fn tell(&self, order: Order) {
        let code = match order {
            Order::GoOn => 0,
            Order::Last => 1,
            Order::Finish => 2,
            Order::Abort => 3,
        };
        let before = self.order.fetch_max(code, Ordering::AcqRel);
        if before.max(code) > 1
            && let Some(waker) = self.waker.get()
        {
            waker.wake_by_ref();
        }
    }

    fn judge(&self) -> Order {
        let limits = &self.common.limits;
        // The clock stands still between two sweeps, so what it says is up to one sweep too early.
        let waited =
            |since: u64| Duration::from_millis(self.now().saturating_sub(since)).saturating_sub(SWEEP);
        let stalled_since = self.stalled_since.load(Ordering::Relaxed);
        if stalled_since != 0 && waited(stalled_since) > limits.header_timeout {
            return Order::Abort;
        }
        let in_phase = waited(self.since.load(Ordering::Relaxed));
        let draining_since = self.common.draining_since.load(Ordering::Relaxed);
        let draining = (draining_since != 0).then(|| in_phase.min(waited(draining_since)));
        match (self.phase.load(Ordering::Relaxed), draining) {
            (HEAD | FRESH, _) if in_phase > limits.header_timeout => Order::Abort,
            (IDLE, _) if in_phase > limits.idle_timeout => Order::Finish,
            (IDLE | FRESH, Some(quiet)) if quiet > LAST_REQUEST => Order::Finish,
            (_, Some(_)) => Order::Last,
            (_, None) => Order::GoOn,
        }
    }
}

/// The open connections of one listener.
pub(super) struct Registry {
    common: Arc<Common>,
    addresses: Arc<Addresses>,
    /// When the last sweep was.
    swept: Mutex<Instant>,
    connections: Mutex<HashMap<u64, Arc<Watch>>>,
    next_id: AtomicU64,
    /// Rung whenever a connection has ended.
    ended: Notify,
}

impl Registry {
    pub fn new(listener: &'static str, limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            addresses: Addresses::new(&limits),
            common: Arc::new(Common {
                limits,
                refusals: Arc::new(Refusals::of(listener)),
                clock: AtomicU64::new(1),
                draining_since: AtomicU64::new(0),
            }),
            swept: Mutex::new(Instant::now()),
            connections: Mutex::default(),
            next_id: AtomicU64::new(0),
            ended: Notify::new(),
        })
    }

    /// Adds a connection; it is listed until the result is dropped. `None`, and counted: its address has too many.
    pub fn add(self: &Arc<Self>, peer: IpAddr) -> Option<Registration> {
        let counted = match self.addresses.enter(peer, &self.common.limits) {
            Entry::Free => None,
            Entry::Counted(counted) => Some(counted),
            Entry::Refused => {
                self.common.refusals.address_connections.increment(1);
                return None;
            }
        };
        let draining = self.common.draining_since.load(Ordering::Relaxed) != 0;
        let watch = Arc::new(Watch {
            common: self.common.clone(),
            counted,
            // A new connection owes a request; only one that has sent one may be quiet for long.
            phase: AtomicU8::new(FRESH),
            since: AtomicU64::new(self.common.clock.load(Ordering::Relaxed)),
            stalled_since: AtomicU64::new(0),
            order: AtomicU8::new(u8::from(draining)),
            waker: OnceLock::new(),
        });
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        self.connections.lock().insert(id, watch.clone());
        Some(Registration { registry: self.clone(), id, watch })
    }

    pub fn len(&self) -> usize {
        self.connections.lock().len()
    }

    pub fn is_full(&self) -> bool {
        self.len() >= self.common.limits.connections_max
    }

    /// Waits until a connection has ended since the last call.
    pub async fn ended(&self) {
        self.ended.notified().await;
    }

    /// Moves the clock on and tells the slow connections to end. Returns how many were told to end at once.
    pub fn sweep(&self) -> usize {
        let passed = std::mem::replace(&mut *self.swept.lock(), Instant::now()).elapsed();
        // Time in which this process did not get to run is nobody's slowness.
        let step = u64::try_from(passed.min(SWEEP * 2).as_millis()).unwrap_or(0);
        let now = self.common.clock.fetch_add(step, Ordering::Relaxed) + step;
        self.addresses.forget(now);
        let mut aborted = 0;
        for watch in self.connections.lock().values() {
            let order = watch.judge();
            aborted += usize::from(order == Order::Abort);
            watch.tell(order);
        }
        aborted
    }

    /// From now on every connection has one more request answered, and is closed when it stays quiet for a moment.
    pub fn last_requests(&self) {
        self.common.draining_since.store(self.common.clock.load(Ordering::Relaxed), Ordering::Relaxed);
        for watch in self.connections.lock().values() {
            watch.tell(Order::Last);
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
