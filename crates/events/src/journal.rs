//! The local journal: records in plain segment files, each under a sequence number that is given once.
//!
//! What it is: a directory with `IDENTITY`, `HEAD`, `LOCK`, `consumers.json`, segments (`00000000000000000000.seg`, named
//! after their first number) and, if ever needed, `damaged/`. One process opens it; any number of readers read it there.
//!
//! What it promises:
//! - An append costs one write under a mutex. When it returns, the record survives the end of the process; after
//!   `sync_interval`, or at once with [`Journal::append_durable`], the end of the power.
//! - A sequence number is never given twice, whatever the disk lost; numbers left out for that are told as gaps.
//! - What is damaged is told as a gap; everything else is read on. A wrong record is never given.
//! - A full quota or disk refuses appends; they work again by themselves once there is room.
//! - A segment is deleted when every registered consumer has passed it and `trim_delay` is over, or by the explicit
//!   retention limit, which counts what it cut off.
//!
//! What it never does: wait for a reader, interpret a payload, delete what somebody still needs, fail to open for damage
//! or for want of room.

use std::fmt;
use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{self, JoinHandle};
use std::time::{SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;

use crate::batch::JournalState;
use crate::error::{AppendError, Error};
use crate::ids::{JournalId, Stream};

mod checked;
mod consumers;
mod damage;
mod file;
mod frame;
mod fuzz;
mod identity;
mod open;
mod options;
mod progress;
mod reader;
mod recover;
mod reserve;
mod scan;
mod segment;
mod shared;
mod stats;
mod sync;
mod together;
mod upkeep;
mod wake;
mod writer;

pub use consumers::ConsumerLag;
pub use damage::DamageReport;
pub use frame::PAYLOAD_BYTES_MAX;
pub(crate) use fuzz::fuzz_scan;
#[cfg(test)]
pub(crate) use fuzz::fuzz_segment;
pub(crate) use options::check_consumer_name;
pub use options::{Durability, JournalOptions};
pub use reader::Reader;
pub use stats::JournalStats;

use file::Files;
use shared::Shared;

/// A handle to an open journal. Clones are the same journal; it is closed when the last one is dropped.
#[derive(Clone)]
pub struct Journal {
    owner: Arc<Owner>,
}

/// Ends the threads and gives the directory back.
struct Owner {
    shared: Arc<Shared>,
    running: Mutex<Option<Running>>,
}

struct Running {
    threads: Vec<JoinHandle<()>>,
    lock: Option<File>,
}

impl Journal {
    /// Opens the journal in `dir`, making it if there is none, and recovers from whatever happened to it. Blocking.
    ///
    /// # Errors
    /// [`Error::Locked`] when somebody else has it open, [`Error::Invalid`] for options out of range,
    /// [`Error::Incompatible`] when a newer version wrote it or it carries another stream, [`Error::Io`] when the
    /// directory cannot be read or a new one not be made. Damage is no error: see [`Journal::damage`]; nor is a full
    /// disk: appends are then refused until there is room.
    pub fn open(dir: impl AsRef<Path>, options: JournalOptions) -> Result<Self, Error> {
        options.check()?;
        let dir = dir.as_ref();
        let lock = open::lock(dir)?;
        let journal = Self::open_with(dir, options, Files::Disk, Some(lock))?;
        journal.start()?;
        Ok(journal)
    }

    /// Says that `dir`, where no journal is open, holds a copy restored from a backup: the original may have given
    /// numbers since, so the copy leaves out the next 2^32 of them, told as a gap.
    ///
    /// # Errors
    /// [`Error::Locked`] when the journal is open, [`Error::Io`] when the directory cannot be written.
    pub fn mark_restored(dir: impl AsRef<Path>) -> Result<(), Error> {
        let lock = open::lock(dir.as_ref())?;
        reserve::forget(&Files::Disk, dir.as_ref())?;
        lock.unlock().map_err(Error::io("unlock", dir.as_ref()))
    }

    /// Opens without starting the threads.
    fn open_with(
        dir: &Path,
        options: JournalOptions,
        files: Files,
        lock: Option<File>,
    ) -> Result<Self, Error> {
        let shared = Arc::new(open::open(dir, options, files, reserve::STEP)?);
        let running = Mutex::new(Some(Running { threads: Vec::new(), lock }));
        Ok(Self { owner: Arc::new(Owner { shared, running }) })
    }

    fn start(&self) -> Result<(), Error> {
        for (name, run) in [("journal-sync", sync::run as fn(&Shared)), ("journal-upkeep", upkeep::run)] {
            let shared = Arc::clone(self.shared());
            let thread = thread::Builder::new().name(name.to_owned()).spawn(move || run(&shared));
            let thread = thread.map_err(Error::io("start a thread for", self.dir()))?;
            if let Some(running) = self.owner.running.lock().as_mut() {
                running.threads.push(thread);
            }
        }
        Ok(())
    }

    /// The journal's identity.
    #[must_use]
    pub fn id(&self) -> JournalId {
        self.shared().id
    }

    /// What it carries.
    #[must_use]
    pub fn stream(&self) -> Stream {
        self.shared().options.stream
    }

    /// Its directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.shared().dir
    }

    /// The sequence number that the next record will get.
    #[must_use]
    pub fn head(&self) -> u64 {
        self.shared().head.load(Ordering::SeqCst)
    }

    /// The oldest sequence number that has not been given back.
    #[must_use]
    pub fn tail(&self) -> u64 {
        self.shared().tail()
    }

    /// Everything before this number is on the disk (or its sync failed and whoever waited was told).
    #[must_use]
    pub fn synced(&self) -> u64 {
        self.shared().progress.synced()
    }

    /// Identity, stream, tail and head.
    #[must_use]
    pub fn state(&self) -> JournalState {
        JournalState { id: self.id(), stream: self.stream(), tail: self.tail(), head: self.head() }
    }

    /// Appends one record of at most [`PAYLOAD_BYTES_MAX`] bytes; when this returns, the operating system has it.
    /// Returns its sequence number.
    ///
    /// # Errors
    /// [`AppendError`]; the record was then not accepted.
    pub fn append(&self, payload: &[u8]) -> Result<u64, AppendError> {
        self.shared().append(&[payload])
    }

    /// Appends all records under consecutive numbers, or none, in one write; at most 16 MiB altogether. Returns their
    /// numbers.
    ///
    /// # Errors
    /// [`AppendError`]; none of the records was then accepted.
    pub fn append_batch<P: AsRef<[u8]>>(&self, payloads: &[P]) -> Result<Range<u64>, AppendError> {
        if payloads.is_empty() {
            let head = self.head();
            return Ok(head..head);
        }
        let first = self.shared().append(payloads)?;
        Ok(first..first + payloads.len() as u64)
    }

    /// Appends one record and waits until the disk has it. Many that wait share one sync. Dropping the future does
    /// not take the record back.
    ///
    /// # Errors
    /// [`AppendError`]; with [`AppendError::NotDurable`] the record was accepted but the disk did not confirm it.
    pub async fn append_durable(&self, payload: &[u8]) -> Result<u64, AppendError> {
        let seq = self.append(payload)?;
        self.durable(seq).await?;
        Ok(seq)
    }

    /// [`Journal::append_batch`], then waits until the disk has all of it.
    ///
    /// # Errors
    /// As [`Journal::append_durable`].
    pub async fn append_batch_durable<P: AsRef<[u8]>>(
        &self,
        payloads: &[P],
    ) -> Result<Range<u64>, AppendError> {
        let seqs = self.append_batch(payloads)?;
        if let Some(last) = seqs.clone().last() {
            self.durable(last).await?;
        }
        Ok(seqs)
    }

    /// Appends with the durability that the configuration asks for, in one write with the records that come at the same
    /// time: the call gives way to whatever else the runtime has ready, once. Dropping the future after its first poll does
    /// not take the record back.
    ///
    /// # Errors
    /// As [`Journal::append_durable`]; where a quota or disk is full, all records of the write are refused.
    pub async fn append_with(&self, payload: &[u8], durability: Durability) -> Result<u64, AppendError> {
        let seq = self.shared().append_together(payload).await?;
        if durability == Durability::Fsync {
            self.durable(seq).await?;
        }
        Ok(seq)
    }

    /// Waits until everything appended so far is on the disk.
    ///
    /// # Errors
    /// [`AppendError::NotDurable`] when the disk did not confirm the last of it.
    pub async fn sync(&self) -> Result<(), AppendError> {
        match self.head().checked_sub(1) {
            Some(last) => self.durable(last).await,
            None => Ok(()),
        }
    }

    async fn durable(&self, seq: u64) -> Result<(), AppendError> {
        let shared = self.shared();
        if shared.progress.synced() <= seq {
            shared.syncing.urge();
        }
        shared.progress.passed(seq).await
    }

    /// A reader that begins at `from`.
    #[must_use]
    pub fn reader(&self, from: u64) -> Reader {
        Reader::new(Arc::clone(self.shared()), from)
    }

    /// Registers a consumer at the present tail, or returns where it has already come to. Blocking for one small write.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a name that is not a word, [`Error::Io`] when the position cannot be stored.
    pub fn register_consumer(&self, consumer: &str) -> Result<u64, Error> {
        options::check_consumer_name(consumer)?;
        self.shared().consumers.register(consumer, || self.tail())
    }

    /// Forgets a consumer that will not come back, so that it holds no segment any more. Tells whether it was known.
    ///
    /// # Errors
    /// [`Error::Io`] when that cannot be stored.
    pub fn remove_consumer(&self, consumer: &str) -> Result<bool, Error> {
        let removed = self.shared().consumers.remove(consumer);
        self.shared().upkeep.urge();
        removed
    }

    /// `consumer` has durably passed everything before `before`. Registers it if it is new; a lower value than before
    /// changes nothing. On the disk when this returns; blocking for one small write.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a bad name or a position beyond the head, [`Error::Io`] when it cannot be stored.
    pub fn trim(&self, consumer: &str, before: u64) -> Result<(), Error> {
        options::check_consumer_name(consumer)?;
        let head = self.head();
        if before > head {
            let reason =
                format!("{before} is beyond the journal's head {head}: it belongs to another journal");
            return Err(Error::Invalid { field: "before", reason });
        }
        let advanced = self.shared().consumers.advance(consumer, before);
        self.shared().upkeep.urge();
        advanced.map(drop)
    }

    /// How far each registered consumer is behind.
    #[must_use]
    pub fn lag(&self) -> Vec<ConsumerLag> {
        self.shared().lag()
    }

    /// Damage met since the journal was opened.
    #[must_use]
    pub fn damage(&self) -> DamageReport {
        self.shared().damage.report()
    }

    /// Plain counters and sizes, for metrics.
    #[must_use]
    pub fn stats(&self) -> JournalStats {
        self.shared().stats()
    }

    /// Refuses further appends, brings everything to the disk and gives the directory back. Blocking; readers stay
    /// usable. Does nothing the second time.
    ///
    /// # Errors
    /// [`Error::Io`] when the orderly end cannot be recorded; the next open then leaves some numbers out.
    pub fn close(&self) -> Result<(), Error> {
        self.owner.close()
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.owner.shared
    }
}

impl Owner {
    fn close(&self) -> Result<(), Error> {
        let Some(running) = self.running.lock().take() else { return Ok(()) };
        self.shared.writer.lock().closed = true;
        self.shared.syncing.stop();
        self.shared.upkeep.stop();
        for thread in running.threads {
            if thread.join().is_err() {
                tracing::error!(dir = %self.shared.dir.display(), "a thread of the journal panicked");
            }
        }
        self.shared.remove_spare();
        let next = self.shared.writer.lock().unused();
        let recorded = self.shared.reservation.close(next).map_err(Error::io("write", &self.shared.dir));
        // Said, not left to the closing of the file: a child just being started would hold it for a moment longer.
        let unlocked = running.lock.map_or(Ok(()), |lock| lock.unlock());
        recorded.and(unlocked.map_err(Error::io("unlock", &self.shared.dir)))
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        if let Err(error) = self.close() {
            tracing::warn!(%error, "the journal's end could not be recorded");
        }
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal")
            .field("state", &self.state())
            .field("dir", &self.dir())
            .finish_non_exhaustive()
    }
}

/// The present time in unix milliseconds; only for file headers and the retention by age.
fn unix_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
