//! Taking a journal over, and keeping house with its source.

use super::fill::Filler;
use super::{CONSUMER, Held, Point, Writer, insert, repair};
use crate::native::Layout;
use crate::rows::TABLES;
use crate::{Cursor, Error};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

/// How often to try again when somebody else changes the cursor at the same moment.
const ATTEMPTS: usize = 5;
/// How often the source is told and asked.
const HOUSEKEEPING: Duration = Duration::from_secs(1);

impl Writer {
    /// Raises the epoch, which fences off every other writer, and looks what is already in the tables.
    pub(super) async fn take_over(&mut self) -> Result<Held, Error> {
        // Without ClickHouse nothing can be settled: do not disturb a healthy holder.
        self.warehouse.ping().await?;
        let cursor = self.raise_epoch().await?;
        self.ever_held = true;
        repair::drop_stale(&self.warehouse, self.journal).await?;
        let known = cursor.pending.as_ref().map_or(cursor.next, |pending| pending.last + 1);
        let doubt_through = self.highest_beyond(known).await?;
        if let Some(through) = doubt_through {
            tracing::warn!(journal = %self.journal, known, through, "tables hold more than the cursor says; comparing row by row");
        }
        self.source.trim(self.journal, CONSUMER, cursor.next).await?;
        self.stats.send_modify(|stats| stats.next = cursor.next);
        let layout = Arc::new(Layout::load(&self.warehouse).await?);
        let filler = Filler::new(self.journal, layout, Arc::clone(&self.spare));
        self.hook.at(Point::TakenOver).await?;
        Ok(Held { cursor, doubt_through, cut: None, filler, ahead: None })
    }

    async fn raise_epoch(&self) -> Result<Cursor, Error> {
        for _ in 0..ATTEMPTS {
            let stored = self.cursors.load(self.journal).await?;
            let other_holds = stored.as_ref().is_some_and(|cursor| cursor.writer != self.id);
            if self.ever_held && other_holds {
                return Err(Error::Fenced { journal: self.journal });
            }
            let mut mine = stored.clone().unwrap_or_else(|| Cursor::new(self.journal));
            mine.epoch += 1;
            mine.writer = self.id;
            if self.cursors.compare_and_set(stored.as_ref(), &mine).await? {
                tracing::info!(journal = %self.journal, epoch = mine.epoch, next = mine.next, "journal taken over");
                return Ok(mine);
            }
        }
        Err(Error::Unavailable { reason: "other writers keep changing the cursor".to_owned() })
    }

    /// Rows from `from` on are there when the cursor is older than the tables (it was restored from a backup, or lost).
    async fn highest_beyond(&self, from: u64) -> Result<Option<u64>, Error> {
        let mut highest = None;
        for table in TABLES {
            highest = highest.max(insert::highest(&self.warehouse, table, self.journal.get(), from).await?);
        }
        Ok(highest)
    }

    /// Now and then tells the source what may be given back and asks where its head is. Failing here harms nothing.
    pub(super) async fn keep_house(&mut self, next: u64) {
        if self.housekept.is_some_and(|last| last.elapsed() < HOUSEKEEPING) {
            return;
        }
        self.housekept = Some(Instant::now());
        if let Err(error) = self.source.trim(self.journal, CONSUMER, next).await {
            tracing::warn!(journal = %self.journal, %error, "source cannot be told what is written");
        }
        match self.source.journals().await {
            Ok(journals) => {
                if let Some(state) = journals.iter().find(|state| state.id == self.journal) {
                    self.stats.send_modify(|stats| stats.head = state.head);
                }
            }
            Err(error) => tracing::warn!(journal = %self.journal, %error, "source cannot tell its head"),
        }
    }
}
