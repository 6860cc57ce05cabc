//! What is refused before it is worked on, counted by reason. Handles are made when a listener begins.

use metrics::{Counter, counter};

use crate::metrics::names;

/// Counters of one listener.
pub(super) struct Refusals {
    /// The request target was too long: answered 414.
    pub uri_too_long: Counter,
    /// The request head was too large: answered 431.
    pub head_too_large: Counter,
    /// What came was no request: answered 400.
    pub malformed: Counter,
    /// A body stood still or trickled: given up.
    pub body_too_slow: Counter,
    /// The address asks too often: answered 429.
    pub address_rate: Counter,
    /// The address has too many connections: closed at once.
    pub address_connections: Counter,
}

impl Refusals {
    pub fn of(listener: &'static str) -> Self {
        let by = |reason: &'static str| counter!(names::REQUESTS_REFUSED, "listener" => listener, "reason" => reason);
        Self {
            uri_too_long: by("uri_too_long"),
            head_too_large: by("head_too_large"),
            malformed: by("malformed"),
            body_too_slow: by("body_too_slow"),
            address_rate: by("address_rate"),
            address_connections: counter!(names::CONNECTIONS_REFUSED, "listener" => listener),
        }
    }

    /// Counts what ended a connection, when it was a refusal.
    pub fn count(&self, error: &hyper::Error) {
        if error.is_parse_too_large() {
            self.head_too_large.increment(1);
        } else if error.is_parse() {
            self.malformed.increment(1);
        }
    }
}
