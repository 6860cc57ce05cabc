//! What this node counts: for each subject the published total of all nodes plus what this node's own journal adds from there on.
//!
//! Promises: exact about itself. A click is counted before its visitor is answered, and of two clicks that saw the same counter the later
//! one decides again ([`Counters::settle`]), so a limit of N clicks lets N through. Late about others by what publishing takes. A counter
//! survives restart and `kill -9` with every store down: the checkpoint holds published totals and own increments, the journal the rest.
//! Bounded: per counter [`counter::OWN_MAX`] increments; beyond it the older ones are summed in pairs. A total that ends inside a pair then
//! counts some clicks twice until the next total; none is missed.

pub(crate) mod checkpoint;
mod counter;
mod follow;

pub(crate) use counter::Counter;

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use signalbox_catalog::live::{TotalsChunk, chunk_of};
use signalbox_domain::{ClickId, Measure, Money, Quarter, Series, Subject, Tally, Timestamp};
use signalbox_events::{Journal, tally, wire::Record};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

/// A click that is counted and not yet seen in the journal: its id, and whether it is the click itself or its visitor going on.
pub(crate) type Ticket = (ClickId, bool);

/// A published chunk with its version.
pub(crate) type Published = BTreeMap<u8, (u64, TotalsChunk)>;

/// The counters that the present configuration needs.
#[derive(Default)]
pub(crate) struct Table {
    index: FxHashMap<Subject, u32>,
    counters: Vec<Arc<Counter>>,
}

/// Clicks that are counted and not yet seen in the journal.
type InFlight = FxHashMap<Ticket, (Instant, Vec<Arc<Counter>>)>;

/// All counters of this node.
pub(crate) struct Counters {
    /// The journal whose clicks are this node's own.
    journal: u64,
    table: ArcSwap<Table>,
    in_flight: Mutex<InFlight>,
    published: Mutex<Published>,
    /// Everything of the journal before this is in the counters with its number.
    position: Mutex<u64>,
    /// Whether totals came that no checkpoint has.
    told: AtomicBool,
}

/// What one decision saw: counters with the number of clicks they had taken.
pub(crate) type Asked = Vec<(u32, u64)>;

impl Table {
    /// The counter of a subject, when it is counted.
    pub(crate) fn find(&self, subject: Subject) -> Option<&Arc<Counter>> {
        self.index.get(&subject).map(|index| &self.counters[*index as usize])
    }

    /// Whether nothing is counted.
    pub(crate) fn is_empty(&self) -> bool {
        self.counters.is_empty()
    }

    /// What was counted, noting what was seen when it depends on clicks.
    pub(crate) fn counted(
        &self,
        subject: Subject,
        measure: Measure,
        since: Option<Timestamp>,
        asked: &mut Asked,
    ) -> Money {
        let Some(index) = self.index.get(&subject) else { return Money::ZERO };
        let (sum, taken) = self.counters[*index as usize].counted(measure, since.map(Quarter::of));
        if matches!(measure, Measure::Clicks | Measure::Cost)
            && !asked.iter().any(|(known, _)| known == index)
        {
            asked.push((*index, taken));
        }
        sum
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Subject, &Arc<Counter>)> {
        self.index.iter().map(|(subject, index)| (*subject, &self.counters[*index as usize]))
    }
}

impl Counters {
    /// Counters of a node with this journal, going on from what a checkpoint held.
    pub(crate) fn new(journal: u64, restored: checkpoint::Held) -> Self {
        let counters = Self {
            journal,
            table: ArcSwap::default(),
            in_flight: Mutex::default(),
            published: Mutex::new(restored.published),
            position: Mutex::new(restored.position),
            told: AtomicBool::new(false),
        };
        let subjects: Vec<Subject> = restored.own.keys().copied().collect();
        counters.want(subjects);
        let table = counters.table.load();
        for (subject, own) in restored.own {
            if let Some(counter) = table.find(subject) {
                counter.restore(own);
            }
        }
        drop(table);
        counters
    }

    /// The counters of now.
    pub(crate) fn table(&self) -> Arc<Table> {
        self.table.load_full()
    }

    /// Counts these subjects from now on; those that were counted before go on as they are.
    pub(crate) fn want(&self, subjects: impl IntoIterator<Item = Subject>) {
        let published = self.published.lock();
        let before = self.table.load();
        let mut table = Table::default();
        for subject in subjects {
            if table.index.contains_key(&subject) {
                continue;
            }
            let counter = before.find(subject).cloned().unwrap_or_else(|| {
                let counter = Arc::new(Counter::default());
                if let Some((_, chunk)) = published.get(&chunk_of(subject))
                    && let Some(series) = chunk.series.get(&subject)
                {
                    counter.adopt(series, self.position_in(chunk));
                }
                counter
            });
            let index = u32::try_from(table.counters.len()).unwrap_or(u32::MAX);
            table.counters.push(counter);
            table.index.insert(subject, index);
        }
        self.table.store(Arc::new(table));
    }

