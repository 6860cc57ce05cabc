//! The folder outside the tree into which `make assets` puts databases: one folder `<name>-<version>` each, complete or not there.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// Where the folder is: the same steps as `cacheRoot()` in `tools/fetch/lib/store.mjs`.
pub fn root() -> PathBuf {
    let variable = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    variable("SIGNALBOX_CACHE").unwrap_or_else(|| {
        let home = || variable("HOME").unwrap_or_else(|| PathBuf::from("/")).join(".cache");
        variable("XDG_CACHE_HOME").unwrap_or_else(home).join("signalbox")
    })
}

/// The newest version of `name` in the cache. Versions are compared number by number: `2.10` is newer than `2.9`.
pub fn newest(cache: &Path, name: &str) -> Option<PathBuf> {
    let version = |path: &PathBuf| {
        let version = path.file_name()?.to_str()?.strip_prefix(name)?.strip_prefix('-')?;
        version.split('.').map(|number| number.parse().ok()).collect::<Option<Vec<u64>>>()
    };
    let folders = fs::read_dir(cache).ok()?.flatten().map(|entry| entry.path()).filter(|path| path.is_dir());
    folders.filter_map(|path| Some((version(&path)?, path))).max().map(|(_, path)| path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_whole_version_in_the_cache_is_taken() {
        let cache = tempfile::tempdir().unwrap();
        for name in
            ["geo-city-2.3.2026050101", "geo-city-2.10.1", "geo-city-2.3.part", "geo-asn-9", "geo-city-x-99"]
        {
            fs::create_dir(cache.path().join(name)).unwrap();
        }
        fs::write(cache.path().join("geo-city-9.9"), "a file is no folder").unwrap();
        assert_eq!(newest(cache.path(), "geo-city"), Some(cache.path().join("geo-city-2.10.1")));
        assert_eq!(newest(cache.path(), "geo-country"), None);
        assert_eq!(newest(Path::new("/nowhere"), "geo-city"), None);
    }
}
