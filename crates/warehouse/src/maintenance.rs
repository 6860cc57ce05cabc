//! Holding ClickHouse still for a copy of its files.

use crate::{Error, Warehouse};

impl Warehouse {
    /// Stops background merges of every table until [`Warehouse::start_merges`] or a restart.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when ClickHouse does not answer.
    pub async fn stop_merges(&self) -> Result<(), Error> {
        self.define("SYSTEM STOP MERGES").await
    }

    /// Starts them again.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when ClickHouse does not answer.
    pub async fn start_merges(&self) -> Result<(), Error> {
        self.define("SYSTEM START MERGES").await
    }
}
