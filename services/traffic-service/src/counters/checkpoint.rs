//! The counters on disk: published totals and own increments, so that a restart with every store down resets nothing.
//!
//! `counters.bin` is magic, CRC-32C, JSON; replaced whole. The journal is kept from the position in it on.

use super::{Counters, Published, counter::Kept};
use serde::{Deserialize, Serialize};
use signalbox_catalog::live::TotalsChunk;
use signalbox_domain::Subject;
use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

const MAGIC: &[u8] = b"SBCOUNT1";

/// What a checkpoint held.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Held {
    /// First record of the own journal that is not in it.
    pub(crate) position: u64,
    pub(crate) published: Published,
    pub(crate) own: BTreeMap<Subject, Kept>,
}

#[derive(Serialize, Deserialize)]
struct Form {
    journal: String,
    position: u64,
    published: Vec<(u8, u64, TotalsChunk)>,
    own: Vec<(Subject, Kept)>,
}

/// Where it lies.
pub(crate) fn path(state_dir: &Path) -> PathBuf {
    state_dir.join("counters.bin")
}

/// Reads the file; what is missing, damaged or of another journal is empty, which is logged.
pub(crate) fn read(path: &Path, journal: u64) -> Held {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Held::default(),
        Err(error) => {
            tracing::warn!(%error, path = %path.display(), "the counters cannot be read; they are rebuilt from the journal");
            return Held::default();
        }
    };
    let Some(form) = parse(&bytes) else {
        tracing::warn!(path = %path.display(), "the counters on disk are damaged; they are rebuilt from the journal");
        return Held::default();
    };
    let published =
        form.published.into_iter().map(|(number, version, chunk)| (number, (version, chunk))).collect();
    if form.journal != format!("{journal:016x}") {
        // Totals of all nodes are good whatever journal this node has; its own increments were another's.
        return Held { published, ..Held::default() };
    }
    Held { position: form.position, published, own: form.own.into_iter().collect() }
}

fn parse(bytes: &[u8]) -> Option<Form> {
    let (crc, json) = bytes.strip_prefix(MAGIC)?.split_first_chunk::<4>()?;
    (crc32c::crc32c(json) == u32::from_le_bytes(*crc)).then(|| serde_json::from_slice(json).ok())?
}

impl Counters {
    /// What a checkpoint keeps now.
    pub(crate) fn hold(&self) -> Held {
        let position = *self.position.lock();
        let table = self.table();
        let own = table.iter().map(|(subject, counter)| (subject, counter.keep(position)));
        let own = own.filter(|(_, kept)| *kept != Kept::default()).collect();
        // After the increments: one that a later total includes is left out by its position.
        Held { position, published: self.published.lock().clone(), own }
    }

    /// Writes the file, on disk before it counts. Returns the position from which the journal is needed, and the bytes.
    pub(crate) fn write_checkpoint(&self, path: &Path) -> io::Result<(u64, u64)> {
        let held = self.hold();
        let form = Form {
            journal: format!("{:016x}", self.journal),
            position: held.position,
            published: held
                .published
                .into_iter()
                .map(|(number, (version, chunk))| (number, version, chunk))
                .collect(),
            own: held.own.into_iter().collect(),
        };
        let json = serde_json::to_vec(&form)?;
        let temporary = path.with_extension("tmp");
        let mut file = fs::File::create(&temporary)?;
        file.write_all(MAGIC)?;
        file.write_all(&crc32c::crc32c(&json).to_le_bytes())?;
        file.write_all(&json)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        Ok((held.position, json.len() as u64))
    }
}
