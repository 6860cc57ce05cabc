//! Who reads the journal and how far each has durably come: `consumers.json`, replaced whole at each change.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::checked::{self, Checked};
use super::damage::Damage;
use super::file::Files;
use crate::error::Error;

const FILE: &str = "consumers.json";

/// How far a consumer is behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsumerLag {
    /// The consumer's name.
    pub consumer: String,
    /// It has durably passed everything before this number.
    pub before: u64,
    /// Sequence numbers between there and the head.
    pub records: u64,
    /// Bytes on disk from its segment on, an upper bound of what it has still to read.
    pub bytes: u64,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct State {
    positions: BTreeMap<String, u64>,
    /// Numbers below this were given back (or cut off).
    released: u64,
    /// Numbers below this were cut off by the retention limit before every consumer had passed.
    cut: u64,
}

pub(crate) struct Consumers {
    files: Files,
    path: PathBuf,
    state: Mutex<State>,
    /// The file is older than the state.
    unsaved: AtomicBool,
}

impl Consumers {
    /// Reads the file; a damaged one is set aside and every consumer starts at `tail`, so that nothing is trimmed
    /// that somebody may still need.
    pub(crate) fn open(files: &Files, dir: &Path, tail: u64, damage: &Damage) -> Self {
        let path = dir.join(FILE);
        let state = match checked::load::<State>(files, &path) {
            Checked::Good(state) => state,
            Checked::Absent => State::default(),
            Checked::Damaged | Checked::Unfamiliar => {
                tracing::warn!(path = %path.display(), "the consumers' positions are damaged; they start over");
                if let Err(error) = damage.set_aside_file(&path) {
                    tracing::warn!(%error, path = %path.display(), "not set aside; the next change replaces it");
                }
                State { released: tail, ..State::default() }
            }
        };
        Self { files: files.clone(), path, state: Mutex::new(state), unsaved: AtomicBool::new(false) }
    }

    /// Registers those that are new, at `tail`. Stored with the next change: until then they would start there again.
    pub(crate) fn require(&self, names: &[String], tail: u64) {
        let mut state = self.state.lock();
        for name in names.iter().filter(|name| !state.positions.contains_key(*name)).collect::<Vec<_>>() {
            state.positions.insert(name.clone(), tail);
            self.unsaved.store(true, Ordering::Relaxed);
        }
    }

    /// The furthest position that any consumer has reported.
    pub(crate) fn furthest(&self) -> u64 {
        self.state.lock().positions.values().copied().max().unwrap_or(0)
    }

    /// Moves a consumer forward, registering it if it is new; on the disk when this returns. Tells if it moved. It
    /// counts as moved even if that could not be stored: an older file only keeps more, and on a full disk the space
    /// that it gives back is what the file waits for.
    pub(crate) fn advance(&self, consumer: &str, before: u64) -> Result<bool, Error> {
        let mut state = self.state.lock();
        let moved = state.positions.get(consumer).is_none_or(|known| *known < before);
        if moved {
            state.positions.insert(consumer.to_owned(), before);
        }
        self.save(&state, moved)?;
        Ok(moved)
    }

    /// Where a consumer is; a new one begins behind everything that was, or is just being, given back. `tail` is asked
    /// while nothing can be.
    pub(crate) fn register(&self, consumer: &str, tail: impl Fn() -> u64) -> Result<u64, Error> {
        let mut state = self.state.lock();
        if let Some(known) = state.positions.get(consumer).copied() {
            self.save(&state, false)?;
            return Ok(known);
        }
        let begin = tail().max(state.released);
        state.positions.insert(consumer.to_owned(), begin);
        self.save(&state, true)?;
        Ok(begin)
    }

    /// Forgets a consumer, so that it holds nothing back any more.
    pub(crate) fn remove(&self, consumer: &str) -> Result<bool, Error> {
        let mut state = self.state.lock();
        let removed = state.positions.remove(consumer).is_some();
        self.save(&state, removed)?;
        Ok(removed)
    }

    /// Remembers that numbers below `before` are about to be deleted, and says if the disk does too. Unless they are
    /// `cut` off, nothing is remembered, and `None` returned, when somebody who has not passed them was registered in
    /// the meantime.
    pub(crate) fn release(&self, before: u64, cut: bool) -> Option<Result<(), Error>> {
        let mut state = self.state.lock();
        if !cut && state.positions.values().any(|position| *position < before) {
            return None;
        }
        state.released = state.released.max(before);
        state.cut = if cut { state.cut.max(before) } else { state.cut };
        Some(self.save(&state, true))
    }

    /// Stores what could not be stored before.
    pub(crate) fn store_unsaved(&self) -> Result<(), Error> {
        self.save(&self.state.lock(), false)
    }

    fn save(&self, state: &State, changed: bool) -> Result<(), Error> {
        if changed || self.unsaved.load(Ordering::Relaxed) {
            self.unsaved.store(true, Ordering::Relaxed);
            checked::store(&self.files, &self.path, state).map_err(Error::io("write", &self.path))?;
            self.unsaved.store(false, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Everything before this has been passed by all; `None` while nobody is registered.
    pub(crate) fn passed_by_all(&self) -> Option<u64> {
        self.state.lock().positions.values().copied().min()
    }

    /// Numbers below the first were released, of them those below the second were cut off.
    pub(crate) fn released(&self) -> (u64, u64) {
        let state = self.state.lock();
        (state.released, state.cut)
    }

    /// All positions.
    pub(crate) fn positions(&self) -> BTreeMap<String, u64> {
        self.state.lock().positions.clone()
    }
}
