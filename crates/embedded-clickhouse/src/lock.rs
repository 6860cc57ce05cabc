//! One process a data folder. The engine locks too, but only says so on standard error.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Read, Seek, Write},
    path::Path,
    time::{Duration, Instant},
};

use crate::error::Error;

const RETRY_INTERVAL: Duration = Duration::from_millis(25);

/// Held as long as the engine is open; the system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct DataDirLock {
    _file: File,
}

impl DataDirLock {
    /// As [`Self::take`], patient with a process that is just ending: a killed one needs a moment to let go.
    pub(crate) fn take_within(dir: &Path, patience: Duration) -> Result<Self, Error> {
        let deadline = Instant::now() + patience;
        loop {
            match Self::take(dir) {
                Err(Error::DataDirInUse { .. }) if Instant::now() < deadline => {
                    std::thread::park_timeout(RETRY_INTERVAL)
                }
                done => return done,
            }
        }
    }

    /// Makes the folder when it is missing, for its owner alone, and locks it.
    pub(crate) fn take(dir: &Path) -> Result<Self, Error> {
        let unusable = |source| Error::DataDirUnusable { dir: dir.to_owned(), source };
        create_private(dir).map_err(unusable)?;
        let mut options = File::options();
        let mut file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(dir.join("engine.lock"))
            .map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let pid = file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
                return Err(Error::DataDirInUse { dir: dir.to_owned(), pid });
            }
            Err(TryLockError::Error(source)) => return Err(unusable(source)),
        }
        let write_id = |file: &mut File| {
            file.set_len(0)?;
            file.rewind()?;
            writeln!(file, "{}", std::process::id())
        };
        write_id(&mut file).map_err(unusable)?;
        Ok(Self { _file: file })
    }
}

fn create_private(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_is_first() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("a/b");
        let first = DataDirLock::take(&dir).unwrap();
        let text = DataDirLock::take(&dir).unwrap_err().to_string();
        assert!(text.contains(&format!("in use by another process (id {})", std::process::id())), "{text}");
        drop(first);
        DataDirLock::take(&dir).unwrap();
    }

    #[test]
    fn a_folder_that_cannot_be_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "x").unwrap();
        let error = DataDirLock::take(&file.join("sub")).unwrap_err();
        assert!(matches!(error, Error::DataDirUnusable { .. }), "{error}");
        assert!(error.to_string().contains("file/sub"), "{error}");
    }
}
