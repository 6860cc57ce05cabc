//! The one interface through which everything downstream reads events, whether from local journals or from Kafka.

use async_trait::async_trait;

use crate::batch::{Batch, JournalState, ReadLimit};
use crate::error::Error;
use crate::ids::JournalId;

mod local;

pub use local::LocalSource;

/// A readable set of journals.
///
/// Promises: records of one journal come in order, each at most once a pass, under the identity that the journal gave
/// them; a range that cannot be read is told as a gap, never skipped silently. A source keeps no reading position: the
/// caller says where to read from.
#[async_trait]
pub trait EventSource: Send + Sync {
    /// Journals readable here, with the next sequence number each will give (head) and the oldest readable (tail).
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the event log cannot be reached.
    async fn journals(&self) -> Result<Vec<JournalState>, Error>;

    /// Records of one journal from `from` on. Waits up to `limit.wait` for the first one; bounded by records and bytes.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a journal not known here, [`Error::Io`] and [`Error::Unavailable`] when it cannot be
    /// read at the moment.
    async fn read(&self, journal: JournalId, from: u64, limit: ReadLimit) -> Result<Batch, Error>;

    /// `consumer` has durably passed everything before `before`; storage may be given back later. A lower value than
    /// before changes nothing. The first call registers the consumer.
    ///
    /// # Errors
    /// As for [`EventSource::read`].
    async fn trim(&self, journal: JournalId, consumer: &str, before: u64) -> Result<(), Error>;
}
