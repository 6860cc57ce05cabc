//! One step of the writer, and what follows a refusal.

use super::batch::{read_range, report_gaps};
use super::fill::{Filled, Wanted};
use super::prepare::{Ahead, Prepared, fill, prepare};
use super::put::{Attempt, Job, Put, PutError};
use super::{Held, Point, Step, Writer};
use crate::error::shorten;
use crate::rows::{DeadLetterRow, Identity, Keyed, TABLES};
use crate::{Cursor, Error, Pending, Refusal};
use signalbox_domain::Timestamp;
use signalbox_events::{Batch, ReadLimit};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

/// Records of a batch at most: a block of ClickHouse must hold all their rows.
const RECORDS_MAX: usize = 50_000;

impl Writer {
    /// The journal is in this writer's hands only between steps that went well: after an error or a cancelled step it is taken over
    /// again, which looks at what is stored instead of at what was remembered.
    pub(super) async fn try_step(&mut self) -> Result<Step, Error> {
        let mut held = match self.held.take() {
            Some(held) => held,
            None => self.take_over().await?,
        };
        let step = match held.cursor.pending.clone() {
            Some(pending) => self.settle(&mut held, &pending).await?,
            None => self.write_next(&mut held).await?,
        };
        self.keep_house(held.cursor.next).await;
        self.held = Some(held);
        Ok(step)
    }

    /// Reads and writes the next batch.
    async fn write_next(&mut self, held: &mut Held) -> Result<Step, Error> {
        let began = Instant::now();
        let next = held.cursor.next;
        let Prepared { batch, filled, is_full } = self.prepared(held).await?;
        self.more_waits = is_full;
        let Some(last) = batch.records.last().map(|record| record.seq) else {
            return self.pass_gap(held, &batch).await;
        };
        self.hook.at(Point::Read).await?;
        let doubtful = held.doubt_through.is_some_and(|through| next <= through);
        let token = format!("{}:{next}-{last}", self.journal);
        let pending = Pending { first: next, last, token, doubtful, refused: None };
        self.store(held, Cursor { pending: Some(pending.clone()), ..held.cursor.clone() }).await?;
        self.hook.at(Point::PendingSet).await?;
        if is_full && held.cut.is_none() {
            let limit = ReadLimit { wait: Duration::ZERO, ..self.limit(held) };
            let (source, place) = (Arc::clone(&self.source), (self.journal, last + 1));
            held.ahead = Some(Ahead::start(source, place, limit, held.filler.clone()));
        } else if !is_full {
            self.spare.shrink();
        }
        let attempt = if doubtful { Attempt::Doubtful } else { Attempt::First };
        self.write(held, &pending, (&batch, &filled), (attempt, began)).await
    }

    fn limit(&self, held: &Held) -> ReadLimit {
        let records = held.cut.unwrap_or(self.options.batch_records_max).clamp(1, RECORDS_MAX);
        ReadLimit { records, bytes: self.options.batch_bytes_max, wait: self.options.read_wait }
    }

    /// The next batch: prepared in the meantime, or now.
    async fn prepared(&self, held: &mut Held) -> Result<Prepared, Error> {
        let next = held.cursor.next;
        if let Some(ahead) = held.ahead.take()
            && held.cut.is_none()
            && let Some(prepared) = ahead.take(next).await
        {
            return Ok(prepared);
        }
        let source = Arc::clone(&self.source);
        prepare(source, (self.journal, next), self.limit(held), held.filler.clone()).await
    }

    /// Finishes a batch of which nobody knows how far it came.
    async fn settle(&mut self, held: &mut Held, pending: &Pending) -> Result<Step, Error> {
        let began = Instant::now();
        let range = (pending.first, pending.last);
        tracing::info!(journal = %self.journal, first = range.0, last = range.1, "settling a pending batch");
        let batch = read_range(&*self.source, self.journal, range, self.options.batch_bytes_max).await?;
        self.stats.send_modify(|stats| stats.recoveries_total += 1);
        let attempt = if pending.doubtful { Attempt::Doubtful } else { Attempt::Again };
        if let Some(refusal) = &pending.refused {
            return self.bury(held, pending, &batch, refusal).await;
        }
        let (batch, filled) = fill(batch, held.filler.clone()).await?;
        self.write(held, pending, (&batch, &filled), (attempt, began)).await
    }

    async fn write(
        &mut self,
        held: &mut Held,
        pending: &Pending,
        (batch, filled): (&Batch, &[Filled]),
        (attempt, began): (Attempt, Instant),
    ) -> Result<Step, Error> {
        let job = Job { cursor: &held.cursor, pending, attempt, skip_taken: true };
        let again = |wanted: Wanted<'_>| held.filler.fill(&batch.records, wanted);
        match self.put_all(&job, filled, &again).await {
            Ok(done) => {
                self.count_dead_letters(filled);
                self.advance(held, pending.last, batch, &done, began).await
            }
            Err(PutError { table, error: Error::Refused { code, reason } }) => {
                let refusal = Refusal { table: table.to_owned(), code, reason: shorten(&reason) };
                self.hook.at(Point::Refused(table)).await?;
                self.cut_or_condemn(held, pending, batch, refusal).await
            }
            Err(PutError { error, .. }) => Err(error),
        }
    }

