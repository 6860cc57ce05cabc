//! Events: versioned wire records, the local journal that accepts them, and the roads on which they travel.
//!
//! What it is: [`journal`] keeps records in plain segment files and gives each its identity (journal, sequence);
//! [`source::EventSource`] is the one way to read them, local ([`source::LocalSource`]) or through Kafka ([`kafka`]).
//!
//! What it promises: a record accepted by a journal keeps its identity for ever, is read in order, and is never
//! replaced by another under the same identity; damage and loss are reported as gaps; every buffer has a bound.
//!
//! What it never does: interpret payloads in transit, drop anything silently, block a reader on a writer.

pub mod batch;
pub mod error;
#[doc(hidden)]
pub mod fuzzing;
pub mod ids;
pub mod journal;
pub mod kafka;
pub mod source;
pub mod tally;
pub mod visitor;
pub mod watch;
pub mod wire;

pub use batch::{Batch, Gap, GapReason, JournalState, ReadLimit, StoredRecord};
pub use error::{AppendError, Error, FullReason};
pub use ids::{JournalId, Position, Stream};
pub use journal::{Durability, Journal, JournalOptions, Reader};
pub use source::{EventSource, LocalSource};
pub use watch::watch;
