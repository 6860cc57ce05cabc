//! Names of journals, streams and places in them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::error::Error;

/// Identity of one journal: random, given once when its directory is made, the same wherever its records are read.
/// Text form: 16 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JournalId(u64);

impl JournalId {
    /// The id with this raw value.
    #[must_use]
    pub const fn new(raw: u64) -> Self {
        Self(raw)
    }

    /// A fresh random id, never 0.
    #[must_use]
    pub fn random() -> Self {
        Self(rand::random_range(1..=u64::MAX))
    }

    /// The raw value (ClickHouse's `_journal` column).
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for JournalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for JournalId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let parsed = (text.len() == 16).then(|| u64::from_str_radix(text, 16).ok()).flatten();
        parsed.map(Self).ok_or_else(|| Error::Invalid {
            field: "journal",
            reason: format!("expected 16 hexadecimal digits, found {} characters", text.chars().count()),
        })
    }
}

impl Serialize for JournalId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_u64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for JournalId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
        } else {
            u64::deserialize(deserializer).map(Self)
        }
    }
}

/// A place in a journal: the identity of the record with this sequence number, or of the one to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// The journal.
    pub journal: JournalId,
    /// Sequence number in it, from 0.
    pub seq: u64,
}

/// What kind of events a journal carries. Each has its own quota, so that a flood of one cannot push out another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    /// Clicks, written by traffic-service.
    Clicks,
    /// Inbound postbacks as received, written by whoever receives them.
    Postbacks,
    /// Conversions, verdicts and deliveries, written by postback-service.
    Facts,
}

impl Stream {
    /// All streams, in a stable order.
    pub const ALL: [Self; 3] = [Self::Clicks, Self::Postbacks, Self::Facts];

    /// The word used in directories, topics and metric labels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clicks => "clicks",
            Self::Postbacks => "postbacks",
            Self::Facts => "facts",
        }
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Stream {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|stream| stream.as_str() == text).ok_or_else(|| Error::Invalid {
            field: "stream",
            reason: format!("expected clicks, postbacks or facts, found {text:?}"),
        })
    }
}
