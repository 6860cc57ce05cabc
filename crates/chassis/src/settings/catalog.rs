//! `[catalog]`: where configuration and state are kept.

use std::path::PathBuf;

use serde::Deserialize;

use crate::secret::{Secret, SecretString};

use super::values::optional_key;

/// Where configuration and state are kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogSettings {
    /// The store.
    pub url: CatalogUrl,
    /// The key that secrets are sealed with; `None`: the one in the data directory.
    #[serde(deserialize_with = "optional_key")]
    pub secret_key: Option<Secret<[u8; 32]>>,
}

impl CatalogSettings {
    /// Whether the catalog is this machine's alone, so that the key in its data directory is everybody's.
    pub const fn is_local(&self) -> bool {
        matches!(self.url, CatalogUrl::Sqlite { .. })
    }
}

/// The store of configuration and state.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum CatalogUrl {
    /// `sqlite:PATH`.
    Sqlite {
        /// The database file.
        path: PathBuf,
    },
    /// `mongodb://…` or `mongodb+srv://…`.
    Mongodb {
        /// The connection string.
        url: SecretString,
    },
}

impl CatalogUrl {
    /// The text that the store is opened with. Secret: it may carry a password.
    pub fn store_url(&self) -> String {
        match self {
            Self::Sqlite { path } => format!("sqlite:{}", path.display()),
            Self::Mongodb { url } => url.expose().clone(),
        }
    }
}

impl TryFrom<String> for CatalogUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() || path.starts_with(':') {
                return Err(
                    "sqlite: needs the path of a file, such as sqlite:/var/lib/signalbox/catalog.sqlite3"
                        .to_owned(),
                );
            }
            return Ok(Self::Sqlite { path: PathBuf::from(path) });
        }
        if text
            .strip_prefix("mongodb://")
            .or_else(|| text.strip_prefix("mongodb+srv://"))
            .is_some_and(|rest| !rest.is_empty())
        {
            return Ok(Self::Mongodb { url: SecretString::from(text) });
        }
        Err("not a catalog URL; it starts with sqlite:, mongodb:// or mongodb+srv://".to_owned())
    }
}
