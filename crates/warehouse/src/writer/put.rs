//! Puts the rows of a batch into their tables, on the first attempt or on a later one.

use super::fill::{Filled, Wanted};
use super::insert::{self, Range, insert_block};
use super::{Point, Writer, repair};
use crate::{Cursor, Error, Pending};
use std::collections::{HashMap, HashSet};

/// What is known about earlier attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// There was none.
    First,
    /// The same batch may have been inserted under the same token.
    Again,
    /// Some of its rows may be there under other tokens.
    Doubtful,
}

/// A batch under way.
pub struct Job<'j> {
    pub cursor: &'j Cursor,
    pub pending: &'j Pending,
    pub attempt: Attempt,
    /// Whether to leave out what the cursor says a table has taken already.
    pub skip_taken: bool,
}

/// What was done.
#[derive(Debug, Default)]
pub struct Put {
    /// Rows inserted.
    pub rows: u64,
    /// Rows attached past the deduplication log.
    pub repaired: u64,
    /// Records with too many rows.
    pub doubled: u64,
}

/// A failure, and the table that it was about.
pub struct PutError {
    pub table: &'static str,
    pub error: Error,
}

/// Makes the blocks of the batch again, with some of its rows.
pub type Again<'a> = &'a (dyn Fn(Wanted<'_>) -> Result<Vec<Filled>, Error> + Sync);

impl Writer {
    /// Fills every table; stops at the first that fails.
    pub(super) async fn put_all(
        &self,
        job: &Job<'_>,
        tables: &[Filled],
        again: Again<'_>,
    ) -> Result<Put, PutError> {
        let mut done = Put::default();
        for filled in tables {
            let put = self.put(job, filled, again, &mut done).await;
            put.map_err(|error| PutError { table: filled.table(), error })?;
        }
        Ok(done)
    }

    /// Fills one table.
    async fn put(
        &self,
        job: &Job<'_>,
        filled: &Filled,
        again: Again<'_>,
        done: &mut Put,
    ) -> Result<(), Error> {
        let taken = job.cursor.taken_through(filled.table()).filter(|_| job.skip_taken);
        match taken {
            None => self.put_rows(job, filled, again, done).await,
            Some(taken) => match some_of(filled, again, &|seq| seq > taken)? {
                Some(filled) => self.put_rows(job, &filled, again, done).await,
                None => Ok(()),
            },
        }
    }

    async fn put_rows(
        &self,
        job: &Job<'_>,
        filled: &Filled,
        again: Again<'_>,
        done: &mut Put,
    ) -> Result<(), Error> {
        let table = filled.table();
        let token = format!("{}:{table}", job.pending.token);
        self.hook.at(Point::Inserting(table)).await?;
        if job.attempt == Attempt::First {
            insert_block(&self.warehouse, table, filled, Some(&token)).await?;
            done.rows += filled.keys.len() as u64;
        } else {
            let missing = self.missing(job, filled, done).await?;
            let lacking = some_of(filled, again, &|seq| missing.contains(&seq))?;
            // A view may lack what its table has. Under the same token, the table and each view leave out what they have.
            let feed_views =
                job.attempt == Attempt::Again && insert::has_views(&self.warehouse, table).await?;
            if let Some(sent) = if feed_views { Some(filled) } else { lacking.as_ref() } {
                insert_block(&self.warehouse, table, sent, Some(&token)).await?;
                done.rows += lacking.as_ref().map_or(0, |lacking| lacking.keys.len() as u64);
                let missing = self.missing(job, filled, done).await?;
                if let Some(lacking) = some_of(filled, again, &|seq| missing.contains(&seq))? {
                    repair::attach(self, job, &lacking).await?;
                    done.repaired += lacking.keys.len() as u64;
                }
            }
        }
        self.hook.at(Point::Inserted(table)).await
    }

    /// The records whose rows are not in the table.
    async fn missing(&self, job: &Job<'_>, filled: &Filled, done: &mut Put) -> Result<HashSet<u64>, Error> {
        let (table, column) = (filled.table(), filled.time);
        let range = Range { journal: self.journal.get(), first: job.pending.first, last: job.pending.last };
        let times = || filled.keys.iter().map(|key| key.time_ms);
        let time = times()
            .min()
            .zip(times().max())
            .filter(|_| !column.is_empty())
            .map(|(from, to)| (column, from, to));
        let present = insert::count_rows(&self.warehouse, table, range, time).await?;
        let mut expected: HashMap<u64, u64> = HashMap::with_capacity(filled.keys.len());
        for key in &filled.keys {
            *expected.entry(key.seq).or_default() += 1;
        }
        for (seq, count) in &present {
            // The rows of one record stand in one block of one partition: they come together or not at all.
            if expected.get(seq).is_some_and(|expected| expected != count) {
                tracing::error!(journal = %self.journal, seq, table, rows = count, "a record has a wrong number of rows");
                done.doubled += 1;
            }
        }
        Ok(expected.into_keys().filter(|seq| !present.contains_key(seq)).collect())
    }
}

/// The rows of one table whose records are wanted; `None` when there are none.
fn some_of(
    filled: &Filled,
    again: Again<'_>,
    wanted: &(dyn Fn(u64) -> bool + Sync),
) -> Result<Option<Filled>, Error> {
    if filled.keys.iter().all(|key| wanted(key.seq)) {
        return Ok(Some(filled.clone()));
    }
    let place = filled.place;
    Ok(again(&|table, seq| table == place && wanted(seq))?.pop())
}
