//! Rows of an INSERT, set aside until they are complete: a body that breaks off has inserted nothing.
//!
//! Promises: one body is bounded, all bodies together are bounded (beyond that the client is told to come again), and the
//! memory is given back when the query is over. On Linux they are in a file in memory, elsewhere in a temporary file.

use std::{
    fs::File,
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::answer::Problem;

/// What all spools together hold, and may hold.
#[derive(Debug)]
pub(crate) struct SpoolBudget {
    used: AtomicU64,
    each_max: u64,
    total_max: u64,
}

impl SpoolBudget {
    pub(crate) fn new(each_max: u64, total_max: u64) -> Arc<Self> {
        Arc::new(Self { used: AtomicU64::new(0), each_max, total_max })
    }

    fn reserve(&self, bytes: u64) -> Result<(), Problem> {
        let before = self.used.fetch_add(bytes, Ordering::AcqRel);
        if before + bytes <= self.total_max {
            return Ok(());
        }
        self.used.fetch_sub(bytes, Ordering::AcqRel);
        Err(Problem::busy(format_args!(
            "insert bodies in flight hold more than {} bytes; try again",
            self.total_max
        )))
    }
}

/// The rows of one INSERT.
#[derive(Debug)]
pub(crate) struct Spool {
    backing: Backing,
    bytes: u64,
    budget: Arc<SpoolBudget>,
}

impl Spool {
    pub(crate) fn new(budget: &Arc<SpoolBudget>) -> Result<Self, Problem> {
        let backing = Backing::new().map_err(Problem::spool)?;
        Ok(Self { backing, bytes: 0, budget: Arc::clone(budget) })
    }

    pub(crate) fn write(&mut self, chunk: &[u8]) -> Result<(), Problem> {
        let more = chunk.len() as u64;
        if self.bytes + more > self.budget.each_max {
            return Err(Problem::too_large("the request body", self.budget.each_max));
        }
        self.budget.reserve(more)?;
        self.bytes += more;
        self.backing.file().write_all(chunk).map_err(Problem::spool)
    }

    /// A path under which the engine can read the rows as long as the spool lives.
    pub(crate) fn path(&self) -> &str {
        &self.backing.path
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        self.budget.used.fetch_sub(self.bytes, Ordering::AcqRel);
    }
}

#[cfg(target_os = "linux")]
#[derive(Debug)]
struct Backing {
    file: File,
    path: String,
}

#[cfg(target_os = "linux")]
impl Backing {
    fn new() -> io::Result<Self> {
        let (file, path) = crate::os::memory_file()?;
        Ok(Self { file, path })
    }

    fn file(&mut self) -> &mut File {
        &mut self.file
    }
}

#[cfg(not(target_os = "linux"))]
#[derive(Debug)]
struct Backing {
    file: tempfile::NamedTempFile,
    path: String,
}

#[cfg(not(target_os = "linux"))]
impl Backing {
    fn new() -> io::Result<Self> {
        let file = tempfile::NamedTempFile::new()?;
        let path = file.path().to_str().filter(|path| !path.contains(['\'', '\\', '*', '?', '{']));
        let path = path.ok_or_else(|| {
            io::Error::other("the folder for temporary files has a name with special characters")
        })?;
        Ok(Self { path: path.to_owned(), file })
    }

    fn file(&mut self) -> &mut File {
        self.file.as_file_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_what_was_written_within_its_bounds() {
        let budget = SpoolBudget::new(10, 15);
        let mut first = Spool::new(&budget).unwrap();
        first.write(b"hello ").unwrap();
        first.write(b"you").unwrap();
        assert_eq!(std::fs::read(first.path()).unwrap(), b"hello you");
        assert_eq!(first.write(b"xx").unwrap_err().status(), 413);
        let mut second = Spool::new(&budget).unwrap();
        assert_eq!(second.write(b"1234567").unwrap_err().status(), 503);
        drop(first);
        second.write(b"1234567").unwrap();
        drop(second);
        assert_eq!(budget.used.load(Ordering::Acquire), 0);
    }
}
