//! Outputs whose receivers do not answer well, so that nothing is sent to them for a while.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use signalbox_domain::{OutputId, Timestamp};

use super::{Live, Versioned};
use crate::{Result, SystemScope};

const NAME: &str = "circuits";

/// One output that a node sends nothing to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenCircuit {
    /// Since when.
    pub since: Timestamp,
    /// When one delivery is tried next.
    pub retry_at: Timestamp,
    /// Failures in a row.
    pub failures: u32,
    /// What was wrong at the last one.
    pub last_error: String,
}

/// What one node says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeCircuits {
    /// Until when it is believed: a node that is gone must not be shown for ever.
    pub valid_until: Timestamp,
    /// By output.
    pub open: BTreeMap<OutputId, OpenCircuit>,
}

/// What every node says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CircuitReport {
    /// By the name of the node.
    pub nodes: BTreeMap<String, NodeCircuits>,
}

impl Live<'_> {
    /// What was said last.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn circuits(&self, system: SystemScope) -> Result<Versioned<CircuitReport>> {
        let none = Versioned { version: 0, value: CircuitReport::default() };
        Ok(self.read(system, NAME).await?.unwrap_or(none))
    }

    /// Puts a report in place of the one at version `expected` (0: there is none).
    ///
    /// # Errors
    /// `VersionMismatch` when another node was faster, `Unavailable`.
    pub async fn put_circuits(
        &self,
        system: SystemScope,
        expected: u64,
        report: &CircuitReport,
    ) -> Result<u64> {
        self.write(system, (NAME, expected), report).await
    }
}
