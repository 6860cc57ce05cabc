//! `[warehouse]`: the analytics database.

use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use serde::Deserialize;
use url::Url;

use super::{
    checks::{Checks, Violation},
    values::optional_path,
};
use crate::secret::SecretString;

/// The analytics database.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WarehouseSettings {
    /// The embedded engine or a server.
    pub url: WarehouseUrl,
    /// Name of the database unless the URL names one; see [`WarehouseSettings::database_name`].
    pub database: String,
    /// Folder of the embedded engine.
    pub data_dir: PathBuf,
    /// The engine's library; `None`: look for it.
    #[serde(deserialize_with = "optional_path")]
    pub libchdb_path: Option<PathBuf>,
    /// Loopback port of the embedded engine; 0: any.
    pub listen_port: u16,
}

/// The embedded engine or a server.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum WarehouseUrl {
    /// The engine as a child process.
    Embedded,
    /// A ClickHouse server's HTTP interface.
    Http(HttpWarehouse),
}

/// A ClickHouse server's HTTP interface, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpWarehouse {
    /// `http://HOST:PORT` or `https://HOST:PORT`, without credentials, path and last slash.
    pub base_url: String,
    /// The user, when the URL names one.
    pub user: Option<String>,
    /// The password, when the URL has one.
    pub password: Option<SecretString>,
    /// The database, when the URL names one.
    pub database: Option<String>,
}

impl TryFrom<String> for WarehouseUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text == "embedded" {
            return Ok(Self::Embedded);
        }
        let url = Url::parse(&text).map_err(|error| format!("not embedded and not a URL: {error}"))?;
        let (true, Some(host)) = (matches!(url.scheme(), "http" | "https"), url.host_str()) else {
            return Err(
                "not a warehouse URL; write embedded or http://USER:PASSWORD@HOST:8123/DATABASE".to_owned()
            );
        };
        if url.query().is_some() || url.fragment().is_some() {
            return Err("the URL must not carry a query or a fragment".to_owned());
        }
        let decode = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
        let port = url.port().unwrap_or(if url.scheme() == "https" { 8443 } else { 8123 });
        let database = decode(url.path().trim_matches('/'));
        if !database.is_empty() && !is_database_name(&database) {
            // Not repeated: with a raw `/` in the password it is a part of the password.
            return Err("what follows HOST:PORT/ is not the name of a database".to_owned());
        }
        Ok(Self::Http(HttpWarehouse {
            base_url: format!("{}://{host}:{port}", url.scheme()),
            user: (!url.username().is_empty()).then(|| decode(url.username())),
            password: url.password().map(|password| SecretString::from(decode(password))),
            database: (!database.is_empty()).then_some(database),
        }))
    }
}

fn is_database_name(text: &str) -> bool {
    let starts_well = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    starts_well && text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

impl WarehouseSettings {
    pub(super) fn check(&self) -> Vec<Violation> {
        let mut checks = Checks::of("warehouse");
        checks.not_empty("data_dir", &self.data_dir).require(
            "database",
            is_database_name(&self.database),
            || {
                (
                    format!("`{}` is not the name of a database", self.database),
                    "Use 1 to 64 of a-z A-Z 0-9 _, starting with a letter or _.".to_owned(),
                )
            },
        );
        checks.finish()
    }

    /// The database to use: the one in the URL, else `database`.
    pub fn database_name(&self) -> &str {
        match &self.url {
            WarehouseUrl::Http(HttpWarehouse { database: Some(database), .. }) => database,
            _ => &self.database,
        }
    }
}
