//! The memory on disk: a file replaced whole, with the journal position up to which it counts.
//!
//! Layout, little endian: magic `SBSEEN01`, salt (16 bytes), journal id (u64), position (u64), number of entries (u64), entries
//! (u64 key, u32 minute of its end), CRC-32C of all before. A file that does not check out is ignored: the journal is replayed from
//! its oldest record instead.

use super::Seen;
use std::{
    fs,
    io::{self, Read, Write},
    path::Path,
};

const MAGIC: &[u8; 8] = b"SBSEEN01";
const HEAD_BYTES: usize = 48;
const ENTRY_BYTES: usize = 12;

/// What stands beside the entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoint {
    /// Salt of the keys.
    pub salt: [u8; 16],
    /// Journal whose clicks are counted.
    pub journal: u64,
    /// First sequence number that is not counted yet.
    pub position: u64,
}

/// Why a checkpoint cannot be used or written.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The file cannot be read or written.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The bytes are damaged.
    #[error("the file is damaged")]
    Damaged,
}

impl Checkpoint {
    /// Writes the memory beside `path` and renames it into place, on disk before it counts.
    pub fn write(&self, seen: &Seen, path: &Path) -> Result<u64, CheckpointError> {
        let mut bytes = Vec::with_capacity(HEAD_BYTES + seen.len() * ENTRY_BYTES + 4);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&self.salt);
        bytes.extend_from_slice(&self.journal.to_le_bytes());
        bytes.extend_from_slice(&self.position.to_le_bytes());
        let count_at = bytes.len();
        bytes.extend_from_slice(&[0; 8]);
        let mut count = 0_u64;
        for shard in &seen.shards {
            for (key, until) in &*shard.lock() {
                bytes.extend_from_slice(&key.to_le_bytes());
                bytes.extend_from_slice(&until.to_le_bytes());
                count += 1;
            }
        }
        bytes[count_at..count_at + 8].copy_from_slice(&count.to_le_bytes());
        bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
        let temporary = path.with_extension("tmp");
        let mut file = fs::File::create(&temporary)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        Ok(bytes.len() as u64)
    }

    /// Reads the file into `seen`; `None` when there is none.
    pub fn read(seen: &Seen, path: &Path) -> Result<Option<Self>, CheckpointError> {
        let mut bytes = Vec::new();
        match fs::File::open(path) {
            Ok(mut file) => file.read_to_end(&mut bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        parse(seen, &bytes).map(Some).ok_or(CheckpointError::Damaged)
    }
}

fn parse(seen: &Seen, bytes: &[u8]) -> Option<Checkpoint> {
    let (body, crc) = bytes.split_last_chunk::<4>()?;
    if crc32c::crc32c(body) != u32::from_le_bytes(*crc) || !body.starts_with(MAGIC) || body.len() < HEAD_BYTES
    {
        return None;
    }
    let number =
        |at: usize| -> Option<u64> { Some(u64::from_le_bytes(body.get(at..at + 8)?.try_into().ok()?)) };
    let checkpoint =
        Checkpoint { salt: body.get(8..24)?.try_into().ok()?, journal: number(24)?, position: number(32)? };
    let entries = &body[HEAD_BYTES..];
    if entries.len() as u64 != number(40)?.checked_mul(ENTRY_BYTES as u64)? {
        return None;
    }
    for entry in entries.chunks_exact(ENTRY_BYTES) {
        let key = u64::from_le_bytes(entry[..8].try_into().ok()?);
        let until = u32::from_le_bytes(entry[8..].try_into().ok()?);
        let mut shard = seen.shard(super::VisitorKey(key)).lock();
        if shard.len() < seen.shard_entries_max {
            shard.insert(key, until);
        }
    }
    Some(checkpoint)
}

#[cfg(test)]
mod tests {
    use super::super::VisitorKey;
    use super::*;
    use signalbox_domain::Timestamp;

    #[test]
    fn survives_a_round_trip_and_refuses_damage() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("seen.bin");
        let seen = Seen::new(10_000);
        let now = Timestamp(1_790_000_000_000);
        for number in 0..500_u64 {
            seen.mark(VisitorKey(number << 55 | number), now, 24);
        }
        let checkpoint = Checkpoint { salt: [3; 16], journal: 9, position: 77 };
        checkpoint.write(&seen, &path).unwrap();
        let back = Seen::new(10_000);
        assert_eq!(Checkpoint::read(&back, &path).unwrap(), Some(checkpoint));
        assert_eq!(back.len(), seen.len());
        assert!(!back.mark(VisitorKey(1 << 55 | 1), now, 24));

        let mut bytes = fs::read(&path).unwrap();
        for at in [0, 30, 100, bytes.len() - 1] {
            bytes[at] ^= 1;
            fs::write(&path, &bytes).unwrap();
            assert!(
                matches!(Checkpoint::read(&Seen::new(10), &path), Err(CheckpointError::Damaged)),
                "byte {at}"
            );
            bytes[at] ^= 1;
        }
        assert_eq!(Checkpoint::read(&Seen::new(10), &dir.path().join("none")).unwrap(), None);
    }
}
