//! Announcements: which journals are shipped, and how far. Shippers publish them, sources follow them from the beginning.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::types::RDKafkaErrorCode;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::{KafkaConfig, unavailable};
use crate::error::Error;
use crate::ids::{JournalId, Stream};

/// How long after trouble the topic is read from its beginning again.
const RETRY: Duration = Duration::from_millis(500);

/// One announcement; the latest of a journal counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Announcement {
    pub(super) journal: JournalId,
    pub(super) stream: Stream,
    /// Everything before this has been acknowledged by the brokers.
    pub(super) next: u64,
}

/// The journals that have been announced.
#[derive(Debug)]
pub(super) struct Directory {
    known: Mutex<BTreeMap<JournalId, Announcement>>,
    /// Whether everything that had been announced at the start has been read.
    caught_up: watch::Sender<bool>,
}

/// Whether a client goes on by itself after it.
fn is_passing(error: &KafkaError) -> bool {
    use RDKafkaErrorCode::{AllBrokersDown, BrokerTransportFailure};
    matches!(error.rdkafka_error_code(), Some(AllBrokersDown | BrokerTransportFailure))
}

impl Directory {
    /// Begins to follow the announcements, until `stop` is dropped. Needs a tokio runtime.
    pub(super) fn follow(config: &KafkaConfig, mut stop: watch::Receiver<()>) -> Result<Arc<Self>, Error> {
        let consumer: StreamConsumer = config
            .client(&[
                ("group.id", "signalbox-announcements"),
                ("enable.auto.commit", "false"),
                ("enable.partition.eof", "true"),
                ("auto.offset.reset", "earliest"),
                ("fetch.wait.max.ms", "100"),
                ("allow.auto.create.topics", "false"),
            ])
            .create()
            .map_err(|error| unavailable(&error))?;
        let directory = Arc::new(Self { known: Mutex::default(), caught_up: watch::Sender::new(false) });
        let (topic, followed) = (config.announcements(), Arc::clone(&directory));
        tokio::spawn(async move {
            tokio::select! {
                () = followed.keep_following(&consumer, &topic) => {}
                _ = stop.changed() => {}
            }
        });
        Ok(directory)
    }

    async fn keep_following(&self, consumer: &StreamConsumer, topic: &str) {
        loop {
            if let Err(error) = self.read_on(consumer, topic).await {
                tracing::debug!(%error, topic, "announcements are read again");
                tokio::time::sleep(RETRY).await;
            }
        }
    }

    async fn read_on(&self, consumer: &StreamConsumer, topic: &str) -> Result<(), KafkaError> {
        let mut partitions = TopicPartitionList::new();
        partitions.add_partition_offset(topic, 0, Offset::Beginning)?;
        consumer.assign(&partitions)?;
        loop {
            match consumer.recv().await {
                Ok(message) => self.learn(message.payload().unwrap_or_default()),
                Err(KafkaError::PartitionEOF(_)) => {
                    self.caught_up.send_if_modified(|caught_up| !std::mem::replace(caught_up, true));
                }
                // The client library connects again by itself and tells of every attempt. To begin anew for each of them, with a pause,
                // would still be about old ones long after the brokers are back.
                Err(error) if is_passing(&error) => tracing::debug!(%error, topic, "the brokers are away"),
                Err(error) => {
                    // Nobody has ever shipped anything.
                    let nothing = matches!(
                        error.rdkafka_error_code(),
                        Some(RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic)
                    );
                    self.caught_up
                        .send_if_modified(|caught_up| nothing && !std::mem::replace(caught_up, true));
                    return Err(error);
                }
            }
        }
    }

    fn learn(&self, payload: &[u8]) {
        let Ok(announced) = serde_json::from_slice::<Announcement>(payload) else {
            tracing::warn!("an announcement that cannot be read is passed over");
            return;
        };
        let mut known = self.known.lock();
        let entry = known.entry(announced.journal).or_insert(announced);
        entry.next = entry.next.max(announced.next);
    }

    /// Learns from a record that was read: the journal has come at least that far.
    pub(super) fn seen(&self, journal: JournalId, next: u64) {
        if let Some(entry) = self.known.lock().get_mut(&journal) {
            entry.next = entry.next.max(next);
        }
    }

    /// All journals announced, once everything announced before the start is known.
    pub(super) async fn all(&self, limit: Duration) -> Result<Vec<Announcement>, Error> {
        let mut caught_up = self.caught_up.subscribe();
        let ready = tokio::time::timeout(limit, caught_up.wait_for(|caught_up| *caught_up)).await;
        if !matches!(ready, Ok(Ok(_))) {
            return Err(Error::Unavailable {
                reason: "the journals' announcements cannot be read".to_owned(),
            });
        }
        Ok(self.known.lock().values().copied().collect())
    }

    /// One journal.
    pub(super) async fn get(&self, journal: JournalId, limit: Duration) -> Result<Announcement, Error> {
        if let Some(announced) = self.known.lock().get(&journal) {
            return Ok(*announced);
        }
        let all = self.all(limit).await?;
        all.into_iter().find(|announced| announced.journal == journal).ok_or(Error::NotFound { journal })
    }
}
