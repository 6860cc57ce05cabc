//! Uploaded landing pages on disk: `<traffic.landings_dir>/<destination id>/<version>/…`, and beside the versions a file `current` that
//! names the one that is served.
//!
//! Promises: a version is complete before `current` names it, and `current` changes at once, by a rename; the files of a version never
//! change. Never writes outside the folder of its destination, whatever an archive says, nor more than its limits. traffic-service reads
//! this layout; names that begin with `.` are unfinished.

mod archive;
mod names;

use sha2::{Digest as _, Sha256};
use signalbox_domain::{DestinationId, Timestamp, hosted_page};
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

pub use archive::Limits;

/// File that names the version which is served.
const CURRENT: &str = "current";
/// Versions kept of a landing, the served one included.
const VERSIONS_KEPT: usize = 5;
/// The page that is shown.
const INDEX: &str = "index.html";

/// Why an archive is not taken or a version not served.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The archive cannot be used.
    #[error("{0}")]
    Archive(String),
    /// There is no such landing or version.
    #[error("there is no such version")]
    NotFound,
    /// The disk.
    #[error("{0}")]
    Disk(#[from] io::Error),
}

/// A file of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// Path within the version, with `/`.
    pub path: String,
    /// Bytes.
    pub bytes: u64,
}

/// What is kept of a landing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredLanding {
    /// Version that is served.
    pub current: String,
    /// Every version with the time of its upload, newest first.
    pub versions: Vec<(String, Timestamp)>,
    /// Files of the current version by path.
    pub files: Vec<StoredFile>,
}

/// The landings of an instance. Its methods wait for the disk: call them where that is allowed.
#[derive(Debug)]
pub struct LandingStore {
    root: PathBuf,
    limits: Limits,
    /// One change at a time: a change is rare, and two uploads must not remove each other's version.
    changes: Mutex<()>,
}

impl LandingStore {
    /// In a folder that is made when the first page comes.
    pub const fn new(root: PathBuf, limits: Limits) -> Self {
        Self { root, limits, changes: Mutex::new(()) }
    }

    /// What an archive may hold.
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    fn folder(&self, id: DestinationId) -> PathBuf {
        self.root.join(id.to_string())
    }

    /// Unpacks an archive as a new version and serves it from now on.
    ///
    /// # Errors
    /// [`Error::Archive`] saying which entry is wrong and how; then everything stays as it was.
    pub fn install(&self, id: DestinationId, zip: &[u8], now: Timestamp) -> Result<StoredLanding, Error> {
        let _change = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = self.folder(id);
        fs::create_dir_all(&folder)?;
        remove_unfinished(&folder)?;
        let version = version_name(zip, now);
        let unfinished = folder.join(format!(".{version}"));
        let complete = archive::unpack(zip, &unfinished, &self.limits).and_then(|()| {
            let target = folder.join(&version);
            if target.exists() {
                // The same bytes at the same time: it is there already.
                return Ok(fs::remove_dir_all(&unfinished)?);
            }
            Ok(fs::rename(&unfinished, target)?)
        });
        if let Err(error) = complete {
            remove_unfinished(&folder)?;
            return Err(error);
        }
        point(&folder, &version)?;
        self.remove_oldest(&folder, &version)?;
        self.find(id)?.ok_or(Error::NotFound)
    }

    /// Serves another version that is kept.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn activate(&self, id: DestinationId, version: &str) -> Result<StoredLanding, Error> {
        let _change = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = self.folder(id);
        if !hosted_page::is_version(version) || !folder.join(version).is_dir() {
            return Err(Error::NotFound);
        }
        point(&folder, version)?;
        self.find(id)?.ok_or(Error::NotFound)
    }

    /// What is kept of a landing; `None` when nothing was uploaded.
    ///
    /// # Errors
    /// The disk.
    pub fn find(&self, id: DestinationId) -> Result<Option<StoredLanding>, Error> {
        let folder = self.folder(id);
        let Some(current) = current(&folder)? else { return Ok(None) };
        let mut files = Vec::new();
        match list(&folder.join(&current), "", &mut files) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            listed => listed?,
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Some(StoredLanding { current, versions: versions(&folder)?, files }))
    }

    /// Removes every version.
    ///
    /// # Errors
    /// [`Error::NotFound`] when nothing was uploaded.
    pub fn remove(&self, id: DestinationId) -> Result<(), Error> {
        let _change = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = self.folder(id);
        // What is asked for next finds nothing, before the files go.
        match fs::remove_file(folder.join(CURRENT)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Error::NotFound),
            removed => removed?,
        }
        Ok(fs::remove_dir_all(&folder)?)
    }

    fn remove_oldest(&self, folder: &Path, current: &str) -> Result<(), Error> {
        let others = versions(folder)?.into_iter().map(|(version, _)| version).filter(|it| it != current);
        for version in others.skip(VERSIONS_KEPT - 1) {
            fs::remove_dir_all(folder.join(version))?;
        }
        Ok(())
    }
}

/// Milliseconds of the upload, so that names sort by it, and the beginning of the archive's hash.
fn version_name(zip: &[u8], now: Timestamp) -> String {
    let hash: String = Sha256::digest(zip).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{:013}-{hash}", now.0.max(0))
}

fn uploaded_at(version: &str) -> Option<Timestamp> {
    version.split_once('-')?.0.parse().ok().map(Timestamp)
}

/// Lets `current` name a version, at once: whoever reads it finds the old name or the new one.
fn point(folder: &Path, version: &str) -> Result<(), Error> {
    let new = folder.join(".current");
    {
        let mut file = fs::File::create(&new)?;
        io::Write::write_all(&mut file, version.as_bytes())?;
        file.sync_all()?;
    }
    fs::rename(&new, folder.join(CURRENT))?;
    // The rename itself; a file system that cannot sync folders keeps it soon enough.
    let _ = fs::File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

fn current(folder: &Path) -> Result<Option<String>, Error> {
    match fs::read_to_string(folder.join(CURRENT)) {
        Ok(text) => Ok(Some(text.trim().to_owned()).filter(|version| hosted_page::is_version(version))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn versions(folder: &Path) -> Result<Vec<(String, Timestamp)>, Error> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Some(at) = uploaded_at(&name).filter(|_| hosted_page::is_version(&name)) {
            found.push((name, at));
        }
    }
    found.sort_by(|a, b| b.cmp(a));
    Ok(found)
}

/// What an upload left behind that did not come to its end.
fn remove_unfinished(folder: &Path) -> Result<(), Error> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with('.') && entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

fn list(folder: &Path, prefix: &str, files: &mut Vec<StoredFile>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            list(&entry.path(), &format!("{path}/"), files)?;
        } else {
            files.push(StoredFile { path, bytes: entry.metadata()?.len() });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
