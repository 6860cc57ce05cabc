//! Events read straight from journals that are open in this process.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::{Mutex, RwLock};

use super::EventSource;
use crate::batch::{Batch, JournalState, ReadLimit};
use crate::error::Error;
use crate::ids::JournalId;
use crate::journal::{Journal, Reader};

/// Readers kept for those who will go on where they stopped; the one unused longest goes first.
const READERS_MAX: usize = 16;

/// An [`EventSource`] over one or several local journals. Clones share them.
#[derive(Clone, Default)]
pub struct LocalSource {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    journals: RwLock<BTreeMap<JournalId, Journal>>,
    readers: Mutex<Vec<(JournalId, Reader)>>,
}

impl LocalSource {
    /// A source over these journals.
    #[must_use]
    pub fn new(journals: impl IntoIterator<Item = Journal>) -> Self {
        let source = Self::default();
        journals.into_iter().for_each(|journal| source.add(journal));
        source
    }

    /// Makes one more journal readable.
    pub fn add(&self, journal: Journal) {
        self.inner.journals.write().insert(journal.id(), journal);
    }

    fn get(&self, id: JournalId) -> Result<Journal, Error> {
        self.inner.journals.read().get(&id).cloned().ok_or(Error::NotFound { journal: id })
    }
}

impl Inner {
    /// A reader that stands at `from`, with its segment open if somebody stopped there.
    fn take_reader(&self, journal: &Journal, from: u64) -> Reader {
        let mut readers = self.readers.lock();
        let stands = readers.iter().position(|(id, reader)| *id == journal.id() && reader.position() == from);
        stands.map_or_else(|| journal.reader(from), |at| readers.remove(at).1)
    }

    fn keep_reader(&self, id: JournalId, reader: Reader) {
        let mut readers = self.readers.lock();
        if readers.len() == READERS_MAX {
            readers.remove(0);
        }
        readers.push((id, reader));
    }
}

#[async_trait]
impl EventSource for LocalSource {
    async fn journals(&self) -> Result<Vec<JournalState>, Error> {
        Ok(self.inner.journals.read().values().map(Journal::state).collect())
    }

    async fn read(&self, journal: JournalId, from: u64, limit: ReadLimit) -> Result<Batch, Error> {
        let journal = self.get(journal)?;
        if !journal.shared().wait_for_head(from, limit.wait).await {
            return Ok(Batch::at(from));
        }
        let inner = Arc::clone(&self.inner);
        let read = tokio::task::spawn_blocking(move || {
            let mut reader = inner.take_reader(&journal, from);
            let batch = reader.read(limit);
            inner.keep_reader(journal.id(), reader);
            batch
        });
        read.await
            .map_err(|error| Error::Unavailable { reason: format!("the reading task ended: {error}") })?
    }

    async fn trim(&self, journal: JournalId, consumer: &str, before: u64) -> Result<(), Error> {
        let journal = self.get(journal)?;
        let consumer = consumer.to_owned();
        let trim = tokio::task::spawn_blocking(move || journal.trim(&consumer, before));
        trim.await
            .map_err(|error| Error::Unavailable { reason: format!("the trimming task ended: {error}") })?
    }
}
