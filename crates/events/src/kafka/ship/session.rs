//! One session of the shipper: one producer, from the first record not acknowledged until stop or trouble.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::FutureExt;
use rdkafka::ClientContext;
use rdkafka::error::KafkaError;
use rdkafka::producer::future_producer::OwnedDeliveryResult;
use rdkafka::producer::{DeliveryFuture, FutureProducer, FutureRecord};
use rdkafka::types::RDKafkaErrorCode;
use tokio::sync::watch;
use tokio::time::Instant;

use super::{CONSUMER, Shared, ShipState};
use crate::batch::{ReadLimit, StoredRecord};
use crate::error::Error;
use crate::ids::Position;
use crate::journal::Reader;
use crate::kafka::announce::Announcement;
use crate::kafka::{MESSAGE_BYTES_MAX, position_header, topics, unavailable};

/// Records handed to the client library and not yet acknowledged, at most.
const IN_FLIGHT_MAX: usize = 10_000;
/// Read from the journal at a time.
const READ: ReadLimit = ReadLimit { records: 2_000, bytes: 4 << 20, wait: Duration::ZERO };
/// How often the place is stored and announced.
const TICK: Duration = Duration::from_millis(200);
/// An announcement is repeated after this long even if nothing was shipped.
const ANNOUNCE_AGAIN: Duration = Duration::from_secs(60);

type Producer = FutureProducer<Context>;

/// Hears what the client library has to say about the brokers.
pub(crate) struct Context {
    shared: Arc<Shared>,
}

impl ClientContext for Context {
    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "kafka");
        *self.shared.trouble.lock() = Some(format!("{error}: {reason}"));
    }
}

struct Session {
    shared: Arc<Shared>,
    producer: Producer,
    topic: String,
    key: String,
    partition: i32,
    /// Always there but while it reads.
    reader: Option<Reader>,
    /// Read from the journal, not yet handed over.
    waiting: VecDeque<StoredRecord>,
    /// Handed over, in order.
    in_flight: VecDeque<(u64, DeliveryFuture)>,
    trimmed: u64,
    announced: Option<(u64, Instant)>,
    /// The last announcement, until it is acknowledged.
    announcing: Option<DeliveryFuture>,
    next_tick: Instant,
}

/// Runs until `stop` says how long the rest may take (then `Ok`), or until trouble.
pub(super) async fn run(
    shared: &Arc<Shared>,
    mut stop: watch::Receiver<Option<Duration>>,
) -> Result<(), Error> {
    let topics = topics::ensure(&shared.config, shared.journal.stream());
    tokio::select! {
        ready = topics => ready?,
        _ = stop.wait_for(Option::is_some) => return Ok(()),
    }
    let mut session = Session::new(shared)?;
    let result = session.ship(stop).await;
    // The producer's destructor waits a moment for its queue.
    let producer = session.producer;
    tokio::task::spawn_blocking(move || drop(producer));
    result
}

impl Session {
    fn new(shared: &Arc<Shared>) -> Result<Self, Error> {
        let config = shared.config.client(&[
            ("acks", "all"),
            ("enable.idempotence", "true"),
            ("enable.gapless.guarantee", "true"),
            ("message.timeout.ms", "0"),
            ("linger.ms", "5"),
            ("compression.type", "lz4"),
            ("queue.buffering.max.kbytes", "65536"),
            ("message.max.bytes", MESSAGE_BYTES_MAX),
        ]);
        let context = Context { shared: Arc::clone(shared) };
        let producer: Producer = config.create_with_context(context).map_err(|error| unavailable(&error))?;
        let acked = shared.acked.load(Ordering::Acquire);
        let journal = shared.journal.id();
        *shared.state.lock() = ShipState::Shipping;
        *shared.trouble.lock() = None;
        Ok(Self {
            producer,
            topic: shared.config.topic(shared.journal.stream()),
            key: journal.to_string(),
            partition: shared.config.partition_of(journal),
            reader: Some(shared.journal.reader(acked)),
            waiting: VecDeque::new(),
            in_flight: VecDeque::new(),
            trimmed: acked,
            announced: None,
            announcing: None,
            next_tick: Instant::now(),
            shared: Arc::clone(shared),
        })
    }

