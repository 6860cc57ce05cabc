//! From the records of a batch to one block a table, ready to be sent.
//!
//! Each record is decoded once and becomes rows of all its tables at once; no row is kept. The memory of the columns and of the blocks
//! is used again for the next batch: fresh pages, cleared by the kernel, cost a sixth of the writer's time.

use crate::Error;
use crate::native::{Block, Encoded, Layout};
use crate::rows::{
    ClickRow, ConversionRow, DeadLetterRow, DeliveryRow, FactRow, Identity, Keyed, PostbackRow, Rows, TABLES,
};
use bytes::Bytes;
use clickhouse::Row;
use serde::Serialize;
use signalbox_domain::Timestamp;
use signalbox_events::wire::Record;
use signalbox_events::{JournalId, StoredRecord};
use std::sync::{Arc, Mutex, PoisonError};

/// Blocks whose memory is kept: those of two batches.
const SPARE_MAX: usize = 4;
/// Memory of blocks beyond this is given back when the journal has been caught up.
const SPARE_BYTES_WHEN_IDLE: usize = 1 << 20;

/// Which rows of a record are wanted: the place of the table, and the sequence number.
pub type Wanted<'w> = &'w (dyn Fn(usize, u64) -> bool + Sync);

/// A row as the writer remembers it.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Sequence number of its record.
    pub seq: u64,
    /// The time in the order key of its table, unix milliseconds.
    pub time_ms: i64,
}

/// The rows of one table.
#[derive(Debug, Clone)]
pub struct Filled {
    /// Which of the tables.
    pub place: usize,
    /// The column of the time in the order key; empty when it is not the same each time a row is made.
    pub time: &'static str,
    /// The rows, in the order of the records.
    pub keys: Vec<Key>,
    /// Columns that are sent.
    pub columns: String,
    /// The block in ClickHouse's Native format.
    pub body: Bytes,
}

impl Filled {
    /// The table.
    pub fn table(&self) -> &'static str {
        TABLES[self.place]
    }
}

/// Makes blocks.
#[derive(Debug, Clone)]
pub struct Filler {
    journal: u64,
    layout: Arc<Layout>,
    spare: Arc<Spare>,
}

/// Memory to be used again.
#[derive(Debug, Default)]
pub struct Spare {
    /// Columns, which fit one layout.
    press: Mutex<Option<(Arc<Layout>, Press)>>,
    bodies: Mutex<Vec<Vec<u8>>>,
}

impl Filler {
    pub fn new(journal: JournalId, layout: Arc<Layout>, spare: Arc<Spare>) -> Self {
        Self { journal: journal.get(), layout, spare }
    }

    /// The rows of these records as blocks, in the order in which tables are filled; tables without rows are left out. What cannot
    /// become rows goes to `dead_letters` with the reason.
    pub fn fill(&self, records: &[StoredRecord], wanted: Wanted<'_>) -> Result<Vec<Filled>, Error> {
        let mut work = self.begin(wanted);
        for stored in records {
            let identity = Identity { journal: self.journal, seq: stored.seq };
            let added = match Record::decode(&stored.payload) {
                Ok(record) => work.add(identity, &record),
                Err(error) => Err(format!("cannot be read: {error}")),
            };
            if let Err(reason) = added {
                tracing::warn!(
                    journal = self.journal,
                    seq = stored.seq,
                    reason,
                    "record goes to dead_letters"
                );
                work.take(&DeadLetterRow::of(identity, &stored.payload, reason, Timestamp::now()));
            }
        }
        self.finish(work)
    }

    /// The rows of one record as blocks, or the reason why it cannot become rows.
    pub fn fill_one(&self, stored: &StoredRecord) -> Result<Result<Vec<Filled>, String>, Error> {
        let mut work = self.begin(&|_, _| true);
        let identity = Identity { journal: self.journal, seq: stored.seq };
        let added = match Record::decode(&stored.payload) {
            Ok(record) => work.add(identity, &record),
            Err(error) => Err(format!("cannot be read: {error}")),
        };
        let filled = self.finish(work)?;
        Ok(added.map(|()| filled))
    }

