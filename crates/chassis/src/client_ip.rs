//! The client's address behind trusted proxies.
//!
//! Promises: without a trusted peer the answer is the peer, whatever the headers say; behind trusted proxies it is the
//! nearest address that no trusted proxy owns, or the one that stands as many places from the end as there are proxies.
//! Never: believes a part of a header that a stranger could have written, fails, or panics.

mod forwarded;
mod header_name;

#[cfg(test)]
mod tests;

use std::net::{IpAddr, Ipv6Addr};

use http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;

pub use self::header_name::ForwardedHeader;

/// How many entries of a forwarding header are looked at; more proxies than this do not stand in a row.
pub const HOPS_MAX: usize = 32;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The proxies that may say who the client is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies {
    trust: Trust,
    header: ForwardedHeader,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Trust {
    /// Peers in these networks.
    Networks(Vec<IpNet>),
    /// Every peer: so many proxies stand in front, and nobody gets past them.
    Hops(usize),
}

impl Default for Trust {
    fn default() -> Self {
        Self::Networks(Vec::new())
    }
}

impl TrustedProxies {
    /// Trusts peers in `networks`, which write `header`.
    pub fn new(networks: Vec<IpNet>, header: ForwardedHeader) -> Self {
        let networks = networks.into_iter().map(normal_network).collect();
        Self { trust: Trust::Networks(networks), header }
    }

    /// Trusts whoever connects: exactly `hops` proxies (at most [`HOPS_MAX`]; 0 trusts nobody) stand in front of this service, each adds
    /// one entry to `header`, and the service cannot be reached around them.
    pub fn hops(hops: usize, header: ForwardedHeader) -> Self {
        let trust = if hops == 0 { Trust::default() } else { Trust::Hops(hops.min(HOPS_MAX)) };
        Self { trust, header }
    }

    /// Nobody is trusted: the client is the peer.
    pub fn none() -> Self {
        Self::default()
    }

    /// Whether `address` is a trusted proxy when it is the peer.
    pub fn trusts(&self, address: IpAddr) -> bool {
        match &self.trust {
            Trust::Networks(networks) => {
                let address = normal(address);
                networks.iter().any(|network| network.contains(&address))
            }
            Trust::Hops(_) => true,
        }
    }

    /// The client's address: from right to left through the header while the addresses are trusted proxies, or as many entries as there
    /// are proxies. What cannot be read ends the walk at the last address that was certain. IPv4 in IPv6 is made IPv4.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = normal(peer);
        if !self.trusts(peer) {
            return peer;
        }
        let name = match &self.header {
            ForwardedHeader::XForwardedFor => X_FORWARDED_FOR,
            ForwardedHeader::Forwarded => header::FORWARDED,
            ForwardedHeader::Single(name) => return single(name, headers).unwrap_or(peer),
        };
        let lines = headers.get_all(name);
        let entries = lines
            .iter()
            .rev()
            .map(|value| value.to_str().unwrap_or("?"))
            .flat_map(forwarded::entries_reversed);
        let addresses = entries.map(|entry| {
            let address = match self.header {
                ForwardedHeader::Forwarded => forwarded::parameter(entry, "for").and_then(forwarded::address),
                _ => forwarded::address(entry),
            };
            address.map(normal)
        });
        self.walk(peer, addresses)
    }

    fn walk(&self, peer: IpAddr, addresses: impl Iterator<Item = Option<IpAddr>>) -> IpAddr {
        let entries_max = match self.trust {
            Trust::Networks(_) => HOPS_MAX,
            Trust::Hops(hops) => hops,
        };
        let mut client = peer;
        for address in addresses.take(entries_max) {
            let Some(address) = address else { break };
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
        let forwarded = self.header == ForwardedHeader::Forwarded;
        let name = if forwarded { header::FORWARDED } else { X_FORWARDED_PROTO };
        let last = headers.get_all(name).iter().next_back().and_then(|value| value.to_str().ok());
        let Some(entry) = last.and_then(|line| forwarded::entries_reversed(line).next()) else {
            return false;
        };
        let scheme = if forwarded { forwarded::parameter(entry, "proto") } else { Some(entry) };
        scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"))
    }
}

/// The address in a header that holds one. Of several lines or entries the last was written by the nearest proxy.
fn single(name: &HeaderName, headers: &HeaderMap) -> Option<IpAddr> {
    let line = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    forwarded::address(forwarded::entries_reversed(line).next()?).map(normal)
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
