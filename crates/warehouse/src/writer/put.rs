//! Puts the rows of a batch into their tables, on the first attempt or on a later one.

use super::insert::{self, Range, insert_block};
use super::{Point, Writer, repair};
use crate::rows::{ClickRow, ConversionRow, DeadLetterRow, DeliveryRow, FactRow, Keyed, PostbackRow, Tables};
use crate::{Cursor, Error, Pending};
use clickhouse::RowWrite;
use std::collections::HashMap;

/// The order in which tables are filled: what cannot be written at all first, details before the ledger, so that a record which a
/// detail table refuses never reaches a report.
pub const TABLES: [&str; 6] = [
    DeadLetterRow::TABLE,
    ClickRow::TABLE,
    ConversionRow::TABLE,
    PostbackRow::TABLE,
    DeliveryRow::TABLE,
    FactRow::TABLE,
];

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

impl Writer {
    /// Fills every table; stops at the first that fails.
    pub(super) async fn put_all(&self, job: &Job<'_>, tables: &Tables<'_>) -> Result<Put, PutError> {
        let mut done = Put::default();
        self.put::<DeadLetterRow>(job, &tables.dead_letters, &mut done).await?;
        self.put::<ClickRow<'static>>(job, &tables.clicks, &mut done).await?;
        self.put::<ConversionRow<'static>>(job, &tables.conversions, &mut done).await?;
        self.put::<PostbackRow<'static>>(job, &tables.postbacks, &mut done).await?;
        self.put::<DeliveryRow<'static>>(job, &tables.deliveries, &mut done).await?;
        self.put::<FactRow<'static>>(job, &tables.facts, &mut done).await?;
        Ok(done)
    }

    /// Fills one table.
    pub(super) async fn put<'r, T>(
        &self,
        job: &Job<'_>,
        rows: &[T::Value<'r>],
        done: &mut Put,
    ) -> Result<(), PutError>
    where
        T: RowWrite,
        T::Value<'r>: Keyed,
    {
        let table = <T::Value<'r> as Keyed>::TABLE;
        let taken = job.cursor.taken_through(table).filter(|_| job.skip_taken);
        let rows: Vec<&T::Value<'r>> =
            rows.iter().filter(|row| taken.is_none_or(|taken| row.seq() > taken)).collect();
        if rows.is_empty() {
            return Ok(());
        }
        let result = self.put_rows::<T>(job, &rows, done).await;
        result.map_err(|error| PutError { table, error })
    }

    async fn put_rows<'r, T>(
        &self,
        job: &Job<'_>,
        rows: &[&T::Value<'r>],
        done: &mut Put,
    ) -> Result<(), Error>
    where
        T: RowWrite,
        T::Value<'r>: Keyed,
    {
        let table = <T::Value<'r> as Keyed>::TABLE;
        let token = format!("{}:{table}", job.pending.token);
        self.hook.at(Point::Inserting(table)).await?;
        if job.attempt == Attempt::First {
            insert_block::<T>(&self.warehouse, table, rows, Some(&token)).await?;
            done.rows += rows.len() as u64;
        } else {
            let missing = self.missing::<T>(job, rows, done).await?;
            // A view may lack what its table has. Under the same token, the table and each view leave out what they have.
            let feed_views =
                job.attempt == Attempt::Again && insert::has_views(&self.warehouse, table).await?;
            let again = if feed_views { rows } else { missing.as_slice() };
            if !again.is_empty() {
                insert_block::<T>(&self.warehouse, table, again, Some(&token)).await?;
                done.rows += missing.len() as u64;
                let still_missing = self.missing::<T>(job, rows, done).await?;
                if !still_missing.is_empty() {
                    repair::attach::<T>(self, job, &still_missing).await?;
                    done.repaired += still_missing.len() as u64;
                }
            }
        }
        self.hook.at(Point::Inserted(table)).await
    }

    /// The rows that are not in the table.
    async fn missing<'s, 'r, T>(
        &self,
        job: &Job<'_>,
        rows: &[&'s T::Value<'r>],
        done: &mut Put,
    ) -> Result<Vec<&'s T::Value<'r>>, Error>
    where
        T: RowWrite,
        T::Value<'r>: Keyed,
    {
        let table = <T::Value<'r> as Keyed>::TABLE;
        let column = <T::Value<'r> as Keyed>::TIME;
        let range = Range { journal: self.journal.get(), first: job.pending.first, last: job.pending.last };
        let times = || rows.iter().map(|row| row.time_ms());
        let time = times()
            .min()
            .zip(times().max())
            .filter(|_| !column.is_empty())
            .map(|(from, to)| (column, from, to));
        let present = insert::count_rows(&self.warehouse, table, range, time).await?;
        let mut expected: HashMap<u64, u64> = HashMap::with_capacity(rows.len());
        for row in rows {
            *expected.entry(row.seq()).or_default() += 1;
        }
        for (seq, count) in &present {
            // The rows of one record stand in one block of one partition: they come together or not at all.
            if expected.get(seq).is_some_and(|expected| expected != count) {
                tracing::error!(journal = %self.journal, seq, table, rows = count, "a record has a wrong number of rows");
                done.doubled += 1;
            }
        }
        Ok(rows.iter().copied().filter(|row| !present.contains_key(&row.seq())).collect())
    }
}
