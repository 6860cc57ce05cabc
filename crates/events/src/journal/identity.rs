//! Who the journal is: the file `IDENTITY`, and what to do when it is damaged.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::checked::{self, Checked};
use super::file::{FileSystem, Files, read_exact_at};
use super::segment::{SEGMENT_HEADER_BYTES, SegmentHeader};
use crate::error::Error;
use crate::ids::{JournalId, Stream};

const FILE: &str = "IDENTITY";
const FORMAT: u16 = 1;

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Identity {
    format: u16,
    journal: JournalId,
    stream: Stream,
    created_ms: i64,
}

/// The journal's id, and whether the directory was made just now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Identified {
    pub(crate) journal: JournalId,
    pub(crate) fresh: bool,
}

/// Reads the identity, restores it from the segments' headers when it is lost, or makes a new one. A new one is stored
/// when the directory itself is on the disk: whoever finds it may rely on that.
pub(crate) fn open(
    files: &Files,
    dir: &Path,
    stream: Stream,
    segments: &[PathBuf],
) -> Result<Identified, Error> {
    let path = dir.join(FILE);
    match checked::load::<Identity>(files, &path) {
        Checked::Good(identity) => {
            check(&path, identity, stream)?;
            return Ok(Identified { journal: identity.journal, fresh: false });
        }
        Checked::Unfamiliar => {
            let reason =
                format!("written by a newer version; journal format {FORMAT} is the newest known here");
            return Err(Error::Incompatible { path, reason });
        }
        Checked::Absent => {}
        Checked::Damaged => tracing::warn!(path = %path.display(), "the journal's identity is damaged"),
    }
    let known = segments.iter().find_map(|segment| read_header(files, segment)).map(|header| header.journal);
    let identity = Identity {
        format: FORMAT,
        journal: known.unwrap_or_else(JournalId::random),
        stream,
        created_ms: super::unix_ms(),
    };
    let stored = files.sync_dirs_above(dir).and_then(|()| checked::store(files, &path, &identity));
    match stored {
        // Without room for it, the next open finds it in the segments once more.
        Err(error) if known.is_some() => {
            tracing::warn!(%error, path = %path.display(), "the journal's identity could not be restored");
        }
        stored => stored.map_err(Error::io("write", &path))?,
    }
    Ok(Identified { journal: identity.journal, fresh: segments.is_empty() })
}

fn check(path: &Path, identity: Identity, stream: Stream) -> Result<(), Error> {
    let incompatible = |reason| Err(Error::Incompatible { path: path.to_path_buf(), reason });
    if identity.format > FORMAT {
        let found = identity.format;
        return incompatible(format!("journal format {found} is newer than {FORMAT}, the newest known here"));
    }
    if identity.stream != stream {
        return incompatible(format!("this journal carries {}, not {stream}", identity.stream));
    }
    Ok(())
}

/// The header of a segment file; `None` when it cannot be read or is damaged.
pub(crate) fn read_header(files: &Files, path: &Path) -> Option<SegmentHeader> {
    let mut bytes = [0; SEGMENT_HEADER_BYTES as usize];
    read_exact_at(&files.open_read(path).ok()?, &mut bytes, 0).ok()?;
    SegmentHeader::decode(&bytes)
}
