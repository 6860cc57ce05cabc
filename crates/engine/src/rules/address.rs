//! Sets of addresses.

use signalbox_domain::rule;
use std::net::{IpAddr, Ipv6Addr};

/// Addresses, blocks and ranges, merged and sorted: a look-up halves the list. An IPv4 address in IPv6 form is the IPv4 address.
#[derive(Debug, Default)]
pub(super) struct AddressSet {
    v4: Box<[(u32, u32)]>,
    v6: Box<[(u128, u128)]>,
}

/// Both ends of a range, of one version.
pub(super) type AddressRange = (IpAddr, IpAddr);

/// `192.0.2.1`, `10.0.0.0/8`, `2001:db8::/32`: what `in` compares with.
pub(super) fn network(text: &str) -> Option<AddressRange> {
    let (address, bits) = rule::parse_network(text).ok()?;
    Some(match address {
        IpAddr::V4(address) => {
            let host = u32::MAX.checked_shr(u32::from(bits)).unwrap_or(0);
            let first = u32::from(address) & !host;
            (IpAddr::V4(first.into()), IpAddr::V4((first | host).into()))
        }
        IpAddr::V6(address) => {
            let host = u128::MAX.checked_shr(u32::from(bits)).unwrap_or(0);
            let first = u128::from(address) & !host;
            (IpAddr::V6(first.into()), IpAddr::V6((first | host).into()))
        }
    })
}

/// `10.0.0.1-10.0.0.9`: what `between` compares with.
pub(super) fn range(text: &str) -> Option<AddressRange> {
    rule::parse_address_range(text).ok()
}

impl AddressSet {
    pub(super) fn new(ranges: &[AddressRange]) -> Self {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for range in ranges {
            match *range {
                (IpAddr::V4(from), IpAddr::V4(to)) => v4.push((u32::from(from), u32::from(to))),
                (IpAddr::V6(from), IpAddr::V6(to)) => {
                    // The part of it that is IPv4 in another form belongs to the other list.
                    let mapped =
                        |address: u32| u128::from(std::net::Ipv4Addr::from(address).to_ipv6_mapped());
                    let (first, last) = (mapped(0), mapped(u32::MAX));
                    let (from, to) = (u128::from(from), u128::from(to));
                    if from <= last && to >= first {
                        v4.push((from.max(first) as u32, to.min(last) as u32));
                    }
                    v6.push((from, to));
                }
                _ => {}
            }
        }
        Self { v4: merged(v4), v6: merged(v6) }
    }

    pub(super) fn contains(&self, address: IpAddr) -> bool {
        match address.to_canonical() {
            IpAddr::V4(address) => lies_in(&self.v4, u32::from(address)),
            IpAddr::V6(address) => lies_in(&self.v6, u128::from(Ipv6Addr::from(address.segments()))),
        }
    }
}

fn merged<T: Ord + Copy>(mut ranges: Vec<(T, T)>) -> Box<[(T, T)]> {
    ranges.sort_unstable();
    let mut merged: Vec<(T, T)> = Vec::with_capacity(ranges.len());
    for (from, to) in ranges {
        match merged.last_mut() {
            Some((_, last)) if from <= *last => *last = to.max(*last),
            _ => merged.push((from, to)),
        }
    }
    merged.into()
}

fn lies_in<T: Ord + Copy>(ranges: &[(T, T)], address: T) -> bool {
    let after = ranges.partition_point(|(from, _)| *from <= address);
    after > 0 && address <= ranges[after - 1].1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(texts: &[&str]) -> AddressSet {
        let ranges: Vec<_> =
            texts.iter().map(|text| network(text).or_else(|| range(text)).unwrap()).collect();
        AddressSet::new(&ranges)
    }

    #[test]
    fn blocks_ranges_and_addresses_overlap_as_they_like() {
        let set = set(&[
            "10.1.2.3/8",
            "10.0.0.0/16",
            "192.0.2.7",
            "198.51.100.10-198.51.100.20",
            "198.51.100.15-198.51.100.30",
            "2001:db8::/32",
            "fe80::1",
            "::ffff:203.0.113.0/120",
        ]);
        for (address, expected) in [
            ("9.255.255.255", false),
            ("10.0.0.0", true),
            ("10.255.255.255", true),
            ("11.0.0.0", false),
            ("192.0.2.7", true),
            ("192.0.2.8", false),
            ("198.51.100.9", false),
            ("198.51.100.10", true),
            ("198.51.100.30", true),
            ("198.51.100.31", false),
            ("::ffff:10.2.3.4", true),
            ("203.0.113.200", true),
            ("203.0.114.0", false),
            ("2001:db8:ffff::1", true),
            ("2001:db9::", false),
            ("fe80::1", true),
            ("fe80::2", false),
        ] {
            assert_eq!(set.contains(address.parse().unwrap()), expected, "{address}");
        }
        assert_eq!((set.v4.len(), set.v6.len()), (4, 3));
    }

    #[test]
    fn everything_and_nothing() {
        let all = set(&["0.0.0.0/0", "::/0"]);
        assert!(all.contains("255.255.255.255".parse().unwrap()) && all.contains("ff::".parse().unwrap()));
        assert!(!AddressSet::default().contains("10.0.0.1".parse().unwrap()));
        // All of IPv6 holds IPv4 in its other form.
        assert!(set(&["::/0"]).contains("10.0.0.1".parse().unwrap()));
    }

    #[test]
    fn a_set_agrees_with_asking_every_block() {
        let blocks = ["10.0.0.0/30", "10.0.0.2/31", "10.0.0.8/29", "10.0.0.20/32", "10.0.0.16/30"];
        let set = set(&blocks);
        for last in 0..40_u8 {
            let address = IpAddr::from([10, 0, 0, last]);
            let one_by_one = blocks.iter().any(|block| {
                let (from, to) = network(block).unwrap();
                (from..=to).contains(&address)
            });
            assert_eq!(set.contains(address), one_by_one, "{address}");
        }
    }
}
