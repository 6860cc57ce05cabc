//! What can go wrong, by what the caller can do.

use std::{io, path::Path};

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something has to be changed first; the text says what.
    #[error("{0}")]
    Setup(String),
    /// The instance did not start, or ended.
    #[error("the instance did not start: {0}")]
    Instance(String),
    /// The API refused a request.
    #[error("{method} {path} was answered {status}: {detail}")]
    Refused {
        /// Method of the request.
        method: &'static str,
        /// Path below `/api/v1`.
        path: String,
        /// Status of the answer.
        status: u16,
        /// What the problem document says.
        detail: String,
    },
    /// No answer.
    #[error("no answer: {0}")]
    Http(#[from] reqwest::Error),
    /// A file, a socket or a process.
    #[error("{what}: {source}")]
    Io {
        /// What was being done.
        what: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// A document that is not what it should be.
    #[error("{what}: {source}")]
    Json {
        /// Which document.
        what: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// What was measured is not what should have been.
    #[error("{0}")]
    Mismatch(String),
}

impl Error {
    /// Whether the same call may succeed later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Http(_) => true,
            Self::Refused { status, .. } => *status == 429 || *status >= 500,
            _ => false,
        }
    }

    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }

    pub(crate) fn file(what: &str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        Self::io(format!("{what} {}", path.display()))
    }

    pub(crate) fn json(what: impl Into<String>) -> impl FnOnce(serde_json::Error) -> Self {
        let what = what.into();
        move |source| Self::Json { what, source }
    }
}
