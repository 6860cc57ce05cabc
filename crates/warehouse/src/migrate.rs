//! Brings the schema up to this version: plain SQL files, forward only, one starter at a time.
//!
//! A migration is recorded with the checksum of its text; one that was changed after it was applied, or one that this version does
//! not know, stops the start with a message that says what to do. Every statement can be run again, so a crash in the middle, or
//! two starters that do not see each other's lock, do no harm.

mod lock;

use crate::{Error, Warehouse};
use clickhouse::Row;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use signalbox_domain::Timestamp;

/// A migration compiled into this version.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Ascending from 1.
    pub version: u32,
    /// File name without folder and ending.
    pub name: &'static str,
    /// The text of the file.
    pub sql: &'static str,
}

/// Every migration, ascending.
pub const ALL: &[Migration] = &[
    Migration {
        version: 1,
        name: "0001_ledger",
        sql: include_str!("../../../migrations/clickhouse/0001_ledger.sql"),
    },
    Migration {
        version: 2,
        name: "0002_routing",
        sql: include_str!("../../../migrations/clickhouse/0002_routing.sql"),
    },
    Migration {
        version: 3,
        name: "0003_cost_corrections",
        sql: include_str!("../../../migrations/clickhouse/0003_cost_corrections.sql"),
    },
    Migration {
        version: 4,
        name: "0004_bytes",
        sql: include_str!("../../../migrations/clickhouse/0004_bytes.sql"),
    },
    Migration {
        version: 5,
        name: "0005_click_events",
        sql: include_str!("../../../migrations/clickhouse/0005_click_events.sql"),
    },
    Migration {
        version: 6,
        name: "0006_conversion_types",
        sql: include_str!("../../../migrations/clickhouse/0006_conversion_types.sql"),
    },
    Migration {
        version: 7,
        name: "0007_by_hour",
        sql: include_str!("../../../migrations/clickhouse/0007_by_hour.sql"),
    },
    Migration {
        version: 8,
        name: "0008_sub_ids_of_clicks",
        sql: include_str!("../../../migrations/clickhouse/0008_sub_ids_of_clicks.sql"),
    },
    Migration {
        version: 9,
        name: "0009_dead_letters_tried",
        sql: include_str!("../../../migrations/clickhouse/0009_dead_letters_tried.sql"),
    },
    Migration {
        version: 10,
        name: "0010_cost_per_lead",
        sql: include_str!("../../../migrations/clickhouse/0010_cost_per_lead.sql"),
    },
];

/// What [`Warehouse::migrate`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Versions applied now.
    pub applied: Vec<u32>,
    /// The version the schema has.
    pub version: u32,
}

#[derive(Debug, Clone, PartialEq, Row, Serialize, Deserialize)]
struct Applied {
    version: u32,
    name: String,
    checksum: String,
    applied_at: i64,
    applied_by: String,
}

impl Migration {
    fn checksum(&self) -> String {
        Sha256::digest(self.sql.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The statements: they end with a semicolon at the end of a line; comment lines are left out.
    fn statements(&self) -> Vec<String> {
        let mut statements = Vec::new();
        let mut current = String::new();
        for line in self.sql.lines().filter(|line| !line.trim_start().starts_with("--")) {
            current.push_str(line);
            current.push('\n');
            if line.trim_end().ends_with(';') {
                let statement = current.trim().trim_end_matches(';').trim().to_owned();
                statements.push(statement);
                current.clear();
            }
        }
        let rest = current.trim();
        if !rest.is_empty() {
            statements.push(rest.to_owned());
        }
        statements
    }
}

impl Warehouse {
    /// Applies what is missing. Any number of processes may call it at the same time.
    ///
    /// # Errors
    /// [`Error::Schema`] when the database has a newer or a changed migration, [`Error::Unavailable`] when ClickHouse does not
    /// answer or another process holds the lock for too long.
    pub async fn migrate(&self) -> Result<Report, Error> {
        self.migrate_with(ALL).await
    }

    /// As [`Warehouse::migrate`], with other migrations; for tests of upgrades.
    ///
    /// # Errors
    /// As for [`Warehouse::migrate`].
    pub async fn migrate_with(&self, all: &[Migration]) -> Result<Report, Error> {
        let version = all.last().map_or(0, |migration| migration.version);
        if self.missing(all).await?.is_empty() {
            return Ok(Report { applied: Vec::new(), version });
        }
        let lock = lock::Lock::take(self).await?;
        let done = self.apply_missing(all, &lock).await;
        lock.release(self).await;
        Ok(Report { applied: done?, version })
    }

    async fn apply_missing(&self, all: &[Migration], lock: &lock::Lock) -> Result<Vec<u32>, Error> {
        let mut versions = Vec::new();
        for migration in self.missing(all).await? {
            tracing::info!(migration = migration.name, "applying migration");
            for statement in migration.statements() {
                lock.renew(self).await?;
                self.define(&statement).await.map_err(|error| failed(migration, &error))?;
            }
            self.record(migration).await?;
            versions.push(migration.version);
        }
        Ok(versions)
    }

    /// Migrations that are not applied yet; refuses a database that this version must not touch.
    async fn missing<'a>(&self, all: &'a [Migration]) -> Result<Vec<&'a Migration>, Error> {
        let applied = self.applied().await?;
        for row in &applied {
            match all.iter().find(|migration| migration.version == row.version) {
                None => return Err(too_new(row, all)),
                Some(known) if known.checksum() != row.checksum => return Err(changed(row)),
                Some(_) => {}
            }
        }
        let is_applied = |migration: &&Migration| applied.iter().any(|row| row.version == migration.version);
        Ok(all.iter().filter(|migration| !is_applied(migration)).collect())
    }

