//! Reading one journal out of its partition: finding the place, dropping republished and foreign records, telling gaps.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use parking_lot::Mutex;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use tokio::time::{Instant, timeout_at};

use super::index::SparseIndex;
use super::{KafkaConfig, position_of, unavailable};
use crate::batch::{Batch, Gap, GapReason, ReadLimit, StoredRecord};
use crate::error::Error;
use crate::ids::{JournalId, Stream};

/// A stretch of this many offsets is read through rather than divided further when a place is searched.
const SEARCH_OFFSETS_MIN: i64 = 20_000;
/// How long one question to the brokers may take.
const ASK_TIMEOUT: Duration = Duration::from_secs(5);

/// Messages looked at in one go before others get a turn.
const TURN_MESSAGES: u32 = 1024;

/// What all lanes of one journal have learned.
#[derive(Debug, Default)]
pub(super) struct Learned {
    index: Mutex<SparseIndex>,
    /// Messages without a record's identity that were met in its partition, each time they were met.
    pub(super) unidentified: AtomicU64,
}

/// A consumer of its own for one journal. It belongs to no group: places are given, never committed.
pub(super) struct Lane {
    consumer: Arc<StreamConsumer>,
    journal: JournalId,
    topic: String,
    partition: i32,
    /// The consumer stands where the record numbered `next` is or will be.
    placed: bool,
    next: u64,
    /// A record of this journal has been met since the place was taken.
    met: bool,
    /// The place taken was the beginning of the partition.
    from_start: bool,
    /// A record read but not given, since it did not fit into its batch.
    held: Option<StoredRecord>,
    learned: Arc<Learned>,
    search_offsets_min: i64,
}

impl Lane {
    pub(super) fn new(
        config: &KafkaConfig,
        stream: Stream,
        journal: JournalId,
        learned: Arc<Learned>,
    ) -> Result<Self, Error> {
        let consumer: StreamConsumer = config
            .client(&[
                ("group.id", "signalbox-records"),
                ("enable.auto.commit", "false"),
                ("enable.auto.offset.store", "false"),
                ("enable.partition.eof", "true"),
                // What retention took is told as a gap, from the numbers.
                ("auto.offset.reset", "earliest"),
                ("fetch.wait.max.ms", "100"),
                ("queued.max.messages.kbytes", "8192"),
                ("fetch.message.max.bytes", "4194304"),
                ("allow.auto.create.topics", "false"),
            ])
            .create()
            .map_err(|error| unavailable(&error))?;
        Ok(Self {
            consumer: Arc::new(consumer),
            journal,
            topic: config.topic(stream),
            partition: config.partition_of(journal),
            placed: false,
            next: 0,
            met: false,
            from_start: false,
            held: None,
            learned,
            search_offsets_min: SEARCH_OFFSETS_MIN,
        })
    }

    pub(super) fn journal(&self) -> JournalId {
        self.journal
    }

    /// Whether a read from there needs no search.
    pub(super) fn stands_at(&self, from: u64) -> bool {
        self.placed && self.next == from
    }

    /// Reads from `from` on. What was read is given even if the brokers then fail; the failure comes back with the
    /// next read. If the future is dropped half-way, the next read takes its place anew.
    pub(super) async fn read(&mut self, from: u64, limit: ReadLimit) -> Result<Batch, Error> {
        let deadline = Instant::now() + limit.wait;
        let stands = self.stands_at(from);
        self.placed = false;
        if !stands {
            self.go_to(from).await?;
        }
        let mut batch = Batch::at(from);
        let filled = self.fill(&mut batch, limit, deadline).await;
        batch.next = self.next;
        match filled {
            Ok(()) => self.placed = true,
            Err(error) if batch.is_empty() => return Err(unavailable(&error)),
            Err(_) => {}
        }
        Ok(batch)
    }

    async fn fill(
        &mut self,
        batch: &mut Batch,
        limit: ReadLimit,
        deadline: Instant,
    ) -> Result<(), KafkaError> {
        let mut bytes = 0;
        while batch.records.len() < limit.records.max(1) {
            let wait_until = batch.is_empty().then_some(deadline);
            let Some(record) = self.receive(wait_until).await? else { return Ok(()) };
            if record.seq > self.next && !self.met && !self.from_start {
                // What was known about offsets is no longer true (the topic was made anew): look at everything.
                self.learned.index.lock().forget();
                self.stand_at(Offset::Beginning)?;
                continue;
            }
            if record.seq > self.next {
                let reason = if self.met { GapReason::Missing } else { GapReason::Trimmed };
                batch.gaps.push(Gap { from_seq: self.next, to_seq: record.seq, bytes: 0, reason });
                self.next = record.seq;
            }
            self.met = true;
            if !batch.records.is_empty() && bytes + record.payload.len() > limit.bytes {
                self.held = Some(record);
                return Ok(());
            }
            bytes += record.payload.len();
            self.next = record.seq + 1;
            batch.records.push(record);
        }
        Ok(())
    }

