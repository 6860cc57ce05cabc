//! Copying folders of an instance.

use super::{Error, Manifest};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Names that mean something only to the process that made them.
const NOT_COPIED: &[&str] = &["LOCK", "control.sock", "spare.tmp", ".write-probe", "status", "tmp"];

/// Copies everything below `from` for which `wanted` (given the relative path) holds. A file that vanishes on the way is left out: ClickHouse
/// removes parts that a merge has replaced. Returns the bytes copied.
pub(super) fn tree(from: &Path, to: &Path, wanted: &dyn Fn(&Path) -> bool) -> Result<u64, Error> {
    let mut bytes = 0;
    let mut folders = vec![PathBuf::new()];
    fs::create_dir_all(to).map_err(Error::file(to))?;
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(from.join(&folder)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound && folder != Path::new("") => continue,
            Err(error) => return Err(Error::File { path: from.join(&folder), source: error }),
        };
        for entry in entries {
            let entry = entry.map_err(Error::file(from))?;
            let relative = folder.join(entry.file_name());
            let skipped = entry.file_name().to_str().is_some_and(|name| NOT_COPIED.contains(&name));
            if skipped || !wanted(&relative) {
                continue;
            }
            bytes += one(&from.join(&relative), &to.join(&relative), &relative, &mut folders)?;
        }
    }
    Ok(bytes)
}

fn one(from: &Path, to: &Path, relative: &Path, folders: &mut Vec<PathBuf>) -> Result<u64, Error> {
    let kind = match fs::symlink_metadata(from) {
        Ok(metadata) => metadata.file_type(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(Error::File { path: from.to_owned(), source: error }),
    };
    if kind.is_dir() {
        fs::create_dir_all(to).map_err(Error::file(to))?;
        folders.push(relative.to_owned());
        return Ok(0);
    }
    if kind.is_symlink() {
        let target = fs::read_link(from).map_err(Error::file(from))?;
        std::os::unix::fs::symlink(target, to).map_err(Error::file(to))?;
        return Ok(0);
    }
    if !kind.is_file() {
        return Ok(0);
    }
    match fs::copy(from, to) {
        Ok(bytes) => Ok(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(source) => Err(Error::File { path: from.to_owned(), source }),
    }
}

/// Copies an instance that does not run.
pub(super) fn cold(data_dir: &Path, target: &Path) -> Result<u64, Error> {
    published(target, |partial| tree(data_dir, partial, &|_| true))
}

/// Fills a folder beside `target` and gives it its name when it is complete.
pub(super) fn published(target: &Path, fill: impl FnOnce(&Path) -> Result<u64, Error>) -> Result<u64, Error> {
    let partial = partial_of(target);
    let filled = start(&partial).and_then(|()| fill(&partial));
    finish(&partial, target, filled)
}

/// The folder that is filled.
pub(super) fn partial_of(target: &Path) -> PathBuf {
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    target.with_file_name(name)
}

/// Makes the folder that is filled.
pub(super) fn start(partial: &Path) -> Result<(), Error> {
    if partial.exists() {
        fs::remove_dir_all(partial).map_err(Error::file(partial))?;
    }
    fs::create_dir_all(partial).map_err(Error::file(partial))
}

/// Gives the folder its name, or removes what is there of it.
pub(super) fn finish(partial: &Path, target: &Path, filled: Result<u64, Error>) -> Result<u64, Error> {
    let done = filled.and_then(|bytes| {
        Manifest::write(bytes, partial)?;
        fs::rename(partial, target).map_err(Error::file(target))?;
        Ok(bytes)
    });
    if done.is_err() {
        // The first error is the one that matters.
        let _removed = fs::remove_dir_all(partial);
    }
    done
}
