//! Logs: clicks, landing clicks, conversions, inbound postbacks, outgoing deliveries and records that could not be written, newest first, filtered by any field, in stable pages.
//!
//! A page ends with a cursor that names its last row by the columns of the order, so that rows which arrive in the meantime neither
//! repeat nor hide others.

mod clicks;
mod conversions;
mod cursor;
mod dead_letters;
mod deliveries;
mod fields;
mod landing_clicks;
mod page;
mod postbacks;
mod replay;
mod visitors;

pub use conversions::ConversionEntry;
pub use dead_letters::{AboutClick, DeadLetter, DeadLetterId};
pub use fields::fields;
pub(crate) use fields::{Field, all as fields_of};
pub(crate) use page::regular_expression;

use crate::sql::Params;
use crate::{Condition, Error};
use signalbox_domain::{AffiliateNetworkId, ClickId, ConversionId, Scope, Timestamp};
use signalbox_events::Position;
use signalbox_events::wire::Verdict;
use std::net::IpAddr;

/// The field of clicks that names a visitor.
const VISITOR_KEY: &str = "visitor_key";
/// The field that says whether that is the key of address and user agent.
const VISITOR_BY_ADDRESS: &str = "visitor_by_address";

/// A page of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogQuery {
    /// First moment included; `None` is unbounded.
    pub from: Option<Timestamp>,
    /// First moment excluded; `None` is unbounded.
    pub to: Option<Timestamp>,
    /// Conditions, joined by AND; fields are those of [`fields()`].
    pub filters: Vec<Condition>,
    /// Rows of a page, 1–1000.
    pub limit: u32,
    /// Where the page before ended, as it gave it.
    pub cursor: Option<String>,
}

impl Default for LogQuery {
    fn default() -> Self {
        Self { from: None, to: None, filters: Vec::new(), limit: 100, cursor: None }
    }
}

/// One page and the way to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPage<T> {
    /// Newest first.
    pub rows: Vec<T>,
    /// For [`LogQuery::cursor`]; `None` on the last page.
    pub next_cursor: Option<String>,
}

/// An inbound postback and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostbackEntry {
    /// Identity: where the raw request is journaled.
    pub raw: Position,
    /// When it was received.
    pub received_at: Timestamp,
    /// Network whose key matched.
    pub network: AffiliateNetworkId,
    /// `GET` or `POST`.
    pub method: String,
    /// Parameters as a query string.
    pub query: String,
    /// Address of the sender.
    pub ip: IpAddr,
    /// User agent of the sender.
    pub user_agent: String,
    /// The latest verdict; `None` while it is not judged.
    pub verdict: Option<PostbackVerdict>,
}

/// What became of a postback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostbackVerdict {
    /// When it was judged.
    pub at: Timestamp,
    /// The verdict.
    pub verdict: Verdict,
    /// Stable code such as `macro_not_replaced`, or empty.
    pub code: String,
    /// A sentence why, with the fix.
    pub reason: String,
    /// Click it names, or none.
    pub click: ClickId,
    /// Conversion it made or changed, or none.
    pub conversion: ConversionId,
}

/// Which log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Log {
    /// Clicks.
    Clicks,
    /// Visitors who went on from a landing page.
    LandingClicks,
    /// Conversions in their latest state.
    Conversions,
    /// Inbound postbacks.
    Postbacks,
    /// Attempts to deliver outgoing postbacks.
    Deliveries,
    /// Records that could not be written; of the instance, not of a workspace.
    DeadLetters,
}

/// Permission to read what belongs to no workspace or to all of them, for those who look after the instance. Making one is a decision
/// worth finding in a search: it says what for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InstanceScope {
    purpose: &'static str,
}

impl InstanceScope {
    /// For one purpose, e.g. `"log of dead letters"`.
    pub const fn new(purpose: &'static str) -> Self {
        Self { purpose }
    }

    /// What it was made for.
    pub const fn purpose(self) -> &'static str {
        self.purpose
    }
}

/// Whose rows a log is read for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reach<'s> {
    /// Those of one workspace.
    Workspace(&'s Scope),
    /// All of them.
    Instance,
}

impl<'s> From<&'s Scope> for Reach<'s> {
    fn from(scope: &'s Scope) -> Self {
        Self::Workspace(scope)
    }
}

impl From<InstanceScope> for Reach<'_> {
    fn from(_: InstanceScope) -> Self {
        Self::Instance
    }
}

/// A field a log can be filtered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogField {
    /// Key for filters.
    pub key: &'static str,
    /// The word for its kind, as for dimensions of reports.
    pub kind: &'static str,
    /// The operators its filters take.
    pub operators: &'static [crate::Operator],
    /// The values of a `word` field.
    pub words: &'static [&'static str],
}

/// The columns of time of a log, the one that orders it first.
pub(crate) const fn times_of(log: Log) -> &'static [&'static str] {
    match log {
        Log::Clicks => &["click_at"],
        Log::LandingClicks => &["click_at", "at"],
        Log::Conversions => &["converted_at", "click_at", "at"],
        Log::Postbacks => &["received_at"],
        Log::Deliveries => &["at"],
        Log::DeadLetters => &["at", "tried_at"],
    }
}

/// The statement of every row of a log, newest first, with these columns.
pub(crate) fn export_sql(
    log: Log,
    reach: Reach<'_>,
    query: &LogQuery,
    select: &str,
) -> Result<(String, Params), Error> {
    let spec = match log {
        Log::Clicks => &clicks::SPEC,
        Log::LandingClicks => &landing_clicks::SPEC,
        Log::Conversions => &conversions::SPEC,
        Log::Postbacks => &postbacks::SPEC,
        Log::Deliveries => &deliveries::SPEC,
        Log::DeadLetters => &dead_letters::SPEC,
    };
    spec.export(reach, query, select)
}
