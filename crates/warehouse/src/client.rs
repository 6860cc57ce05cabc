//! The one ClickHouse client, the same for the embedded engine and for a server.

use crate::Error;
use crate::error::classify;
use clickhouse::query::Query;
use clickhouse::{RowOwned, RowRead};
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::{future::Future, time::Duration};

/// How long a read may take on the server, in seconds.
const READ_SECONDS_MAX: &str = "60";
/// How long a read may take here before it counts as failed.
const READ_TIMEOUT: Duration = Duration::from_secs(65);
/// How long a definition (`CREATE`, `ALTER`) may take.
const DEFINE_TIMEOUT: Duration = Duration::from_secs(600);

/// A handle on one ClickHouse database. Cheap to clone; clones share connections.
#[derive(Clone, Debug)]
pub struct Warehouse {
    pub(crate) client: clickhouse::Client,
    database: String,
    /// Sub ids that clicks had when they were looked for, one bit each.
    pub(crate) sub_ids_seen: Arc<AtomicU32>,
}

impl Warehouse {
    /// Connects to `url` (`http://host:8123`), makes `database` when it is missing and checks that the server answers.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a URL or database name that cannot be used, [`Error::Unavailable`] when nobody answers.
    pub async fn connect(url: &str, database: &str, user: &str, password: &str) -> Result<Self, Error> {
        check_url(url)?;
        check_database(database)?;
        let mut client = clickhouse::Client::default().with_url(url);
        if !user.is_empty() {
            client = client.with_user(user);
        }
        if !password.is_empty() {
            client = client.with_password(password);
        }
        let server = Self { client, database: database.to_owned(), sub_ids_seen: Arc::default() };
        let sql = "SELECT count() FROM system.databases WHERE name = {name:String}";
        let found: u64 = server.fetch_one(server.query(sql).param("name", database)).await?;
        if found == 0 {
            server.define(&format!("CREATE DATABASE IF NOT EXISTS `{database}`")).await?;
        }
        Ok(Self { client: server.client.with_database(database), ..server })
    }

    /// The name of the database.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// Whether the server answers.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it does not.
    pub async fn ping(&self) -> Result<(), Error> {
        self.fetch_one::<u8>(self.query("SELECT 1")).await.map(drop)
    }

    /// The server's version, such as `26.5.1.1`.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it does not answer.
    pub async fn server_version(&self) -> Result<String, Error> {
        self.fetch_one(self.query("SELECT version()")).await
    }

    /// A statement whose text is the crate's own; values are bound with `.param()`.
    pub(crate) fn query(&self, sql: &str) -> Query {
        self.client.query_raw(sql)
    }

    /// All rows of a read.
    pub(crate) async fn fetch_all<T: RowOwned + RowRead>(&self, query: Query) -> Result<Vec<T>, Error> {
        within(READ_TIMEOUT, bounded(query).fetch_all::<T>()).await
    }

    /// The one row of a read.
    pub(crate) async fn fetch_one<T: RowOwned + RowRead>(&self, query: Query) -> Result<T, Error> {
        within(READ_TIMEOUT, bounded(query).fetch_one::<T>()).await
    }

    /// Every row of a read, each turned into something that borrows nothing.
    pub(crate) async fn fetch_map<T: RowRead, R>(
        &self,
        query: Query,
        mut map: impl FnMut(T::Value<'_>) -> R,
    ) -> Result<Vec<R>, Error> {
        let mut cursor = bounded(query).fetch::<T>().map_err(classify)?;
        within(READ_TIMEOUT, async {
            let mut rows = Vec::new();
            while let Some(row) = cursor.next().await? {
                rows.push(map(row));
            }
            Ok(rows)
        })
        .await
    }

    /// A read whose columns are known only at run time, as the bytes of `format`.
    pub(crate) async fn fetch_text(&self, query: Query, format: &str) -> Result<Vec<u8>, Error> {
        let mut cursor = bounded(query).fetch_bytes(format).map_err(classify)?;
        within(READ_TIMEOUT, cursor.collect()).await.map(|bytes| bytes.to_vec())
    }

    /// Runs a definition.
    pub(crate) async fn define(&self, sql: &str) -> Result<(), Error> {
        // Tables made like others have their words, which include numbers.
        let query = self.query(sql).with_setting("allow_suspicious_low_cardinality_types", "1");
        within(DEFINE_TIMEOUT, query.execute()).await
    }
}

/// A read that the server gives up by itself.
fn bounded(query: Query) -> Query {
    query.with_setting("max_execution_time", READ_SECONDS_MAX)
}

/// `work`, or [`Error::Unavailable`] after `limit`.
pub(crate) async fn within<T>(
    limit: Duration,
    work: impl Future<Output = clickhouse::error::Result<T>>,
) -> Result<T, Error> {
    match tokio::time::timeout(limit, work).await {
        Ok(done) => done.map_err(classify),
        Err(_) => Err(Error::Unavailable { reason: format!("no answer within {} s", limit.as_secs()) }),
    }
}

fn check_url(url: &str) -> Result<(), Error> {
    let reason = match url::Url::parse(url) {
        Err(error) => format!("is not a URL ({error}); expected http://host:8123"),
        Ok(parsed) if parsed.scheme() == "http" && parsed.has_host() => return Ok(()),
        Ok(parsed) if parsed.scheme() == "https" => {
            "https is not built in; use http on a private network or a local TLS proxy".to_owned()
        }
        Ok(_) => "must begin with http://".to_owned(),
    };
    Err(Error::invalid("warehouse.url", reason))
}

/// The name becomes part of SQL text, so it is held to the plainest alphabet.
fn check_database(name: &str) -> Result<(), Error> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if begins && name.len() <= 60 && name.chars().all(plain) {
        return Ok(());
    }
    Err(Error::invalid(
        "warehouse.database",
        "must be 1-60 letters, digits and underscores, beginning with a letter",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_usable_addresses_and_names_pass() {
        assert!(check_url("http://127.0.0.1:8123").is_ok());
        for bad in ["", "127.0.0.1:8123", "https://host", "ftp://host"] {
            assert!(
                matches!(check_url(bad), Err(Error::Invalid { field, .. }) if field == "warehouse.url"),
                "{bad}"
            );
        }
        assert!(check_database("signalbox").is_ok());
        for bad in ["", "a b", "a`b", "1a", "a.b", &"x".repeat(61)] {
            assert!(check_database(bad).is_err(), "{bad}");
        }
    }
}
