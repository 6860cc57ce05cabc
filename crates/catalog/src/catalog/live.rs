//! What services tell each other about the present: totals of counters, visitors that converted, health of destinations,
//! outputs that nothing is sent to for a while, requests that belong to nobody.
//!
//! Documents of the collection `counters`, each changed by compare-and-set: whoever changes one has seen its last version, so two who
//! count the same events cannot count them twice. What is told can be told again; readers forget what they had.

mod circuits;
mod converted;
mod health;
mod strays;
mod text;
mod totals;

pub use circuits::{CircuitReport, NodeCircuits, OpenCircuit};
pub use converted::{CONVERTED_BATCH_MAX, ConvertedBatch, ConvertedHead, ConvertedVisitor};
pub use health::{DestinationHealth, HealthReport};
pub use strays::{STRAY_QUERY_CHARS_MAX, STRAYS_MAX, StrayPostback, Strays};
pub use totals::{TOTALS_CHUNKS, TotalsChunk, chunk_of};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Named;
use crate::{Error, Result, SystemScope};

/// Everything that is told.
#[derive(Debug, Clone, Copy)]
pub struct Live<'a>(pub(super) Named<'a>);

/// Something with the version to name in the next change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned<T> {
    /// Version; 0 when there was none yet.
    pub version: u64,
    /// What it is.
    pub value: T,
}

impl Live<'_> {
    async fn read<T: DeserializeOwned>(
        &self,
        system: SystemScope,
        name: &str,
    ) -> Result<Option<Versioned<T>>> {
        let Some(found) = self.0.find(system, name).await? else { return Ok(None) };
        Ok(Some(Versioned { version: found.version, value: decode(name, found.body)? }))
    }

    async fn write<T: Serialize + Sync>(
        &self,
        system: SystemScope,
        (name, expected): (&str, u64),
        value: &T,
    ) -> Result<u64> {
        let body = serde_json::to_value(value).map_err(|error| Error::invalid("body", error.to_string()))?;
        self.0.compare_and_set(system, name, expected, body).await
    }
}

fn decode<T: DeserializeOwned>(name: &str, body: Value) -> Result<T> {
    serde_json::from_value(body).map_err(|error| Error::Corrupt {
        collection: "counters",
        id: name.to_owned(),
        reason: error.to_string(),
    })
}
