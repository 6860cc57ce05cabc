//! What a collection declares about itself: which body paths are unique and which can be asked by.
//! Adapters build their indexes from it; a query by an undeclared path is refused, so no look-up is ever a
//! silent scan.

use crate::{Error, Result};

/// How far a key or an index reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Within one workspace (the workspace leads the key).
    Workspace,
    /// Over the whole instance.
    Instance,
}

/// A combination of body paths of which two documents never hold the same values. The values are texts; a
/// document where one of the paths is missing or null takes no part.
#[derive(Debug, Clone, Copy)]
pub struct UniqueKey {
    /// Field named in [`Error::Conflict`].
    pub field: &'static str,
    /// Workspace or instance.
    pub reach: Reach,
    /// Body paths, such as `host` or `link.slug`.
    pub paths: &'static [&'static str],
}

/// An index to ask by: equality on leading paths, range and order on the last one.
#[derive(Debug, Clone, Copy)]
pub struct IndexSpec {
    /// Workspace or instance.
    pub reach: Reach,
    /// Body paths in the order of the index.
    pub paths: &'static [&'static str],
}

/// A collection: its name, unique keys and indexes. Values at declared paths are strings, whole numbers or
/// booleans of at most [`crate::INDEXED_BYTES_MAX`] bytes.
#[derive(Debug, Clone, Copy)]
pub struct CollectionSpec {
    /// Name of the table or collection: lower-case letters and `_`.
    pub name: &'static str,
    /// Unique keys beside the id.
    pub unique: &'static [UniqueKey],
    /// Indexes beside the id.
    pub indexes: &'static [IndexSpec],
}

impl CollectionSpec {
    /// Every declared path, with repetitions.
    pub fn paths(&self) -> impl Iterator<Item = &'static str> + '_ {
        let unique = self.unique.iter().flat_map(|key| key.paths.iter().copied());
        unique.chain(self.indexes.iter().flat_map(|index| index.paths.iter().copied()))
    }

    /// Whether `path` is declared in a unique key or an index.
    #[must_use]
    pub fn declares(&self, path: &str) -> bool {
        self.paths().any(|declared| declared == path)
    }

    /// Checks the declaration itself.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the collection when a name or path has other characters than `a-z 0-9 _`
    /// (paths also `.`), or a key has no path.
    pub fn check(&self) -> Result<()> {
        let word = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        if !word(self.name) {
            return Err(Error::invalid(self.name, "collection names are made of a-z, 0-9 and _"));
        }
        let lists = self.unique.iter().map(|k| k.paths).chain(self.indexes.iter().map(|i| i.paths));
        for paths in lists {
            if paths.is_empty() || !paths.iter().all(|path| path.split('.').all(word)) {
                let field = format!("{}.{}", self.name, paths.join("+"));
                return Err(Error::invalid(field, "index paths are words of a-z, 0-9 and _ joined by dots"));
            }
        }
        Ok(())
    }
}

impl UniqueKey {
    /// Name of the index, unique within the collection.
    #[must_use]
    pub fn index_name(&self) -> String {
        index_name('u', self.reach, self.paths)
    }
}

impl IndexSpec {
    /// Name of the index, unique within the collection.
    #[must_use]
    pub fn index_name(&self) -> String {
        index_name('i', self.reach, self.paths)
    }
}

fn index_name(kind: char, reach: Reach, paths: &[&str]) -> String {
    let reach = match reach {
        Reach::Workspace => 'w',
        Reach::Instance => 'i',
    };
    format!("{kind}{reach}_{}", paths.join("__").replace('.', "_"))
}
