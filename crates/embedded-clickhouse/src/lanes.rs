//! The queues before the engine: one for reads, one for inserts, each with threads of its own, so that slow reports never hold
//! up the writer.
//!
//! Promises: a thread runs one query at a time on a connection of its own; each queue is bounded, and when it is full the client
//! hears so at once (503, code 202) instead of waiting for ever.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread::{Builder, JoinHandle},
};

use crate::{
    answer::Problem,
    engine::Engine,
    error::Error,
    run::{Job, Limits},
};

/// The engine parses recursively; its own server gives threads as much.
pub(crate) const STACK_BYTES: usize = 8 << 20;

/// What all threads share.
pub(crate) struct Shared {
    pub(crate) engine: Arc<Engine>,
    pub(crate) limits: Limits,
    /// Runtime on which a thread waits for a slow client.
    pub(crate) runtime: tokio::runtime::Handle,
    /// Queries that run now.
    pub(crate) active: Arc<AtomicUsize>,
    /// Woken whenever a query has ended.
    pub(crate) ended: tokio::sync::Notify,
    pub(crate) stopping: AtomicBool,
}

/// One queue and its threads.
pub(crate) struct Lane {
    name: &'static str,
    jobs: SyncSender<Box<Job>>,
}

impl Lane {
    pub(crate) fn start(
        name: &'static str,
        threads: usize,
        shared: &Arc<Shared>,
    ) -> Result<(Self, Vec<JoinHandle<()>>), Error> {
        let (jobs, inbox) = sync_channel(shared.limits.queue_max);
        let inbox = Arc::new(Mutex::new(inbox));
        let spawn = |number: usize| {
            let (inbox, shared) = (Arc::clone(&inbox), Arc::clone(shared));
            let builder = Builder::new().name(format!("clickhouse-{name}-{number}")).stack_size(STACK_BYTES);
            builder.spawn(move || work(&inbox, &shared))
        };
        let threads = (0..threads).map(spawn).collect::<Result<_, _>>();
        let threads = threads.map_err(|source| Error::Io { what: "cannot start a thread", source })?;
        Ok((Self { name, jobs }, threads))
    }

    pub(crate) fn submit(&self, job: Box<Job>) -> Result<(), Problem> {
        self.jobs.try_send(job).map_err(|refused| match refused {
            TrySendError::Full(_) => {
                Problem::busy(format_args!("too many queries wait already ({})", self.name))
            }
            TrySendError::Disconnected(_) => Problem::stopping(),
        })
    }
}

fn work(inbox: &Mutex<Receiver<Box<Job>>>, shared: &Shared) {
    loop {
        let next = inbox.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        if !job.ticket.begin() {
            continue;
        }
        if shared.stopping.load(Ordering::Acquire) {
            job.refuse(Problem::stopping());
            continue;
        }
        shared.active.fetch_add(1, Ordering::AcqRel);
        let ticket = Arc::clone(&job.ticket);
        // A defect here must cost one query, not one of the few threads.
        if catch_unwind(AssertUnwindSafe(|| job.run(shared))).is_err() {
            tracing::error!("a query ended in a panic; its client gets an error");
        }
        ticket.finish();
        shared.active.fetch_sub(1, Ordering::AcqRel);
        shared.ended.notify_waiters();
        shared.engine.prepare();
    }
}
