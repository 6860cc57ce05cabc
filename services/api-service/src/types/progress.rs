//! How far a report is.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The name under which a report is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AskedAsQuery {
    /// A name that the client makes up, to ask `/reports/progress` about: 8–64 letters, digits, `-` and `_`.
    pub asked_as: Option<String>,
}

/// The name of a report that was asked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ProgressQuery {
    /// As in `/reports/query`.
    pub asked_as: String,
}

/// What was read of a report that is being made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportProgress {
    /// Rows of the ledger that were read.
    pub rows_read: u64,
    /// Rows that are to be read, as far as is known yet.
    pub rows_total: u64,
    /// Milliseconds since it began.
    pub elapsed_ms: u64,
}
