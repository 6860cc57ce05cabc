//! Totals of counters: in chunks by subject, each with the positions of the journals that it includes.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use signalbox_domain::{Series, Subject};

use super::{Live, Versioned, text};
use crate::{Error, Result, SystemScope};

/// Number of chunks; never changes.
pub const TOTALS_CHUNKS: u8 = 64;
/// Document with the versions of all chunks, so that a reader fetches only what changed.
const HEAD: &str = "totals";

/// In which chunk a subject is counted.
#[must_use]
pub fn chunk_of(subject: Subject) -> u8 {
    let id = match subject {
        Subject::Campaign(id) => id.0,
        Subject::Stream(id) => id.0,
        Subject::Destination(id) => id.0,
        Subject::Route(stream, destination) => stream.0.rotate_left(32) ^ destination.0,
    };
    // Fibonacci hashing: the top bits of the product depend on all bits of the id.
    (id.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58) as u8
}

/// Some of the counters: what was counted in every record of a journal before its position.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TotalsChunk {
    /// For each journal, the first sequence number that is not counted yet.
    pub positions: BTreeMap<u64, u64>,
    /// What was counted.
    pub series: BTreeMap<Subject, Series>,
}

#[derive(Serialize, Deserialize)]
struct Form {
    positions: BTreeMap<String, u64>,
    series: BTreeMap<String, String>,
}

impl Serialize for TotalsChunk {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let form = Form {
            positions: self.positions.iter().map(|(id, next)| (format!("{id:016x}"), *next)).collect(),
            series: self
                .series
                .iter()
                .map(|(subject, series)| (text::subject(*subject), text::series(series)))
                .collect(),
        };
        form.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for TotalsChunk {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let form = Form::deserialize(deserializer)?;
        let bad = |what: &str, text: &str| de::Error::custom(format!("{text:?} is no {what}"));
        let mut chunk = Self::default();
        for (id, next) in form.positions {
            chunk.positions.insert(u64::from_str_radix(&id, 16).map_err(|_| bad("journal", &id))?, next);
        }
        for (subject, series) in form.series {
            let subject = text::parse_subject(&subject).ok_or_else(|| bad("subject", &subject))?;
            chunk.series.insert(subject, text::parse_series(&series).ok_or_else(|| bad("series", &series))?);
        }
        Ok(chunk)
    }
}

#[derive(Default, Serialize, Deserialize)]
struct Head {
    versions: BTreeMap<String, u64>,
}

impl Live<'_> {
    /// One chunk, if something was ever counted in it.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn find_totals(
        &self,
        system: SystemScope,
        chunk: u8,
    ) -> Result<Option<Versioned<TotalsChunk>>> {
        self.read(system, &name(chunk)).await
    }

    /// Puts a chunk in place of the one at version `expected` (0: there is none). Returns its new version. Readers learn of it
    /// through [`Live::announce_totals`].
    ///
    /// # Errors
    /// `VersionMismatch` when somebody else counts as well, `Invalid` when it is too large, `Unavailable`.
    pub async fn put_totals(
        &self,
        system: SystemScope,
        (chunk, expected): (u8, u64),
        totals: &TotalsChunk,
    ) -> Result<u64> {
        self.write(system, (&name(chunk), expected), totals).await
    }

    /// The announced version of every chunk.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn totals_versions(&self, system: SystemScope) -> Result<BTreeMap<u8, u64>> {
        Ok(self.read_head(system).await?.map_or_else(BTreeMap::new, |head| numbered(&head.value)))
    }

    /// Tells readers which chunks changed. A version never goes back.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`; `VersionMismatch` when others announce all the time.
    pub async fn announce_totals(&self, system: SystemScope, changed: &BTreeMap<u8, u64>) -> Result<()> {
        for attempt in 0.. {
            let head =
                self.read_head(system).await?.unwrap_or(Versioned { version: 0, value: Head::default() });
            let mut versions = numbered(&head.value);
            for (chunk, version) in changed {
                let known = versions.entry(*chunk).or_default();
                *known = (*known).max(*version);
            }
            let new =
                Head { versions: versions.iter().map(|(chunk, at)| (format!("{chunk:02x}"), *at)).collect() };
            match self.write(system, (HEAD, head.version), &new).await {
                Err(Error::VersionMismatch { .. }) if attempt < 20 => {}
                other => return other.map(drop),
            }
        }
        Ok(())
    }

    async fn read_head(&self, system: SystemScope) -> Result<Option<Versioned<Head>>> {
        self.read(system, HEAD).await
    }
}

fn name(chunk: u8) -> String {
    format!("totals:{chunk:02x}")
}

fn numbered(head: &Head) -> BTreeMap<u8, u64> {
    let number = |(chunk, version): (&String, &u64)| Some((u8::from_str_radix(chunk, 16).ok()?, *version));
    head.versions.iter().filter_map(number).collect()
}

#[cfg(test)]
mod tests {
    use signalbox_domain::{CampaignId, Tally, Timestamp};

    use super::*;

    #[test]
    fn subjects_spread_over_the_chunks_and_stay_there() {
        assert_eq!(chunk_of(Subject::Campaign(CampaignId(1))), 39, "stored chunks must stay where they are");
        let mut filled = [0_u32; TOTALS_CHUNKS as usize];
        for id in 0..64_000 {
            filled[usize::from(chunk_of(Subject::Campaign(CampaignId(id << 22))))] += 1;
        }
        assert!(filled.iter().all(|count| (500..1500).contains(count)), "{filled:?}");
    }

    #[test]
    fn a_chunk_is_stored_as_pinned() {
        let mut chunk = TotalsChunk::default();
        chunk.positions.insert(u64::MAX, 7);
        let mut series = Series::default();
        series.add(Timestamp(1_800_000_000_000), &Tally { clicks: 2, ..Tally::default() });
        chunk.series.insert(Subject::Campaign(CampaignId(1)), series);
        let stored = serde_json::to_value(&chunk).unwrap();
        let pinned = serde_json::json!({
            "positions": {"ffffffffffffffff": 7},
            "series": {"c0000000000001": "2|2000000:2"},
        });
        assert_eq!(stored, pinned);
        assert_eq!(serde_json::from_value::<TotalsChunk>(pinned).unwrap(), chunk);
    }
}
