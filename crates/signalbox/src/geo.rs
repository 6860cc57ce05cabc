//! Where the geo databases are: the settings, else the cache that `make setup` fills. Without them the country is unknown and traffic goes on.

use signalbox_chassis::settings::GeoSettings;
use signalbox_detect::{Detector, DetectorConfig};
use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// A detector with the databases that are there; says what is missing and how to get it.
pub fn detector(settings: &GeoSettings) -> Detector {
    let cache = cache_root();
    let place = |set: &Option<PathBuf>, name: &str| set.clone().or_else(|| newest(&cache, name));
    let (city, country) =
        (place(&settings.city_path, "geo-city-"), place(&settings.country_path, "geo-country-"));
    let asn = place(&settings.asn_path, "geo-asn-");
    if city.is_none() && country.is_none() {
        tracing::warn!(
            cache = %cache.display(),
            "no geo database: countries are unknown and rules on them never hold. Run `make assets`, or set geo.city_path to a .mmdb file"
        );
    }
    let detector =
        Detector::new(&DetectorConfig::from_paths(city.as_deref(), country.as_deref(), asn.as_deref()));
    for warning in detector.warnings() {
        tracing::warn!(%warning, "geo data");
    }
    detector
}

/// The same steps as `cacheRoot()` in `tools/fetch/lib/store.mjs`.
fn cache_root() -> PathBuf {
    let variable = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    variable("SIGNALBOX_CACHE").unwrap_or_else(|| {
        let home = || variable("HOME").unwrap_or_else(|| PathBuf::from("/")).join(".cache");
        variable("XDG_CACHE_HOME").unwrap_or_else(home).join("signalbox")
    })
}

/// The folder in the cache whose name begins with `prefix`, the last by name: versions are dates.
fn newest(cache: &Path, prefix: &str) -> Option<PathBuf> {
    let entries = fs::read_dir(cache).ok()?.flatten().map(|entry| entry.path());
    entries
        .filter(|path| {
            path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(prefix))
        })
        .max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_in_the_cache_is_taken() {
        let cache = tempfile::tempdir().unwrap();
        for name in ["geo-city-2.3.2026050101", "geo-city-2.3.2026060513", "geo-asn-9"] {
            fs::create_dir(cache.path().join(name)).unwrap();
        }
        assert_eq!(newest(cache.path(), "geo-city-"), Some(cache.path().join("geo-city-2.3.2026060513")));
        assert_eq!(newest(cache.path(), "geo-country-"), None);
        assert_eq!(newest(Path::new("/nowhere"), "geo-city-"), None);
    }
}
