//! The load generator: one thread, keep-alive connections, requests made ahead; a closed loop or an open one.
//!
//! Promises: *closed*, each connection has one request under way and sends the next one when the answer is whole; latency is from the
//! write of a request to the end of its answer. *Open*, requests are planned at even distances, whatever the server does; latency is from
//! the planned moment to the end of the answer, and a request that could not be sent counts with the time it has waited, so that a server
//! that stalls cannot hide it (no coordinated omission). Never sends anything beyond the course it was given, and ends within seconds of it.

mod pool;
mod runner;

use crate::Error;
use hdrhistogram::Histogram;
use pool::Pool;
use runner::Runner;
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

/// How long the last answers of a round may take, unless something else is said.
const LAST_ANSWERS: Duration = Duration::from_secs(5);
/// Digits of the number that makes a user agent unseen.
pub(super) const UNSEEN_DIGITS: usize = 8;

/// A request ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prepared {
    /// All of it.
    pub(super) bytes: Vec<u8>,
    /// Where [`UNSEEN_DIGITS`] digits are replaced by a running number, so that the user agent is a new one each time.
    pub(super) unseen: Option<usize>,
}

/// When requests are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// As fast as the answers come.
    Closed,
    /// Evenly, so many a second, by a thread that has a core of its own and never sleeps.
    Spinning(u64),
    /// Evenly, so many a second, by a thread that sleeps up to a millisecond in between and sends what is due together.
    Sleeping(u64),
}

/// What is sent where, and for how long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Course {
    /// The server.
    pub(super) address: SocketAddr,
    /// When requests are sent.
    pub(super) pace: Pace,
    /// For how long.
    pub(super) length: Duration,
    /// How much longer the last answers may take.
    pub(super) patience: Duration,
    /// At most so many requests.
    pub(super) requests_max: u64,
}

impl Course {
    /// As fast as the answers come.
    pub(super) fn closed(address: SocketAddr, length: Duration) -> Self {
        Self { address, pace: Pace::Closed, length, patience: LAST_ANSWERS, requests_max: u64::MAX }
    }

    /// Evenly, from a core of its own.
    pub(super) fn open(address: SocketAddr, per_second: u64, length: Duration) -> Self {
        Self { pace: Pace::Spinning(per_second), ..Self::closed(address, length) }
    }
}

/// What happened in a round.
#[derive(Debug, Clone)]
pub(crate) struct Round {
    /// Answers with a 302.
    pub(crate) redirected: u64,
    /// Other answers.
    pub(crate) other: u64,
    /// Requests without an answer.
    pub(crate) failed: u64,
    /// Requests that were planned and never sent, because every connection waited for an answer.
    pub(crate) unsent: u64,
    /// How long it took.
    pub(crate) elapsed: Duration,
    /// Latencies in microseconds.
    pub(crate) latency: Histogram<u64>,
}

impl Round {
    fn new() -> Result<Self, Error> {
        let latency = Histogram::new_with_bounds(1, 60_000_000, 3)
            .map_err(|error| Error::Mismatch(format!("histogram: {error}")))?;
        Ok(Self { redirected: 0, other: 0, failed: 0, unsent: 0, elapsed: Duration::ZERO, latency })
    }

    /// Redirects a second, rounded down.
    pub(crate) fn per_second(&self) -> u64 {
        let nanos = self.elapsed.as_nanos().max(1);
        u64::try_from(u128::from(self.redirected) * 1_000_000_000 / nanos).unwrap_or(u64::MAX)
    }
}

/// Prepared requests, sent in order over all connections, from the start again when they are through.
#[derive(Debug)]
pub(super) struct Load {
    requests: Vec<Prepared>,
    connections: usize,
    unseen: AtomicU64,
    redirected: AtomicU64,
    halted: AtomicBool,
}

impl Load {
    /// `connections` at once.
    ///
    /// # Errors
    /// When there is nothing to send or no connection to send it on.
    pub(super) fn new(requests: Vec<Prepared>, connections: usize) -> Result<Self, Error> {
        if requests.is_empty() || connections == 0 {
            return Err(Error::Setup("the mix needs at least one request and one connection".to_owned()));
        }
        let (unseen, redirected) = (AtomicU64::new(0), AtomicU64::new(0));
        Ok(Self { requests, connections, unseen, redirected, halted: AtomicBool::new(false) })
    }

    /// Sends each request once.
    pub(super) fn each_once(&self, address: SocketAddr) -> Course {
        Course {
            requests_max: self.requests.len() as u64,
            ..Course::closed(address, Duration::from_secs(60))
        }
    }

    /// Redirects of all rounds until now, also of one under way.
    pub(super) fn redirected(&self) -> u64 {
        self.redirected.load(Ordering::Acquire)
    }

    /// Ends the course that is under way after what has been sent already.
    pub(super) fn halt(&self) {
        self.halted.store(true, Ordering::Release);
    }

    /// Runs a course on this thread.
    ///
    /// # Errors
    /// When the server cannot be connected to.
    pub(super) fn run(&self, course: Course) -> Result<Round, Error> {
        self.halted.store(false, Ordering::Release);
        let failed = || Error::io(format!("cannot send to {}", course.address));
        let pool = Pool::connect(course.address, self.connections).map_err(failed())?;
        let mut runner = Runner::new(self, course, pool, Round::new()?);
        runner.run().map_err(failed())?;
        Ok(runner.into_round())
    }
}

/// Runs a course on a thread of its own, on `core` alone if one is named. The thread ends with its course, or with the process.
pub(super) async fn drive(load: &Arc<Load>, course: Course, core: Option<usize>) -> Result<Round, Error> {
    let (done, result) = tokio::sync::oneshot::channel();
    let load = Arc::clone(load);
    let work = move || {
        let round = core.map_or(Ok(()), super::machine::pin).and_then(|()| load.run(course));
        // Nobody waits any more when the benchmark was stopped.
        let _stopped = done.send(round);
    };
    let name = "load".to_owned();
    thread::Builder::new().name(name).spawn(work).map_err(Error::io("cannot start the load generator"))?;
    result.await.map_err(|_| Error::Mismatch("the load generator broke off".to_owned()))?
}

#[cfg(test)]
mod tests;
