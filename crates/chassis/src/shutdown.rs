//! An orderly stop: readiness off → stop accepting and drain → flush → close, within one deadline.
//!
//! Promises: a phase begins only when every guard of the phases before it is gone; at the deadline all phases begin and the
//! names of what was unfinished are reported; a second signal ends the process at once. Works without signal handlers and
//! without a driver task, so that tests can host several services in one process.
//! Never: waits longer than the deadline, or forgets a part that died (a critical guard that is dropped starts the stop).

mod signals;

#[cfg(test)]
mod tests;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

/// The steps of a stop, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// `/health/ready` says no; everything still works. Held for the notice time.
    NotReady,
    /// No new connections and no new work; what was accepted is finished.
    Drain,
    /// Buffers are written out: the journal, the shipper, the writer.
    Flush,
    /// Stores and engines are closed.
    Close,
}

const PHASES: [Phase; 4] = [Phase::NotReady, Phase::Drain, Phase::Flush, Phase::Close];

impl Phase {
    fn index(self) -> usize {
        self as usize
    }
}

/// How a stop ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Why the stop was begun.
    pub reason: String,
    /// Names of the parts that had not finished at the deadline; empty after a clean stop.
    pub unfinished: Vec<String>,
    /// From the beginning of the stop to its end.
    pub took: Duration,
    /// Whether the stop was begun because a critical part ended on its own.
    pub part_died: bool,
}

impl Outcome {
    /// Whether everything finished in time.
    pub fn is_clean(&self) -> bool {
        self.unfinished.is_empty()
    }
}

struct Inner {
    state: Mutex<State>,
    /// Cancelled when the phase begins.
    begun: [CancellationToken; PHASES.len()],
    /// Cancelled when the last phase is over.
    done: CancellationToken,
    timeout: Duration,
    notice: Duration,
}

#[derive(Default)]
struct State {
    /// Why and when the stop was begun.
    trigger: Option<(String, Instant)>,
    part_died: bool,
    /// How many phases have begun.
    phases_begun: usize,
    /// Living guards by phase.
    guards: [Vec<(u64, String)>; PHASES.len()],
    next_id: u64,
    unfinished: Vec<String>,
}

/// The stop of one process, or of one hosted instance in a test. Clones are the same stop.
#[derive(Clone)]
pub struct Shutdown(Arc<Inner>);

impl Shutdown {
    /// A stop that may take `timeout` at most.
    pub fn new(timeout: Duration) -> Self {
        Self::with_notice(timeout, Duration::ZERO)
    }

    /// As [`Shutdown::new`]; readiness is off for `notice` before anything else stops, when a signal begins the stop.
    /// The notice is not part of `timeout`.
    pub fn with_notice(timeout: Duration, notice: Duration) -> Self {
        Self(Arc::new(Inner {
            state: Mutex::default(),
            begun: std::array::from_fn(|_| CancellationToken::new()),
            done: CancellationToken::new(),
            timeout,
            notice,
        }))
    }

    /// As the settings say.
    pub fn of(settings: &crate::settings::InstanceSettings) -> Self {
        Self::with_notice(settings.shutdown_timeout(), settings.shutdown_notice())
    }

    /// Begins the stop. Only the first call counts.
    pub fn trigger(&self, reason: impl Into<String>) {
        let reason = reason.into();
        let mut state = self.0.state.lock();
        if state.trigger.is_none() {
            tracing::info!(reason, "stopping");
            state.trigger = Some((reason, Instant::now()));
            self.advance(&mut state);
        }
    }

    /// Whether the stop has begun.
    pub fn is_triggered(&self) -> bool {
        self.0.begun[Phase::NotReady.index()].is_cancelled()
    }

    /// Waits until the stop has begun.
    pub async fn triggered(&self) {
        self.begun(Phase::NotReady).await;
    }

    /// A token that is cancelled when `phase` begins. For loops that only need to know when to end; work that must be
    /// waited for holds a [`ShutdownGuard`].
    pub fn token(&self, phase: Phase) -> CancellationToken {
        self.0.begun[phase.index()].clone()
    }

    /// Waits until `phase` has begun.
    pub async fn begun(&self, phase: Phase) {
        self.0.begun[phase.index()].cancelled().await;
    }

