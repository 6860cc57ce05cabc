//! The data directory: made, checked, locked, and brought to this program's format before anybody opens a file in it.
//!
//! Promises: two instances never work in one directory (the operating system's file lock, which a killed process does not
//! leave behind); a directory of a newer program is not touched; an older one is upgraded step by step, each step recorded when it is done.

#[cfg(test)]
mod tests;

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read as _, Seek as _, Write as _},
    path::{Path, PathBuf},
};

const LOCK: &str = "LOCK";
const VERSION: &str = "VERSION";
const PROBE: &str = ".write-probe";

/// The layout that a program understands.
#[derive(Clone, Copy, Debug)]
pub struct Format<'a> {
    /// The number of the layout, from 1.
    pub version: u32,
    /// How to get there from older ones.
    pub upgrades: &'a [Upgrade],
}

/// One step from the layout `from` to `from + 1`. It must be repeatable: a crash in the middle runs it again.
#[derive(Clone, Copy, Debug)]
pub struct Upgrade {
    /// The layout that it finds.
    pub from: u32,
    /// What it does, for the log.
    pub name: &'static str,
    /// Does it.
    pub run: fn(&Path) -> io::Result<()>,
}

/// Why a data directory cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataDirError {
    /// It cannot be made or written.
    #[error(
        "the data directory {} cannot be written: {source}. Give this user the right to write there, or set instance.data_dir (SIGNALBOX__INSTANCE__DATA_DIR) to another folder.",
        path.display()
    )]
    NotWritable {
        /// The folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Another instance works in it.
    #[error(
        "the data directory {} is used by another instance ({holder}). Stop that one, or set instance.data_dir (SIGNALBOX__INSTANCE__DATA_DIR) to another folder.",
        path.display()
    )]
    Locked {
        /// The folder.
        path: PathBuf,
        /// What the other instance wrote about itself.
        holder: String,
    },
    /// It was written by a newer program.
    #[error(
        "the data directory {} has format {found}, and this program understands formats up to {supported}. Start the newer program again; it was not changed.",
        path.display()
    )]
    Newer {
        /// The folder.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The newest format that this program understands.
        supported: u32,
    },
    /// It was written by a program that is too old.
    #[error(
        "the data directory {} has format {found}, from which this program has no upgrade. Start an older program once that has, or restore a backup into an empty folder.",
        path.display()
    )]
    TooOld {
        /// The folder.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
    /// Its version file is damaged.
    #[error("{} does not hold a format number. Write the number of the format into it, or restore it from a backup.", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// An upgrade failed.
    #[error("the data directory {} could not be upgraded from format {from} ({name}): {source}. Nothing is lost; start again when the cause is gone.", path.display())]
    Upgrade {
        /// The folder.
        path: PathBuf,
        /// The format it has.
        from: u32,
        /// What was being done.
        name: &'static str,
        /// What went wrong.
        source: io::Error,
    },
}

impl DataDirError {
    /// Whether the same call may succeed a moment later.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Locked { .. })
    }
}

/// A data directory that belongs to this process until this is dropped.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    /// Holds the lock; closing it gives the lock back.
    _lock: File,
}

impl DataDir {
    /// Makes (if need be), checks, locks and upgrades `path`. `owner` says who this is, in the message to a second instance.
    ///
    /// # Errors
    /// [`DataDirError`]; its text says what to do.
    pub fn open(path: &Path, owner: &str, format: Format<'_>) -> Result<Self, DataDirError> {
        let not_writable = |source| DataDirError::NotWritable { path: path.to_owned(), source };
        fs::create_dir_all(path).map_err(not_writable)?;
        probe(path).map_err(not_writable)?;
        let lock = lock(path, owner)?;
        bring_to(path, format)?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A folder in it, made if need be.
    ///
    /// # Errors
    /// [`DataDirError::NotWritable`].
    pub fn folder(&self, name: &str) -> Result<PathBuf, DataDirError> {
        let path = self.path.join(name);
        match fs::create_dir_all(&path) {
            Ok(()) => Ok(path),
            Err(source) => Err(DataDirError::NotWritable { path, source }),
        }
    }
}

/// Writes a byte: rights, read-only mounts and full disks show only then.
fn probe(path: &Path) -> io::Result<()> {
    let file = path.join(PROBE);
    fs::write(&file, b"x")?;
    fs::remove_file(&file)
}

fn lock(path: &Path, owner: &str) -> Result<File, DataDirError> {
    let not_writable = |source| DataDirError::NotWritable { path: path.to_owned(), source };
    let file = path.join(LOCK);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(file)
        .map_err(not_writable)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // Only for the message.
            let _ = (&file).take(200).read_to_string(&mut holder);
            let holder = if holder.trim().is_empty() { "unknown" } else { holder.trim() };
            return Err(DataDirError::Locked { path: path.to_owned(), holder: holder.to_owned() });
        }
        Err(TryLockError::Error(source)) => return Err(not_writable(source)),
    }
    let text = format!("{owner}, process {}\n", std::process::id());
    file.set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| file.write_all(text.as_bytes()))
        .map_err(not_writable)?;
    Ok(file)
}

fn bring_to(path: &Path, format: Format<'_>) -> Result<(), DataDirError> {
    let not_writable = |source| DataDirError::NotWritable { path: path.to_owned(), source };
    let Some(mut found) = read_version(path)? else {
        return write_version(path, format.version).map_err(not_writable);
    };
    if found > format.version {
        return Err(DataDirError::Newer { path: path.to_owned(), found, supported: format.version });
    }
    while found < format.version {
        let Some(step) = format.upgrades.iter().find(|step| step.from == found) else {
            return Err(DataDirError::TooOld { path: path.to_owned(), found });
        };
        tracing::info!(from = found, to = found + 1, step = step.name, "upgrading the data directory");
        (step.run)(path).map_err(|source| DataDirError::Upgrade {
            path: path.to_owned(),
            from: found,
            name: step.name,
            source,
        })?;
        found += 1;
        write_version(path, found).map_err(not_writable)?;
    }
    Ok(())
}

/// The format of a directory; `None` when it has none yet.
fn read_version(path: &Path) -> Result<Option<u32>, DataDirError> {
    let file = path.join(VERSION);
    match fs::read_to_string(&file) {
        Ok(text) => match text.trim().parse() {
            Ok(version) if version > 0 => Ok(Some(version)),
            _ => Err(DataDirError::Damaged { path: file }),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(DataDirError::Damaged { path: file }),
        Err(source) => Err(DataDirError::NotWritable { path: file, source }),
    }
}

/// Replaces the version file as a whole, so that a power cut leaves the old one or the new one.
fn write_version(path: &Path, version: u32) -> io::Result<()> {
    let temporary = path.join(".VERSION.new");
    let mut file = File::create(&temporary)?;
    writeln!(file, "{version}")?;
    file.sync_all()?;
    fs::rename(&temporary, path.join(VERSION))?;
    File::open(path)?.sync_all()
}
