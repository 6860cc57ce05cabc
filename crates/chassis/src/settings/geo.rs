//! `[geo]`: geography of addresses.

use std::path::PathBuf;

use serde::Deserialize;

use super::values::optional_path;

/// Geography of addresses. `None`: the process looks in the usual cache folders.
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
}
