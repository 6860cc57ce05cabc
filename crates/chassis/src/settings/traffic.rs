//! `[traffic]`: clicks in, redirects out.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use ipnet::IpNet;
use serde::Deserialize;
use url::Url;

use super::{
    checks::{Checks, ListenerLimits, Violation, check_trust},
    values::{base_url, listen, networks, optional_base_url, optional_url, proxies},
};
use crate::{
    client_ip::{ForwardedHeader, TrustedProxies},
    server::Limits,
};

/// Clicks in, redirects out.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrafficSettings {
    /// Address and port for visitors.
    #[serde(deserialize_with = "listen")]
    pub listen: SocketAddr,
    /// Address and port for health and metrics.
    #[serde(deserialize_with = "listen")]
    pub health_listen: SocketAddr,
    /// Base URL for visitors; see [`TrafficSettings::public_base`].
    #[serde(deserialize_with = "optional_base_url")]
    pub public_url: Option<Url>,
    /// Threads that answer clicks, in a whole instance also postbacks; 0: one for each processor.
    pub workers: usize,
    /// Requests worked on at one time.
    pub in_flight_max: usize,
    /// Open connections.
    pub connections_max: usize,
    /// Open connections from one address; 0: no bound.
    pub connections_per_address_max: usize,
    /// Requests in one second from one address; 0: no bound.
    pub requests_per_address_max: u32,
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
    /// How often the configuration revision is asked for, milliseconds.
    pub snapshot_poll_ms: u64,
    /// File with the last good configuration.
    pub snapshot_path: PathBuf,
    /// Entries in the memory of visitors; one visitor takes about three.
    pub unique_entries_max: usize,
    /// Proxies that may say who the visitor is.
    #[serde(deserialize_with = "networks")]
    pub trusted_proxies: Vec<IpNet>,
    /// Number of proxies in front, instead of their networks; 0: none.
    pub trusted_hops: usize,
    /// The header these proxies write.
    pub forwarded_header: ForwardedHeader,
    /// Where a visitor goes whom no campaign expects.
    #[serde(deserialize_with = "optional_url")]
    pub not_found_url: Option<Url>,
    /// Of how many clicks in a thousand the trace is kept.
    pub trace_sample_permille: u32,
    /// Folder of uploaded landing pages.
    pub landings_dir: PathBuf,
}

impl TrafficSettings {
    pub(super) fn check(&self) -> Vec<Violation> {
        let mut checks = Checks::of("traffic");
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
            .not_empty("snapshot_path", &self.snapshot_path)
            .not_empty("landings_dir", &self.landings_dir)
            .within("trace_sample_permille", self.trace_sample_permille, 0..=1_000)
            .within("workers", self.workers, 0..=1024)
            .within("connections_per_address_max", self.connections_per_address_max, 0..=1_000_000)
            .within("requests_per_address_max", self.requests_per_address_max, 0..=10_000_000)
            .within("body_bytes_max", self.body_bytes_max, 0..=16_777_216)
            .within("unique_entries_max", self.unique_entries_max, 16_384..=1_000_000_000)
            .within("snapshot_poll_ms", self.snapshot_poll_ms, 10..=60_000);
        checks.finish()
    }

    /// Threads that answer clicks, at least 1.
    pub fn worker_threads(&self) -> usize {
        match self.workers {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            workers => workers,
        }
    }

    /// Base URL for visitors without the last slash; `port` is the bound one, used when no public URL is set.
    pub fn public_base(&self, port: u16) -> String {
        base_url(self.public_url.as_ref(), port)
    }

    /// What the listener refuses.
    pub fn limits(&self) -> Limits {
        Limits {
            connections_max: self.connections_max,
            connections_per_address_max: self.connections_per_address_max,
            requests_per_address_max: self.requests_per_address_max,
            proxies: self.proxies(),
            uri_bytes_max: self.uri_bytes_max,
            header_bytes_max: self.header_bytes_max,
            header_timeout: Duration::from_millis(self.header_timeout_ms),
            idle_timeout: Duration::from_millis(self.idle_timeout_ms),
        }
    }

    /// Who may say who the visitor is.
    pub fn proxies(&self) -> TrustedProxies {
        proxies(&self.trusted_proxies, self.trusted_hops, &self.forwarded_header)
    }

    /// How often the configuration revision is asked for.
    pub fn snapshot_poll(&self) -> Duration {
        Duration::from_millis(self.snapshot_poll_ms)
    }
}
