//! What is known about one request when a decision is made.

use crate::{
    MappedParams, Query,
    live::{Headers, Live, NoHeaders, NothingKnown},
};
use signalbox_domain::{Timestamp, Visitor};

/// One request, described. Everything is borrowed; what `live` and `headers` answer comes from memory.
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
    /// Path behind the campaign's slug as sent, with its leading `/`, or empty.
    pub extra_path: &'a str,
    /// Headers of the request.
    pub headers: &'a dyn Headers,
    /// Parameters mapped by the campaign's traffic source.
    pub params: &'a MappedParams<'a>,
    /// Whether the visitor is new to the campaign within its uniqueness period.
    pub unique_campaign: bool,
    /// The same number for the same visitor, on every node and after a restart: what sticky choices and fixed splits are made of.
    pub visitor_key: u64,
    /// What is true at this moment beside configuration.
    pub live: &'a dyn Live,
    /// When the request arrived.
    pub now: Timestamp,
}

impl<'a> Request<'a> {
    /// A request of a visitor of whom nothing more is known: no referrer, host, headers or history; new to the campaign.
    pub fn new(
        visitor: &'a Visitor,
        query: &'a Query<'a>,
        params: &'a MappedParams<'a>,
        now: Timestamp,
    ) -> Self {
        Self {
            visitor,
            query,
            referrer: "",
            referrer_domain: "",
            host: "",
            extra_path: "",
            headers: &NoHeaders,
            params,
            unique_campaign: true,
            visitor_key: 0,
            live: &NothingKnown,
            now,
        }
    }
}
