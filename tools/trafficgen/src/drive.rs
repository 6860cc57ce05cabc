//! A driver with its own ledger: sends a fixed, seeded amount of traffic and knows exactly what reports must show afterwards.
//!
//! Promises: the same plan sends the same requests, in an order that concurrency alone changes; every click attempt has its own sub id 1
//! and every conversion its own transaction, which a retry keeps; what is not answered is tried again until the plan's patience is over,
//! so that the server may be killed and restarted in the middle. Never assumes that what was not answered was not stored:
//! `answered ⊆ stored ⊆ attempted`.

mod ledger;
mod plan;
mod script;
mod send;

pub use ledger::{ClickEntry, ConversionState, Entry, Ledger, Outcome, PostbackEntry, Summary};
pub use plan::{Plan, PlanCampaign, PlanNetwork, PostbackParameters};

use crate::Error;
use script::Script;
use send::Sender;
use std::{
    io::Write,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{Instant, sleep_until},
};

/// Entries that may wait for the ledger.
const ENTRIES_WAITING_MAX: usize = 1024;

/// How far a drive is; shared with whoever wants to disturb it at a certain moment.
#[derive(Debug, Default)]
pub struct Progress {
    clicks: AtomicU64,
    conversions: AtomicU64,
    enough: AtomicBool,
}

impl Progress {
    /// Clicks that were answered or given up.
    pub fn clicks(&self) -> u64 {
        self.clicks.load(Ordering::Relaxed)
    }

    /// Begins no further clicks: those that were begun are finished, then the drive ends.
    pub fn enough(&self) {
        self.enough.store(true, Ordering::Relaxed);
    }

    /// Conversions whose last postback was answered or given up.
    pub fn conversions(&self) -> u64 {
        self.conversions.load(Ordering::Relaxed)
    }
}

/// A drive that can be watched.
#[derive(Debug)]
pub struct Drive {
    script: Arc<Script>,
    progress: Arc<Progress>,
}

/// Sends what the plan says and returns what was sent and answered.
///
/// # Errors
/// When the plan is not valid.
pub async fn drive(plan: Plan) -> Result<Ledger, Error> {
    Drive::new(plan)?.run(None).await
}

impl Drive {
    /// Checks the plan.
    ///
    /// # Errors
    /// With the field at fault and the fix.
    pub fn new(plan: Plan) -> Result<Self, Error> {
        plan.check()?;
        Ok(Self { script: Arc::new(Script::new(plan)?), progress: Arc::default() })
    }

    /// Counts while it runs.
    pub fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.progress)
    }

    /// Sends everything; each entry of the ledger is also written to `sink`, one line of JSON each, as it comes.
    ///
    /// # Errors
    /// When the sink cannot be written.
    pub async fn run(self, mut sink: Option<&mut (dyn Write + Send)>) -> Result<Ledger, Error> {
        let (entries, mut written) = mpsc::channel(ENTRIES_WAITING_MAX);
        let sender = Arc::new(Sender::new(Arc::clone(&self.script), entries)?);
        let next = Arc::new(AtomicU64::new(0));
        let pace = Pace { began: Instant::now(), per_second: self.script.plan.clicks_per_second };
        let mut workers = JoinSet::new();
        for _ in 0..self.script.plan.concurrency {
            let (sender, next, progress) = (Arc::clone(&sender), Arc::clone(&next), self.progress());
            workers.spawn(async move { work(&sender, &next, pace, &progress).await });
        }
        // Only the workers hold senders from here on: the channel closes when the last one is done.
        drop(sender);
        let mut ledger = Ledger::default();
        while let Some(entry) = written.recv().await {
            if let Some(sink) = &mut sink {
                ledger::write_line(sink, &entry)?;
            }
            ledger.push(entry);
        }
        while workers.join_next().await.is_some() {}
        Ok(ledger)
    }
}

/// When a click is due.
#[derive(Debug, Clone, Copy)]
struct Pace {
    began: Instant,
    per_second: u32,
}

impl Pace {
    /// Waits for the turn of a click; what is late is not hurried after a pause of the server: it is sent as fast as it is answered.
    async fn turn(self, number: u32) {
        if self.per_second > 0 {
            let due = Duration::from_secs_f64(f64::from(number) / f64::from(self.per_second));
            sleep_until(self.began + due).await;
        }
    }
}

async fn work(sender: &Sender, next: &AtomicU64, pace: Pace, progress: &Progress) {
    let script = sender.script();
    while !progress.enough.load(Ordering::Relaxed) {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let Some(number) = u32::try_from(number).ok().filter(|number| *number < script.plan.clicks) else {
            return;
        };
        pace.turn(number).await;
        let click = sender.click(number).await;
        progress.clicks.fetch_add(1, Ordering::Relaxed);
        if let (Some(click), Some(conversion)) = (click, script.conversion(number)) {
            sender.convert(number, &click, &conversion).await;
            progress.conversions.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests;
