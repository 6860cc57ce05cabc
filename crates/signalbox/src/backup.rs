//! Backup of an instance while it runs, and restore into an empty folder.
//!
//! A backup is taken by the running instance itself, asked through a socket in its data directory: the writers stand still, so that
//! ClickHouse and the cursors in the catalog belong together; clicks, postbacks and redirects go on and are in the journals, which are
//! copied last. What a restore finds half done (an unfinished conversion, a batch in doubt) is finished by the same recovery that follows
//! a crash. With a catalog or ClickHouse of your own (mongodb://, http://) use their tools: this copies only what this machine keeps.

mod control;
mod copy;

pub use control::{Control, serve};

use crate::DATA_FORMAT;
use serde::{Deserialize, Serialize};
use signalbox_chassis::{
    data_dir::DataDir,
    settings::{CatalogUrl, Settings, WarehouseUrl},
};
use signalbox_events::Journal;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

const MANIFEST: &str = "backup.json";

/// Why a backup or restore failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Files.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The target is there already.
    #[error("{0} exists already: name a folder that does not exist yet")]
    Exists(PathBuf),
    /// The data directory to restore into is not empty.
    #[error(
        "the data directory {0} is not empty: restore into an empty one (instance.data_dir), so that nothing is overwritten"
    )]
    NotEmpty(PathBuf),
    /// The copy would be copied into itself.
    #[error("{copy} lies in {copied}: a copy cannot go into what is copied; name a folder elsewhere")]
    Within {
        /// Where to.
        copy: PathBuf,
        /// Where from.
        copied: PathBuf,
    },
    /// No backup.
    #[error("{0} is no backup: it has no readable {MANIFEST}")]
    NoBackup(PathBuf),
    /// Made by a newer version.
    #[error(
        "the backup has data format {found}; this program understands up to {known}: restore it with the version that made it"
    )]
    Newer {
        /// Its format.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// Nothing on this machine to copy.
    #[error("catalog and warehouse are servers of your own: back them up with their own tools")]
    NothingHere,
    /// The instance said no.
    #[error("the running instance could not make the backup: {0}")]
    Refused(String),
    /// The data directory.
    #[error(transparent)]
    DataDir(#[from] signalbox_chassis::data_dir::DataDirError),
}

impl Error {
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::File { path: path.to_owned(), source }
    }
}

/// What a backup says about itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the program.
    pub version: String,
    /// Format of the data directory.
    pub format: u32,
    /// Bytes copied.
    pub bytes: u64,
}

/// Copies the instance of these settings into `target`: through the running process, or directly when none runs.
///
/// # Errors
/// See [`Error`]; nothing is left at `target` then.
pub fn backup(settings: &Settings, target: &Path) -> Result<(), Error> {
    let embedded = matches!(settings.catalog.url, CatalogUrl::Sqlite { .. })
        && settings.warehouse.url == WarehouseUrl::Embedded;
    if !embedded {
        return Err(Error::NothingHere);
    }
    if target.exists() {
        return Err(Error::Exists(target.to_owned()));
    }
    let target = std::path::absolute(target).map_err(Error::file(target))?;
    apart(&target, &settings.instance.data_dir)?;
    match control::ask(&settings.instance.data_dir, &target)? {
        Some(bytes) => report("backup", &target, bytes),
        None => {
            // Nobody runs: the lock keeps it so while files are copied.
            let data_dir = DataDir::open(&settings.instance.data_dir, "signalbox backup", DATA_FORMAT)?;
            let bytes = copy::cold(data_dir.path(), &target)?;
            report("backup", &target, bytes)
        }
    }
}

/// Refuses a copy that would go into what is copied.
fn apart(copy: &Path, copied: &Path) -> Result<(), Error> {
    // Of a folder that does not exist yet the nearest one that does counts.
    let real = copy.ancestors().find_map(|folder| fs::canonicalize(folder).ok());
    let inside =
        fs::canonicalize(copied).is_ok_and(|copied| real.is_some_and(|real| real.starts_with(copied)));
    if inside {
        return Err(Error::Within { copy: copy.to_owned(), copied: copied.to_owned() });
    }
    Ok(())
}

fn report(what: &str, target: &Path, bytes: u64) -> Result<(), Error> {
    use std::io::Write;
    let mut out = io::stdout().lock();
    writeln!(out, "{what} complete: {} ({} MB)", target.display(), bytes / 1_000_000)
        .map_err(Error::file(target))
}

/// Fills the empty data directory of these settings from a backup.
///
/// # Errors
/// See [`Error`].
pub fn restore(settings: &Settings, source: &Path) -> Result<(), Error> {
    let manifest = fs::read(source.join(MANIFEST))
        .ok()
        .and_then(|bytes| serde_json::from_slice::<Manifest>(&bytes).ok());
    let manifest = manifest.ok_or_else(|| Error::NoBackup(source.to_owned()))?;
    if manifest.format > DATA_FORMAT.version {
        return Err(Error::Newer { found: manifest.format, known: DATA_FORMAT.version });
    }
    let data_dir = &settings.instance.data_dir;
    apart(data_dir, source)?;
    let empty = !data_dir.exists() || fs::read_dir(data_dir).map_err(Error::file(data_dir))?.next().is_none();
    if !empty {
        return Err(Error::NotEmpty(data_dir.clone()));
    }
    let bytes = copy::tree(source, data_dir, &|path| path != Path::new(MANIFEST))?;
    // The instance went on after the backup: its later numbers must never be given to other records.
    for name in ["clicks", "postbacks", "facts"] {
        let journal = data_dir.join("journal").join(name);
        if journal.exists() {
            Journal::mark_restored(&journal).map_err(|error| Error::Refused(error.to_string()))?;
        }
    }
    report("restore", data_dir, bytes)
}

impl Manifest {
    pub(crate) fn write(bytes: u64, folder: &Path) -> Result<(), Error> {
        let manifest =
            Self { version: env!("CARGO_PKG_VERSION").to_owned(), format: DATA_FORMAT.version, bytes };
        let path = folder.join(MANIFEST);
        let json =
            serde_json::to_vec_pretty(&manifest).map_err(io::Error::from).map_err(Error::file(&path))?;
        fs::write(&path, json).map_err(Error::file(&path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_does_not_go_into_what_is_copied() {
        let folder = tempfile::tempdir().unwrap();
        let (data, beside) = (folder.path().join("data"), folder.path().join("data-2"));
        fs::create_dir(&data).unwrap();
        for copy in [data.clone(), data.join("backup"), data.join("not/there/yet")] {
            assert!(matches!(apart(&copy, &data), Err(Error::Within { .. })), "{}", copy.display());
        }
        apart(&beside, &data).unwrap();
        apart(&data, &data.join("backup-that-is-not-there")).unwrap();
    }
}
