//! Journals through Kafka: shipped by the node that wrote them, read by anybody.
//!
//! Topics: `<prefix>.<stream>` carries the records, one journal always in one partition and so in order;
//! `<prefix>.journals` carries announcements (which journals there are, how far they have been shipped).
//! A message's key is its journal's id in text, its value the record's payload, its header `signalbox` the record's
//! identity. A record that was published twice is recognised by it.
//!
//! Promises: nothing is trimmed from a journal before all in-sync replicas acknowledged it; readers get each record
//! once a pass, in order, under its identity; numbers that are absent are told as gaps. Never: commits offsets (the
//! reader's cursor is elsewhere), interprets payloads, gives up.

use std::collections::BTreeMap;

use rdkafka::ClientConfig;
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Header, Headers, Message, OwnedHeaders};

use crate::error::Error;
use crate::ids::{JournalId, Position, Stream};

mod announce;
mod consume;
mod index;
mod lane;
mod ship;
mod topics;

pub use consume::KafkaSource;
pub use ship::{CONSUMER, ShipState, ShipStatus, Shipper};

/// The header that carries a record's identity: version 1 u8, journal id u64, sequence number u64, big-endian.
const HEADER: &str = "signalbox";
const HEADER_VERSION: u8 = 1;
/// 2 MiB: the longest record, its headers and the protocol's own bytes.
const MESSAGE_BYTES_MAX: &str = "2097152";

/// Where the brokers are and how topics are laid out. Every process of an instance must use the same values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KafkaConfig {
    /// `host:port`, several separated by commas.
    pub brokers: String,
    /// First part of every topic's name.
    pub prefix: String,
    /// Partitions that records are spread over, 1 to 1024. Topics may have more. Must not be changed while records
    /// that are still needed are in the topics: a journal would move to another partition.
    pub partitions: u16,
    /// Replicas of the topics that are made here; `None` leaves it to the brokers.
    pub replication: Option<u16>,
    /// Further librdkafka properties, such as `security.protocol` and `sasl.password`; they win over ours.
    pub properties: BTreeMap<String, String>,
}

/// Partitions unless something else is said. Every process of an instance must use the same.
const PARTITIONS: u16 = 12;

impl KafkaConfig {
    /// With brokers (`host:port`, several separated by commas), the first part of names of topics, and further librdkafka properties.
    pub fn new(brokers: &str, prefix: &str, properties: impl IntoIterator<Item = (String, String)>) -> Self {
        Self {
            brokers: brokers.to_owned(),
            prefix: prefix.to_owned(),
            partitions: PARTITIONS,
            replication: None,
            properties: properties.into_iter().collect(),
        }
    }

    /// Parses `kafka://host:port[,host:port…][/prefix]`; the prefix is `signalbox` unless given. 12 partitions.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming what is wrong.
    pub fn from_url(url: &str) -> Result<Self, Error> {
        let invalid = |reason: &str| {
            let reason = format!("{reason}; expected kafka://host:port[,host:port][/prefix]");
            Error::Invalid { field: "event_log", reason }
        };
        let rest = url.strip_prefix("kafka://").ok_or_else(|| invalid("not a kafka:// address"))?;
        let (brokers, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let has_port = |broker: &str| {
            broker
                .rsplit_once(':')
                .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
        };
        if !brokers.split(',').all(has_port) {
            return Err(invalid("each broker needs a host and a port"));
        }
        let prefix = if prefix.is_empty() { "signalbox" } else { prefix };
        let config = Self::new(brokers, prefix, []);
        config.check()?;
        Ok(config)
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if self.prefix.is_empty() || self.prefix.len() > 200 || !self.prefix.bytes().all(legal) {
            let reason = "a topic prefix has 1 to 200 ASCII letters, digits or any of . _ -".to_owned();
            return Err(Error::Invalid { field: "prefix", reason });
        }
        if !(1..=1024).contains(&self.partitions) {
            return Err(Error::Invalid {
                field: "partitions",
                reason: "must be between 1 and 1024".to_owned(),
            });
        }
        if self.brokers.is_empty() {
            return Err(Error::Invalid { field: "brokers", reason: "must not be empty".to_owned() });
        }
        Ok(())
    }

    /// The topic of a stream's records.
    #[must_use]
    pub fn topic(&self, stream: Stream) -> String {
        format!("{}.{stream}", self.prefix)
    }

    /// The topic of announcements.
    #[must_use]
    pub fn announcements(&self) -> String {
        format!("{}.journals", self.prefix)
    }

    /// The partition that a journal is in, in every topic. Ids are random, so the remainder spreads them.
    #[must_use]
    pub fn partition_of(&self, journal: JournalId) -> i32 {
        let partition = journal.get() % u64::from(self.partitions.max(1));
        i32::try_from(partition).unwrap_or(0)
    }

    /// Properties of every client; `ours` are the ones of this kind of client.
    fn client(&self, ours: &[(&str, &str)]) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.brokers).set("client.id", "signalbox");
        for (name, value) in ours {
            config.set(*name, *value);
        }
        for (name, value) in &self.properties {
            config.set(name, value);
        }
        config
    }
}

fn unavailable(error: &KafkaError) -> Error {
    Error::Unavailable { reason: error.to_string() }
}

fn position_header(position: Position) -> OwnedHeaders {
    let mut bytes = [HEADER_VERSION; 17];
    bytes[1..9].copy_from_slice(&position.journal.get().to_be_bytes());
    bytes[9..].copy_from_slice(&position.seq.to_be_bytes());
    OwnedHeaders::new_with_capacity(1).insert(Header { key: HEADER, value: Some(&bytes) })
}

/// The identity of the record in a message; `None` when it is not one of ours.
fn position_of(message: &BorrowedMessage<'_>) -> Option<Position> {
    let header = message.headers()?.iter().find(|header| header.key == HEADER)?;
    let bytes: &[u8; 17] = header.value?.try_into().ok()?;
    let [HEADER_VERSION, rest @ ..] = bytes else { return None };
    let (journal, seq) = rest.split_at(8);
    let journal = JournalId::new(u64::from_be_bytes(journal.try_into().ok()?));
    Some(Position { journal, seq: u64::from_be_bytes(seq.try_into().ok()?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_checked() {
        let config = KafkaConfig::from_url("kafka://a:9092,b:9093/my.box").unwrap();
        assert_eq!((config.brokers.as_str(), config.prefix.as_str()), ("a:9092,b:9093", "my.box"));
        assert_eq!(config.topic(Stream::Facts), "my.box.facts");
        assert_eq!(KafkaConfig::from_url("kafka://a:9092").unwrap().announcements(), "signalbox.journals");
        for bad in ["a:9092", "kafka://", "kafka://a", "kafka://a:9092,", "kafka://:9", "kafka://a:9092/x y"]
        {
            let error = KafkaConfig::from_url(bad).unwrap_err();
            assert!(matches!(error, Error::Invalid { .. }), "{bad}: {error}");
        }
    }

    #[test]
    fn a_journal_has_one_partition() {
        let config = KafkaConfig { partitions: 5, ..KafkaConfig::from_url("kafka://a:1").unwrap() };
        for raw in [0, 4, 5, u64::MAX] {
            let partition = config.partition_of(JournalId::new(raw));
            assert_eq!(partition, i32::try_from(raw % 5).unwrap());
        }
    }
}