    /// Registers a part that has something to do in `phase`: the phases after it wait until the guard is dropped.
    /// A guard made after its phase is over holds nothing up.
    pub fn guard(&self, phase: Phase, name: impl Into<String>) -> ShutdownGuard {
        self.make_guard(phase, name.into(), false)
    }

    /// As [`Shutdown::guard`]; when it is dropped before the stop has begun, the part has died and the stop begins.
    pub fn critical_guard(&self, phase: Phase, name: impl Into<String>) -> ShutdownGuard {
        self.make_guard(phase, name.into(), true)
    }

    fn make_guard(&self, phase: Phase, name: String, critical: bool) -> ShutdownGuard {
        let mut state = self.0.state.lock();
        let id = state.next_id;
        state.next_id += 1;
        state.guards[phase.index()].push((id, name));
        ShutdownGuard { shutdown: self.clone(), phase, id, critical }
    }

    /// Waits for the stop to begin and then to end: all guards gone, or the deadline. At the deadline every phase begins at once.
    pub async fn finished(&self) -> Outcome {
        self.triggered().await;
        let since = self.since_trigger();
        let left = self.0.timeout.saturating_add(self.0.notice).saturating_sub(since);
        if tokio::time::timeout(left, self.0.done.cancelled()).await.is_err() {
            self.give_up();
        }
        let state = self.0.state.lock();
        let (reason, began) = state.trigger.clone().unwrap_or_else(|| (String::new(), Instant::now()));
        Outcome {
            reason,
            unfinished: state.unfinished.clone(),
            took: began.elapsed(),
            part_died: state.part_died,
        }
    }

    /// Begins the stop and waits for its end.
    pub async fn stop(&self, reason: impl Into<String>) -> Outcome {
        self.trigger(reason);
        self.finished().await
    }

    fn since_trigger(&self) -> Duration {
        self.0.state.lock().trigger.as_ref().map_or(Duration::ZERO, |(_, began)| began.elapsed())
    }

    /// Begins phases as long as nobody holds up the one before.
    fn advance(&self, state: &mut State) {
        if state.trigger.is_none() {
            return;
        }
        while state.phases_begun == 0 || state.guards[state.phases_begun - 1].is_empty() {
            if state.phases_begun == PHASES.len() {
                self.0.done.cancel();
                return;
            }
            self.0.begun[state.phases_begun].cancel();
            state.phases_begun += 1;
        }
    }

    /// The deadline is over: every phase begins and what still holds a guard is noted.
    fn give_up(&self) {
        let mut state = self.0.state.lock();
        if self.0.done.is_cancelled() {
            return;
        }
        state.unfinished = state.guards.iter().flatten().map(|(_, name)| name.clone()).collect();
        state.phases_begun = PHASES.len();
        for token in &self.0.begun {
            token.cancel();
        }
        self.0.done.cancel();
        tracing::error!(unfinished = ?state.unfinished, "the stop took too long; some parts were not finished");
    }
}

/// Holds up the phases after its own until it is dropped.
#[must_use = "dropping the guard says that its part is finished"]
pub struct ShutdownGuard {
    shutdown: Shutdown,
    phase: Phase,
    id: u64,
    critical: bool,
}

impl ShutdownGuard {
    /// Waits until the phase of this guard has begun: the part does its work now and then drops the guard.
    pub async fn begun(&self) {
        self.shutdown.begun(self.phase).await;
    }

    /// Whether the phase of this guard has begun.
    pub fn has_begun(&self) -> bool {
        self.token().is_cancelled()
    }

    /// The token that is cancelled when the phase of this guard begins.
    pub fn token(&self) -> CancellationToken {
        self.shutdown.token(self.phase)
    }

    /// The stop this guard belongs to.
    pub fn shutdown(&self) -> &Shutdown {
        &self.shutdown
    }
}

impl Drop for ShutdownGuard {
    fn drop(&mut self) {
        let mut state = self.shutdown.0.state.lock();
        let guards = &mut state.guards[self.phase.index()];
        let name = guards.iter().position(|(id, _)| *id == self.id).map(|at| guards.swap_remove(at).1);
        self.shutdown.advance(&mut state);
        let died = self.critical && state.trigger.is_none();
        state.part_died |= died;
        drop(state);
        if died {
            let name = name.unwrap_or_default();
            tracing::error!(part = name, "a part of the process ended on its own");
            self.shutdown.trigger(format!("{name} ended on its own"));
        }
    }
}