    async fn ship(&mut self, mut stop: watch::Receiver<Option<Duration>>) -> Result<(), Error> {
        // Set once the shipper is to stop: how far to ship, and until when.
        let mut last: Option<(u64, Instant)> = None;
        loop {
            let abandoned = stop.has_changed().is_err();
            let asked = stop.borrow_and_update().or(abandoned.then_some(Duration::ZERO));
            if let (None, Some(limit)) = (last, asked) {
                last = Some((self.shared.journal.head(), Instant::now() + limit));
            }
            self.read().await?;
            self.publish()?;
            self.settle()?;
            if Instant::now() >= self.next_tick {
                self.next_tick = Instant::now() + TICK;
                self.store_place().await;
                self.announce()?;
            }
            if let Some((head, deadline)) = last
                && (self.acked() >= head || Instant::now() >= deadline)
            {
                self.store_place().await;
                return tokio::time::timeout_at(deadline, self.announce_last()).await.unwrap_or(Ok(()));
            }
            let until = last.map_or(self.next_tick, |(_, deadline)| deadline.min(self.next_tick));
            let has_room = self.has_room();
            tokio::select! {
                delivered = front(&mut self.in_flight) => self.delivered(delivered)?,
                () = readable(self.reader.as_ref().filter(|_| has_room)) => {}
                () = tokio::time::sleep_until(until) => {}
                _ = stop.changed(), if last.is_none() => {}
            }
        }
    }

    fn acked(&self) -> u64 {
        self.shared.acked.load(Ordering::Acquire)
    }

    /// Whether another batch may be read. Queue and in-flight records are bounded; the rest waits in the journal.
    fn has_room(&self) -> bool {
        self.waiting.is_empty() && self.in_flight.len() < IN_FLIGHT_MAX
    }

    /// A few megabytes at most; where blocking is allowed, since a shipper that was long behind reads from the disk.
    async fn read(&mut self) -> Result<(), Error> {
        let has_room = self.has_room();
        let behind = |reader: &mut Reader| has_room && reader.position() < self.shared.journal.head();
        let Some(mut reader) = self.reader.take_if(behind) else { return Ok(()) };
        let read = tokio::task::spawn_blocking(move || (reader.read(READ), reader)).await;
        let (batch, reader) = read.map_err(|error| Error::Unavailable { reason: error.to_string() })?;
        self.reader = Some(reader);
        let batch = batch?;
        self.waiting.extend(batch.records);
        if self.waiting.is_empty() && self.in_flight.is_empty() {
            // Nothing but a gap: there is nothing to be acknowledged.
            self.shared.acked.store(batch.next, Ordering::Release);
        }
        Ok(())
    }

