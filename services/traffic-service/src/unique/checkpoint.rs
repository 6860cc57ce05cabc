//! The memory on disk: a file replaced whole, with the journal position up to which it counts.
//!
//! Layout, little endian: magic `SBSEEN02`, salt (16 bytes), journal id (u64), position (u64), number of shards (u64), then for each shard
//! the number of its entries (u64) and the entries (u64 each), CRC-32C of all before (u32). A file that does not check out, or of an
//! earlier version, is not used: the journal is replayed from its oldest record instead.

use super::{SHARDS, Seen};
use std::{
    fs,
    io::{self, BufReader, BufWriter, Read, Write},
    path::Path,
};

const MAGIC: &[u8; 8] = b"SBSEEN02";
const BUFFER_BYTES: usize = 1 << 20;

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
    /// The bytes are damaged, or of another version.
    #[error("the file is damaged or of another version")]
    Damaged,
}

/// Bytes on their way, and their checksum so far.
struct Checked<T> {
    inner: T,
    crc: u32,
    bytes: u64,
}

impl<T> Checked<T> {
    const fn new(inner: T) -> Self {
        Self { inner, crc: 0, bytes: 0 }
    }
}

impl<W: Write> Checked<W> {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.crc = crc32c::crc32c_append(self.crc, bytes);
        self.bytes += bytes.len() as u64;
        self.inner.write_all(bytes)
    }
}

impl<R: Read> Checked<R> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], CheckpointError> {
        let mut bytes = [0; N];
        self.inner.read_exact(&mut bytes).map_err(|_| CheckpointError::Damaged)?;
        self.crc = crc32c::crc32c_append(self.crc, &bytes);
        Ok(bytes)
    }

    fn number(&mut self) -> Result<u64, CheckpointError> {
        self.take().map(u64::from_le_bytes)
    }
}

impl Checkpoint {
    /// Writes the memory beside `path` and renames it into place, on disk before it counts. One shard is held at a time. Returns its bytes.
    ///
    /// # Errors
    /// [`CheckpointError::Io`].
    pub fn write(&self, seen: &Seen, path: &Path) -> Result<u64, CheckpointError> {
        let temporary = path.with_extension("tmp");
        let file = fs::File::create(&temporary)?;
        let mut out = Checked::new(BufWriter::with_capacity(BUFFER_BYTES, file));
        out.put(MAGIC)?;
        out.put(&self.salt)?;
        out.put(&self.journal.to_le_bytes())?;
        out.put(&self.position.to_le_bytes())?;
        out.put(&(SHARDS as u64).to_le_bytes())?;
        for shard in &seen.shards {
            let slots: Vec<u64> = shard.lock().slots().collect();
            out.put(&(slots.len() as u64).to_le_bytes())?;
            for slot in slots {
                out.put(&slot.to_le_bytes())?;
            }
        }
        let (crc, bytes) = (out.crc, out.bytes);
        out.inner.write_all(&crc.to_le_bytes())?;
        let file = out.inner.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        Ok(bytes + 4)
    }

    /// Reads the file into `seen`, which is empty and of no use after an error; `None` when there is none.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn read(seen: &Seen, path: &Path) -> Result<Option<Self>, CheckpointError> {
        let file = match fs::File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut from = Checked::new(BufReader::with_capacity(BUFFER_BYTES, file));
        if from.take::<8>()? != *MAGIC {
            return Err(CheckpointError::Damaged);
        }
        let checkpoint = Self { salt: from.take()?, journal: from.number()?, position: from.number()? };
        if from.number()? != SHARDS as u64 {
            return Err(CheckpointError::Damaged);
        }
        for shard in &seen.shards {
            let mut shard = shard.lock();
            for _ in 0..from.number()? {
                shard.restore(from.number()?, seen.shard_entries_max);
            }
        }
        let expected = from.crc;
        if u32::from_le_bytes(from.take()?) != expected || from.inner.read(&mut [0])? != 0 {
            return Err(CheckpointError::Damaged);
        }
        Ok(Some(checkpoint))
    }
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
        let seen = Seen::new(100_000);
        let now = Timestamp(1_790_000_000_000);
        let key = |number: u64| VisitorKey(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        for number in 0..5_000 {
            seen.mark(key(number), now, 24);
        }
        let checkpoint = Checkpoint { salt: [3; 16], journal: 9, position: 77 };
        assert_eq!(checkpoint.write(&seen, &path).unwrap(), fs::metadata(&path).unwrap().len());
        let back = Seen::new(100_000);
        assert_eq!(Checkpoint::read(&back, &path).unwrap(), Some(checkpoint));
        assert_eq!(back.len(), seen.len());
        assert!((0..5_000).all(|number| !back.mark(key(number), now, 24)));

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
        for cut in [10, 60, bytes.len() - 5] {
            fs::write(&path, &bytes[..cut]).unwrap();
            assert!(Checkpoint::read(&Seen::new(10), &path).is_err());
        }
        assert_eq!(Checkpoint::read(&Seen::new(10), &dir.path().join("none")).unwrap(), None);
    }
}
