//! The journals this service owns, and where it reads clicks from.

use signalbox_chassis::settings::{EventLog, JournalSettings};
use signalbox_events::{
    Batch, Error, EventSource, Journal, JournalId, JournalOptions, JournalState, LocalSource, ReadLimit,
    Stream,
    kafka::{KafkaConfig, KafkaSource},
};
use std::sync::Arc;

/// Who reads the journal of postbacks.
const POSTBACKS_CONSUMERS: &[&str] = &[crate::judge::position::CONSUMER, "warehouse"];
/// Who reads the journal of facts.
const FACTS_CONSUMERS: &[&str] =
    &["warehouse", "outbox", crate::counters::CONSUMER, crate::converted::CONSUMER];

/// Postbacks as received, and the facts made of them.
#[derive(Debug, Clone)]
pub struct Journals {
    /// As received.
    pub postbacks: Journal,
    /// Conversions, verdicts, deliveries.
    pub facts: Journal,
}

/// Opens both.
///
/// # Errors
/// When a folder is in use, not writable, or of a newer version.
pub fn open(settings: &JournalSettings) -> Result<Journals, Error> {
    let open = |name: &str, stream, bytes_max: u64, consumers: &[&str]| {
        let options = JournalOptions {
            bytes_max: bytes_max.max(settings.segment_bytes * 4),
            segment_bytes_max: settings.segment_bytes,
            sync_interval: settings.fsync_interval(),
            trim_delay: settings.trim_delay(),
            consumers: consumers.iter().map(|name| (*name).to_owned()).collect(),
            ..JournalOptions::new(stream)
        };
        Journal::open(settings.dir.join(name), options)
    };
    Ok(Journals {
        postbacks: open("postbacks", Stream::Postbacks, settings.postbacks_bytes_max, POSTBACKS_CONSUMERS)?,
        facts: open("facts", Stream::Facts, settings.facts_bytes_max, FACTS_CONSUMERS)?,
    })
}

/// Everything readable: the own journals, and clicks from the journal of this process or, with the postbacks that came to tracking domains,
/// from Kafka.
///
/// # Errors
/// When the Kafka configuration cannot be used.
pub fn source(
    settings: &JournalSettings,
    own: &Journals,
    clicks: Option<Journal>,
) -> Result<Arc<dyn EventSource>, Error> {
    let local = LocalSource::new([own.postbacks.clone(), own.facts.clone()]);
    let EventLog::Kafka { brokers } = &settings.event_log else {
        clicks.into_iter().for_each(|clicks| local.add(clicks));
        return Ok(Arc::new(local));
    };
    let config = KafkaConfig::new(brokers, &settings.topic_prefix, settings.kafka_properties());
    let shipped = KafkaSource::new(config, &[Stream::Clicks, Stream::Postbacks])?;
    Ok(Arc::new(Both { own: [own.postbacks.id(), own.facts.id()], local, shipped }))
}

/// The own journals from disk, the others from Kafka.
struct Both {
    own: [JournalId; 2],
    local: LocalSource,
    shipped: KafkaSource,
}

impl Both {
    fn of(&self, journal: JournalId) -> &dyn EventSource {
        if self.own.contains(&journal) { &self.local } else { &self.shipped }
    }
}

#[async_trait::async_trait]
impl EventSource for Both {
    async fn journals(&self) -> Result<Vec<JournalState>, Error> {
        let mut journals = self.local.journals().await?;
        journals.extend(self.shipped.journals().await?);
        Ok(journals)
    }

    async fn read(&self, journal: JournalId, from: u64, limit: ReadLimit) -> Result<Batch, Error> {
        self.of(journal).read(journal, from, limit).await
    }

    async fn trim(&self, journal: JournalId, consumer: &str, before: u64) -> Result<(), Error> {
        self.of(journal).trim(journal, consumer, before).await
    }
}
