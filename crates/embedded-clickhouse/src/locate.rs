//! Where the engine's library is: a path that was set, else `SIGNALBOX_LIBCHDB`, else the cache that `make setup` fills.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

use crate::error::Error;

/// The version that `tools/fetch/assets.json` pins and that this crate is tested with.
pub const LIBCHDB_VERSION: &str = "26.5.3";

/// Finds the library. `configured` wins over the environment and the cache; what is named but absent is an error, never skipped.
pub fn find_library(configured: Option<&Path>) -> Result<PathBuf, Error> {
    let path = candidate(configured, |name| env::var_os(name));
    if path.is_file() { Ok(path) } else { Err(Error::LibraryMissing { path }) }
}

fn candidate(configured: Option<&Path>, variable: impl Fn(&str) -> Option<OsString>) -> PathBuf {
    let variable = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(path) = configured {
        return path.to_owned();
    }
    if let Some(path) = variable("SIGNALBOX_LIBCHDB") {
        return path;
    }
    // The same steps as cacheRoot() in tools/fetch/lib/store.mjs.
    let root = variable("SIGNALBOX_CACHE").unwrap_or_else(|| {
        let home = || variable("HOME").unwrap_or_else(|| PathBuf::from("/")).join(".cache");
        variable("XDG_CACHE_HOME").unwrap_or_else(home).join("signalbox")
    });
    root.join(format!("libchdb-{LIBCHDB_VERSION}")).join("libchdb.so")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &'static [(&str, &str)]) -> impl Fn(&str) -> Option<OsString> {
        |name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value))
    }

    #[test]
    fn looks_in_the_written_order() {
        let cached = |root: &str| PathBuf::from(format!("{root}/libchdb-{LIBCHDB_VERSION}/libchdb.so"));
        let all = &[
            ("SIGNALBOX_LIBCHDB", "/own.so"),
            ("SIGNALBOX_CACHE", "/c"),
            ("XDG_CACHE_HOME", "/x"),
            ("HOME", "/h"),
        ];
        assert_eq!(candidate(Some(Path::new("/set.so")), with(all)), PathBuf::from("/set.so"));
        assert_eq!(candidate(None, with(all)), PathBuf::from("/own.so"));
        assert_eq!(candidate(None, with(&[("SIGNALBOX_CACHE", "/c"), ("HOME", "/h")])), cached("/c"));
        assert_eq!(
            candidate(None, with(&[("XDG_CACHE_HOME", "/x"), ("HOME", "/h")])),
            cached("/x/signalbox")
        );
        assert_eq!(
            candidate(None, with(&[("SIGNALBOX_LIBCHDB", ""), ("HOME", "/h")])),
            cached("/h/.cache/signalbox")
        );
    }

    #[test]
    fn what_is_missing_comes_with_the_remedy() {
        let error = find_library(Some(Path::new("/nowhere/libchdb.so"))).unwrap_err();
        let text = error.to_string();
        for part in ["/nowhere/libchdb.so", "make setup", "SIGNALBOX_LIBCHDB", "warehouse.libchdb_path"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!error.is_retryable());
    }

    #[test]
    fn the_version_is_the_pinned_one() {
        let assets = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tools/fetch/assets.json");
        let assets: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(assets).unwrap()).unwrap();
        assert_eq!(assets["assets"]["libchdb"]["version"], LIBCHDB_VERSION);
    }
}
