//! `[geo]`: geography of addresses.

use std::path::PathBuf;

use serde::Deserialize;

use super::values::{optional_path, paths};

/// Geography of addresses; each path is a file or a folder. `None`: the process looks in the usual cache folders.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GeoSettings {
    /// City database.
    #[serde(deserialize_with = "optional_path")]
    pub city_path: Option<PathBuf>,
    /// Country database.
    #[serde(deserialize_with = "optional_path")]
    pub country_path: Option<PathBuf>,
    /// Provider (autonomous system) database.
    #[serde(deserialize_with = "optional_path")]
    pub asn_path: Option<PathBuf>,
    /// Further databases.
    #[serde(deserialize_with = "paths")]
    pub more_paths: Vec<PathBuf>,
}
