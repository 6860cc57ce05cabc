//! The one error type of the crate: its variants say what the caller can do about it, not which driver failed.

use std::fmt;

/// A thing that refers to another one, named so that a person can find it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Usage {
    /// Collection of the user, e.g. `campaigns`.
    pub kind: &'static str,
    /// Text form of the user's id.
    pub id: String,
    /// Its name as shown in the admin.
    pub name: String,
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} \"{}\" ({})", self.kind, self.name, self.id)
    }
}

/// What went wrong, by what the caller can do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It does not exist, or belongs to another workspace (the two are not told apart on purpose).
    #[error("no document {id} in {collection}")]
    NotFound {
        /// Collection that was asked.
        collection: &'static str,
        /// Id that was asked for.
        id: String,
    },
    /// A unique value is taken: choose another one.
    #[error("{collection}: another document already has this {field}")]
    Conflict {
        /// Collection that refused.
        collection: &'static str,
        /// Field (or `id`) whose value is taken.
        field: &'static str,
    },
    /// Somebody else changed the document since it was read: read it again and decide again.
    #[error("{collection}: document {id} is no longer at version {expected}")]
    VersionMismatch {
        /// Collection that refused.
        collection: &'static str,
        /// Id of the document.
        id: String,
        /// Version the caller expected.
        expected: u64,
    },
    /// It cannot be deleted while others refer to it.
    #[error("{collection}: document {id} is in use by {}", names(.users))]
    InUse {
        /// Collection that refused.
        collection: &'static str,
        /// Id of the document.
        id: String,
        /// Who refers to it (at most [`crate::USAGES_MAX`] of them).
        users: Vec<Usage>,
    },
    /// The input cannot be accepted as it is.
    #[error("{field}: {reason}")]
    Invalid {
        /// Path of the field at fault.
        field: String,
        /// What is wrong and how to put it right.
        reason: String,
    },
    /// The entity breaks rules of the domain: every problem, each with its field.
    #[error("{0}")]
    Rejected(signalbox_domain::Invalid),
    /// The caller's role does not allow it.
    #[error("needs the role {needs:?}")]
    Forbidden {
        /// Least role that may do it.
        needs: signalbox_domain::Role,
    },
    /// The store did not answer in time or could not do its work now; the outcome of a write is unknown.
    #[error("catalog store is unavailable: {reason}")]
    Unavailable {
        /// What was tried and what happened.
        reason: String,
        /// Error of the driver, where there is one.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// A stored document cannot be understood: an operator has to look at it.
    #[error("{collection}: document {id} cannot be read: {reason}")]
    Corrupt {
        /// Collection it lies in.
        collection: &'static str,
        /// Id of the document.
        id: String,
        /// Why it cannot be read.
        reason: String,
    },
}

/// Result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Whether the same call may succeed later without any change. A retried write must be one that can be
    /// recognised (insert by id, compare-and-set), because the first attempt may have been carried out.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }

    /// Stable name of the variant, for metrics and problem codes.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "not_found",
            Self::Conflict { .. } => "conflict",
            Self::VersionMismatch { .. } => "version_mismatch",
            Self::InUse { .. } => "in_use",
            Self::Invalid { .. } | Self::Rejected(_) => "invalid",
            Self::Forbidden { .. } => "forbidden",
            Self::Unavailable { .. } => "unavailable",
            Self::Corrupt { .. } => "corrupt",
        }
    }

    pub(crate) fn invalid(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), reason: reason.into() }
    }

    pub(crate) fn unavailable(reason: impl Into<String>) -> Self {
        Self::Unavailable { reason: reason.into(), source: None }
    }

    pub(crate) fn unavailable_from(
        what: &str,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self::Unavailable { reason: format!("{what}: {source}"), source: Some(Box::new(source)) }
    }
}

fn names(users: &[Usage]) -> String {
    users.iter().map(Usage::to_string).collect::<Vec<_>>().join(", ")
}
