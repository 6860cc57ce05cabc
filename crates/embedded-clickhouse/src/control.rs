//! The thread beside the queries: stops those whose clients have gone, and gives freed memory back to the system.
//!
//! Promises: works however busy the queues are, on connections of its own; at its bound it forgets to stop a query, which then
//! merely runs to its end.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread::{Builder, JoinHandle},
    time::{Duration, Instant},
};

use crate::{engine::Engine, error::Error, os, ticket::Ticket};

/// Queries that can wait to be stopped.
const STOPS_MAX: usize = 1024;
/// A stop is repeated, since a query can be between two statements when the first one comes.
const STOP_INTERVAL: Duration = Duration::from_millis(100);
const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);
/// Freed memory below this is not worth a purge.
const PURGE_ABOVE_BYTES: u64 = 160 << 20;
/// While queries run, purging waits so long since the last time.
const PURGE_BUSY_INTERVAL: Duration = Duration::from_secs(60);

enum Order {
    Stop(Arc<Ticket>),
    StopAll,
}

/// Gives orders to the thread, which ends when the last of these is dropped.
#[derive(Clone)]
pub(crate) struct Control {
    orders: SyncSender<Order>,
}

impl Control {
    /// `active` is the number of queries that run now.
    pub(crate) fn start(
        engine: Arc<Engine>,
        active: Arc<AtomicUsize>,
    ) -> Result<(Self, JoinHandle<()>), Error> {
        let (orders, inbox) = sync_channel(STOPS_MAX);
        let thread = Builder::new()
            .name("clickhouse-control".to_owned())
            .stack_size(crate::lanes::STACK_BYTES)
            .spawn(move || {
                Worker { engine, active, stops: Vec::new(), last_purge: Instant::now() }.work(&inbox)
            })
            .map_err(|source| Error::Io { what: "cannot start a thread", source })?;
        Ok((Self { orders }, thread))
    }

    pub(crate) fn stop(&self, ticket: Arc<Ticket>) {
        if self.orders.try_send(Order::Stop(ticket)).is_err() {
            tracing::warn!("too many queries wait to be stopped; one runs on without a client");
        }
    }

    pub(crate) fn stop_all(&self) {
        if self.orders.try_send(Order::StopAll).is_err() {
            tracing::warn!("the queries that still run could not be told to stop");
        }
    }
}

struct Worker {
    engine: Arc<Engine>,
    active: Arc<AtomicUsize>,
    stops: Vec<Arc<Ticket>>,
    last_purge: Instant,
}

impl Worker {
    fn work(mut self, inbox: &Receiver<Order>) {
        loop {
            let wait = if self.stops.is_empty() { UPKEEP_INTERVAL } else { STOP_INTERVAL };
            match inbox.recv_timeout(wait) {
                Ok(Order::Stop(ticket)) => self.stops.push(ticket),
                Ok(Order::StopAll) => self.kill("1"),
                Err(RecvTimeoutError::Timeout) => self.purge(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.stops.retain(|ticket| ticket.is_running());
            if !self.stops.is_empty() {
                let comments: Vec<String> =
                    self.stops.iter().map(|ticket| crate::run::quoted(&ticket.comment)).collect();
                self.kill(&format!("Settings['log_comment'] IN ({})", comments.join(",")));
            }
        }
    }

    fn kill(&self, which: &str) {
        // ASYNC: the engine counts a query as running until its connection is used or closed, so waiting here could take for ever.
        let sql = format!("KILL QUERY WHERE {which} ASYNC");
        let killed = self.engine.connect().and_then(|mut connection| connection.run(sql.as_bytes()));
        if let Err(error) = killed {
            tracing::warn!(%error, "queries without a client could not be stopped");
        }
    }

    /// The engine's allocator keeps what queries have freed; an instance that idles should be small.
    fn purge(&mut self) {
        let idle = self.active.load(Ordering::Acquire) == 0;
        let due = idle || self.last_purge.elapsed() > PURGE_BUSY_INTERVAL;
        let Some(before) = os::anonymous_memory_bytes().filter(|bytes| due && *bytes > PURGE_ABOVE_BYTES)
        else {
            return;
        };
        let purged =
            self.engine.connect().and_then(|mut connection| connection.run(b"SYSTEM JEMALLOC PURGE"));
        self.last_purge = Instant::now();
        match purged {
            Ok(_) => tracing::debug!(before, after = os::anonymous_memory_bytes(), "gave memory back"),
            Err(error) => tracing::warn!(%error, "freed memory could not be given back"),
        }
    }
}
