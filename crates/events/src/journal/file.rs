//! The file layer: every file operation of the journal, so that tests can put a disk beneath it that fails, forgets and
//! loses its power.
//!
//! [`Files`] and [`Handle`] are closed sums, not trait objects: outside the crate's own tests there is one variant, and a
//! write in the append path is a plain call of the operating system.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
#[cfg(test)]
use std::sync::Arc;

use super::scan::ReadAt;

/// What can be done with names. Creating and renaming is on the disk only after [`FileSystem::sync_dir`].
pub(crate) trait FileSystem: Send + Sync {
    /// Creates a file that must not exist yet, for writing.
    fn create_new(&self, path: &Path) -> io::Result<Handle>;
    /// Opens a file for writing, emptied if it exists.
    fn create(&self, path: &Path) -> io::Result<Handle>;
    /// Opens an existing file for writing.
    fn open_write(&self, path: &Path) -> io::Result<Handle>;
    /// Opens an existing file for reading.
    fn open_read(&self, path: &Path) -> io::Result<Handle>;
    /// Moves a file, replacing what is there, in one step.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes one directory; its parent must exist.
    fn make_dir(&self, path: &Path) -> io::Result<()>;
    /// Brings a directory's entries to the disk.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
    /// The paths of a directory's entries, in any order.
    fn list(&self, path: &Path) -> io::Result<Vec<PathBuf>>;
    /// The length of a file in bytes; an error when there is nothing of that name.
    fn len(&self, path: &Path) -> io::Result<u64>;
    /// Tells one running time of the operating system from another.
    fn boot(&self) -> Option<String>;
}

/// What can be done with an open file.
pub(crate) trait FileContent: Send + Sync {
    /// Reads some bytes at `offset` and says how many; 0 at the end.
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize>;
    /// Writes some of `bytes` at `offset` and says how many.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize>;
    /// Cuts or extends the file.
    fn set_len(&self, len: u64) -> io::Result<()>;
    /// Brings the contents to the disk.
    fn sync_data(&self) -> io::Result<()>;
}

/// Where the journal's files are.
#[derive(Clone)]
pub(crate) enum Files {
    /// The file system.
    Disk,
    #[cfg(test)]
    Model(Arc<dyn FileSystem>),
}

/// An open file.
pub(crate) enum Handle {
    Disk(File),
    #[cfg(test)]
    Model(Box<dyn FileContent>),
}

/// The file system.
#[derive(Debug)]
pub(crate) struct Disk;

impl FileSystem for Disk {
    fn create_new(&self, path: &Path) -> io::Result<Handle> {
        OpenOptions::new().write(true).create_new(true).open(path).map(Handle::Disk)
    }

    fn create(&self, path: &Path) -> io::Result<Handle> {
        OpenOptions::new().write(true).create(true).truncate(true).open(path).map(Handle::Disk)
    }

    fn open_write(&self, path: &Path) -> io::Result<Handle> {
        OpenOptions::new().write(true).open(path).map(Handle::Disk)
    }

    fn open_read(&self, path: &Path) -> io::Result<Handle> {
        File::open(path).map(Handle::Disk)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn make_dir(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn list(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.path())).collect()
    }

    fn len(&self, path: &Path) -> io::Result<u64> {
        fs::metadata(path).map(|metadata| metadata.len())
    }

    fn boot(&self) -> Option<String> {
        let text = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        Some(text.trim().to_owned()).filter(|id| !id.is_empty())
    }
}

/// The variant's own implementation of a method.
macro_rules! of_variant {
    ($sum:expr, $variants:ident, $one:ident => $call:expr) => {
        match $sum {
            $variants::Disk => {
                let $one = &Disk;
                $call
            }
            #[cfg(test)]
            $variants::Model(model) => {
                let $one = &**model;
                $call
            }
        }
    };
}

impl FileSystem for Files {
    fn create_new(&self, path: &Path) -> io::Result<Handle> {
        of_variant!(self, Files, files => files.create_new(path))
    }

    fn create(&self, path: &Path) -> io::Result<Handle> {
        of_variant!(self, Files, files => files.create(path))
    }

