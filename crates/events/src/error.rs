//! The errors of this crate, divided by what the caller can do about them.

use std::io;
use std::path::{Path, PathBuf};

use crate::ids::JournalId;

/// Why a record was not accepted by a journal. Nothing of it was kept, save for [`AppendError::NotDurable`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The payload is longer than a record may be: no retry helps.
    #[error("record of {bytes} bytes is longer than the limit of {bytes_max} bytes")]
    TooLarge {
        /// Length of the payload (or of the whole batch) in bytes.
        bytes: usize,
        /// The limit in bytes.
        bytes_max: usize,
    },
    /// No room: the caller counts the loss and goes on; room comes back by itself when segments are trimmed.
    #[error("journal is full: {reason}")]
    Full {
        /// Which bound was met.
        reason: FullReason,
    },
    /// The file system refused for another reason than space; the next append tries again.
    #[error("journal cannot be written: {reason}")]
    Unwritable {
        /// The text of the operating system's error.
        reason: String,
    },
    /// The record was written under `seq` and readers see it, but the disk did not confirm it.
    #[error("record {seq} was written but the disk did not confirm it: {reason}")]
    NotDurable {
        /// Sequence number that the record was given.
        seq: u64,
        /// The text of the operating system's error.
        reason: String,
    },
    /// The journal was closed by its owner.
    #[error("journal is closed")]
    Closed,
}

/// Which bound made a journal refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FullReason {
    /// The journal's own quota.
    #[error("its quota of {bytes_max} bytes is used up")]
    Quota {
        /// The quota in bytes.
        bytes_max: u64,
    },
    /// The file system has no space left (or the process may not write longer files).
    #[error("the file system has no space left")]
    Disk,
}

impl AppendError {
    /// Whether the same append may succeed later without anything being changed by the caller.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Full { .. } | Self::Unwritable { .. })
    }

    /// A short stable word for metric labels.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "too_large",
            Self::Full { reason: FullReason::Quota { .. } } => "quota",
            Self::Full { reason: FullReason::Disk } => "disk_full",
            Self::Unwritable { .. } => "unwritable",
            Self::NotDurable { .. } => "not_durable",
            Self::Closed => "closed",
        }
    }
}

/// Everything else that can go wrong with journals and event sources.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No journal with this id is readable here.
    #[error("journal {journal} is not known here")]
    NotFound {
        /// The id that was asked for.
        journal: JournalId,
    },
    /// Another process (or another handle in this process) has the journal's directory open.
    #[error("journal directory {} is in use by {holder}; one process at a time may open it", .dir.display())]
    Locked {
        /// The journal's directory.
        dir: PathBuf,
        /// Who holds it, as far as it is known.
        holder: String,
    },
    /// A value given by the caller or found in a message is not usable.
    #[error("{field}: {reason}")]
    Invalid {
        /// The offending option or field.
        field: &'static str,
        /// What is wrong and what would be right.
        reason: String,
    },
    /// The directory was written by a newer version or for another stream.
    #[error("{}: {reason}", .path.display())]
    Incompatible {
        /// The file that says so.
        path: PathBuf,
        /// What was found and what is expected.
        reason: String,
    },
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// What was tried, as an infinitive.
        action: &'static str,
        /// On which path.
        path: PathBuf,
        /// The operating system's answer.
        #[source]
        source: io::Error,
    },
    /// The event log's servers cannot be reached or refuse at the moment.
    #[error("event log unavailable: {reason}")]
    Unavailable {
        /// What the client library said.
        reason: String,
    },
    /// A record could not be appended.
    #[error(transparent)]
    Append(#[from] AppendError),
}

impl Error {
    /// Whether the same call may succeed later without anything being changed by the caller.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Locked { .. } | Self::Io { .. } | Self::Unavailable { .. } => true,
            Self::Append(error) => error.is_retryable(),
            Self::NotFound { .. } | Self::Invalid { .. } | Self::Incompatible { .. } => false,
        }
    }

    /// An [`Error::Io`] maker for `map_err`.
    pub(crate) fn io<'a>(action: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> Self + 'a {
        move |source| Self::Io { action, path: path.to_path_buf(), source }
    }
}
