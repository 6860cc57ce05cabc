//! Online backup and restore with SQLite's backup API: one read transaction over the whole file, which in WAL mode stops
//! nobody, into a partial file that gets its name only when it is complete, checked and on the disk.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::{schema, sql};
use crate::{Error, Result};

/// What a backup wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupReport {
    /// The finished file.
    pub path: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
}

/// Copies a running database to `target`.
pub(super) fn copy(source: &Path, target: &Path) -> Result<BackupReport> {
    into(target, || schema::open_for_reading(source))
}

/// Copies a backup to `target`, where no database may be.
pub(super) fn restore(backup: &Path, target: &Path) -> Result<BackupReport> {
    into(target, || schema::open_backup(backup))
}

fn into(target: &Path, source: impl FnOnce() -> Result<Connection>) -> Result<BackupReport> {
    if target.exists() {
        return Err(Error::invalid("path", format!("{} exists already", target.display())));
    }
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    let partial = target.with_file_name(name);
    let done = write(source, &partial).and_then(|()| publish(&partial, target));
    if done.is_err() {
        // Best effort: the error that matters is the first one.
        drop(std::fs::remove_file(&partial));
    }
    done
}

fn write(source: impl FnOnce() -> Result<Connection>, partial: &Path) -> Result<()> {
    if partial.exists() {
        std::fs::remove_file(partial).map_err(|e| Error::unavailable_from("backup", e))?;
    }
    let from = source()?;
    // It holds the same secrets as the database itself.
    schema::create_private(partial).map_err(|e| Error::unavailable_from("backup", e))?;
    let mut to = Connection::open(partial).map_err(|e| sql::failed("backup", e))?;
    {
        let backup = Backup::new(&from, &mut to).map_err(|e| sql::failed("backup", e))?;
        // All pages in one step: in pieces, each write in between would start the copy again.
        match backup.step(-1).map_err(|e| sql::failed("backup", e))? {
            StepResult::Done => {}
            other => return Err(Error::unavailable(format!("backup stopped early: {other:?}"))),
        }
    }
    // A plain file without a log beside it, so that copying that one file is enough.
    to.execute_batch("PRAGMA journal_mode=DELETE").map_err(|e| sql::failed("backup", e))?;
    let verdict: String = to
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(|e| sql::failed("backup check", e))?;
    if verdict != "ok" {
        let id = partial.display().to_string();
        return Err(Error::Corrupt { collection: "backup", id, reason: verdict });
    }
    Ok(())
}

fn publish(partial: &Path, target: &Path) -> Result<BackupReport> {
    let failed = |e| Error::unavailable_from("backup", e);
    let file = std::fs::File::open(partial).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    let bytes = file.metadata().map_err(failed)?.len();
    std::fs::rename(partial, target).map_err(failed)?;
    if let Some(folder) = target.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    }
    Ok(BackupReport { path: target.to_path_buf(), bytes })
}
