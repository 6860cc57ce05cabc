//! Where the geo data is and how large caches may grow.

use std::path::{Path, PathBuf};

/// Where the geo data is and how large caches may grow.
///
/// Databases are mapped into memory, not copied: renew a file by putting a new one in its place (by rename, as every updater does), never
/// by writing into it while a process has it open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetectorConfig {
    /// City databases (`.mmdb`): MaxMind's or IP2Location's record shape, or DB-IP's flat one. Asked in order; the first that knows a
    /// thing wins.
    pub city: Vec<PathBuf>,
    /// Country databases (`.mmdb`), asked for what the city databases do not know.
    pub country: Vec<PathBuf>,
    /// Provider databases (`.mmdb`, or `.csv` with the columns first address, last address, number, organisation).
    pub asn: Vec<PathBuf>,
    /// User agents remembered, ≥ 1; unusually long ones count for several.
    pub user_agents_max: u64,
    /// Geo records remembered, ≥ 1.
    pub geo_records_max: u64,
}

impl Default for DetectorConfig {
    fn default() -> Self {
        Self {
            city: Vec::new(),
            country: Vec::new(),
            asn: Vec::new(),
            user_agents_max: 50_000,
            geo_records_max: 100_000,
        }
    }
}

impl DetectorConfig {
    /// Configuration with the default caches and the files that operators name: each path is a file, or a folder whose databases are
    /// all used. A database that comes as two files, one for each version of the protocol (`…-ipv4.mmdb`, `…-ipv6.mmdb`), is found
    /// whole when one of them is named.
    pub fn from_paths(city: Option<&Path>, country: Option<&Path>, asn: Option<&Path>) -> Self {
        let files = |path: Option<&Path>, extensions: &[&str]| {
            path.map_or_else(Vec::new, |path| expand(path, extensions))
        };
        Self {
            city: files(city, &["mmdb"]),
            country: files(country, &["mmdb"]),
            asn: files(asn, &["mmdb", "csv"]),
            ..Self::default()
        }
    }
}

fn expand(path: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    if let Ok(entries) = std::fs::read_dir(path) {
        let wanted = |file: &PathBuf| {
            let extension = file.extension().and_then(|extension| extension.to_str());
            extension.is_some_and(|extension| extensions.contains(&extension))
        };
        let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).filter(wanted).collect();
        files.sort();
        return if files.is_empty() { vec![path.to_owned()] } else { files };
    }
    let mut files = vec![path.to_owned()];
    if let Some(name) = path.file_name().and_then(|name| name.to_str()) {
        for (this, other) in [("ipv4", "ipv6"), ("ipv6", "ipv4")] {
            let sibling = path.with_file_name(name.replacen(this, other, 1));
            if sibling != path && sibling.is_file() {
                files.push(sibling);
            }
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_halves_of_a_database_are_found_whole() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, "").unwrap();
            path
        };
        let (v4, v6) = (file("city-ipv4.mmdb"), file("city-ipv6.mmdb"));
        let (csv, _licence) = (file("asn.csv"), file("LICENSE"));
        let config = DetectorConfig::from_paths(Some(folder.path()), Some(&v6), Some(folder.path()));
        assert_eq!(config.city, [v4.clone(), v6.clone()]);
        assert_eq!(config.country, [v6.clone(), v4.clone()]);
        assert_eq!(config.asn, [csv, v4, v6]);
        let missing = folder.path().join("none.mmdb");
        assert_eq!(DetectorConfig::from_paths(Some(&missing), None, None).city, [missing]);
    }
}
