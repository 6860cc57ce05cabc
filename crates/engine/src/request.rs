//! What is known about one request when a decision is made.

use crate::{MappedParams, Query};
use signalbox_domain::{Timestamp, Visitor};

/// One request, described. Everything is borrowed; nothing is looked up later.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// Who clicked.
    pub visitor: &'a Visitor,
    /// The query string, parsed once.
    pub query: &'a Query<'a>,
    /// Referrer as sent, or empty.
    pub referrer: &'a str,
    /// Host of the referrer in lower case, or empty.
    pub referrer_domain: &'a str,
    /// Host as sent; port, case and a trailing dot do not matter.
    pub host: &'a str,
    /// Parameters mapped by the campaign's traffic source.
    pub params: &'a MappedParams<'a>,
    /// Whether the visitor is new to the campaign within its uniqueness period.
    pub unique_campaign: bool,
    /// When the request arrived.
    pub now: Timestamp,
}
