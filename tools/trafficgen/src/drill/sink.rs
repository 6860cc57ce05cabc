//! What the event sink holds at the end, read by a consumer that is no part of the product.
//!
//! The product promises its readers every record at least once, in the order of its journal, under the identity (journal, sequence number) that
//! each message carries in its header: whoever drops an identity that it has seen has each record exactly once. That is what is checked here.

use super::grip::Broker;
use crate::Error;
use rdkafka::{
    ClientConfig, Message as _, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer as _},
    message::{BorrowedMessage, Headers as _},
};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// The header with a record's identity: version 1, journal, sequence number, big-endian.
const HEADER: &str = "signalbox";
/// How long reading may take.
const PATIENCE: Duration = Duration::from_secs(120);
const ANSWER_MAX: Duration = Duration::from_secs(30);

/// A record as it was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shipped {
    /// Its journal.
    pub journal: u64,
    /// Its sequence number there.
    pub seq: u64,
    /// The record.
    pub payload: Vec<u8>,
}

/// Each record once, and how many messages there were beside.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Held {
    records: BTreeMap<(u64, u64), Vec<u8>>,
    pub(super) again: u64,
}

impl Held {
    /// Takes a message; one that was published again must be the same.
    fn take(&mut self, shipped: Shipped) -> Result<(), Error> {
        let identity = (shipped.journal, shipped.seq);
        match self.records.get(&identity) {
            None => drop(self.records.insert(identity, shipped.payload)),
            Some(before) if *before == shipped.payload => self.again += 1,
            Some(_) => return Err(Error::Mismatch(format!("{identity:?} was published as two records"))),
        }
        Ok(())
    }

    /// Every record; an error when one is missing between the first and the last of a journal.
    pub(super) fn whole(self) -> Result<Vec<Shipped>, Error> {
        let mut expected = BTreeMap::new();
        let mut records = Vec::with_capacity(self.records.len());
        for ((journal, seq), payload) in self.records {
            let next = expected.entry(journal).or_insert(0);
            if *next != seq {
                return Err(Error::Mismatch(format!("after {next} records of a journal comes number {seq}")));
            }
            *next += 1;
            records.push(Shipped { journal, seq, payload });
        }
        Ok(records)
    }
}

/// Reads a topic from its beginning to its present end. Blocking.
pub(super) fn read(brokers: &str, topic: &str) -> Result<Held, Error> {
    let failed =
        |error: rdkafka::error::KafkaError| Error::Setup(format!("the sink cannot be read: {error}"));
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers).set("group.id", "drill").set("enable.auto.commit", "false");
    let consumer: BaseConsumer = config.create().map_err(failed)?;
    let (mut assigned, mut ends) = (TopicPartitionList::new(), BTreeMap::new());
    for partition in 0..Broker::partitions(topic) {
        let (first, end) = consumer.fetch_watermarks(topic, partition, ANSWER_MAX).map_err(failed)?;
        if first != 0 {
            return Err(Error::Setup(
                "the broker of the drill had no room for everything: fewer clicks".to_owned(),
            ));
        }
        if end > 0 {
            assigned.add_partition_offset(topic, partition, Offset::Beginning).map_err(failed)?;
            ends.insert(partition, end);
        }
    }
    consumer.assign(&assigned).map_err(failed)?;
    let (begun, mut held) = (Instant::now(), Held::default());
    while !ends.is_empty() {
        if begun.elapsed() > PATIENCE {
            return Err(Error::Mismatch(format!("the sink was not read to its end: {ends:?}")));
        }
        let Some(message) = consumer.poll(Duration::from_millis(200)) else { continue };
        let message = message.map_err(failed)?;
        held.take(shipped(&message)?)?;
        let (partition, next) = (message.partition(), message.offset() + 1);
        if ends.get(&partition).is_some_and(|end| next >= *end) {
            ends.remove(&partition);
        }
    }
    Ok(held)
}

fn shipped(message: &BorrowedMessage<'_>) -> Result<Shipped, Error> {
    let header = message.headers().and_then(|headers| headers.iter().find(|header| header.key == HEADER));
    let identity = header.and_then(|header| header.value).and_then(identity);
    let (journal, seq) =
        identity.ok_or_else(|| Error::Mismatch(format!("message {} has no identity", message.offset())))?;
    Ok(Shipped { journal, seq, payload: message.payload().unwrap_or_default().to_vec() })
}

fn identity(header: &[u8]) -> Option<(u64, u64)> {
    let (journal, seq) = header.strip_prefix(&[1])?.split_first_chunk::<8>()?;
    Some((u64::from_be_bytes(*journal), u64::from_be_bytes(seq.try_into().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(seq: u64, payload: &[u8]) -> Shipped {
        Shipped { journal: 7, seq, payload: payload.to_vec() }
    }

    #[test]
    fn what_is_published_again_counts_once_and_must_be_the_same() {
        let mut held = Held::default();
        for shipped in [record(0, b"a"), record(1, b"b"), record(0, b"a"), record(2, b"c")] {
            held.take(shipped).unwrap();
        }
        assert_eq!(held.again, 1);
        assert!(held.take(record(1, b"other")).is_err());
        assert_eq!(held.whole().unwrap(), [record(0, b"a"), record(1, b"b"), record(2, b"c")]);
    }

    #[test]
    fn a_missing_record_is_noticed() {
        let mut held = Held::default();
        held.take(record(0, b"a")).unwrap();
        held.take(record(2, b"c")).unwrap();
        assert!(
            held.whole().unwrap_err().to_string().contains("after 1 records of a journal comes number 2")
        );
    }

    #[test]
    fn an_identity_has_a_version_and_two_numbers() {
        let mut header = vec![1];
        header.extend_from_slice(&5_u64.to_be_bytes());
        header.extend_from_slice(&6_u64.to_be_bytes());
        assert_eq!(identity(&header), Some((5, 6)));
        header[0] = 2;
        assert_eq!(identity(&header), None);
        assert_eq!(identity(&[1, 2]), None);
    }
}