    fn publish(&mut self) -> Result<(), Error> {
        while let Some(record) = self.waiting.front().filter(|_| self.in_flight.len() < IN_FLIGHT_MAX) {
            let position = Position { journal: self.shared.journal.id(), seq: record.seq };
            let message = FutureRecord::to(&self.topic)
                .partition(self.partition)
                .key(&self.key)
                .payload(&record.payload[..])
                .headers(position_header(position));
            match self.producer.send_result(message) {
                Ok(delivery) => self.in_flight.push_back((record.seq, delivery)),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _)) => {
                    self.shared.queue_full.fetch_add(1, Ordering::Relaxed);
                    break;
                }
                Err((error, _)) => return Err(refused(record.seq, &error)),
            }
            self.waiting.pop_front();
        }
        self.shared.in_flight.store(self.in_flight.len() as u64, Ordering::Relaxed);
        Ok(())
    }

    /// Takes all acknowledgements that are there.
    fn settle(&mut self) -> Result<(), Error> {
        while let Some((_, delivery)) = self.in_flight.front_mut() {
            let Some(delivered) = delivery.now_or_never() else { break };
            self.delivered(delivered.ok())?;
        }
        Ok(())
    }

    /// The record at the front was acknowledged, or will not be.
    fn delivered(&mut self, delivered: Option<OwnedDeliveryResult>) -> Result<(), Error> {
        let Some((seq, _)) = self.in_flight.pop_front() else { return Ok(()) };
        match delivered {
            Some(Ok(_)) => {
                self.shared.acked.store(seq + 1, Ordering::Release);
                self.shared.published.fetch_add(1, Ordering::Relaxed);
                *self.shared.trouble.lock() = None;
                Ok(())
            }
            Some(Err((error, _))) => Err(refused(seq, &error)),
            None => Err(Error::Unavailable { reason: "the producer ended".to_owned() }),
        }
    }

    /// Stores how far the brokers have acknowledged, so that the journal can be trimmed; done again later if it fails.
    async fn store_place(&mut self) {
        let acked = self.acked();
        if acked <= self.trimmed {
            return;
        }
        let journal = self.shared.journal.clone();
        match tokio::task::spawn_blocking(move || journal.trim(CONSUMER, acked)).await {
            Ok(Ok(())) => self.trimmed = acked,
            Ok(Err(error)) => tracing::warn!(%error, "the shipper's place could not be stored"),
            Err(error) => tracing::warn!(%error, "the shipper's place could not be stored"),
        }
    }

    /// Announces how far the brokers have acknowledged, one announcement at a time. One that is not taken is trouble
    /// like any other.
    fn announce(&mut self) -> Result<(), Error> {
        if let Some(announcing) = &mut self.announcing {
            let Some(delivered) = announcing.now_or_never() else { return Ok(()) };
            self.announcing = None;
            announced(delivered.ok())?;
        }
        let (now, next) = (Instant::now(), self.acked());
        if self.announced.is_some_and(|(told, at)| told == next && now < at + ANNOUNCE_AGAIN) {
            return Ok(());
        }
        let journal = &self.shared.journal;
        let announcement = Announcement { journal: journal.id(), stream: journal.stream(), next };
        let payload = serde_json::to_vec(&announcement)
            .map_err(|error| Error::Invalid { field: "announcement", reason: error.to_string() })?;
        let topic = self.shared.config.announcements();
        let message = FutureRecord::to(&topic).partition(0).key(&self.key).payload(&payload);
        match self.producer.send_result(message) {
            Ok(delivery) => {
                self.announcing = Some(delivery);
                self.announced = Some((next, now));
            }
            // Records fill the queue; their acknowledgements make room.
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _)) => {}
            Err((error, _)) => return Err(not_announced(&error)),
        }
        Ok(())
    }

    /// Announces the end and waits for that to be acknowledged.
    async fn announce_last(&mut self) -> Result<(), Error> {
        loop {
            self.announce()?;
            match self.announcing.take() {
                Some(announcing) => announced(announcing.await.ok())?,
                None => return Ok(()),
            }
        }
    }
}

fn announced(delivered: Option<OwnedDeliveryResult>) -> Result<(), Error> {
    match delivered {
        Some(Ok(_)) => Ok(()),
        Some(Err((error, _))) => Err(not_announced(&error)),
        None => Err(Error::Unavailable { reason: "the producer ended".to_owned() }),
    }
}

fn not_announced(error: &KafkaError) -> Error {
    Error::Unavailable { reason: format!("the announcement was not taken: {error}") }
}

fn refused(seq: u64, error: &KafkaError) -> Error {
    Error::Unavailable { reason: format!("record {seq} was not taken: {error}") }
}

/// The outcome of the oldest record in flight; waits for ever when there is none.
async fn front(in_flight: &mut VecDeque<(u64, DeliveryFuture)>) -> Option<OwnedDeliveryResult> {
    match in_flight.front_mut() {
        Some((_, delivery)) => delivery.await.ok(),
        None => pending().await,
    }
}

/// Waits for the journal to have something to read; for ever where there is no room for it.
async fn readable(reader: Option<&Reader>) {
    match reader {
        Some(reader) => while !reader.wait(TICK).await {},
        None => pending().await,
    }
}
