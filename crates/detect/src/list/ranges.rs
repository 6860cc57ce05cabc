//! Sets of addresses, asked in a few steps.

use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A set of addresses: ranges that neither touch nor overlap, sorted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ranges {
    v4: Vec<(u32, u32)>,
    v6: Vec<(u128, u128)>,
}

impl Ranges {
    pub(crate) fn contains(&self, ip: IpAddr) -> bool {
        match ip {
            IpAddr::V4(ip) => holds(&self.v4, u32::from(ip)),
            IpAddr::V6(ip) => holds(&self.v6, u128::from(ip)),
        }
    }

    pub(super) fn new(ranges: impl IntoIterator<Item = Range>) -> Self {
        let mut set = Self::default();
        for range in ranges {
            match range {
                Range::V4(first, last) => set.v4.push((first, last)),
                Range::V6(first, last) => set.v6.push((first, last)),
            }
        }
        merge(&mut set.v4, |last| last.checked_add(1));
        merge(&mut set.v6, |last| last.checked_add(1));
        set
    }
}

fn holds<A: Ord + Copy>(ranges: &[(A, A)], ip: A) -> bool {
    let after = ranges.partition_point(|(first, _)| *first <= ip);
    after.checked_sub(1).and_then(|at| ranges.get(at)).is_some_and(|(_, last)| ip <= *last)
}

fn merge<A: Ord + Copy>(ranges: &mut Vec<(A, A)>, next: impl Fn(A) -> Option<A>) {
    ranges.sort_unstable();
    ranges.dedup_by(|later, earlier| {
        let touches = next(earlier.1).is_none_or(|next| later.0 <= next);
        if touches {
            earlier.1 = earlier.1.max(later.1);
        }
        touches
    });
    ranges.shrink_to_fit();
}

/// First and last address of one version of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Range {
    V4(u32, u32),
    V6(u128, u128),
}

impl Range {
    /// An address, a network, or two addresses with a dash between them.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Some((first, last)) = text.split_once('-') {
            return Self::between(first.trim().parse().ok()?, last.trim().parse().ok()?);
        }
        match text.parse::<IpAddr>() {
            Ok(address) => Self::between(address, address),
            Err(_) => text.parse::<IpNet>().ok().map(Self::from),
        }
    }

    fn between(first: IpAddr, last: IpAddr) -> Option<Self> {
        match (first.to_canonical(), last.to_canonical()) {
            (IpAddr::V4(first), IpAddr::V4(last)) if first <= last => {
                Some(Self::V4(first.into(), last.into()))
            }
            (IpAddr::V6(first), IpAddr::V6(last)) if first <= last => {
                Some(Self::V6(first.into(), last.into()))
            }
            _ => None,
        }
    }
}

impl From<IpNet> for Range {
    fn from(network: IpNet) -> Self {
        let v4 = |address: Ipv4Addr| u32::from(address);
        let v6 = |address: Ipv6Addr| u128::from(address);
        match network {
            IpNet::V4(network) => Self::V4(v4(network.network()), v4(network.broadcast())),
            IpNet::V6(network) => Self::between(network.network().into(), network.broadcast().into())
                .unwrap_or(Self::V6(v6(network.network()), v6(network.broadcast()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn set(texts: &[&str]) -> Ranges {
        Ranges::new(texts.iter().map(|text| Range::parse(text).unwrap_or_else(|| panic!("{text}"))))
    }

    #[test]
    fn networks_addresses_and_ranges_are_read() {
        let set = set(&[
            "10.0.0.0/8",
            "192.0.2.7",
            "192.0.2.8 - 192.0.2.9",
            "10.1.0.0/16",
            "255.255.255.255",
            "2001:db8::/32",
            "::ffff:203.0.113.0/120",
        ]);
        assert_eq!(set.v4.len(), 4);
        for (ip, inside) in [
            ("10.255.255.255", true),
            ("11.0.0.0", false),
            ("192.0.2.6", false),
            ("192.0.2.7", true),
            ("192.0.2.9", true),
            ("192.0.2.10", false),
            ("255.255.255.255", true),
            ("2001:db8:ffff::1", true),
            ("2001:db9::", false),
            ("203.0.113.5", true),
            ("::1", false),
        ] {
            assert_eq!(set.contains(ip.parse().unwrap()), inside, "{ip}");
        }
        for wrong in ["", "10.0.0.0/33", "10.0.0.9-10.0.0.1", "10.0.0.1-::1", "host", "10.0.0.1-", "1.2.3"] {
            assert_eq!(Range::parse(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn a_set_holds_what_one_of_its_ranges_holds(ranges in proptest::collection::vec((0u32..2_000, 0u32..300), 0..40), ip in 0u32..2_400) {
            let set = Ranges::new(ranges.iter().map(|(first, length)| Range::V4(*first, first + length)));
            let expected = ranges.iter().any(|(first, length)| (*first..=first + length).contains(&ip));
            prop_assert_eq!(set.contains(Ipv4Addr::from(ip).into()), expected);
            prop_assert!(set.v4.windows(2).all(|pair| pair[0].1 + 1 < pair[1].0));
        }
    }
}
