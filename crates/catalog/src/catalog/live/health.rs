//! What health checks of destinations found.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use signalbox_domain::{DestinationId, Timestamp};

use super::{Live, Versioned};
use crate::{Result, SystemScope};

const NAME: &str = "health";

/// The state of one destination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DestinationHealth {
    /// Whether it takes traffic as far as its health check says.
    pub up: bool,
    /// Since when that is so.
    pub since: Timestamp,
    /// When it was asked last.
    pub checked_at: Timestamp,
    /// Failures in a row.
    #[serde(default)]
    pub failures: u32,
    /// Until when the answer is believed: a check that stopped must not keep a destination out for ever.
    pub valid_until: Timestamp,
    /// What was wrong at the last failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}

/// The state of all destinations with a health check, and who checks them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct HealthReport {
    /// The node that checks.
    pub node: String,
    /// Until when no other node checks.
    pub lease_until: i64,
    /// By destination.
    pub destinations: BTreeMap<DestinationId, DestinationHealth>,
}

impl HealthReport {
    /// Whether a destination is known to be down now.
    #[must_use]
    pub fn is_down(&self, destination: DestinationId, now: Timestamp) -> bool {
        self.destinations.get(&destination).is_some_and(|health| !health.up && health.valid_until > now)
    }
}

impl Live<'_> {
    /// The last report.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn health(&self, system: SystemScope) -> Result<Versioned<HealthReport>> {
        Ok(self.read(system, NAME).await?.unwrap_or(Versioned { version: 0, value: HealthReport::default() }))
    }

    /// Puts a report in place of the one at version `expected` (0: there is none).
    ///
    /// # Errors
    /// `VersionMismatch` when another node checks, `Unavailable`.
    pub async fn put_health(&self, system: SystemScope, expected: u64, report: &HealthReport) -> Result<u64> {
        self.write(system, (NAME, expected), report).await
    }
}