    fn open_write(&self, path: &Path) -> io::Result<Handle> {
        of_variant!(self, Files, files => files.open_write(path))
    }

    fn open_read(&self, path: &Path) -> io::Result<Handle> {
        of_variant!(self, Files, files => files.open_read(path))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        of_variant!(self, Files, files => files.rename(from, to))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        of_variant!(self, Files, files => files.remove(path))
    }

    fn make_dir(&self, path: &Path) -> io::Result<()> {
        of_variant!(self, Files, files => files.make_dir(path))
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        of_variant!(self, Files, files => files.sync_dir(path))
    }

    fn list(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        of_variant!(self, Files, files => files.list(path))
    }

    fn len(&self, path: &Path) -> io::Result<u64> {
        of_variant!(self, Files, files => files.len(path))
    }

    fn boot(&self) -> Option<String> {
        of_variant!(self, Files, files => files.boot())
    }
}

impl FileContent for File {
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        FileExt::read_at(self, into, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        FileExt::write_at(self, bytes, offset)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        File::set_len(self, len)
    }

    fn sync_data(&self) -> io::Result<()> {
        File::sync_data(self)
    }
}

impl Handle {
    #[cfg(not(test))]
    fn content(&self) -> &File {
        let Self::Disk(file) = self;
        file
    }

    #[cfg(test)]
    fn content(&self) -> &dyn FileContent {
        match self {
            Self::Disk(file) => file,
            Self::Model(file) => &**file,
        }
    }
}

impl FileContent for Handle {
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        FileContent::read_at(self.content(), into, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        FileContent::write_at(self.content(), bytes, offset)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.content().set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.content().sync_data()
    }
}

impl ReadAt for Handle {
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        FileContent::read_at(self.content(), into, offset)
    }
}

/// Writes all of `bytes` at `offset`; on an error any part of them may have been written.
pub(crate) fn write_all_at(file: &impl FileContent, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.write_at(bytes, offset) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => {
                bytes = bytes.get(written..).unwrap_or_default();
                offset += written as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Fills `into` from `offset` on, or fails with what there is.
pub(crate) fn read_exact_at(file: &impl FileContent, mut into: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !into.is_empty() {
        match file.read_at(into, offset) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                into = into.get_mut(read..).unwrap_or_default();
                offset += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

impl Files {
    /// Everything in a small file.
    pub(crate) fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let file = self.open_read(path)?;
        let mut bytes = vec![0; usize::try_from(self.len(path)?).unwrap_or(0)];
        read_exact_at(&file, &mut bytes, 0)?;
        Ok(bytes)
    }

    /// Replaces the file at `path` whole: after a crash it holds either the old or the new bytes.
    pub(crate) fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut name = path.file_name().unwrap_or_default().to_os_string();
        name.push(".new");
        let beside = path.with_file_name(name);
        let file = self.create(&beside)?;
        write_all_at(&file, bytes, 0)?;
        file.sync_data()?;
        self.rename(&beside, path)?;
        path.parent().map_or(Ok(()), |dir| self.sync_dir(dir))
    }

    /// Makes a directory and those above it that are not there.
    pub(crate) fn make_dirs(&self, path: &Path) -> io::Result<()> {
        if self.len(path).is_ok() {
            return Ok(());
        }
        match self.make_dir(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                path.parent().map_or(Ok(()), |parent| self.make_dirs(parent))?;
                self.make_dir(path)
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            made => made,
        }
    }

    /// Brings the entry of a directory, and of each directory above it, to the disk. Directories that may not be read
    /// were not made by us.
    pub(crate) fn sync_dirs_above(&self, path: &Path) -> io::Result<()> {
        let whole = std::path::absolute(path)?;
        for dir in whole.ancestors().skip(1) {
            match self.sync_dir(dir) {
                Err(error) if !is_foreign(&error) => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

/// A directory that is not ours to sync, or a file system that has no such thing.
fn is_foreign(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidInput, NotFound, PermissionDenied, ReadOnlyFilesystem, Unsupported};
    matches!(error.kind(), InvalidInput | NotFound | PermissionDenied | ReadOnlyFilesystem | Unsupported)
}
