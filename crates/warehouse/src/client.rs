//! The one ClickHouse client, the same for the embedded engine and for a server.

use crate::Error;

/// A handle on one ClickHouse database. Cheap to clone; clones share connections.
#[derive(Clone, Debug)]
pub struct Warehouse {
    pub(crate) client: clickhouse::Client,
    database: String,
}

impl Warehouse {
    /// Connects to `url` (`http://host:8123`), makes `database` when it is missing and checks that the server answers.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a URL or database name that cannot be used, [`Error::Unavailable`] when nobody answers.
    pub async fn connect(url: &str, database: &str, user: &str, password: &str) -> Result<Self, Error> {
        let client = clickhouse::Client::default().with_url(url).with_user(user).with_password(password);
        Ok(Self { client: client.with_database(database), database: database.to_owned() })
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
        self.server_version().await.map(drop)
    }

    /// The server's version, such as `26.5.1.1`.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it does not answer.
    pub async fn server_version(&self) -> Result<String, Error> {
        let answer = self.client.query("SELECT version()").fetch_one::<String>().await;
        answer.map_err(|error| Error::Unavailable { reason: error.to_string() })
    }
}