    fn count_dead_letters(&self, filled: &[Filled]) {
        let dead = filled.iter().find(|filled| filled.place == DeadLetterRow::PLACE);
        let count = dead.map_or(0, |filled| filled.keys.len() as u64);
        self.stats.send_modify(|stats| stats.dead_letters_total += count);
    }

    /// The data of a batch was refused: halve it, or, when it is one record, set that record aside.
    async fn cut_or_condemn(
        &mut self,
        held: &mut Held,
        pending: &Pending,
        batch: &Batch,
        refusal: Refusal,
    ) -> Result<Step, Error> {
        let count = batch.records.len();
        if count > 1 {
            let taken = TABLES.iter().copied().take_while(|table| *table != refusal.table);
            let taken: Vec<&str> = taken.collect();
            self.store(held, held.cursor.cut(&taken, pending.last)).await?;
            held.cut = Some(count / 2);
            held.doubt_through = held.doubt_through.max(Some(pending.last));
            tracing::warn!(journal = %self.journal, table = refusal.table, count, reason = refusal.reason, "batch refused; cutting it");
            return Ok(Step::Cut);
        }
        let condemned = Pending { refused: Some(refusal.clone()), ..pending.clone() };
        self.store(held, Cursor { pending: Some(condemned.clone()), ..held.cursor.clone() }).await?;
        self.hook.at(Point::Condemned).await?;
        self.bury(held, &condemned, batch, &refusal).await
    }

    /// Puts a poison record into `dead_letters` and goes on behind it.
    async fn bury(
        &mut self,
        held: &mut Held,
        pending: &Pending,
        batch: &Batch,
        refusal: &Refusal,
    ) -> Result<Step, Error> {
        let began = Instant::now();
        let row = |record: &signalbox_events::StoredRecord| {
            let identity = Identity { journal: self.journal.get(), seq: record.seq };
            DeadLetterRow::of(identity, &record.payload, refusal.reason.clone(), Timestamp::now())
                .refused_by(&refusal.table, refusal.code)
        };
        let rows: Vec<DeadLetterRow> = batch.records.iter().map(row).collect();
        for row in &rows {
            tracing::error!(journal = %self.journal, seq = row._seq, table = refusal.table, reason = refusal.reason, "poison record goes to dead_letters");
        }
        // What a wider batch put into dead_letters were other records.
        let job = Job { cursor: &held.cursor, pending, attempt: Attempt::Doubtful, skip_taken: false };
        let again = |wanted: Wanted<'_>| held.filler.fill_dead_letters(&rows, wanted);
        let filled = again(&|_, _| true)?;
        let done = self.put_all(&job, &filled, &again).await.map_err(|failed| failed.error)?;
        self.count_dead_letters(&filled);
        self.advance(held, pending.last, batch, &done, began).await
    }

    /// Everything is taken: the cursor moves behind `last`.
    async fn advance(
        &mut self,
        held: &mut Held,
        last: u64,
        batch: &Batch,
        done: &Put,
        began: Instant,
    ) -> Result<Step, Error> {
        self.hook.at(Point::Advancing).await?;
        let next = last + 1;
        self.store(held, held.cursor.advanced_to(next)).await?;
        let gaps: Vec<_> = batch.gaps.iter().filter(|gap| gap.from_seq < next).copied().collect();
        let lost = report_gaps(self.journal, &gaps);
        let records = batch.records.len();
        self.stats.send_modify(|stats| {
            stats.advanced(next, records, done.rows, began.elapsed());
            stats.lost_total += lost;
            stats.repaired_rows_total += done.repaired;
            stats.doubled_total += done.doubled;
        });
        held.cut = held.cut.map(|cut| cut * 2).filter(|cut| *cut < self.options.batch_records_max);
        held.doubt_through = held.doubt_through.filter(|through| next <= *through);
        self.hook.at(Point::Advanced).await?;
        Ok(Step::Advanced { next, records })
    }

    /// Nothing can be read from here to `batch.next`: pass it, with a log line and a count.
    async fn pass_gap(&mut self, held: &mut Held, batch: &Batch) -> Result<Step, Error> {
        if batch.next <= held.cursor.next {
            return Ok(Step::Idle);
        }
        self.store(held, held.cursor.advanced_to(batch.next)).await?;
        let lost = report_gaps(self.journal, &batch.gaps);
        self.stats.send_modify(|stats| {
            stats.next = batch.next;
            stats.lost_total += lost;
        });
        Ok(Step::Advanced { next: batch.next, records: 0 })
    }

    /// Stores a new cursor if nobody has changed it.
    async fn store(&self, held: &mut Held, cursor: Cursor) -> Result<(), Error> {
        if !self.cursors.compare_and_set(Some(&held.cursor), &cursor).await? {
            return Err(Error::Fenced { journal: self.journal });
        }
        held.cursor = cursor;
        Ok(())
    }
}
