//! `[journal]`: the event log.

use std::{path::PathBuf, time::Duration};

use serde::Deserialize;

use super::{
    checks::{Checks, Violation},
    values::is_plain_name,
};
use crate::secret::SecretString;

/// The event log on this machine's disk, and where it is shipped to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JournalSettings {
    /// Folder of the journals.
    pub dir: PathBuf,
    /// When an event counts as kept.
    pub durability: Durability,
    /// Size of one segment file in bytes.
    pub segment_bytes: u64,
    /// Longest time between two writes through to the disk, milliseconds.
    pub fsync_interval_ms: u64,
    /// Disk space for clicks, bytes.
    pub clicks_bytes_max: u64,
    /// Disk space for conversions as received, bytes.
    pub postbacks_bytes_max: u64,
    /// Disk space for judged conversions, verdicts and deliveries, bytes.
    pub facts_bytes_max: u64,
    /// How long a segment stays after everybody has read it, milliseconds.
    pub trim_delay_ms: u64,
    /// Where events are read from.
    pub event_log: EventLog,
    /// First part of the topic names.
    pub topic_prefix: String,
    /// Further librdkafka properties.
    pub kafka_options: Vec<KafkaOption>,
}

/// When an event counts as kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// In the operating system before the answer, on disk within `fsync_interval_ms`.
    Buffered,
    /// On disk before the answer.
    Fsync,
}

/// Where events are read from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum EventLog {
    /// The local journal, in-process.
    Journal,
    /// Kafka or Redpanda.
    Kafka {
        /// `HOST:PORT[,HOST:PORT…]`, as librdkafka's `bootstrap.servers`.
        brokers: String,
    },
}

impl TryFrom<String> for EventLog {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text == "journal" {
            return Ok(Self::Journal);
        }
        let Some(brokers) = text.strip_prefix("kafka://") else {
            return Err("not an event log; write journal or kafka://HOST:PORT".to_owned());
        };
        let brokers = brokers.trim_end_matches('/');
        if brokers.contains('@') {
            return Err(
                "credentials do not belong in the URL; put them into journal.kafka_options".to_owned()
            );
        }
        let is_broker = |broker: &str| {
            broker.rsplit_once(':').is_some_and(|(host, port)| {
                !host.is_empty()
                    && !host.contains(['/', ' '])
                    && port.parse::<u16>().is_ok_and(|port| port > 0)
            })
        };
        if !brokers.split(',').all(is_broker) {
            return Err(
                "each broker needs a host and a port, such as kafka://redpanda-1:9092,redpanda-2:9092"
                    .to_owned(),
            );
        }
        Ok(Self::Kafka { brokers: brokers.to_owned() })
    }
}

/// One librdkafka property.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct KafkaOption {
    /// Such as `sasl.username`.
    pub name: String,
    /// Its value.
    pub value: SecretString,
}

impl TryFrom<String> for KafkaOption {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.split_once('=') {
            Some((name, value)) if is_plain_name(name.trim(), 128) => {
                Ok(Self { name: name.trim().to_owned(), value: SecretString::from(value.trim().to_owned()) })
            }
            // The text is not repeated: it may hold a password.
            _ => Err("not a property written as NAME=VALUE, such as security.protocol=SASL_SSL".to_owned()),
        }
    }
}

impl JournalSettings {
    /// Names and values of the further librdkafka properties.
    pub fn kafka_properties(&self) -> impl Iterator<Item = (String, String)> + '_ {
        self.kafka_options.iter().map(|option| (option.name.clone(), option.value.expose().clone()))
    }

    pub(super) fn check(&self) -> Vec<Violation> {
        let mut checks = Checks::of("journal");
        checks
            .not_empty("dir", &self.dir)
            .within("segment_bytes", self.segment_bytes, 1_048_576..=1_073_741_824)
            .within("fsync_interval_ms", self.fsync_interval_ms, 1..=10_000)
            .within("trim_delay_ms", self.trim_delay_ms, 0..=86_400_000)
            .require("topic_prefix", is_plain_name(&self.topic_prefix, 100), || {
                (
                    format!("`{}` cannot begin the name of a topic", self.topic_prefix),
                    "Use 1 to 100 of a-z A-Z 0-9 . _ -.".to_owned(),
                )
            });
        let quotas = [
            ("clicks_bytes_max", self.clicks_bytes_max),
            ("postbacks_bytes_max", self.postbacks_bytes_max),
            ("facts_bytes_max", self.facts_bytes_max),
        ];
        for (key, quota) in quotas {
            let bytes_min = self.segment_bytes.saturating_mul(2);
            checks.require(key, quota >= bytes_min, || {
                (
                    format!("{quota} is less than two segments of {} bytes", self.segment_bytes),
                    format!("Use at least {bytes_min}, or lower journal.segment_bytes."),
                )
            });
        }
        checks.finish()
    }

    /// Longest time between two writes through to the disk.
    pub fn fsync_interval(&self) -> Duration {
        Duration::from_millis(self.fsync_interval_ms)
    }

    /// How long a segment stays after everybody has read it.
    pub fn trim_delay(&self) -> Duration {
        Duration::from_millis(self.trim_delay_ms)
    }
}