    async fn applied(&self) -> Result<Vec<Applied>, Error> {
        let exists = "SELECT count() FROM system.tables WHERE database = currentDatabase() AND name = 'schema_migrations'";
        if self.fetch_one::<u64>(self.query(exists)).await? == 0 {
            return Ok(Vec::new());
        }
        let sql = "SELECT version, name, checksum, toUnixTimestamp64Milli(applied_at) AS applied_at, applied_by \
                   FROM schema_migrations ORDER BY version, applied_at";
        self.fetch_all(self.query(sql)).await
    }

    async fn record(&self, migration: &Migration) -> Result<(), Error> {
        let sql = "INSERT INTO schema_migrations SELECT {version:UInt32}, {name:String}, {checksum:String}, \
                   fromUnixTimestamp64Milli({at:Int64}, 'UTC'), {by:String}";
        let query = self
            .query(sql)
            .param("version", migration.version)
            .param("name", migration.name)
            .param("checksum", migration.checksum())
            .param("at", Timestamp::now().0)
            .param("by", env!("CARGO_PKG_VERSION"));
        crate::client::within(std::time::Duration::from_secs(60), query.execute()).await
    }
}

/// A server that goes away in the middle is waited for: statements are repeatable. Everything else needs somebody who looks.
fn failed(migration: &Migration, error: &Error) -> Error {
    let reason = format!("migration {} failed: {error}", migration.name);
    if error.is_retryable() { Error::Unavailable { reason } } else { Error::Schema { reason } }
}

fn too_new(row: &Applied, all: &[Migration]) -> Error {
    let known = all.last().map_or(0, |migration| migration.version);
    Error::Schema {
        reason: format!(
            "the database has migration {} ({}), applied by version {}; this version knows migrations up to {known} only. \
             Start the newer version, or restore a backup made by this one",
            row.version, row.name, row.applied_by
        ),
    }
}

fn changed(row: &Applied) -> Error {
    Error::Schema {
        reason: format!(
            "migration {} ({}) was applied by version {} with another text than this version carries (checksum {}). \
             Start the version it came from; a released migration must never be edited",
            row.version, row.name, row.applied_by, row.checksum
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_ascend_and_statements_are_repeatable() {
        for (index, migration) in ALL.iter().enumerate() {
            assert_eq!(migration.version as usize, index + 1);
            assert!(migration.name.starts_with(&format!("{:04}_", migration.version)));
            for statement in migration.statements() {
                // A column is filled again, with the same values; there is no other way to say it.
                let repeatable = ["IF NOT EXISTS", "IF EXISTS", "MATERIALIZE COLUMN"];
                assert!(repeatable.iter().any(|words| statement.contains(words)), "{statement}");
                assert!(!statement.ends_with(';'));
            }
        }
    }

    #[test]
    fn statements_are_cut_at_semicolons_that_end_a_line() {
        let sql = "-- a comment; with a semicolon;\nCREATE a\n(x 'a;b');\n\n-- two\nCREATE b;\nCREATE c";
        let statements = Migration { version: 1, name: "0001_x", sql }.statements();
        assert_eq!(statements, ["CREATE a\n(x 'a;b')", "CREATE b", "CREATE c"]);
    }
}
