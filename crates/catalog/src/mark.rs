//! What a collection holds, in 32 bytes: to see whether anything changed without reading it all.

use sha2::{Digest as _, Sha256};

/// A digest of ids, versions and times of the last writes. Another one after every insert, replacement and deletion; the same as long as
/// nothing is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark([u8; 32]);

impl Mark {
    /// One mark of several.
    pub(crate) fn of(marks: &[Self]) -> Self {
        let mut hasher = Sha256::new();
        for mark in marks {
            hasher.update(mark.0);
        }
        Self(hasher.finalize().into())
    }
}

/// Takes in the documents of a collection, in the order of their ids.
#[derive(Default)]
pub(crate) struct Marking(Sha256);

impl Marking {
    pub(crate) fn document(&mut self, id: &str, version: i64, updated: i64) {
        self.0.update(id.as_bytes());
        // No id has a byte 0.
        self.0.update([0]);
        self.0.update(version.to_le_bytes());
        self.0.update(updated.to_le_bytes());
    }

    pub(crate) fn mark(self) -> Mark {
        Mark(self.0.finalize().into())
    }
}
