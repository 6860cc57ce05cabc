//! Visitors that converted, as postback-service tells them: in memory by batches, on disk for a start without the catalog.
//!
//! Bounded by what is told: 500 batches of 2,000 visitors at most, here about 60 MB. What is no longer told is forgotten.

use parking_lot::RwLock;
use rustc_hash::FxHashSet;
use signalbox_catalog::live::{ConvertedHead, ConvertedVisitor};
use signalbox_domain::{CampaignId, WorkspaceId};
use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

const MAGIC: &[u8] = b"SBCONV01";
const ENTRY_BYTES: usize = 32;

/// Among whom somebody converted.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Among {
    /// Visitors of a campaign.
    Campaign(CampaignId),
    /// Visitors of a workspace.
    Workspace(WorkspaceId),
}

impl Among {
    fn mixed(self, visitor: u64) -> u64 {
        let (kind, id) = match self {
            Self::Campaign(id) => (0x9e37_79b9_7f4a_7c15, id.0),
            Self::Workspace(id) => (0xc2b2_ae3d_27d4_eb4f, id.0),
        };
        // The visitor's key is a hash already.
        visitor ^ id.wrapping_mul(kind).rotate_left(29)
    }
}

#[derive(Default)]
struct Inner {
    batches: BTreeMap<u64, Vec<ConvertedVisitor>>,
    known: FxHashSet<u64>,
    /// The newest batch as it was read last.
    head: ConvertedHead,
}

/// The memory.
#[derive(Default)]
pub(crate) struct Converted {
    inner: RwLock<Inner>,
    changed: AtomicBool,
}

impl Inner {
    fn add(&mut self, number: u64, visitor: ConvertedVisitor) {
        self.known.insert(Among::Campaign(visitor.campaign).mixed(visitor.visitor));
        self.known.insert(Among::Workspace(visitor.workspace).mixed(visitor.visitor));
        self.batches.entry(number).or_default().push(visitor);
    }
}

impl Converted {
    /// Whether a visitor has converted.
    pub(crate) fn contains(&self, among: Among, visitor: u64) -> bool {
        visitor != 0 && self.inner.read().known.contains(&among.mixed(visitor))
    }

    /// Whether nobody has.
    pub(crate) fn is_empty(&self) -> bool {
        self.inner.read().known.is_empty()
    }

    /// What was read last.
    pub(crate) fn head(&self) -> ConvertedHead {
        self.inner.read().head
    }

    /// How many visitors of a batch are known.
    pub(crate) fn len_of(&self, number: u64) -> usize {
        self.inner.read().batches.get(&number).map_or(0, Vec::len)
    }

    /// Adds further visitors of a batch.
    pub(crate) fn extend(&self, number: u64, visitors: impl IntoIterator<Item = ConvertedVisitor>) {
        let mut inner = self.inner.write();
        visitors.into_iter().for_each(|visitor| inner.add(number, visitor));
        self.changed.store(true, Ordering::Relaxed);
    }

    /// Everything up to this head is read; batches that are no longer told are forgotten.
    pub(crate) fn read_up_to(&self, head: ConvertedHead) {
        let mut inner = self.inner.write();
        inner.head = head;
        let kept = inner.batches.split_off(&head.first);
        if inner.batches.is_empty() {
            inner.batches = kept;
            return;
        }
        let mut rebuilt = Inner { head, ..Inner::default() };
        for (number, visitors) in kept {
            visitors.into_iter().for_each(|visitor| rebuilt.add(number, visitor));
        }
        *inner = rebuilt;
        self.changed.store(true, Ordering::Relaxed);
    }

    /// Writes the memory beside `path` and renames it into place, when it has changed.
    pub(crate) fn write(&self, path: &Path) -> io::Result<()> {
        if !self.changed.swap(false, Ordering::Relaxed) {
            return Ok(());
        }
        let written = self.write_changed(path);
        if written.is_err() {
            self.changed.store(true, Ordering::Relaxed);
        }
        written
    }

