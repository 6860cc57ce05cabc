//! Which files are wanted now: what the configuration names, folders opened, the cache asked.

use super::Kind;
use crate::{DetectorConfig, cache, geo::Owner};
use std::path::{Path, PathBuf};

/// A file that is wanted, whether it is there or not.
pub(super) struct Planned {
    pub(super) kind: Kind,
    pub(super) path: PathBuf,
    pub(super) owner: Owner,
}

/// Every wanted file, in the order in which they are asked.
pub(super) fn plan(config: &DetectorConfig) -> Vec<Planned> {
    let lists = |path: &Option<PathBuf>| path.iter().cloned().collect();
    let mut planned = Vec::new();
    for (kind, named, asset) in [
        (Kind::City, config.city.clone(), "geo-city"),
        (Kind::More, config.more.clone(), ""),
        (Kind::Country, config.country.clone(), "geo-country"),
        (Kind::Asn, config.asn.clone(), "geo-asn"),
        (Kind::Allow, lists(&config.allow.path), ""),
        (Kind::Deny, lists(&config.deny.path), ""),
        (Kind::DataCenters, lists(&config.data_centers.path), ""),
    ] {
        let cached = config.cache.as_deref().filter(|_| named.is_empty() && !asset.is_empty());
        let found = cached.and_then(|cache| cache::newest(cache, asset));
        let owner = if found.is_some() { Owner::Cache } else { Owner::Operator };
        let mut files: Vec<PathBuf> =
            named.iter().chain(&found).flat_map(|path| expand(path, kind)).collect();
        let mut seen = std::collections::HashSet::new();
        files.retain(|file| seen.insert(file.clone()));
        planned.extend(files.into_iter().map(|path| Planned { kind, path, owner }));
    }
    planned
}

/// Whether a file is a table rather than a database.
pub(super) fn is_table(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"))
}

/// The files of a folder that are for `kind`, or the file and its other half.
fn expand(path: &Path, kind: Kind) -> Vec<PathBuf> {
    let extensions: &[&str] = match kind {
        Kind::City | Kind::Country => &["mmdb"],
        Kind::More | Kind::Asn => &["mmdb", "csv"],
        Kind::Allow | Kind::Deny | Kind::DataCenters => &["txt"],
    };
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
        let (csv, txt, _licence) = (file("asn.csv"), file("hosting.txt"), file("LICENSE"));
        let found = |path: &Path, kind| expand(path, kind);
        assert_eq!(found(folder.path(), Kind::City), [v4.clone(), v6.clone()]);
        assert_eq!(found(&v6, Kind::Country), [v6.clone(), v4.clone()]);
        assert_eq!(found(folder.path(), Kind::Asn), [csv, v4, v6]);
        assert_eq!(found(folder.path(), Kind::DataCenters), [txt]);
        let missing = folder.path().join("none.mmdb");
        assert_eq!(found(&missing, Kind::City), [missing]);
    }

    #[test]
    fn what_is_not_named_is_looked_for_in_the_cache() {
        let cache = tempfile::tempdir().unwrap();
        let asset = |name: &str, file: &str| {
            std::fs::create_dir_all(cache.path().join(name)).unwrap();
            let path = cache.path().join(name).join(file);
            std::fs::write(&path, "").unwrap();
            path
        };
        let (_old, city) = (asset("geo-city-1.9", "a.mmdb"), asset("geo-city-1.10", "a.mmdb"));
        let asn = asset("geo-asn-3", "a.csv");
        let named = DetectorConfig {
            country: vec!["/k.mmdb".into()],
            cache: Some(cache.path().into()),
            ..DetectorConfig::default()
        };
        let planned = plan(&named);
        let shown: Vec<_> = planned.iter().map(|it| (it.kind, it.path.clone(), it.owner)).collect();
        assert_eq!(
            shown,
            [
                (Kind::City, city, Owner::Cache),
                (Kind::Country, "/k.mmdb".into(), Owner::Operator),
                (Kind::Asn, asn, Owner::Cache)
            ]
        );
        assert!(plan(&DetectorConfig::default()).is_empty());
    }
}
