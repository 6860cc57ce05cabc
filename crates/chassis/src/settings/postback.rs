//! `[postback]`: conversions in, postbacks out, events into the warehouse.

use std::{net::SocketAddr, time::Duration};

use ipnet::IpNet;
use serde::Deserialize;
use url::Url;

use super::{
    checks::{Checks, ListenerLimits, Violation, check_trust},
    values::{base_url, listen, networks, optional_base_url, proxies},
};
use crate::{
    client_ip::{ForwardedHeader, TrustedProxies},
    server::Limits,
};

/// Conversions in, postbacks out, events into the warehouse.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostbackSettings {
    /// Address and port for postbacks.
    #[serde(deserialize_with = "listen")]
    pub listen: SocketAddr,
    /// Address and port for health and metrics.
    #[serde(deserialize_with = "listen")]
    pub health_listen: SocketAddr,
    /// Base URL for affiliate networks; see [`PostbackSettings::public_base`].
    #[serde(deserialize_with = "optional_base_url")]
    pub public_url: Option<Url>,
    /// Requests worked on at one time.
    pub in_flight_max: usize,
    /// Open connections.
    pub connections_max: usize,
    /// Longest accepted request target, bytes.
    pub uri_bytes_max: usize,
    /// Largest accepted request head, bytes.
    pub header_bytes_max: usize,
    /// Largest accepted request body, bytes.
    pub body_bytes_max: usize,
    /// Time for a client to send a request head, milliseconds.
    pub header_timeout_ms: u64,
    /// How long a quiet connection is kept, milliseconds.
    pub idle_timeout_ms: u64,
    /// Postbacks accepted in a minute from one address.
    pub requests_per_minute_max: u32,
    /// Proxies that may say who the sender is.
    #[serde(deserialize_with = "networks")]
    pub trusted_proxies: Vec<IpNet>,
    /// Number of proxies in front, instead of their networks; 0: none.
    pub trusted_hops: usize,
    /// The header these proxies write.
    pub forwarded_header: ForwardedHeader,
    /// A batch is written at this many events.
    pub batch_rows_max: usize,
    /// A batch is written at this many bytes.
    pub batch_bytes_max: usize,
    /// A batch is written this long after its first event, milliseconds.
    pub batch_wait_ms: u64,
    /// Clicks kept in memory for attribution.
    pub recent_clicks_max: usize,
    /// How often postbacks whose click was unknown are looked at again, milliseconds.
    pub rematch_every_ms: u64,
    /// Outgoing postbacks under way at one time.
    pub delivery_in_flight_max: usize,
    /// Outgoing postbacks under way to one receiver.
    pub delivery_per_output_max: usize,
    /// Longest time for one attempt, milliseconds.
    pub delivery_timeout_ms: u64,
    /// Attempts until a delivery is given up.
    pub delivery_attempts_max: u32,
    /// Wait after the first failed attempt, milliseconds.
    pub delivery_backoff_ms_min: u64,
    /// Longest wait between two attempts, milliseconds.
    pub delivery_backoff_ms_max: u64,
    /// Failures in a row after which an output gets nothing for a while.
    pub delivery_circuit_failures: u32,
    /// How long it gets nothing at first.
    pub delivery_circuit_ms_min: u64,
    /// How much of a receiver's answer is kept, bytes.
    pub delivery_response_bytes_max: usize,
    /// Private networks that outgoing postbacks may reach.
    #[serde(deserialize_with = "networks")]
    pub delivery_allow_private: Vec<IpNet>,
}

impl PostbackSettings {
    pub(super) fn check(&self) -> Vec<Violation> {
        let mut checks = Checks::of("postback");
        ListenerLimits {
            in_flight_max: self.in_flight_max,
            connections_max: self.connections_max,
            uri_bytes_max: self.uri_bytes_max,
            header_bytes_max: self.header_bytes_max,
            header_timeout_ms: self.header_timeout_ms,
            idle_timeout_ms: self.idle_timeout_ms,
        }
        .check(&mut checks);
        check_trust(&mut checks, &self.trusted_proxies, self.trusted_hops);
        checks
            .within("body_bytes_max", self.body_bytes_max, 0..=16_777_216)
            .within("requests_per_minute_max", self.requests_per_minute_max, 1..=1_000_000)
            .within("batch_rows_max", self.batch_rows_max, 1..=1_000_000)
            .within("batch_bytes_max", self.batch_bytes_max, 65_536..=268_435_456)
            .within("batch_wait_ms", self.batch_wait_ms, 10..=60_000)
            .within("recent_clicks_max", self.recent_clicks_max, 0..=100_000_000)
            .within("rematch_every_ms", self.rematch_every_ms, 1_000..=86_400_000)
            .within("delivery_in_flight_max", self.delivery_in_flight_max, 1..=10_000)
            .within("delivery_per_output_max", self.delivery_per_output_max, 1..=1_000)
            .within("delivery_timeout_ms", self.delivery_timeout_ms, 100..=120_000)
            .within("delivery_attempts_max", self.delivery_attempts_max, 1..=100)
            .within("delivery_backoff_ms_min", self.delivery_backoff_ms_min, 10..=3_600_000)
            .within("delivery_backoff_ms_max", self.delivery_backoff_ms_max, 10..=86_400_000)
            .within("delivery_circuit_failures", self.delivery_circuit_failures, 1..=100_000)
            .within("delivery_circuit_ms_min", self.delivery_circuit_ms_min, 10..=3_600_000)
            .within("delivery_response_bytes_max", self.delivery_response_bytes_max, 0..=1_048_576)
            .require(
                "delivery_backoff_ms_max",
                self.delivery_backoff_ms_min <= self.delivery_backoff_ms_max,
                || {
                    (
                        format!("{} is less than delivery_backoff_ms_min", self.delivery_backoff_ms_max),
                        format!("Use at least {}.", self.delivery_backoff_ms_min),
                    )
                },
            );
        checks.finish()
    }

    /// Base URL for affiliate networks without the last slash; `port` is the bound one, used when no public URL is set.
    pub fn public_base(&self, port: u16) -> String {
        base_url(self.public_url.as_ref(), port)
    }

    /// How often postbacks whose click was unknown are looked at again.
    pub const fn rematch_every(&self) -> Duration {
        Duration::from_millis(self.rematch_every_ms)
    }

    /// What the listener refuses.
    pub fn limits(&self) -> Limits {
        Limits {
            connections_max: self.connections_max,
            connections_per_address_max: 0,
            requests_per_address_max: 0,
            proxies: TrustedProxies::none(),
            uri_bytes_max: self.uri_bytes_max,
            header_bytes_max: self.header_bytes_max,
            header_timeout: Duration::from_millis(self.header_timeout_ms),
            idle_timeout: Duration::from_millis(self.idle_timeout_ms),
        }
    }

    /// Who may say who the sender is.
    pub fn proxies(&self) -> TrustedProxies {
        proxies(&self.trusted_proxies, self.trusted_hops, &self.forwarded_header)
    }

    /// A batch is written this long after its first event.
    pub fn batch_wait(&self) -> Duration {
        Duration::from_millis(self.batch_wait_ms)
    }

    /// Longest time for one attempt.
    pub fn delivery_timeout(&self) -> Duration {
        Duration::from_millis(self.delivery_timeout_ms)
    }
}
