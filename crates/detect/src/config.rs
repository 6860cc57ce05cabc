//! Where the data is and how large caches may grow.

use crate::cache;
use ipnet::IpNet;
use signalbox_chassis::settings::{DataCenterBots, DetectionSettings, GeoSettings};
use std::path::{Path, PathBuf};

/// Where the data is and how large caches may grow. Each path is a file or a folder whose files are all used. A database that comes as two
/// files, one for each version of the protocol (`…-ipv4.mmdb`, `…-ipv6.mmdb`), is found whole when one of them is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetectorConfig {
    /// City databases (`.mmdb`), in the record shape of MaxMind, IP2Location, DB-IP or IPinfo. Asked in order; the first that knows a
    /// thing wins.
    pub city: Vec<PathBuf>,
    /// Databases (`.mmdb`) of providers, connections, proxies and whatever else.
    pub more: Vec<PathBuf>,
    /// Country databases (`.mmdb`), asked for what the city databases do not know.
    pub country: Vec<PathBuf>,
    /// Provider databases (`.mmdb`, or `.csv` with the columns first address, last address, number, organisation).
    pub asn: Vec<PathBuf>,
    /// Folder in which city, country and provider databases are looked for when none is named.
    pub cache: Option<PathBuf>,
    /// Whom no later check holds to be a machine.
    pub allow: ListConfig,
    /// Who is a machine.
    pub deny: ListConfig,
    /// Data centres beside the built-in hosting providers.
    pub data_centers: ListConfig,
    /// Whether a visit from a data centre is a machine.
    pub data_center_bots: DataCenterBots,
    /// User agents remembered, ≥ 1; unusually long ones count for several.
    pub user_agents_max: u64,
    /// Geo records remembered, ≥ 1.
    pub geo_records_max: u64,
}

/// What a list of the operator names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListConfig {
    /// Networks.
    pub addresses: Vec<IpNet>,
    /// Texts in user agents, in any case.
    pub user_agents: Vec<String>,
    /// File with more; see [`crate::check_list`] for how it is written.
    pub path: Option<PathBuf>,
}

impl Default for DetectorConfig {
    fn default() -> Self {
        Self {
            city: Vec::new(),
            more: Vec::new(),
            country: Vec::new(),
            asn: Vec::new(),
            cache: None,
            allow: ListConfig::default(),
            deny: ListConfig::default(),
            data_centers: ListConfig::default(),
            data_center_bots: DataCenterBots::WithoutLanguage,
            user_agents_max: 10_000,
            geo_records_max: 100_000,
        }
    }
}

impl DetectorConfig {
    /// What the settings say; databases that they do not name are looked for in the cache that `make assets` fills.
    pub fn from_settings(geo: &GeoSettings, detection: &DetectionSettings) -> Self {
        let list = |addresses: &[IpNet], user_agents: &[String], path: &Option<PathBuf>| ListConfig {
            addresses: addresses.to_vec(),
            user_agents: user_agents.to_vec(),
            path: path.clone(),
        };
        Self {
            city: geo.city_path.iter().cloned().collect(),
            more: geo.more_paths.clone(),
            country: geo.country_path.iter().cloned().collect(),
            asn: geo.asn_path.iter().cloned().collect(),
            cache: Some(cache::root()),
            allow: list(&detection.allow_addresses, &detection.allow_user_agents, &detection.allow_path),
            deny: list(&detection.deny_addresses, &detection.deny_user_agents, &detection.deny_path),
            data_centers: list(&[], &[], &detection.data_center_path),
            data_center_bots: detection.data_center_bots,
            ..Self::default()
        }
    }

    /// The defaults with these databases and nothing from the cache.
    pub fn from_paths(city: Option<&Path>, country: Option<&Path>, asn: Option<&Path>) -> Self {
        let paths = |path: Option<&Path>| path.map(Path::to_owned).into_iter().collect();
        Self { city: paths(city), country: paths(country), asn: paths(asn), ..Self::default() }
    }
}
