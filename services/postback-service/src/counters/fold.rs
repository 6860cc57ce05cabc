//! The sums: pure state, without I/O. A record counts in a chunk only when it lies at or behind the chunk's position, so that a chunk
//! read back from the store goes on exactly where it stood, whatever the others did.

use crate::config::Counted;
use signalbox_catalog::live::{TOTALS_CHUNKS, TotalsChunk, chunk_of};
use signalbox_domain::{Series, Subject, Timestamp};
use signalbox_events::{tally, wire::Record};
use std::collections::BTreeMap;

/// Positions of journals: the first sequence number that is not counted.
pub(crate) type Positions = BTreeMap<u64, u64>;

/// A chunk as it is here and in the store.
#[derive(Debug, Clone, Default)]
pub(crate) struct Chunk {
    /// Version in the store; 0: it is not there.
    pub(crate) version: u64,
    /// Positions in the store.
    pub(crate) stored: Positions,
    pub(crate) totals: TotalsChunk,
    /// Whether a sum differs from the store's.
    pub(crate) changed: bool,
}

/// A counter whose past is not known yet.
#[derive(Debug, Clone)]
pub(crate) struct Joining {
    /// Where counting began: the past lies before it.
    pub(crate) from: Positions,
    /// What was counted since.
    pub(crate) series: Series,
}

/// All sums.
#[derive(Debug, Default)]
pub(crate) struct Fold {
    pub(crate) chunks: Vec<Chunk>,
    pub(crate) joining: BTreeMap<Subject, Joining>,
    wanted: BTreeMap<Subject, Counted>,
    /// Where each journal is read next.
    pub(crate) next: Positions,
}

impl Fold {
    /// Goes on with what the store has. Journals are read from the earliest position of any chunk that counts something.
    pub(crate) fn new(stored: BTreeMap<u8, Chunk>) -> Self {
        let mut fold = Self { chunks: vec![Chunk::default(); usize::from(TOTALS_CHUNKS)], ..Self::default() };
        for (number, chunk) in stored {
            fold.chunks[usize::from(number)] = chunk;
        }
        let mut journals: Positions = BTreeMap::new();
        for chunk in fold.counting() {
            journals.extend(chunk.totals.positions.keys().map(|journal| (*journal, 0)));
        }
        for (journal, next) in &mut journals {
            let places =
                fold.counting().map(|chunk| chunk.totals.positions.get(journal).copied().unwrap_or(0));
            *next = places.min().unwrap_or(0);
        }
        for chunk in &mut fold.chunks {
            if chunk.totals.series.is_empty() {
                chunk.totals.positions = journals.clone();
            }
        }
        fold.next = journals;
        fold
    }

    /// Chunks with sums.
    pub(crate) fn counting(&self) -> impl Iterator<Item = &Chunk> {
        self.chunks.iter().filter(|chunk| !chunk.totals.series.is_empty())
    }

    /// Whether nothing is to be counted.
    pub(crate) fn is_idle(&self) -> bool {
        self.joining.is_empty() && self.counting().next().is_none()
    }

    /// Begins to follow a journal; where, when it is new here.
    pub(crate) fn follow(&mut self, journal: u64, tail: u64, head: u64) -> u64 {
        // Nothing was ever counted: the past comes from the warehouse.
        let from = if self.is_idle() { head } else { tail };
        *self.next.entry(journal).or_insert(from)
    }

    /// Counts one record.
    pub(crate) fn add(&mut self, journal: u64, seq: u64, record: &Record<'_>) {
        tally::each(record, &mut |subject, at, tally| {
            if !self.wanted.contains_key(&subject) {
                return;
            }
            let chunk = &mut self.chunks[usize::from(chunk_of(subject))];
            if seq < chunk.totals.positions.get(&journal).copied().unwrap_or(0) {
                return;
            }
            if let Some(series) = chunk.totals.series.get_mut(&subject) {
                series.add(at, tally);
                chunk.changed = true;
            } else if let Some(joining) = self.joining.get_mut(&subject) {
                joining.series.add(at, tally);
            }
        });
    }

    /// Everything of a journal before `next` is counted.
    pub(crate) fn passed(&mut self, journal: u64, next: u64) {
        self.next.insert(journal, next);
        for chunk in &mut self.chunks {
            let position = chunk.totals.positions.entry(journal).or_insert(0);
            *position = (*position).max(next);
        }
    }

    /// Takes over which counters are needed: forgets those that are not, begins those that are new. Returns how many are new.
    /// `elsewhere` are positions up to which journals that cannot be read here are in the warehouse.
    pub(crate) fn want(&mut self, wanted: &BTreeMap<Subject, Counted>, elsewhere: &Positions) -> usize {
        for chunk in &mut self.chunks {
            let before = chunk.totals.series.len();
            chunk.totals.series.retain(|subject, _| wanted.contains_key(subject));
            chunk.changed |= chunk.totals.series.len() != before;
        }
        self.joining.retain(|subject, _| wanted.contains_key(subject));
        self.wanted.clone_from(wanted);
        let known = |fold: &Self, subject: Subject| {
            fold.joining.contains_key(&subject)
                || fold.chunks[usize::from(chunk_of(subject))].totals.series.contains_key(&subject)
        };
        let new: Vec<Subject> = wanted.keys().copied().filter(|subject| !known(self, *subject)).collect();
        for subject in &new {
            let number = chunk_of(*subject);
            let occupied = self.joining.keys().any(|other| chunk_of(*other) == number);
            let chunk = &mut self.chunks[usize::from(number)];
            if chunk.totals.series.is_empty() && !occupied {
                chunk.totals.positions = elsewhere.clone();
                chunk.totals.positions.extend(&self.next);
            }
            let from = chunk.totals.positions.clone();
            self.joining.insert(*subject, Joining { from, series: Series::default() });
        }
        new.len()
    }

    /// The past of a counter is known: from now on it is published.
    pub(crate) fn join(&mut self, subject: Subject, mut past: Series) {
        let Some(joining) = self.joining.remove(&subject) else { return };
        past.merge(&joining.series);
        let chunk = &mut self.chunks[usize::from(chunk_of(subject))];
        chunk.totals.series.insert(subject, past);
        chunk.changed = true;
    }

    /// Forgets what no window needs any more.
    pub(crate) fn prune(&mut self, now: Timestamp) {
        for chunk in self.chunks.iter_mut().filter(|chunk| chunk.changed) {
            for (subject, series) in &mut chunk.totals.series {
                series.keep_hours(self.wanted.get(subject).map_or(0, |counted| counted.hours), now);
            }
        }
    }

    /// Up to where a journal is counted in the store, so that it need not be kept for this.
    pub(crate) fn settled(&self, journal: u64) -> u64 {
        let stored = self.counting().map(|chunk| chunk.stored.get(&journal).copied().unwrap_or(0));
        let joining = self.joining.values().map(|joining| joining.from.get(&journal).copied().unwrap_or(0));
        let next = self.next.get(&journal).copied().unwrap_or(0);
        stored.chain(joining).min().unwrap_or(next).min(next)
    }
}

#[cfg(test)]
mod tests;
