//! The warehouse: everything the product knows about ClickHouse.
//!
//! What it is: the one client ([`Warehouse`]), the schema migrations ([`migrate`]), the exactly-once writer ([`writer`]), the
//! look-up of clicks for attribution ([`lookup`]), the report engine ([`report`]) and the logs ([`log`]). The same code runs against
//! the embedded engine and against a server.
//!
//! What it promises: a record counts exactly once whatever was replayed; a report is one `GROUP BY` over the ledger of signed facts;
//! every read is bound to the workspace of its [`signalbox_domain::Scope`] by this crate, not by its caller; amounts are exact.
//!
//! What it never does: put a caller's text into SQL (values are bound as parameters, names come from static tables), answer
//! from data that may be half written, drop a record without a row in `dead_letters` that says why.

mod clearing;
pub mod client;
pub mod costs;
pub mod cursor;
mod dimension;
mod erasure;
pub mod error;
pub mod export;
pub mod filter;
pub mod formula;
pub mod fuzzing;
pub mod history;
mod hour;
mod kind;
pub mod log;
pub mod lookup;
mod maintenance;
pub mod migrate;
mod native;
mod packed;
pub mod range;
pub mod report;
mod retention;
mod rewrite;
mod rows;
mod sql;
pub mod writer;

pub use client::Warehouse;
pub use cursor::{Ahead, Cursor, CursorError, CursorStore, Pending, Refusal};
pub use erasure::ErasurePreview;
pub use error::Error;
pub use export::{Cell, ExportColumn, ExportKind, ExportStream};
pub use filter::{Condition, Filter, Group, Operator};
pub use formula::{Formula, FormulaError};
pub use log::{InstanceScope, LogPage, LogQuery};
pub use lookup::{ConvertingClick, StoredClick};
pub use range::{Range, RangeToken, ResolvedRange};
pub use report::{Basis, Bots, CustomFormat, CustomMetric, ReportQuery, ReportResult, Value};
pub use retention::Detail;
pub use rewrite::RewriteStep;
/// The visitor's key that clicks are stored with.
pub use signalbox_events::visitor::{VisitorSource, address_salt, visitor_key, visitor_key_salted};
/// The wire records that logs and look-ups answer with.
pub use signalbox_events::wire;
pub use writer::{Retrier, Retry, Step, Writer, WriterOptions, WriterStats};