    /// The next record of this journal from `next` on; without a time limit, only if it is here already.
    async fn receive(&mut self, wait_until: Option<Instant>) -> Result<Option<StoredRecord>, KafkaError> {
        if let Some(held) = self.held.take() {
            return Ok(Some(held));
        }
        let mut turn = 0;
        loop {
            turn += 1;
            if turn % TURN_MESSAGES == 0 {
                if wait_until.is_none_or(|deadline| Instant::now() >= deadline) {
                    return Ok(None);
                }
                tokio::task::yield_now().await;
            }
            let received = match wait_until {
                Some(deadline) => timeout_at(deadline, self.consumer.recv()).await.ok(),
                None => self.consumer.recv().now_or_never(),
            };
            let message = match received {
                None => return Ok(None),
                Some(Err(KafkaError::PartitionEOF(_))) => continue,
                Some(message) => message?,
            };
            let Some(seq) = self.seq_of(&message) else { continue };
            self.learned.index.lock().learn(seq, message.offset());
            if seq >= self.next {
                let payload = Bytes::copy_from_slice(message.payload().unwrap_or_default());
                return Ok(Some(StoredRecord { seq, payload }));
            }
            // Looked for, or published again.
            self.met = true;
        }
    }

    /// Stands at the record numbered `from` or before it.
    async fn go_to(&mut self, from: u64) -> Result<(), Error> {
        self.held = None;
        self.next = from;
        let known = self.learned.index.lock().place_before(from);
        let offset = match known {
            Some((_, offset)) => Offset::Offset(offset),
            None if from == 0 => Offset::Beginning,
            None => self.search(from).await?,
        };
        self.stand_at(offset).map_err(|error| unavailable(&error))
    }

    fn stand_at(&mut self, offset: Offset) -> Result<(), KafkaError> {
        self.met = false;
        self.from_start = offset == Offset::Beginning;
        self.assign(offset)
    }

    fn assign(&self, offset: Offset) -> Result<(), KafkaError> {
        let mut partitions = TopicPartitionList::new();
        partitions.add_partition_offset(&self.topic, self.partition, offset)?;
        self.consumer.assign(&partitions)
    }

    /// An offset at or before the record numbered `from`, by halving. A journal's numbers rise with the offsets except
    /// where a stretch was published again; whichever of the two stretches is found, everything from `from` on follows.
    async fn search(&mut self, from: u64) -> Result<Offset, Error> {
        let (consumer, topic, partition) = (Arc::clone(&self.consumer), self.topic.clone(), self.partition);
        let ask = move || consumer.fetch_watermarks(&topic, partition, ASK_TIMEOUT);
        let asked = tokio::task::spawn_blocking(ask).await;
        let asked = asked.map_err(|error| Error::Unavailable { reason: error.to_string() })?;
        let (first, mut high) = asked.map_err(|error| unavailable(&error))?;
        let mut low = first;
        while high - low > self.search_offsets_min {
            let middle = low + (high - low) / 2;
            match self.first_between(middle, high).await? {
                Some((offset, seq)) if seq < from => low = offset,
                _ => high = middle,
            }
        }
        Ok(if low == first { Offset::Beginning } else { Offset::Offset(low) })
    }

    /// The first record of this journal at `low` or later but before `high`.
    async fn first_between(&mut self, low: i64, high: i64) -> Result<Option<(i64, u64)>, Error> {
        self.assign(Offset::Offset(low)).map_err(|error| unavailable(&error))?;
        loop {
            let received = tokio::time::timeout(ASK_TIMEOUT, self.consumer.recv()).await;
            let message = match received {
                Err(_) => return Err(Error::Unavailable { reason: "the brokers do not answer".to_owned() }),
                Ok(Err(KafkaError::PartitionEOF(_))) => return Ok(None),
                Ok(message) => message.map_err(|error| unavailable(&error))?,
            };
            // Left over from before the assignment.
            if message.offset() < low {
                continue;
            }
            if message.offset() >= high {
                return Ok(None);
            }
            if let Some(seq) = self.seq_of(&message) {
                self.learned.index.lock().learn(seq, message.offset());
                return Ok(Some((message.offset(), seq)));
            }
            if message.offset() + 1 >= high {
                return Ok(None);
            }
            tokio::task::yield_now().await;
        }
    }

    /// The message's number if it is a record of this journal.
    fn seq_of(&self, message: &BorrowedMessage<'_>) -> Option<u64> {
        let Some(position) = position_of(message) else {
            self.learned.unidentified.fetch_add(1, Ordering::Relaxed);
            return None;
        };
        (position.journal == self.journal).then_some(position.seq)
    }
}

#[cfg(test)]
mod tests;
