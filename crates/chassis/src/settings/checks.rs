//! Collects what the types alone cannot refuse: ranges and relations between values.

use std::{fmt::Display, ops::RangeInclusive, path::Path};

use ipnet::IpNet;

use crate::client_ip::HOPS_MAX;

/// A violated rule: key, what is wrong, what to do.
pub(super) struct Violation {
    pub key: String,
    pub reason: String,
    pub fix: String,
}

/// The rules of one section, applied.
pub(super) struct Checks {
    section: &'static str,
    violations: Vec<Violation>,
}

impl Checks {
    pub fn of(section: &'static str) -> Self {
        Self { section, violations: Vec::new() }
    }

    /// `value` must lie in `range`.
    pub fn within<T: PartialOrd + Display + Copy>(
        &mut self,
        key: &str,
        value: T,
        range: RangeInclusive<T>,
    ) -> &mut Self {
        let fix = format!("Use a number from {} to {}.", range.start(), range.end());
        self.require(key, range.contains(&value), || (format!("{value} is out of range"), fix))
    }

    /// A path must be given.
    pub fn not_empty(&mut self, key: &str, path: &Path) -> &mut Self {
        self.require(key, !path.as_os_str().is_empty(), || {
            ("the path is empty".to_owned(), "Name a place that this program may write to.".to_owned())
        })
    }

    /// `ok` must hold; otherwise `explain` says (what is wrong, what to do).
    pub fn require(&mut self, key: &str, ok: bool, explain: impl FnOnce() -> (String, String)) -> &mut Self {
        if !ok {
            let (reason, fix) = explain();
            self.violations.push(Violation { key: format!("{}.{key}", self.section), reason, fix });
        }
        self
    }

    pub fn finish(self) -> Vec<Violation> {
        self.violations
    }
}

/// The limits that every listener has, checked in one place.
pub(super) struct ListenerLimits {
    pub in_flight_max: usize,
    pub connections_max: usize,
    pub uri_bytes_max: usize,
    pub header_bytes_max: usize,
    pub header_timeout_ms: u64,
    pub idle_timeout_ms: u64,
}

impl ListenerLimits {
    pub fn check(&self, checks: &mut Checks) {
        checks
            .within("in_flight_max", self.in_flight_max, 1..=1_000_000)
            .within("connections_max", self.connections_max, 1..=1_000_000)
            .within("uri_bytes_max", self.uri_bytes_max, 256..=60_000)
            .within("header_bytes_max", self.header_bytes_max, 4_096..=1_048_576)
            .within("header_timeout_ms", self.header_timeout_ms, 100..=600_000)
            .within("idle_timeout_ms", self.idle_timeout_ms, 100..=3_600_000)
            .require("uri_bytes_max", self.uri_bytes_max <= self.header_bytes_max, || {
                (
                    format!(
                        "{} is larger than header_bytes_max ({})",
                        self.uri_bytes_max, self.header_bytes_max
                    ),
                    "The request target is part of the head: lower it or raise header_bytes_max.".to_owned(),
                )
            });
    }
}

/// Proxies are named by their networks or counted, not both.
pub(super) fn check_trust(checks: &mut Checks, networks: &[IpNet], hops: usize) {
    checks.within("trusted_hops", hops, 0..=HOPS_MAX).require(
        "trusted_hops",
        hops == 0 || networks.is_empty(),
        || {
            (
                "trusted_proxies is set too".to_owned(),
                "Name the networks of the proxies or count them, not both; the networks are safer."
                    .to_owned(),
            )
        },
    );
}
