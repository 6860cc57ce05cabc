//! Names of the numbers that this service counts.

use metrics::counter;

/// A login: `succeeded`, `failed`, `limited` or `disabled`.
pub fn login(outcome: &'static str) {
    counter!("api_logins_total", "outcome" => outcome).increment(1);
}

/// A report or log query: `answered`, `invalid`, `unavailable` or `failed`.
pub fn warehouse_query(outcome: &'static str) {
    counter!("api_warehouse_queries_total", "outcome" => outcome).increment(1);
}
