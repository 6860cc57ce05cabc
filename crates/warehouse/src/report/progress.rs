//! How far a report has come that is being made: ClickHouse is told the name under which a client asks, and asked about it.

use crate::{Error, Warehouse};
use clickhouse::Row;
use serde::{Deserialize, Serialize};
use signalbox_domain::Scope;
use std::fmt;
use std::str::FromStr;

/// Longest name, in characters.
const NAME_CHARS_MAX: usize = 64;
const NAME_CHARS_MIN: usize = 8;

/// The name that a client made up for a request: 8–64 letters, digits, `-` and `_`. Another workspace's are not seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedAs(String);

impl FromStr for AskedAs {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if (NAME_CHARS_MIN..=NAME_CHARS_MAX).contains(&text.len()) && text.bytes().all(plain) {
            return Ok(Self(text.to_owned()));
        }
        let reason =
            format!("must be {NAME_CHARS_MIN}-{NAME_CHARS_MAX} letters, digits, hyphens and underscores");
        Err(Error::invalid("asked_as", reason))
    }
}

impl fmt::Display for AskedAs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What was read of a report that is being made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Row, Serialize, Deserialize)]
pub struct ReportProgress {
    /// Rows of the ledger that were read.
    pub rows_read: u64,
    /// Rows that are to be read, as far as ClickHouse knows yet.
    pub rows_total: u64,
    /// Milliseconds since the beginning.
    pub elapsed_ms: u64,
}

/// The comment of a client's statements, one word. No name of ClickHouse's own: several statements may have the same, and the embedded
/// engine gives its statements names by itself, and puts a word before their comments.
pub(super) fn comment(scope: &Scope, asked_as: &AskedAs) -> String {
    format!("report.{}.{asked_as}", scope.workspace)
}

impl Warehouse {
    /// How far the statements have come that the scope's workspace asks under this name; `None`: there is none under way.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn report_progress(
        &self,
        scope: &Scope,
        asked_as: &AskedAs,
    ) -> Result<Option<ReportProgress>, Error> {
        let sql = "SELECT sum(read_rows) AS rows_read, sum(total_rows_approx) AS rows_total, \
             toUInt64(max(elapsed) * 1000) AS elapsed_ms FROM system.processes \
             WHERE has(splitByChar(' ', Settings['log_comment']), {comment:String}) HAVING count() > 0";
        let asked = self.query(sql).param("comment", comment(scope, asked_as));
        Ok(self.fetch_all::<ReportProgress>(asked).await?.pop())
    }
}