    /// These rows of `dead_letters` as a block.
    pub fn fill_dead_letters(
        &self,
        rows: &[DeadLetterRow],
        wanted: Wanted<'_>,
    ) -> Result<Vec<Filled>, Error> {
        let mut work = self.begin(wanted);
        rows.iter().for_each(|row| work.take(row));
        self.finish(work)
    }

    fn begin<'w>(&'w self, wanted: Wanted<'w>) -> Work<'w> {
        let spare = self.spare.press.lock().unwrap_or_else(PoisonError::into_inner).take();
        let press = spare.filter(|(layout, _)| Arc::ptr_eq(layout, &self.layout)).map(|(_, press)| press);
        Work { layout: &self.layout, wanted, press: press.unwrap_or_default(), failed: None }
    }

    fn finish(&self, work: Work<'_>) -> Result<Vec<Filled>, Error> {
        let Work { mut press, failed, .. } = work;
        let mut filled = Vec::new();
        for (place, building) in press.0.iter_mut().enumerate() {
            let Some(building) = building.as_mut().filter(|building| !building.keys.is_empty()) else {
                continue;
            };
            if failed.is_none() {
                filled.push(self.body(place, building));
            }
            building.keys.clear();
            building.block.clear();
        }
        *self.spare.press.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((Arc::clone(&self.layout), press));
        failed.map_or(Ok(filled), Err)
    }

    fn body(&self, place: usize, building: &Building) -> Filled {
        let Encoded { columns, bytes } = building.block.encode(self.spare.take());
        let body = Bytes::from_owner(Body { bytes, spare: Arc::clone(&self.spare) });
        Filled { place, time: building.time, keys: building.keys.clone(), columns, body }
    }
}

impl Spare {
    fn take(&self) -> Vec<u8> {
        self.bodies.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// Gives large pieces of memory back: nothing is waiting to be written.
    pub fn shrink(&self) {
        let mut bodies = self.bodies.lock().unwrap_or_else(PoisonError::into_inner);
        if bodies.iter().any(|body| body.capacity() > SPARE_BYTES_WHEN_IDLE) {
            bodies.clear();
            self.press.lock().unwrap_or_else(PoisonError::into_inner).take();
        }
    }
}

/// A block on its way; its memory comes back afterwards.
struct Body {
    bytes: Vec<u8>,
    spare: Arc<Spare>,
}

impl AsRef<[u8]> for Body {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.clear();
        let mut bodies = self.spare.bodies.lock().unwrap_or_else(PoisonError::into_inner);
        if bodies.len() < SPARE_MAX {
            bodies.push(bytes);
        }
    }
}

/// The columns of every table.
#[derive(Debug, Default)]
struct Press([Option<Building>; TABLES.len()]);

#[derive(Debug)]
struct Building {
    time: &'static str,
    keys: Vec<Key>,
    block: Block,
}

/// A batch becoming blocks.
struct Work<'w> {
    layout: &'w Layout,
    wanted: Wanted<'w>,
    press: Press,
    /// The first row that did not fit its table: the schema is another one.
    failed: Option<Error>,
}

impl Work<'_> {
    fn take<T: Keyed + Row + Serialize>(&mut self, row: &T) {
        if self.failed.is_none()
            && (self.wanted)(T::PLACE, row.seq())
            && let Err(error) = self.push(row)
        {
            self.failed = Some(error);
        }
    }

    fn push<T: Keyed + Row + Serialize>(&mut self, row: &T) -> Result<(), Error> {
        let place = &mut self.press.0[T::PLACE];
        let building = match place {
            Some(building) => building,
            None => place.insert(Building {
                time: T::TIME,
                keys: Vec::new(),
                block: Block::new(TABLES[T::PLACE], T::COLUMN_NAMES, self.layout)?,
            }),
        };
        building.block.push(row)?;
        building.keys.push(Key { seq: row.seq(), time_ms: row.time_ms() });
        Ok(())
    }
}

impl Rows for Work<'_> {
    fn click(&mut self, row: &ClickRow<'_>) {
        self.take(row);
    }

    fn conversion(&mut self, row: &ConversionRow<'_>) {
        self.take(row);
    }

    fn postback(&mut self, row: &PostbackRow<'_>) {
        self.take(row);
    }

    fn delivery(&mut self, row: &DeliveryRow<'_>) {
        self.take(row);
    }

    fn fact(&mut self, row: &FactRow<'_>) {
        self.take(row);
    }
}
