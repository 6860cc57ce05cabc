//! Dead letters that are tried again: read with the program of today, written under the identity that their journal gave them.
//!
//! Promises: however often and by however many at one time a letter is tried, and wherever one of them dies, its rows are in each table
//! once. It is looked first which tables have rows of that identity, as a writer that settles a batch does; what is inserted carries a
//! token made of the identity alone, so that of two who both found nothing ClickHouse takes one. What became of it is a row of its own,
//! beside the one that the writer left. Never: touches a cursor, or a row of another record.

use super::fill::{Filled, Filler, Spare};
use super::hook::{Hook, NoHook, Point};
use super::insert::{Range, count_rows, insert_block};
use crate::error::shorten;
use crate::log::{DeadLetter, InstanceScope};
use crate::native::Layout;
use crate::rows::DeadLetterRow;
use crate::rows::Identity;
use crate::{Error, Warehouse};
use signalbox_domain::Timestamp;
use signalbox_events::{JournalId, StoredRecord};
use std::sync::Arc;

/// What became of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Retry {
    /// Its rows stand in their tables.
    Written,
    /// It stays, for this reason.
    Failed(String),
}

/// Why a letter stays: the table that refuses it, ClickHouse's code, the reason.
struct Refused {
    table: &'static str,
    code: i32,
    reason: String,
}

/// Tries dead letters again.
pub struct Retrier {
    warehouse: Warehouse,
    layout: Arc<Layout>,
    spare: Arc<Spare>,
    hook: Arc<dyn Hook>,
}

impl Retrier {
    /// Looks how the tables are.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when ClickHouse does not answer.
    pub async fn new(warehouse: &Warehouse, _scope: InstanceScope) -> Result<Self, Error> {
        let layout = Arc::new(Layout::load(warehouse).await?);
        Ok(Self { warehouse: warehouse.clone(), layout, spare: Arc::default(), hook: Arc::new(NoHook) })
    }

    /// The same, with `hook` called before and after each insert; for tests of crashes.
    pub fn with_hook(mut self, hook: Arc<dyn Hook>) -> Self {
        self.hook = hook;
        self
    }

    /// Tries a letter again, and notes what became of it.
    ///
    /// # Errors
    /// [`Error::Unavailable`] and others that are not about the record: it stays as it was, as far as this says; try again.
    pub async fn retry(&self, letter: &DeadLetter, now: Timestamp) -> Result<Retry, Error> {
        let refused = self.write(letter).await?;
        self.note(letter, refused, now).await
    }

    /// Notes that a letter must not be written, and why.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when ClickHouse does not answer.
    pub async fn refuse(&self, letter: &DeadLetter, reason: &str, now: Timestamp) -> Result<Retry, Error> {
        let refused = Refused { table: "", code: 0, reason: reason.to_owned() };
        self.note(letter, Some(refused), now).await
    }

    fn filler(&self, letter: &DeadLetter) -> Filler {
        Filler::new(JournalId::new(letter.id.journal), Arc::clone(&self.layout), Arc::clone(&self.spare))
    }

    async fn write(&self, letter: &DeadLetter) -> Result<Option<Refused>, Error> {
        let stored = StoredRecord { seq: letter.id.seq, payload: letter.payload.clone().into() };
        let tables = match self.filler(letter).fill_one(&stored)? {
            Ok(tables) => tables,
            Err(reason) => return Ok(Some(Refused { table: "", code: 0, reason })),
        };
        for filled in &tables {
            match self.put(letter, filled).await {
                Ok(()) => {}
                // Of a letter alone there is nobody else whom a statement could fail for.
                Err(Error::Refused { code, reason } | Error::Statement { code, reason }) => {
                    return Ok(Some(Refused { table: filled.table(), code, reason: shorten(&reason) }));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// The rows of one table, unless it has them.
    async fn put(&self, letter: &DeadLetter, filled: &Filled) -> Result<(), Error> {
        let table = filled.table();
        // The second token is for a server that died after it had noted the first one and before it had the rows.
        for again in ["", ":again"] {
            if self.has(letter, filled).await? {
                return Ok(());
            }
            self.hook.at(Point::Inserting(table)).await?;
            let token = format!("retry:{}{again}:{table}", letter.id);
            insert_block(&self.warehouse, table, filled, Some(&token)).await?;
            self.hook.at(Point::Inserted(table)).await?;
        }
        if self.has(letter, filled).await? {
            return Ok(());
        }
        Err(Error::Unavailable {
            reason: format!("{table} confirmed the rows of {} and has none", letter.id),
        })
    }

    /// Whether the table has rows of the record: they come together or not at all.
    async fn has(&self, letter: &DeadLetter, filled: &Filled) -> Result<bool, Error> {
        let range = Range { journal: letter.id.journal, first: letter.id.seq, last: letter.id.seq };
        let times = || filled.keys.iter().map(|key| key.time_ms);
        let time = times().min().zip(times().max()).map(|(from, to)| (filled.time, from, to));
        let found = count_rows(&self.warehouse, filled.table(), range, time).await?;
        Ok(found.get(&letter.id.seq).is_some_and(|rows| *rows > 0))
    }

    async fn note(
        &self,
        letter: &DeadLetter,
        refused: Option<Refused>,
        now: Timestamp,
    ) -> Result<Retry, Error> {
        let identity = Identity { journal: letter.id.journal, seq: letter.id.seq };
        let tries = letter.tries.saturating_add(1);
        let mut row = DeadLetterRow {
            workspace: letter.workspace.0,
            tries,
            tried_at: now.0,
            written: refused.is_none().into(),
            ..DeadLetterRow::of(identity, &letter.payload, letter.reason.clone(), letter.at)
        };
        row = match &refused {
            None => row.refused_by(&letter.refused_by, letter.code),
            Some(refused) => DeadLetterRow { reason: refused.reason.clone(), ..row }
                .refused_by(refused.table, refused.code),
        };
        let rows = self.filler(letter).fill_dead_letters(&[row], &|_, _| true)?;
        for filled in &rows {
            let token = format!("retry:{}:{tries}:{}", letter.id, filled.table());
            insert_block(&self.warehouse, filled.table(), filled, Some(&token)).await?;
        }
        tracing::info!(letter = %letter.id, tries, written = refused.is_none(), "a dead letter was tried again");
        Ok(refused.map_or(Retry::Written, |refused| Retry::Failed(refused.reason)))
    }
}
