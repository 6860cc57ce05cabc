//! Unpacking an archive that a stranger could have made.

use super::{Error, INDEX, names};
use signalbox_domain::hosted_page;
use std::{
    collections::BTreeSet,
    fs,
    io::{self, Cursor, Read},
    path::Path,
};
use zip::{CompressionMethod, ZipArchive, read::ZipFile};

/// What an archive may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the archive.
    pub archive_bytes_max: usize,
    /// Bytes of all files together, unpacked.
    pub total_bytes_max: u64,
    /// Bytes of one file, unpacked.
    pub file_bytes_max: u64,
    /// Bytes of the page itself, which is held in memory.
    pub page_bytes_max: u64,
    /// Files.
    pub files_max: usize,
    /// Unpacked bytes for each packed byte, over all files.
    pub ratio_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: u64 = 1024 * 1024;
        Self {
            archive_bytes_max: 32 * MIB as usize,
            total_bytes_max: 128 * MIB,
            file_bytes_max: 64 * MIB,
            page_bytes_max: 2 * MIB,
            files_max: 2_000,
            ratio_max: 200,
        }
    }
}

/// Small archives of text pack very well; the ratio is held against what is bigger.
const RATIO_FREE_BYTES: u64 = 4 * 1024 * 1024;
/// Type bits of a Unix mode.
const MODE_TYPE: u32 = 0o170_000;
const MODE_FILE: u32 = 0o100_000;
const MODE_FOLDER: u32 = 0o040_000;

fn refuse(name: &str, reason: impl std::fmt::Display) -> Error {
    Error::Archive(format!("{name} {reason}"))
}

/// Unpacks into a folder that does not exist yet. What the archive claims of itself is checked, and what really comes out as well.
///
/// # Errors
/// [`Error::Archive`] naming the entry. Files may have been written by then: the caller removes the folder.
pub(super) fn unpack(zip: &[u8], folder: &Path, limits: &Limits) -> Result<(), Error> {
    if zip.len() > limits.archive_bytes_max {
        return Err(refuse("the archive", format!("has more than {} bytes", limits.archive_bytes_max)));
    }
    let mut archive = ZipArchive::new(Cursor::new(zip))
        .map_err(|error| Error::Archive(format!("this is no readable ZIP archive: {error}")))?;
    // Folders count here as well, so that an archive of a million empty ones is refused at once.
    if archive.len() > limits.files_max * 2 {
        return Err(refuse("the archive", format!("has more than {} files", limits.files_max)));
    }
    let paths = paths(&mut archive, limits)?;
    let prefix = common_folder(&paths)?;
    fs::create_dir_all(folder)?;
    let mut room = Room { bytes: limits.total_bytes_max, limits, packed: zip.len() as u64, written: 0 };
    for (index, path) in &paths {
        let name = &path[prefix.len()..];
        let target = folder.join(name);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        let mut entry = archive.by_index(*index).map_err(|error| refuse(path, error))?;
        room.write(&mut entry, name, &target)?;
    }
    Ok(())
}

/// Positions and names of the files to unpack.
fn paths(archive: &mut ZipArchive<Cursor<&[u8]>>, limits: &Limits) -> Result<Vec<(usize, String)>, Error> {
    let (mut paths, mut taken) = (Vec::new(), BTreeSet::new());
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(|error| refuse("an entry", error))?;
        let name = std::str::from_utf8(entry.name_raw());
        let name = name.map_err(|_| refuse("an entry", "has a name that is not UTF-8"))?.to_owned();
        check_kind(&entry, &name)?;
        if name.ends_with('/') || names::is_clutter(&name) {
            continue;
        }
        names::parts(&name).map_err(|reason| refuse(&name, reason))?;
        if hosted_page::content_type(&name).is_none() {
            return Err(refuse(
                &name,
                "is no kind of file that is served: pages, styles, scripts, pictures, fonts, sounds and films are",
            ));
        }
        if entry.size() > limits.file_bytes_max {
            return Err(refuse(&name, format!("has more than {} bytes unpacked", limits.file_bytes_max)));
        }
        // File systems that ignore case would let one file overwrite the other.
        if !taken.insert(name.to_lowercase()) {
            return Err(refuse(&name, "is there twice"));
        }
        paths.push((index, name));
        if paths.len() > limits.files_max {
            return Err(refuse("the archive", format!("has more than {} files", limits.files_max)));
        }
    }
    Ok(paths)
}

fn check_kind<R: Read + ?Sized>(entry: &ZipFile<'_, R>, name: &str) -> Result<(), Error> {
    let kind = entry.unix_mode().map_or(0, |mode| mode & MODE_TYPE);
    if entry.is_symlink() || !matches!(kind, 0 | MODE_FILE | MODE_FOLDER) {
        return Err(refuse(name, "is a link or a special file"));
    }
    if entry.encrypted() {
        return Err(refuse(name, "is encrypted"));
    }
    match entry.compression() {
        CompressionMethod::Stored | CompressionMethod::Deflated => Ok(()),
        other => Err(refuse(name, format!("is packed by {other}; pack it the usual way (deflate)"))),
    }
}

/// The one folder that holds everything, with a slash at its end, when the page is in there; else nothing.
fn common_folder(paths: &[(usize, String)]) -> Result<String, Error> {
    let has = |name: &str| paths.iter().any(|(_, path)| path == name);
    if has(INDEX) {
        return Ok(String::new());
    }
    let first = paths.first().and_then(|(_, path)| path.split_once('/'));
    let folder = first.map(|(folder, _)| format!("{folder}/"));
    folder
        .filter(|folder| {
            paths.iter().all(|(_, path)| path.starts_with(folder)) && has(&format!("{folder}{INDEX}"))
        })
        .ok_or_else(|| {
            Error::Archive(format!(
                "{INDEX} is missing: it must lie at the top, or in the one folder at the top"
            ))
        })
}

/// How much may still come out.
struct Room<'a> {
    bytes: u64,
    limits: &'a Limits,
    packed: u64,
    written: u64,
}

impl Room<'_> {
    fn write<R: Read + ?Sized>(
        &mut self,
        entry: &mut ZipFile<'_, R>,
        name: &str,
        target: &Path,
    ) -> Result<(), Error> {
        let file_max = if name == INDEX { self.limits.page_bytes_max } else { self.limits.file_bytes_max };
        // One byte more than is allowed, to see that there is more; what the archive says of the size is not believed.
        let most = file_max.min(self.bytes).saturating_add(1);
        let mut file = fs::File::create_new(target)?;
        let written = io::copy(&mut entry.take(most), &mut file)
            .map_err(|error| refuse(name, format!("cannot be unpacked: {error}")))?;
        if written > file_max {
            return Err(refuse(name, format!("has more than {file_max} bytes unpacked")));
        }
        if written > self.bytes {
            let total = self.limits.total_bytes_max;
            return Err(refuse("the archive", format!("has more than {total} bytes unpacked")));
        }
        self.bytes -= written;
        self.written += written;
        let ratio_max = self.limits.ratio_max;
        if self.written > RATIO_FREE_BYTES && self.written / self.packed.max(1) > ratio_max {
            return Err(refuse("the archive", format!("unpacks to more than {ratio_max} times its size")));
        }
        file.sync_all()?;
        Ok(())
    }
}
