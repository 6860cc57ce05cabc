//! Every metric of this crate: its name and what it says.

use ::metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram};

pub(crate) const REQUESTS: &str = "http_requests_total";
pub(crate) const REQUEST_SECONDS: &str = "http_request_seconds";
pub(crate) const REQUESTS_IN_FLIGHT: &str = "http_requests_in_flight";
pub(crate) const REQUESTS_SHED: &str = "http_requests_shed_total";
pub(crate) const CONNECTIONS: &str = "http_connections";
pub(crate) const CONNECTIONS_ACCEPTED: &str = "http_connections_total";
pub(crate) const CONNECTIONS_CUT_OFF: &str = "http_connections_cut_off_total";
pub(crate) const CONNECTIONS_REFUSED: &str = "http_connections_refused_total";
pub(crate) const REQUESTS_REFUSED: &str = "http_requests_refused_total";
pub(crate) const PANICS: &str = "process_panics_total";

/// Writes the help texts, and the zeros of what is counted without labels.
pub(super) fn describe() {
    describe_counter!(REQUESTS, "Requests answered, by service, method, matched route and status");
    describe_histogram!(
        REQUEST_SECONDS,
        Unit::Seconds,
        "Time from the request head to the head of the answer"
    );
    describe_gauge!(REQUESTS_IN_FLIGHT, "Requests being worked on, by service");
    describe_counter!(REQUESTS_SHED, "Requests answered 503 because too many were under way, by service");
    describe_gauge!(CONNECTIONS, "Open connections, by listener");
    describe_counter!(CONNECTIONS_ACCEPTED, "Connections accepted, by listener");
    describe_counter!(CONNECTIONS_CUT_OFF, "Connections closed because the client was too slow, by listener");
    describe_counter!(
        CONNECTIONS_REFUSED,
        "Connections closed at once because their address had too many, by listener"
    );
    describe_counter!(
        REQUESTS_REFUSED,
        "Requests refused before they were worked on, by listener and reason"
    );
    describe_counter!(PANICS, "Panics in any thread");
    counter!(PANICS).increment(0);
}