    /// First record of the own journal that a chunk does not include.
    pub(crate) fn position_in(&self, chunk: &TotalsChunk) -> u64 {
        chunk.positions.get(&self.journal).copied().unwrap_or(0)
    }

    /// Takes over totals of all nodes.
    pub(crate) fn publish(&self, number: u8, version: u64, chunk: TotalsChunk) {
        let mut published = self.published.lock();
        let table = self.table.load();
        let position = self.position_in(&chunk);
        for (subject, series) in &chunk.series {
            if let Some(counter) = table.find(*subject) {
                counter.adopt(series, position);
            }
        }
        published.insert(number, (version, chunk));
        self.told.store(true, Ordering::Relaxed);
    }

    /// Whether totals came since this was asked last.
    pub(crate) fn take_told(&self) -> bool {
        self.told.swap(false, Ordering::Relaxed)
    }

    /// Versions of the totals that are known.
    pub(crate) fn versions(&self) -> BTreeMap<u8, u64> {
        self.published.lock().iter().map(|(number, (version, _))| (*number, *version)).collect()
    }

    /// Counts a click, unless one of its counters was changed by another click since `asked`: then nothing is counted, and the decision has
    /// to be made again.
    pub(crate) fn settle(
        &self,
        table: &Table,
        (ticket, at): (Ticket, Timestamp),
        adds: &[(Subject, Tally)],
        asked: Option<&Asked>,
    ) -> bool {
        let quarter = Quarter::of(at);
        let mut counted: Vec<Arc<Counter>> = Vec::new();
        for (subject, tally) in adds {
            let Some(index) = table.index.get(subject) else { continue };
            let counter = &table.counters[*index as usize];
            let seen = asked.and_then(|asked| asked.iter().find(|(known, _)| known == index));
            if !counter.take(ticket, quarter, tally, seen.map(|(_, taken)| *taken)) {
                counted.iter().for_each(|counter| counter.give_back(ticket));
                return false;
            }
            counted.push(Arc::clone(counter));
        }
        if !counted.is_empty() {
            self.in_flight.lock().insert(ticket, (Instant::now(), counted));
        }
        true
    }

    /// Replays one record of the own journal after a start, as [`Counters::settle`] had counted it.
    pub(crate) fn replay(&self, seq: u64, record: &Record<'_>) {
        if seq < *self.position.lock() {
            return;
        }
        let table = self.table.load();
        if table.is_empty() {
            return;
        }
        tally::each(record, &mut |subject, at, tally| {
            if let Some(counter) = table.find(subject) {
                counter.add(seq, Quarter::of(at), tally);
            }
        });
    }

    /// A record is in the journal under this number.
    fn journaled(&self, seq: u64, payload: &[u8]) {
        let Some(ticket) = Record::peek_click(payload) else { return };
        let found = self.in_flight.lock().remove(&ticket);
        for counter in found.iter().flat_map(|(_, counters)| counters) {
            counter.journaled(ticket, seq);
        }
    }

    /// Everything before `position` was looked at, or told to [`Counters::replay`].
    pub(crate) fn passed(&self, position: u64) {
        let mut known = self.position.lock();
        *known = (*known).max(position);
    }

    /// Up to where the own journal was looked at.
    pub(crate) fn position(&self) -> u64 {
        *self.position.lock()
    }

    /// Clicks counted so long ago that their journal has refused them: they count here until the next start without one.
    fn sweep(&self, settled_before: Instant) {
        let mut in_flight = self.in_flight.lock();
        in_flight.retain(|ticket, (since, counters)| {
            let waits = *since >= settled_before;
            if !waits {
                counters.iter().for_each(|counter| counter.never_journaled(*ticket));
            }
            waits
        });
    }

    /// Follows the journal and the catalog; see [`follow`].
    pub(crate) async fn follow_journal(&self, journal: Journal, stop: tokio_util::sync::CancellationToken) {
        follow::journal(self, journal, stop).await;
    }
}

impl Default for Counters {
    fn default() -> Self {
        Self::new(0, checkpoint::Held::default())
    }
}

/// What a counter holds, for statistics.
pub(crate) fn with_series<R>(table: &Table, subject: Subject, look: impl FnOnce(&Series) -> R) -> Option<R> {
    table.find(subject).map(|counter| counter.with_series(look))
}

#[cfg(test)]
mod tests;