    fn write_changed(&self, path: &Path) -> io::Result<()> {
        let mut bytes = MAGIC.to_vec();
        for (number, visitors) in &self.inner.read().batches {
            for ConvertedVisitor { campaign, workspace, visitor } in visitors {
                for value in [*number, campaign.0, workspace.0, *visitor] {
                    bytes.extend_from_slice(&value.to_le_bytes());
                }
            }
        }
        bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
        let temporary = path.with_extension("tmp");
        let mut file = fs::File::create(&temporary)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    }

    /// The memory on disk; empty, and a word in the log, when it cannot be read: the catalog tells it again.
    pub(crate) fn restore(path: &Path) -> Self {
        let converted = Self::default();
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return converted,
            Err(error) => {
                tracing::warn!(%error, "the memory of visitors that converted cannot be read; it is read from the catalog");
                return converted;
            }
        };
        if converted.parse(&bytes).is_none() {
            tracing::warn!("the memory of visitors that converted is damaged; it is read from the catalog");
            return Self::default();
        }
        converted
    }

    fn parse(&self, bytes: &[u8]) -> Option<()> {
        let (body, crc) = bytes.split_last_chunk::<4>()?;
        let entries = body.strip_prefix(MAGIC)?;
        if crc32c::crc32c(body) != u32::from_le_bytes(*crc) || entries.len() % ENTRY_BYTES != 0 {
            return None;
        }
        let mut inner = self.inner.write();
        for entry in entries.chunks_exact(ENTRY_BYTES) {
            let mut numbers = entry.chunks_exact(8).map(|bytes| bytes.try_into().map(u64::from_le_bytes));
            let mut next = || numbers.next()?.ok();
            let number = next()?;
            let (campaign, workspace) = (CampaignId(next()?), WorkspaceId(next()?));
            inner.add(number, ConvertedVisitor { campaign, workspace, visitor: next()? });
        }
        Some(())
    }
}

/// Where it lies.
pub(crate) fn path(state_dir: &Path) -> PathBuf {
    state_dir.join("converted.bin")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visitor(number: u64) -> ConvertedVisitor {
        ConvertedVisitor { campaign: CampaignId(number % 3), workspace: WorkspaceId(1), visitor: number }
    }

    #[test]
    fn is_known_until_it_is_no_longer_told_and_across_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let file = path(dir.path());
        let converted = Converted::restore(&file);
        converted.extend(1, (1..=10).map(visitor));
        converted.extend(2, (11..=12).map(visitor));
        assert!(converted.contains(Among::Campaign(CampaignId(1)), 4));
        assert!(!converted.contains(Among::Campaign(CampaignId(2)), 4));
        assert!(converted.contains(Among::Workspace(WorkspaceId(1)), 4));
        assert!(!converted.contains(Among::Workspace(WorkspaceId(2)), 4));
        assert!(!converted.contains(Among::Workspace(WorkspaceId(1)), 0));
        assert_eq!((converted.len_of(1), converted.len_of(2), converted.len_of(3)), (10, 2, 0));
        converted.write(&file).unwrap();

        let back = Converted::restore(&file);
        assert!(back.contains(Among::Campaign(CampaignId(1)), 4));
        assert_eq!((back.len_of(1), back.head()), (10, ConvertedHead::default()));
        let head = ConvertedHead { first: 2, last: 2, version: 9 };
        back.read_up_to(head);
        assert!(!back.contains(Among::Campaign(CampaignId(1)), 4));
        assert!(back.contains(Among::Workspace(WorkspaceId(1)), 11));
        assert_eq!(back.head(), head);

        let mut bytes = fs::read(&file).unwrap();
        bytes[20] ^= 1;
        fs::write(&file, bytes).unwrap();
        assert_eq!(Converted::restore(&file).len_of(1), 0);
    }
}
