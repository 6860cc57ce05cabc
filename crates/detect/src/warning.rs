//! What is wrong with the data; never an error, since traffic goes on without them.

use std::path::{Path, PathBuf};

/// Why some of the data is not used. Look-ups that would need it say `Unknown`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Warning {
    /// No database of a kind was named or found.
    #[error(
        "there is no {kind} database: {consequence}; run `make assets`, or see [geo] in the configuration"
    )]
    NotConfigured {
        /// `city`, `country` or `provider`.
        kind: &'static str,
        /// What is unknown without it.
        consequence: &'static str,
    },
    /// A file is missing, unreadable, half written or damaged. What was read from it before, if anything, stays in use.
    #[error("{} cannot be used: {reason}; clicks are answered without it, or with what it said before", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl Warning {
    pub(crate) fn unusable(path: &Path, reason: String) -> Self {
        Self::Unusable { path: path.to_owned(), reason }
    }
}
