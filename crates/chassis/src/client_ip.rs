//! The client's address behind trusted proxies.
//!
//! Promises: without a trusted peer the answer is the peer, whatever the headers say; behind trusted proxies it is the
//! nearest address that no trusted proxy owns. Never: believes a part of a header that a stranger could have written, fails, or panics.

mod forwarded;

#[cfg(test)]
mod tests;

use std::net::{IpAddr, Ipv6Addr};

use http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;
use serde::Deserialize;

/// How many entries of a forwarding header are looked at; more proxies than this do not stand in a row.
const HOPS_MAX: usize = 32;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The header in which the trusted proxies name the client. Only one is believed: a proxy that writes the one passes the other through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardedHeader {
    /// `X-Forwarded-For: client, proxy`.
    #[default]
    XForwardedFor,
    /// RFC 7239 `Forwarded: for=client, for=proxy`.
    Forwarded,
}

/// The proxies that may say who the client is.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies {
    networks: Vec<IpNet>,
    header: ForwardedHeader,
}

impl TrustedProxies {
    /// Trusts peers in `networks`, which write `header`.
    pub fn new(networks: Vec<IpNet>, header: ForwardedHeader) -> Self {
        let networks = networks.into_iter().map(normal_network).collect();
        Self { networks, header }
    }

    /// Nobody is trusted: the client is the peer.
    pub fn none() -> Self {
        Self::default()
    }

    /// Whether `address` is a trusted proxy.
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = normal(address);
        self.networks.iter().any(|network| network.contains(&address))
    }

    /// The client's address: from right to left through the header while the addresses are trusted proxies.
    /// What cannot be read ends the walk at the last address that was certain. IPv4 in IPv6 is made IPv4.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = normal(peer);
        if self.networks.is_empty() || !self.trusts(client) {
            return client;
        }
        let name = match self.header {
            ForwardedHeader::XForwardedFor => X_FORWARDED_FOR,
            ForwardedHeader::Forwarded => header::FORWARDED,
        };
        let lines = headers.get_all(name);
        let entries = lines
            .iter()
            .rev()
            .map(|value| value.to_str().unwrap_or("?"))
            .flat_map(forwarded::entries_reversed);
        for entry in entries.take(HOPS_MAX) {
            let address = match self.header {
                ForwardedHeader::XForwardedFor => forwarded::address(entry),
                ForwardedHeader::Forwarded => forwarded::parameter(entry, "for").and_then(forwarded::address),
            };
            let Some(address) = address.map(normal) else { break };
            client = address;
            if !self.trusts(client) {
                break;
            }
        }
        client
    }

    /// Whether the client reached the nearest trusted proxy by https, as that proxy says. False without a trusted peer.
    pub fn is_https(&self, peer: IpAddr, headers: &HeaderMap) -> bool {
        if !self.trusts(peer) {
            return false;
        }
        let name = match self.header {
            ForwardedHeader::XForwardedFor => X_FORWARDED_PROTO,
            ForwardedHeader::Forwarded => header::FORWARDED,
        };
        let last = headers.get_all(name).iter().next_back().and_then(|value| value.to_str().ok());
        let Some(entry) = last.and_then(|line| forwarded::entries_reversed(line).next()) else {
            return false;
        };
        let scheme = match self.header {
            ForwardedHeader::XForwardedFor => Some(entry),
            ForwardedHeader::Forwarded => forwarded::parameter(entry, "proto"),
        };
        scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"))
    }
}

/// IPv4 that is written as IPv6 (`::ffff:192.0.2.1`) becomes IPv4; all else stays.
pub fn normal(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// The network by which limits are counted: an IPv4 address itself, or the /64 of an IPv6 address, which one client owns whole.
pub fn limit_key(address: IpAddr) -> IpAddr {
    match normal(address) {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// A mapped IPv6 network (`::ffff:10.0.0.0/104`) becomes the IPv4 network that it means.
fn normal_network(network: IpNet) -> IpNet {
    match (network, network.network().to_canonical()) {
        (IpNet::V6(v6), IpAddr::V4(v4)) if v6.prefix_len() >= 96 => {
            IpNet::new(IpAddr::V4(v4), v6.prefix_len() - 96).unwrap_or(network)
        }
        _ => network,
    }
}
