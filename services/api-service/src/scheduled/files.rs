//! The folder of a schedule: listed, read, written whole or not at all, kept short.

use signalbox_domain::{ExportId, Scope, Timestamp};
use std::{
    io,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};
use tokio::fs::{self, File};

/// What an unfinished file is called.
const PART: &str = ".part";

/// A file that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileInfo {
    /// Its name.
    pub name: String,
    /// Its size, bytes.
    pub bytes: u64,
    /// When it was written.
    pub written_at: Timestamp,
}

/// Where the files of a schedule lie. Both parts are ids, so nothing leads elsewhere.
pub fn folder(root: &Path, scope: &Scope, id: ExportId) -> PathBuf {
    root.join(scope.workspace.to_string()).join(id.to_string())
}

/// The files of a schedule, newest first.
///
/// # Errors
/// When the folder cannot be read; none is fine.
pub async fn list(root: &Path, scope: &Scope, id: ExportId) -> io::Result<Vec<FileInfo>> {
    let mut entries = match fs::read_dir(folder(root, scope, id)).await {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut files = Vec::new();
    while let Some(entry) = entries.next_entry().await? {
        let Ok(name) = entry.file_name().into_string() else { continue };
        let metadata = match entry.metadata().await {
            Ok(metadata) => metadata,
            // Cleared away meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        if !metadata.is_file() || name.starts_with('.') {
            continue;
        }
        let since = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
        let written_at = Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
        files.push(FileInfo { name, bytes: metadata.len(), written_at });
    }
    files.sort_by(|a, b| (b.written_at, &b.name).cmp(&(a.written_at, &a.name)));
    Ok(files)
}

/// Opens a file that [`list`] names; any other name is none.
///
/// # Errors
/// When the folder cannot be read.
pub async fn open(
    root: &Path,
    scope: &Scope,
    (id, name): (ExportId, &str),
) -> io::Result<Option<(FileInfo, File)>> {
    let Some(info) = list(root, scope, id).await?.into_iter().find(|file| file.name == name) else {
        return Ok(None);
    };
    match File::open(folder(root, scope, id).join(&info.name)).await {
        Ok(file) => Ok(Some((info, file))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Deletes everything of a schedule.
///
/// # Errors
/// When that cannot be; none is fine.
pub async fn remove_all(root: &Path, scope: &Scope, id: ExportId) -> io::Result<()> {
    match fs::remove_dir_all(folder(root, scope, id)).await {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// A file that becomes visible when it is whole.
pub struct Unfinished {
    folder: PathBuf,
    part: PathBuf,
    /// To write to.
    pub file: File,
}

impl Unfinished {
    /// Begins a file, and clears away what earlier attempts have left.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub async fn begin(folder: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&folder).await?;
        let mut entries = fs::read_dir(&folder).await?;
        while let Some(entry) = entries.next_entry().await? {
            if entry.file_name().to_str().is_some_and(|name| name.ends_with(PART)) {
                fs::remove_file(entry.path()).await?;
            }
        }
        let part = folder.join(format!(".{:016x}{PART}", rand::random::<u64>()));
        let file = File::create_new(&part).await?;
        Ok(Self { folder, part, file })
    }

    /// Makes it visible under `name`, in place of one of that name, and deletes the oldest ones beyond `keep`.
    ///
    /// # Errors
    /// When it cannot be synced or renamed.
    pub async fn finish(self, name: &str, keep: u32) -> io::Result<()> {
        self.file.sync_all().await?;
        let target = self.folder.join(name);
        fs::rename(&self.part, &target).await?;
        File::open(&self.folder).await?.sync_all().await?;
        prune(&self.folder, name, keep).await
    }
}

/// Deletes the oldest files beyond `keep`, never the one that was just written.
async fn prune(folder: &Path, newest: &str, keep: u32) -> io::Result<()> {
    let mut files = Vec::new();
    let mut entries = fs::read_dir(folder).await?;
    while let Some(entry) = entries.next_entry().await? {
        let Ok(name) = entry.file_name().into_string() else { continue };
        if !name.starts_with('.') && name != newest {
            files.push((entry.metadata().await?.modified()?, name));
        }
    }
    files.sort();
    let beyond = (files.len() + 1).saturating_sub(keep as usize);
    for (_, name) in files.into_iter().take(beyond) {
        fs::remove_file(folder.join(name)).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use signalbox_domain::WorkspaceId;
    use tokio::io::AsyncWriteExt as _;

    async fn write(folder: &Path, name: &str, keep: u32) {
        let mut unfinished = Unfinished::begin(folder.to_owned()).await.unwrap();
        unfinished.file.write_all(name.as_bytes()).await.unwrap();
        unfinished.finish(name, keep).await.unwrap();
    }

    #[tokio::test]
    async fn files_are_whole_or_not_there_and_the_oldest_go() {
        let root = tempfile::tempdir().unwrap();
        let (scope, id) = (Scope::system(WorkspaceId(1)), ExportId(2));
        let place = folder(root.path(), &scope, id);
        let cut_off = Unfinished::begin(place.clone()).await.unwrap();
        assert_eq!(list(root.path(), &scope, id).await.unwrap(), []);
        drop(cut_off);
        for (number, name) in ["a.csv", "b.csv", "c.csv"].into_iter().enumerate() {
            write(&place, name, 2).await;
            // Times of files are coarse: set, so that the order is certain.
            let at = UNIX_EPOCH + std::time::Duration::from_secs(1_000 + number as u64);
            std::fs::File::options().write(true).open(place.join(name)).unwrap().set_modified(at).unwrap();
        }
        let names = async || -> Vec<String> {
            list(root.path(), &scope, id).await.unwrap().into_iter().map(|file| file.name).collect()
        };
        assert_eq!(names().await, ["c.csv", "b.csv"]);
        assert_eq!(std::fs::read_dir(&place).unwrap().count(), 2, "nothing unfinished is left");
        write(&place, "c.csv", 1).await;
        assert_eq!(names().await, ["c.csv"]);
        let stranger = Scope::system(WorkspaceId(9));
        for name in ["../2/c.csv", "d.csv", "", "."] {
            assert!(open(root.path(), &scope, (id, name)).await.unwrap().is_none(), "{name}");
        }
        assert!(open(root.path(), &stranger, (id, "c.csv")).await.unwrap().is_none());
        assert!(open(root.path(), &scope, (id, "c.csv")).await.unwrap().is_some());
        remove_all(root.path(), &scope, id).await.unwrap();
        remove_all(root.path(), &scope, id).await.unwrap();
        assert_eq!(list(root.path(), &scope, id).await.unwrap(), []);
    }
}
