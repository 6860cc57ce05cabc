//! The click journal as the settings want it, and its way to Kafka.

use crate::restore::CONSUMER;
use signalbox_chassis::settings::{self, EventLog, JournalSettings};
use signalbox_events::{
    Durability, Error, Journal, JournalOptions, Stream,
    kafka::{self, KafkaConfig, Shipper},
};

/// Opens the journal of clicks. With Kafka the shipper is the consumer it is kept for, else the warehouse writer and the shared counters.
///
/// # Errors
/// When the folder is in use, not writable, or of a newer version.
pub fn open_clicks(settings: &JournalSettings) -> Result<Journal, Error> {
    let readers: &[&str] = match settings.event_log {
        EventLog::Journal => &["warehouse", "counters"],
        EventLog::Kafka { .. } => &[kafka::CONSUMER],
    };
    let options = JournalOptions {
        bytes_max: settings.clicks_bytes_max.max(settings.segment_bytes * 4),
        segment_bytes_max: settings.segment_bytes,
        sync_interval: settings.fsync_interval(),
        trim_delay: settings.trim_delay(),
        consumers: readers.iter().chain(&[CONSUMER]).map(|name| (*name).to_owned()).collect(),
        ..JournalOptions::new(Stream::Clicks)
    };
    Journal::open(settings.dir.join("clicks"), options)
}

/// Opens the journal of postbacks that come to the tracking domain, for a process without the postback service. Only Kafka carries them on,
/// so there is none without it.
///
/// # Errors
/// When the folder is in use, not writable, or of a newer version.
pub fn open_received(settings: &JournalSettings) -> Result<Option<Journal>, Error> {
    if matches!(settings.event_log, EventLog::Journal) {
        return Ok(None);
    }
    let options = JournalOptions {
        bytes_max: settings.postbacks_bytes_max.max(settings.segment_bytes * 4),
        segment_bytes_max: settings.segment_bytes,
        sync_interval: settings.fsync_interval(),
        trim_delay: settings.trim_delay(),
        consumers: vec![kafka::CONSUMER.to_owned()],
        ..JournalOptions::new(Stream::Postbacks)
    };
    Journal::open(settings.dir.join("received"), options).map(Some)
}

/// Starts publishing a journal, when the event log is Kafka.
///
/// # Errors
/// When the configuration cannot be used.
pub fn ship(settings: &JournalSettings, journal: &Journal) -> Result<Option<Shipper>, Error> {
    kafka_config(settings).map(|config| Shipper::start(journal.clone(), config)).transpose()
}

/// The Kafka configuration, when the event log is Kafka.
fn kafka_config(settings: &JournalSettings) -> Option<KafkaConfig> {
    let EventLog::Kafka { brokers } = &settings.event_log else { return None };
    Some(KafkaConfig::new(brokers, &settings.topic_prefix, settings.kafka_properties()))
}

/// When a click counts as kept.
pub const fn durability(settings: &JournalSettings) -> Durability {
    match settings.durability {
        settings::Durability::Buffered => Durability::Buffered,
        settings::Durability::Fsync => Durability::Fsync,
    }
}
