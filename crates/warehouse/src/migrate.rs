//! Brings the schema up to this version: plain SQL files, forward only, one starter at a time.

use crate::{Error, Warehouse};

/// What [`run`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Versions applied now.
    pub applied: Vec<u32>,
    /// The version the schema has.
    pub version: u32,
}

impl Warehouse {
    /// Applies what is missing. Any number of processes may call it at the same time.
    ///
    /// # Errors
    /// [`Error::Schema`] when the database has a newer or a changed migration.
    pub async fn migrate(&self) -> Result<Report, Error> {
        Err(Error::Unavailable { reason: "not built yet".to_owned() })
    }
}
