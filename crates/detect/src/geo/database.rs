//! One geo database, in memory or mapped.

use super::record::Record;
use crate::Warning;
use maxminddb::{MaxMindDbError, Mmap, Reader};
use std::{
    fs::{self, File},
    net::IpAddr,
    path::Path,
    time::{Duration, SystemTime},
};

/// The bytes of a database.
enum Bytes {
    /// A copy, which no writer can reach.
    Read(Vec<u8>),
    /// The file itself.
    Mapped(Mmap),
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Read(bytes) => bytes,
            Self::Mapped(map) => map,
        }
    }
}

/// Who else may write into a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The operator's tools, in any way: the file is read whole.
    Operator,
    /// Our cache, in which files appear complete and are never written again: the file is mapped.
    Cache,
}

/// A database and the versions of the protocol it knows.
pub(crate) struct Database {
    reader: Reader<Bytes>,
    /// Whether it has IPv6 addresses; all have IPv4 ones, but those whose type says otherwise.
    v6: bool,
}

impl Database {
    pub(crate) fn open(path: &Path, owner: Owner) -> Result<Self, Warning> {
        let unusable = |reason: String| Warning::unusable(path, reason);
        let bytes = match owner {
            Owner::Operator => fs::read(path).map(Bytes::Read),
            // SAFETY: the map is only read, and nobody writes into files of the cache: they appear by rename and are replaced by others.
            Owner::Cache => File::open(path).and_then(|file| unsafe { Mmap::map(&file) }).map(Bytes::Mapped),
        };
        let bytes = bytes.map_err(|error| unusable(error.to_string()))?;
        let reader = Reader::from_source(bytes).map_err(|error| unusable(error.to_string()))?;
        let v6 = reader.metadata().ip_version == 6;
        Ok(Self { reader, v6 })
    }

    /// Walks through all of it: what a file that was written over in place may have in its middle is not seen at its end.
    pub(crate) fn verify(&self) -> Result<(), MaxMindDbError> {
        self.reader.verify()
    }

    /// When its maker built it.
    pub(crate) fn built(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(self.reader.metadata().build_epoch.min(1 << 40))
    }

    /// Where the record of an address lies, 0 for none.
    pub(super) fn offset(&self, ip: IpAddr) -> u64 {
        if ip.is_ipv6() && !self.v6 {
            return 0;
        }
        let found = self.reader.lookup(ip).ok().and_then(|result| result.offset());
        found.map_or(0, |offset| offset as u64 + 1)
    }

    pub(super) fn record(&self, ip: IpAddr) -> Option<Record<'_>> {
        self.reader.lookup(ip).ok()?.decode().ok()?
    }
}
